"""One case as each may see it, and the steps IMDi takes with it."""

import re

import pytest

from tests.app.pages.conftest import SECRET_DUF, SECRET_NAME, Site
from workflow.cases import details
from workflow.kernel.actor import Role


@pytest.fixture
def officer(site: Site):
    return site.visit(Role.CASE_OFFICER)


def _send(site: Site, visitor, case: str, path: str, **data):
    page = f"/saker/{site.cases[case]}/{path}"
    return visitor.send(page, {"version": str(site.version(case)), **data}, page="/profil")


@pytest.mark.parametrize("role", [Role.CASE_OFFICER, Role.LEAD])
def test_imdi_reads_every_case_with_names(site: Site, role):
    visitor = site.visit(role)

    for name, case_id in site.cases.items():
        assert SECRET_NAME in visitor.text(f"/saker/{case_id}"), name


@pytest.mark.parametrize(
    ("role", "case", "sees"),
    [
        (Role.MUNICIPALITY_WRITER, "distributed", "anonymous"),
        (Role.MUNICIPALITY_READER, "accepted", "anonymous"),
        (Role.MUNICIPALITY_WRITER, "placed", "names"),
        (Role.MUNICIPALITY_WRITER, "withdrawn", "nothing"),
        (Role.MUNICIPALITY_WRITER, "registered", "nothing"),
        (Role.TRAVEL_OFFICER, "distributed", "anonymous"),
        (Role.TRAVEL_OFFICER, "travel_booked", "names"),
        (Role.TRAVEL_OFFICER, "centre", "nothing"),
        (Role.RECEPTION_CENTRE, "centre", "names"),
        (Role.RECEPTION_CENTRE, "placed", "nothing"),
        (Role.ADMINISTRATOR, "placed", "nothing"),
    ],
)
def test_others_see_their_part_and_the_rest_does_not_exist(site: Site, role, case, sees):
    answer = site.visit(role).get(f"/saker/{site.cases[case]}")

    assert answer.status_code == (404 if sees == "nothing" else 200)
    assert (SECRET_NAME in answer.text) == (sees == "names")
    assert SECRET_DUF not in answer.text


def test_another_municipality_finds_no_case(site: Site):
    stranger = site.visit(Role.MUNICIPALITY_WRITER, "Oslo")

    assert stranger.get(f"/saker/{site.cases['placed']}").status_code == 404


def test_what_cannot_be_done_stands_grey_with_the_reason(site: Site, officer):
    page = officer.text(f"/saker/{site.cases['not_ready']}")

    assert 'aria-disabled="true"' in page
    assert "En ny sak fordeles først når vi vet når alle" in page


def test_the_auditor_is_offered_nothing(site: Site):
    page = site.visit(Role.AUDITOR).text(f"/saker/{site.cases['accepted']}")

    assert "Du leser saken uten å kunne endre den" in page
    assert f"/saker/{site.cases['accepted']}/vedtak" not in page


def test_track_b_says_that_the_former_municipality_has_no_preference(site: Site, officer):
    page = officer.text(f"/saker/{site.cases['waiting']}")

    assert "Spor B" in page
    assert "ingen fortrinnsrett" in page


def test_a_settlement_decision(site: Site, officer):
    answer = _send(site, officer, "accepted", "vedtak")

    assert answer.headers["location"] == f"/saker/{site.cases['accepted']}"
    assert "Bosettingsvedtaket er fattet" in officer.text(answer.headers["location"])


def test_a_withdrawal_without_a_reason_comes_back_with_what_was_chosen(site: Site, officer):
    answer = _send(site, officer, "placed", "trekk", legal_ground="conditions_failed")

    assert answer.status_code in {409, 422}
    assert "Du må rette dette" in answer.text
    assert 'value="conditions_failed" checked' in answer.text
    assert site.state("placed") == "placed"


def test_a_placed_case_is_withdrawn_on_a_legal_ground(site: Site, officer):
    refused = _send(site, officer, "travel_booked", "trekk", reason="Kan ikke reise")
    done = _send(
        site,
        officer,
        "travel_booked",
        "trekk",
        reason="Kan ikke reise",
        legal_ground="conditions_failed",
    )
    page = officer.text(f"/saker/{site.cases['travel_booked']}")

    assert refused.status_code == 409
    assert ">\nKan ikke reise</textarea>" in refused.text
    assert done.status_code == 303
    assert "Omgjøringsvedtak" in page
    assert "Sentrale forutsetninger for vedtaket har sviktet" in page


def test_a_form_made_of_an_older_version_changes_nothing(site: Site, officer):
    page = f"/saker/{site.cases['distributed']}/bortfall"

    answer = officer.send(page, {"version": "1", "reason": "Kommer ikke"}, page="/profil")

    assert answer.status_code == 409
    assert "endringen din er ikke lagret" in answer.text
    assert site.state("distributed") == "distributed"


def test_a_week_that_cannot_be_read_says_how_to_write_it(site: Site, officer):
    answer = _send(
        site, officer, "accepted_too", "uke", settlement_week="en gang i juni", reason="Reise"
    )

    assert answer.status_code == 422
    assert "Skriv «Bosettingsuke» som et ukenummer" in answer.text
    assert 'value="en gang i juni"' in answer.text


def test_the_days_and_holidays_of_a_week_are_shown_before_it_is_set(site: Site, officer):
    looked, wrong = (
        _send(site, officer, "accepted_too", "uke", settlement_week=week, reason="", check="1")
        for week in ("23", "2020-W54")
    )

    assert (looked.status_code, wrong.status_code) == (200, 422)
    assert "Det er uke 23 (1.–7. juni 2020)." in looked.text
    assert "mandag 1. juni 2020: Andre pinsedag" in looked.text
    assert (
        '<option value="2020-W23">uke 23 (1.–7. juni 2020), andre pinsedag</option>' in looked.text
    )
    assert "2020-W41" not in looked.text  # after the permit


def test_another_week_is_set(site: Site, officer):
    answer = _send(
        site, officer, "accepted_too", "uke", settlement_week="uke 26", reason="Reiseruten"
    )

    assert answer.status_code == 303
    assert "uke 26 (22.–28. juni 2020)" in officer.text(answer.headers["location"])


def test_entry_is_written_for_some_and_the_least_counts(site: Site, officer):
    with site.reading() as session:
        seen = details.case(
            session, site.cases["not_ready"], today=site.today, actor=site.officer()
        )
    answer = _send(
        site,
        officer,
        "not_ready",
        "innreise",
        person_ids=[str(seen.persons[0].id)],
        status="possible_from",
        from_on="15.5.2020",
        source="IOM",
    )

    page = officer.text(answer.headers["location"])
    assert "Mulig fra 15. mai 2020" in page
    assert "Nå: ukjent" in page
    assert "IOM" in page


def test_entry_from_a_date_needs_the_date_and_somebody(site: Site, officer):
    answer = _send(site, officer, "not_ready", "innreise", status="possible_from", source="UDI")

    assert answer.status_code == 422
    assert "Fyll ut «Fra dato»." in answer.text
    assert "Kryss av for minst én person" in answer.text


def test_a_person_joins_and_leaves(site: Site, officer):
    joined = _send(
        site,
        officer,
        "registered",
        "personer",
        join_reason="birth",
        name="Lille Nykommer",
        birth_year="2020",
        sex="female",
        nationality="sy",
    )
    with site.reading() as session:
        seen = details.case(
            session, site.cases["registered"], today=site.today, named=True, actor=site.officer()
        )
    newest = seen.persons[-1]
    left = _send(site, officer, "registered", f"personer/{newest.id}/ut", reason="Egen sak")

    assert (joined.status_code, left.status_code) == (303, 303)
    assert newest.name == "Lille Nykommer"
    assert "Egen sak" in officer.text(f"/saker/{site.cases['registered']}")


def test_imdi_settles_on_behalf_with_a_reason(site: Site, officer):
    page = _send(site, officer, "centre", "bosatt", settled_on="10.04.2020")
    done = _send(
        site, officer, "centre", "bosatt", settled_on="10.04.2020", reason="Kommunen ringte"
    )

    assert page.status_code == 409
    assert 'value="10.04.2020"' in page.text
    assert done.status_code == 303
    assert site.state("centre") == "settled"


def test_a_wrong_date_is_corrected(site: Site, officer):
    answer = _send(
        site, officer, "centre", "rett-dato", settled_on="11.04.2020", reason="Feil dato"
    )

    assert answer.status_code == 303
    assert "11.04.2020" in officer.text(answer.headers["location"])


@pytest.mark.parametrize("path", ["vedtak", "trekk", "bortfall", "uke", "bosatt", "personer"])
def test_the_steps_are_imdis(site: Site, path):
    for role in (Role.AUDITOR, Role.MUNICIPALITY_WRITER, Role.RECEPTION_CENTRE):
        assert site.visit(role).get(f"/saker/{site.cases['placed']}/{path}").status_code == 403


def test_a_filter_nobody_knows_is_told_of_and_not_used(site: Site):
    text = site.visit(Role.CASE_OFFICER).text("/saker?state=placed&state=zz&group=%3Cb%3E")

    assert (
        "filtrerer eller sorterer på noe som ikke finnes, og det er ikke brukt: zz, &lt;b&gt;"
        in text
    )
    assert "fjern filteret" in text


@pytest.mark.parametrize(
    ("role", "address"),
    [
        (Role.CASE_OFFICER, "/saker?year=2o20&overdue=zz"),
        (Role.CASE_OFFICER, "/godkjenninger?state=zz"),
        (Role.CASE_OFFICER, "/innreise?status=zz&status=possible"),
        (Role.CASE_OFFICER, "/kommuner?year=zz&asked=true"),
        (Role.CASE_OFFICER, "/brev?state=zz"),
        (Role.AUDITOR, "/revisjon?kind=zz&since=31.02.2020&refused=ja"),
        (Role.MUNICIPALITY_WRITER, "/kommune/bosettinger?figure=zz&pool=zz&year=20"),
        (Role.MUNICIPALITY_WRITER, "/kommune/vedtak?year=zz"),
        (Role.MUNICIPALITY_WRITER, "/kommune/tall?year=zz"),
        (Role.TRAVEL_OFFICER, "/reiser?vis=zz"),
    ],
)
def test_so_is_every_other_list_and_whatever_cannot_be_read(site: Site, role: Role, address: str):
    text = site.visit(role).text(address)

    written = [word.split("=")[1] for word in address.partition("?")[2].split("&")]
    unknown = [word for word in written if word not in ("possible", "true")]
    told = text.partition("og det er ikke brukt: ")[2].partition("<")[0]
    assert sorted(told.split(", ")) == sorted({*unknown})


@pytest.mark.parametrize(
    ("role", "address"),
    [
        (Role.MUNICIPALITY_WRITER, "/kommune/foresporsler?sort=-persons"),
        (Role.MUNICIPALITY_WRITER, "/kommune/bosettinger?sort=week"),
        (Role.TRAVEL_OFFICER, "/reiser?vis=alle&sort=municipality"),
        (Role.RECEPTION_CENTRE, "/mottak?sort=-case_number"),
        (Role.CASE_OFFICER, "/kommuner?sort=-name"),
        (Role.ADMINISTRATOR, "/brukere?sort=where"),
    ],
)
def test_other_lists_sort_by_their_columns(site: Site, role: Role, address: str):
    text = site.visit(role).text(address)

    assert text.count("aria-sort=") == 1
    assert "det er ikke brukt" not in text


ENTRY_EDIT = {"status": "not_possible", "source": "UDI"}
IN_WAIT = "/innreise?status=unknown"


def _carried(page: str) -> str:
    return re.search(r'name="selection" value="([^"]+)"', page)[1]


def test_entry_is_updated_for_all_that_match_as_they_were_shown(site: Site):
    officer = site.visit(Role.TRAVEL_OFFICER)
    shown = officer.text(f"{IN_WAIT}&velg=side&sort=-persons&countries=-unknown")
    number = shown.count(" checked>")

    preview = officer.send(IN_WAIT, {**ENTRY_EDIT, "chosen": "all"})
    done = officer.send(
        IN_WAIT, {**ENTRY_EDIT, "selection": _carried(preview.text), "confirmed": "on"}
    )

    assert number >= 2
    assert shown.count('aria-sort="descending"') == 2
    assert f"Oppdater innreise i {number} saker?" in preview.text
    assert done.headers["location"] == "/innreise"
    assert "Ingen saker passer" in officer.text(IN_WAIT)


def test_what_has_come_to_match_since_is_told_and_nothing_is_written(site: Site):
    officer = site.visit(Role.TRAVEL_OFFICER)
    preview = officer.send("/innreise?status=not_possible", {**ENTRY_EDIT, "chosen": "all"})
    everything = {**ENTRY_EDIT, "selection": _carried(preview.text), "confirmed": "on"}

    answer = officer.send("/innreise", everything)

    assert answer.status_code == 409
    assert "Dette er endret siden du valgte" in answer.text
    assert "er kommet til, og 0 saker treffer ikke lenger" in answer.text


@pytest.mark.parametrize("form", [{}, {"selection": "x"}, {"case_ids": "x"}])
def test_an_edit_of_no_cases_says_what_to_do(site: Site, form: dict[str, str]):
    answer = site.visit(Role.TRAVEL_OFFICER).send("/innreise", {**ENTRY_EDIT, **form})

    assert answer.status_code == 422
