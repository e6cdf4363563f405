"""A municipality reads what it was asked, and answers."""

import re
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app import db
from tests import factories
from tests.app.pages.conftest import SECRET_DUF, SECRET_NAME, Site
from tests.factories import NORWEGIAN
from workflow.cases import commands, measures
from workflow.cases.commands import Question
from workflow.cases.models import Case, Distribution
from workflow.cases.states import CaseState, Group
from workflow.kernel.actor import Role

WRITER, READER = Role.MUNICIPALITY_WRITER, Role.MUNICIPALITY_READER
OTHERS = [
    role
    for role in NORWEGIAN
    if role not in {WRITER, READER, Role.MUNICIPALITY_ADMINISTRATOR, Role.SYSTEM}
]
PAGES = [
    "/kommune",
    "/kommune/foresporsler",
    "/kommune/bosettinger",
    "/kommune/ankomster",
    "/kommune/boliger",
    "/kommune/vedtak",
]


def question(site: Site, case: str, municipality: str = "Steinkjer") -> UUID:
    """The last question about a case to the municipality."""
    with db.reading(site.database.sessions) as session:
        found = session.scalar(
            select(Distribution.id)
            .where(
                Distribution.case_id == site.cases[case],
                Distribution.municipality_id == site.municipalities[municipality],
            )
            .order_by(Distribution.asked_at.desc())
            .limit(1)
        )
        assert found is not None
        return found


def state(site: Site, case: str) -> CaseState:
    with db.reading(site.database.sessions) as session:
        return session.get_one(Case, site.cases[case]).state


def new_question(site: Site) -> tuple[str, UUID]:
    """A new case put to Steinkjer; its name in `site.cases`, and the question."""
    name = f"new {len(site.cases)}"
    with db.transaction(site.database.sessions) as session:
        site.cases[name] = factories.a_case(session, name=SECRET_NAME, duf_number=None)
        factories.asked(
            session,
            site.cases[name],
            site.municipalities["Steinkjer"],
            at=factories.NOW + timedelta(days=11),
        )
    return name, question(site, name)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("role", [WRITER, READER, Role.MUNICIPALITY_ADMINISTRATOR])
def test_a_municipality_reads_its_pages_in_every_role(site: Site, role, path):
    page = site.visit(role).text(path)

    assert "<h1>" in page
    assert "style=" not in page
    assert "<script>" not in page


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_reads_them(site: Site, role, path):
    assert site.visit(role).get(path).status_code == 403


@pytest.mark.parametrize("case", ["distributed", "accepted", "withdrawn", "track_b"])
def test_what_was_asked_is_shown_without_names(site: Site, case):
    page = site.visit(WRITER).text(f"/kommune/foresporsler/{question(site, case)}")

    assert "1985" in page
    assert SECRET_NAME not in page
    assert SECRET_DUF not in page


def test_another_municipality_has_no_such_question(site: Site):
    address = f"/kommune/foresporsler/{question(site, 'distributed')}"

    assert site.visit(WRITER, "Oslo").get(address).status_code == 404


def test_an_overdue_question_is_neither_a_yes_nor_a_no(site: Site):
    page = site.visit(WRITER).text("/kommune")

    assert "Verken ja eller nei" in page


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("withdrawn", "Dere blir spurt først når saken fordeles på nytt"),
        ("waiting", "Dere får den ikke automatisk tilbake"),
    ],
)
def test_a_withdrawn_case_does_not_vanish_and_says_what_happens_next(site: Site, case, sentence):
    page = site.visit(WRITER).text(f"/kommune/foresporsler/{question(site, case)}")

    assert "Innreise er ikke mulig nå" in page
    assert sentence in page


@pytest.mark.parametrize("typed", ["24", "uke 24", "24/2020", "2020-W24"])
def test_a_yes_takes_the_week_as_people_write_it(site: Site, typed):
    name, asked = new_question(site)
    page = f"/kommune/foresporsler/{asked}"

    answer = site.visit(WRITER).send(
        f"{page}/godkjenn",
        {"version": site.version(name), "settlement_week": typed, "quarantine": "yes"},
    )

    assert (answer.status_code, answer.headers["location"]) == (303, page)
    assert state(site, name) is CaseState.ACCEPTED
    assert "uke 24 (8.–14. juni 2020)" in site.visit(WRITER).text(page)


def test_the_week_is_shown_with_its_days_before_it_is_sent(site: Site):
    name, asked = new_question(site)

    answer = site.visit(WRITER).send(
        f"/kommune/foresporsler/{asked}/godkjenn",
        {"version": site.version(name), "settlement_week": "24", "check": "1"},
    )

    assert answer.status_code == 200
    assert "Det er uke 24 (8.–14. juni 2020)." in answer.text
    assert state(site, name) is CaseState.DISTRIBUTED


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ("", 422, "Fyll ut «Bosettingsuke»"),
        ("snart", 422, "som et ukenummer"),
        ("2020-W15", 409, "har begynt eller er over"),
        ("2020-W45", 409, "begynner etter at innreisetillatelsen går ut"),
    ],
)
def test_a_week_that_cannot_be_is_refused_where_it_was_typed(site: Site, typed, status, sentence):
    name, asked = new_question(site)

    answer = site.visit(WRITER).send(
        f"/kommune/foresporsler/{asked}/godkjenn",
        {"version": site.version(name), "settlement_week": typed},
    )

    assert answer.status_code == status
    assert sentence in answer.text
    assert f'value="{typed}"' in answer.text
    assert 'id="settlement_week-error"' in answer.text
    assert state(site, name) is CaseState.DISTRIBUTED


def test_the_old_week_is_never_filled_in(site: Site):
    _, asked = new_question(site)

    page = site.visit(WRITER).text(f"/kommune/foresporsler/{asked}")

    assert re.search(r'id="settlement_week"[^>]*value=""', page, re.DOTALL)


def test_a_form_made_of_an_older_case_changes_nothing(site: Site):
    name, asked = new_question(site)

    answer = site.visit(WRITER).send(
        f"/kommune/foresporsler/{asked}/godkjenn",
        {"version": site.version(name) - 1, "settlement_week": "24"},
    )

    assert answer.status_code == 409
    assert 'value="24"' in answer.text
    assert state(site, name) is CaseState.DISTRIBUTED


def test_a_no_needs_a_reason_and_is_taken_back(site: Site):
    name, asked = new_question(site)
    page = f"/kommune/foresporsler/{asked}"
    writer = site.visit(WRITER)

    without = writer.send(f"{page}/avsla", {"version": site.version(name)})
    no = writer.send(
        f"{page}/avsla",
        {"version": site.version(name), "reason_code": "no_housing", "text": "Ny bolig i august"},
    )
    after = writer.text(page)
    again = writer.send(f"{page}/apne")

    assert (without.status_code, no.status_code, again.status_code) == (422, 303, 303)
    assert "Ny bolig i august" in after
    assert "Ta tilbake nei-et" in after
    assert "Dere åpnet for saken igjen" in writer.text(page)
    assert state(site, name) is CaseState.DECLINED


def test_a_yes_is_changed_and_taken_back_before_the_decision(site: Site):
    name, asked = new_question(site)
    page = f"/kommune/foresporsler/{asked}"
    writer = site.visit(WRITER)
    writer.send(f"{page}/godkjenn", {"version": site.version(name), "settlement_week": "24"})

    moved = writer.send(f"{page}/uke", {"version": site.version(name), "settlement_week": "26"})
    shown = writer.text(page)
    back = writer.send(
        f"{page}/trekk-tilbake", {"version": site.version(name), "reason_code": "no_capacity"}
    )

    assert (moved.status_code, back.status_code) == (303, 303)
    assert "uke 26 (22.–28. juni 2020)" in shown
    assert state(site, name) is CaseState.DECLINED


def test_once_placed_the_week_is_imdis_and_the_button_says_so(site: Site):
    page = site.visit(WRITER).text(f"/kommune/foresporsler/{question(site, 'placed')}")

    assert "Ta kontakt med IMDi, som endrer uken" in page
    assert 'aria-disabled="true"' in page


def test_a_reader_sees_no_form_and_can_send_none(site: Site):
    name, asked = new_question(site)
    reader = site.visit(READER)

    page = reader.text(f"/kommune/foresporsler/{asked}")
    sent = reader.send(
        f"/kommune/foresporsler/{asked}/godkjenn",
        {"version": site.version(name), "settlement_week": "24"},
    )

    assert "/godkjenn" not in page
    assert "Du har lesetilgang" in page
    assert sent.status_code == 403
    assert state(site, name) is CaseState.DISTRIBUTED


def test_a_home_that_fits_can_be_kept_for_the_case(site: Site):
    with db.transaction(site.database.sessions) as session:
        here = site.municipalities["Steinkjer"]
        small = factories.a_vacancy(session, here, places=1)
        large = factories.a_vacancy(session, here, places=6)
    name, asked = new_question(site)
    page = f"/kommune/foresporsler/{asked}"
    shown = site.visit(WRITER).text(page)

    site.visit(WRITER).send(
        f"{page}/godkjenn",
        {"version": site.version(name), "settlement_week": "24", "vacancy_id": str(large)},
    )

    assert str(large) in shown
    assert str(small) not in shown
    assert "Reservert for en sak" in site.visit(WRITER).text("/kommune/boliger")


def test_that_no_home_was_chosen_stands_when_the_form_comes_back(site: Site):
    name = f"kept {len(site.cases)}"
    with db.transaction(site.database.sessions) as session:
        here = site.municipalities["Steinkjer"]
        home = factories.a_vacancy(session, here)
        site.cases[name] = factories.a_case(session)
        asked = Question(here, 2020, vacancy_id=home)
        at = factories.NOW + timedelta(days=11)
        put = commands.put_to_municipality
        put(session, site.cases[name], "distribute", asked, actor=factories.officer(), at=at)
    page = f"/kommune/foresporsler/{question(site, name)}"
    writer = site.visit(WRITER)
    chosen = f'<option value="{home}" selected>'

    given = {"version": site.version(name), "settlement_week": "", "vacancy_id": ""}
    again = writer.send(f"{page}/godkjenn", given)

    assert chosen in writer.text(page)
    assert again.status_code == 422
    assert chosen not in again.text
    assert str(home) in again.text


@pytest.mark.parametrize("shown", ["open", "accepted", "placed", "declined", "withdrawn", "x"])
def test_the_list_is_narrowed_by_state(site: Site, shown):
    page = site.visit(WRITER).text(f"/kommune/foresporsler?state={shown}")

    assert "<h1>Forespørsler</h1>" in page


def test_a_question_says_whom_to_ask_also_when_it_has_been_withdrawn(site: Site):
    writer = site.visit(WRITER)

    for case in ("distributed", "withdrawn"):
        page = writer.text(f"/kommune/foresporsler/{question(site, case)}")
        assert "Hvem kan vi spørre?" in page
        assert "supportportalen" in page


def test_a_measure_is_shown_where_it_bites_with_its_reason_and_its_days(site: Site):
    with db.transaction(site.database.sessions) as session:
        measure = measures.start(
            session,
            group=Group.RECEPTION_CENTRE,
            reason="Smitte i mottak",
            from_on=factories.TODAY,
            until_on=date(2020, 12, 24),
            actor=factories.lead(),
            at=factories.NOW,
        )
    where = {WRITER: "/kommune", Role.CASE_OFFICER: "/oppgaver", Role.RECEPTION_CENTRE: "/mottak"}

    shown = {role: site.visit(role).text(path) for role, path in where.items()}
    with db.transaction(site.database.sessions) as session:
        measures.end(session, measure, actor=factories.lead(), at=factories.NOW)

    for page in shown.values():
        assert "Fordelingen er satt på pause: Fra mottak" in page
        assert "Smitte i mottak" in page
        assert "til og med 24. desember 2020" in page
    assert "Smitte i mottak" not in site.visit(WRITER).text("/kommune")
