"""Cases found by IMDi, and settlement decisions in many."""

import re

import pytest

from tests.app.pages.conftest import SECRET_NAME, Site
from workflow.kernel.actor import Role


@pytest.fixture(scope="module")
def officer(site: Site):
    return site.visit(Role.CASE_OFFICER)


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.CASE_OFFICER, 200),
        (Role.LEAD, 200),
        (Role.AUDITOR, 200),
        (Role.TRAVEL_OFFICER, 200),
        (Role.MUNICIPALITY_WRITER, 403),
        (Role.RECEPTION_CENTRE, 403),
        (Role.ADMINISTRATOR, 403),
    ],
)
def test_who_lists_cases(site: Site, role, status):
    assert site.visit(role).get("/saker").status_code == status


def test_filters_stand_in_the_address_as_chips(officer):
    page = officer.text("/saker?state=withdrawn&entry=possible&group=&q=")

    assert page.count('class="ds-chip"') == 2
    assert 'href="/saker?entry=possible"' in page
    assert "2 saker" in page


@pytest.mark.parametrize("name", ["5430", "Guovdageaidnu", "kautokeino"])
def test_a_municipality_is_named_as_people_name_it(officer, name):
    page = officer.text(f"/saker?municipality={name}")

    assert "Kommune: Guovdageaidnu - Kautokeino" in page
    assert "Ingen saker passer" in page


def test_nobody_is_found_in_an_unknown_municipality(officer):
    assert "Ingen saker passer" in officer.text("/saker?municipality=Atlantis")


def test_words_that_are_no_filter_are_no_fault(officer):
    assert "ds-chip" not in officer.text("/saker?state=&group=green&year=x")


def test_decisions_are_previewed_and_then_made(site: Site, officer):
    chosen = {"case_ids": [str(site.cases["accepted_too"]), str(site.cases["withdrawn"])]}

    preview = officer.send("/saker/vedtak", chosen)
    done = officer.send(
        "/saker/vedtak", {"case_ids": [str(site.cases["accepted_too"])], "confirmed": "on"}
    )

    assert preview.status_code == 200
    assert "1 sak, 2 personer" in preview.text
    assert "Disse kan ikke få vedtak nå" in preview.text
    assert done.headers["location"] == "/saker?state=placed"
    assert "Bosettingsvedtak er fattet i 1 sak" in officer.text("/saker?state=placed")


def test_a_refused_decision_says_why(site: Site, officer):
    answer = officer.send(
        "/saker/vedtak", {"case_ids": [str(site.cases["withdrawn"])], "confirmed": "on"}
    )

    assert "Noen saker ble stoppet" in answer.text
    assert "«Trukket»" in answer.text


def test_choosing_nothing_says_what_to_do(officer):
    answer = officer.send("/saker/vedtak", {})

    assert answer.status_code == 422
    assert "Kryss av for minst én sak" in answer.text


def test_no_list_shows_a_name(site: Site):
    for role in (Role.CASE_OFFICER, Role.TRAVEL_OFFICER):
        assert SECRET_NAME not in site.visit(role).text("/saker")


def test_the_list_is_taken_out_as_it_is_filtered(site: Site):
    officer = site.visit(Role.CASE_OFFICER)

    everything = officer.get("/saker.csv").text.splitlines()
    asked = officer.get("/saker.csv", state="distributed").text.splitlines()
    nowhere = officer.get("/saker.csv", municipality="Ingensteds").text.splitlines()
    book = officer.get("/saker.xlsx", state="distributed")

    assert len(everything) == 1 + len(site.cases)
    assert len(asked) == 2
    assert "Steinkjer" in asked[1]
    assert len(nowhere) == 1
    assert SECRET_NAME not in "".join(everything)
    assert book.headers["content-type"].endswith("spreadsheetml.sheet")
    assert book.content[:2] == b"PK"
    assert "/saker.xlsx?state=distributed" in officer.text("/saker?state=distributed")


def test_a_municipality_takes_nothing_out_of_the_list_of_all(site: Site):
    assert site.visit(Role.MUNICIPALITY_WRITER).get("/saker.csv").status_code == 403


def test_what_is_shown_is_kept_under_a_name_and_leads_back(site: Site):
    visitor = site.visit(Role.LEAD)
    shown = visitor.text("/saker?state=withdrawn&entry=possible&q=&municipality=kautokeino&group=x")
    query = "state=withdrawn&amp;entry=possible&amp;municipality=5430"
    assert f'name="query" value="{query}"' in shown

    done = visitor.send(
        "/visninger",
        {"of_list": "cases", "query": query.replace("&amp;", "&"), "view_name": "Nordover"},
    )

    assert done.headers["location"] == "/saker?state=withdrawn&entry=possible&municipality=5430"
    back = visitor.text(done.headers["location"])
    assert "Visningen «Nordover» er lagret." in back
    assert re.search(r'aria-current="page">Nordover', back)
    assert 'name="query"' not in back
    for page in ("/saker", "/oppgaver", "/visninger"):
        assert f'href="/saker?{query}">Nordover' in visitor.text(page), page
    assert "Nordover" not in site.visit(Role.LEAD).text("/saker")


def test_a_list_opens_with_the_view_that_is_to_and_shows_everything_when_asked(site: Site):
    visitor = site.visit(Role.CASE_OFFICER)
    kept = {"of_list": "cases", "query": "state=withdrawn", "view_name": "Trukne", "opens": "on"}
    visitor.send("/visninger", kept)
    [its_id] = re.findall(r"/visninger/(\d+)", visitor.text("/visninger"))

    onward = visitor.get("/saker")
    everything = visitor.text("/saker?visning=alle")
    shown = visitor.text("/saker?state=withdrawn")
    visitor.send(f"/visninger/{its_id}", {"view_name": "Bare trukne"})

    assert onward.headers["location"] == "/saker?state=withdrawn"
    assert "12 saker" in everything
    assert 'class="ds-chip" href="/saker?visning=alle"' in shown
    assert "Bare trukne" in visitor.text("/saker")
    assert visitor.send(f"/visninger/{its_id}/slett").headers["location"] == "/visninger"
    assert "Ingen visninger" in visitor.text("/visninger")


def test_a_search_is_not_kept_and_the_page_says_so(site: Site, officer):
    assert "Et søk lagres ikke" in officer.text(f"/saker?q={SECRET_NAME[:5]}")

    kept = {"of_list": "cases", "query": f"q={SECRET_NAME}", "view_name": "x"}
    answer = officer.send("/visninger", kept)

    assert answer.status_code == 409
    assert "kan være et navn eller et nummer på en person" in answer.text
    assert "Ingen visninger" in officer.text("/visninger")


def test_what_is_wrong_with_a_view_stands_at_its_name(officer):
    kept = {"of_list": "cases", "query": "state=withdrawn"}

    without = officer.send("/visninger", kept)
    with_number = officer.send("/visninger", {**kept, "view_name": "201912345606"})

    assert without.status_code == 422
    assert "Fyll ut «Navn på visningen»." in without.text
    assert 'value="state=withdrawn"' in without.text
    assert 'id="view_name-error"' in with_number.text
