"""Cases found by IMDi, and settlement decisions in many."""

import csv
import io
import re
from uuid import uuid4

import pytest
from sqlalchemy import update

from app import db
from tests.app.pages.conftest import SECRET_NAME, Site
from workflow.cases.models import Case
from workflow.cases.states import CaseState
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


def test_a_file_of_the_list_has_the_rows_and_the_order_that_are_shown(officer):
    address = "?state=withdrawn&state=placed&state=distributed&sort=-state"
    shown = re.findall(r'<th scope="row".*?>(\d{4}-\d{6})<', officer.text(f"/saker{address}"))
    text = officer.get(f"/saker.csv{address}").text.removeprefix("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))

    assert [row["Saksnummer"] for row in rows] == shown
    assert rows[0]["Tidligere kommune"] == "Steinkjer"
    assert (rows[-1]["Tilstand"], rows[-1]["Fristen er ute"]) == ("Fordelt", "Ja")
    assert all(bool(row["Svarfrist"]) == (row["Tilstand"] == "Fordelt") for row in rows)


def test_a_file_of_the_municipalities_is_the_table_that_is_shown(officer):
    address = "?year=2020&sort=-decided&county=Oslo"
    table = officer.text(f"/kommuner{address}")
    lines = officer.get(f"/kommuner.csv{address}").text.splitlines()
    everything = officer.get("/kommuner.csv?year=2020&sort=-name").text.splitlines()

    assert f"/kommuner.csv{address}".replace("&", "&amp;") in table
    assert [line.split(";")[:3] for line in lines[1:]] == [["0301", "Oslo", "Oslo"]]
    assert [line.split(";")[1] for line in everything[1:]] == [
        *("Tinn", "Steinkjer", "Oslo", "Guovdageaidnu - Kautokeino")
    ]
    assert officer.get("/kommuner.xlsx").content[:2] == b"PK"


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


OPEN_QUESTIONS = "state=distributed&group=resettlement"


def carried(page: str) -> str:
    return re.search(r'name="selection" value="([^"]+)"', page)[1]


def test_everything_that_matches_is_chosen_and_withdrawn_as_a_run(site: Site, officer):
    everything = {"chosen": "all", "shown_total": "3"}

    chosen = officer.send(f"/saker/utvalg?{OPEN_QUESTIONS}", everything).text
    again = officer.send(
        f"/saker/utvalg/trekk?{OPEN_QUESTIONS}", {"selection": carried(chosen), "reason": ""}
    )
    answer = officer.send(
        f"/saker/utvalg/trekk?{OPEN_QUESTIONS}",
        {"selection": carried(again.text), "reason": "Innreisestans"},
    )

    assert "1 sak er valgt" in chosen
    assert "Listen viste 3 saker, og nå treffer filteret 1 sak." in chosen
    assert again.status_code == 422
    assert answer.headers["location"].startswith("/omgjoring/")
    run = officer.text(f"{answer.headers['location']}?places=-before&items=persons&excluded=zz")
    assert run.count('aria-sort="') == 2
    assert "?items=persons&amp;places=before#places-table-caption" in run
    assert "det er ikke brukt: zz" in run
    assert "Trekking av valgte saker" in run
    assert "Trekk 1 sak" in run
    assert "valgte saker" in officer.text("/omgjoring")
    assert site.state("distributed") is CaseState.DISTRIBUTED


def test_what_has_come_to_match_is_told_before_anything_is_done(site: Site, officer):
    chosen = officer.send("/saker/utvalg?state=withdrawn&state=declined", {"chosen": "all"}).text
    narrower = {"selection": carried(chosen), "method": "rule"}
    added = officer.send("/saker/utvalg/fordel?state=withdrawn&state=registered", narrower)
    runs = officer.text("/fordeling").count('href="/fordeling/')

    assert added.status_code == 409
    assert "Dette er endret siden du valgte" in added.text
    assert "er kommet til" in added.text
    assert "treffer ikke lenger" in added.text
    again = {**narrower, "selection": carried(added.text)}
    done = officer.send("/saker/utvalg/fordel?state=withdrawn&state=registered", again)
    assert done.headers["location"].startswith("/fordeling/")
    assert officer.text("/fordeling").count('href="/fordeling/') == runs + 1


def test_those_ticked_and_nobody_elses_are_chosen(site: Site, officer):
    ids = [str(site.cases["placed"]), str(site.cases["declined"]), str(uuid4())]

    page = officer.send("/saker/utvalg", {"case_ids": ids, "chosen": "ticked"}).text

    assert "2 saker er valgt" in page
    assert "Trekk sakene" in page
    assert "Fatt bosettingsvedtak" not in page


@pytest.mark.parametrize("form", [{}, {"selection": "x"}, {"case_ids": "x"}, {"chosen": "ticked"}])
def test_a_selection_of_nothing_says_what_to_do(officer, form: dict):
    answer = officer.send("/saker/utvalg?state=withdrawn", form)

    assert answer.status_code == 422
    assert "velg alle som treffer filteret" in answer.text
    assert 'href="/saker?state=withdrawn"' in answer.text


def test_a_case_that_moved_is_not_decided_unseen(site: Site, officer):
    chosen = officer.send("/saker/vedtak", {"case_ids": [str(site.cases["accepted"])]}).text
    with db.transaction(site.database.sessions) as session:
        session.execute(update(Case).values(version=Case.version + 1))

    answer = officer.send("/saker/vedtak", {"selection": carried(chosen), "confirmed": "on"})

    assert answer.status_code == 409
    assert "er endret (godkjent)" in answer.text
    assert site.state("accepted") is CaseState.ACCEPTED


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.TRAVEL_OFFICER, Role.MUNICIPALITY_WRITER])
def test_who_does_not_act_on_cases_chooses_none(site: Site, role: Role):
    visitor = site.visit(role)

    assert visitor.send("/saker/utvalg", {"chosen": "all"}).status_code == 403
    if role is not Role.MUNICIPALITY_WRITER:
        assert 'name="case_ids"' not in visitor.text("/saker")


def test_all_on_the_page_are_ticked_by_a_link(officer):
    page = officer.text("/saker?state=withdrawn&velg=side")

    assert page.count(" checked>") == 3
    assert 'href="/saker?state=withdrawn"' in page


def test_the_list_sorts_by_a_link_that_keeps_the_filters_and_is_kept_with_them(officer):
    page = officer.text("/saker?state=withdrawn&sort=-persons")

    assert 'href="/saker?state=withdrawn&amp;sort=persons"' in page
    assert 'aria-sort="descending"' in page
    assert 'href="/saker?sort=-persons"' in page, "the chip takes the filter away, not the order"
    assert 'name="query" value="state=withdrawn&amp;sort=-persons"' in page
    assert "det er ikke brukt: mood" in officer.text("/saker?sort=mood")
