"""A municipality reports homes and its decided places."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app import db
from tests import factories
from tests.app.pages.conftest import Site
from workflow.capacity.models import PlaceAccount
from workflow.capacity.states import Pool
from workflow.kernel.actor import Role
from workflow.redistribution import commands as redistribution
from workflow.vacancies.models import Vacancy

WRITER = Role.MUNICIPALITY_WRITER
SENTENCE = (
    "Ledig bopel i kommunen som følger av at IMDi har trukket sak om bosetting av "
    "overføringsflyktninger"
)
FORM = "/kommune/boliger/ny"


def withdrawn_from(site: Site, municipality: str) -> UUID:
    """A case is withdrawn from a municipality that is asked nothing after it."""
    with db.transaction(site.database.sessions) as session:
        case = factories.a_case(session)
        factories.asked(session, case, site.municipalities[municipality])
        redistribution.withdraw(
            session,
            case,
            reason="Innreise er ikke mulig nå",
            legal_ground=None,
            actor=factories.officer(),
            at=factories.NOW + timedelta(days=9),
        )
    return case


def reported(site: Site, municipality: str) -> list[Vacancy]:
    with db.reading(site.database.sessions) as session:
        return list(
            session.scalars(
                select(Vacancy)
                .where(Vacancy.municipality_id == site.municipalities[municipality])
                .order_by(Vacancy.at.desc())
            )
        )


def account(site: Site, municipality: str, pool: Pool, year: int = 2020) -> PlaceAccount | None:
    with db.reading(site.database.sessions) as session:
        return session.scalar(
            select(PlaceAccount).where(
                PlaceAccount.municipality_id == site.municipalities[municipality],
                PlaceAccount.year == year,
                PlaceAccount.pool == pool,
            )
        )


def test_a_home_is_reported_and_its_fate_can_be_followed(site: Site):
    writer = site.visit(WRITER)

    answer = writer.send(
        FORM,
        {
            "kind": "home",
            "places": "4",
            "available_from_week": "uke 20",
            "group": "reception_centre",
            "accessible": "on",
            "available_until_week": "22",
            "rooms": "3",
            "quarantine": "on",
        },
    )
    page = writer.text("/kommune/boliger")

    assert (answer.status_code, answer.headers["location"]) == (303, "/kommune/boliger")
    assert "Bolig, 4 plasser" in page
    assert "uke 20 (11.–17. mai 2020)" in page
    assert "Meldt inn" in page
    assert "<dt>Siste innflytting</dt><dd>uke 22 (25.–31. mai 2020)</dd>" in page
    assert "<dt>Soverom</dt><dd>3</dd>" in page
    assert "<dt>Karantene</dt><dd>Kan gjennomføres her</dd>" in page


@pytest.mark.parametrize(
    ("given", "status", "sentence"),
    [
        ({"places": "fire"}, 422, "som et helt tall"),
        ({"available_from_week": "2020-W10"}, 409, "Uken er over|er meldt ledig fra"),
        ({"places": "0"}, 422, "«Plasser» som et helt tall fra 1 til 1000"),
        ({"rooms": "0"}, 422, "«Soverom» som et helt tall fra 1 til 200"),
        ({"available_until_week": "19"}, 422, "kan ikke være før uka boligen er ledig fra"),
        ({"reason_code": "withdrawn_case"}, 409, "Dette skjemaet"),
    ],
)
def test_what_cannot_be_reported_comes_back(site: Site, given, status, sentence):
    before = len(reported(site, "Guovdageaidnu"))

    answer = site.visit(WRITER, "Guovdageaidnu").send(
        FORM, {"kind": "home", "places": "4", "available_from_week": "20", **given}
    )

    assert answer.status_code == status
    assert any(part in answer.text for part in sentence.split("|"))
    assert len(reported(site, "Guovdageaidnu")) == before


def test_after_a_withdrawn_case_the_sentence_is_filled_in(site: Site):
    case = withdrawn_from(site, "Oslo")
    writer = site.visit(WRITER, "Oslo")

    inbox = writer.text("/kommune")
    form = writer.text(f"{FORM}?etter=trukket")
    answer = writer.send(
        FORM,
        {
            "reason_code": "withdrawn_case",
            "withdrawn_case_id": str(case),
            "kind": "home",
            "places": "2",
            "available_from_week": "20",
            "comment": SENTENCE,
        },
    )

    assert f"{FORM}?etter=trukket" in inbox
    assert f">\n{SENTENCE}</textarea>" in form
    assert answer.status_code == 303
    [vacancy] = reported(site, "Oslo")
    assert (vacancy.comment, vacancy.withdrawn_case_id) == (SENTENCE, case)


def test_without_a_withdrawn_case_the_form_leads_to_the_usual_one(site: Site):
    page = site.visit(WRITER, "Guovdageaidnu").text(f"{FORM}?etter=trukket")

    assert SENTENCE not in page
    assert f'href="{FORM}"' in page


def test_a_report_is_closed_by_its_municipality_alone(site: Site):
    with db.transaction(site.database.sessions) as session:
        home = factories.a_vacancy(session, site.municipalities["Steinkjer"])
    address = f"/kommune/boliger/{home}/lukk"

    elsewhere = site.visit(WRITER, "Oslo").send(address, {"version": "1"})
    stale = site.visit(WRITER).send(address, {"version": "7"})
    closed = site.visit(WRITER).send(address, {"version": "1", "reason": "Leid ut"})

    assert [answer.status_code for answer in (elsewhere, stale, closed)] == [404, 409, 303]
    assert "Leid ut" in site.visit(WRITER).text("/kommune/boliger")


def test_decided_and_extra_places_are_registered_for_both_pools(site: Site):
    writer = site.visit(WRITER, "Tinn")

    answer = writer.send(
        "/kommune/vedtak",
        {
            "year": "2020",
            "version": "1.1",
            "decided_places": "12",
            "extra_places": "3",
            "minors_decided_places": "0",
            "minors_extra_places": "",
        },
    )
    page = writer.text("/kommune/vedtak?year=2020")

    assert answer.status_code == 303
    ordinary, minors = account(site, "Tinn", Pool.ORDINARY), account(site, "Tinn", Pool.MINORS)
    assert (ordinary.decided_places, ordinary.extra_places) == (12, 3)
    assert (minors.decided_places, minors.extra_places) == (0, 0)
    assert "Kommunens vedtak registrert" in page


def test_an_empty_field_is_not_registered_and_not_a_no(site: Site):
    writer = site.visit(WRITER, "Tinn")
    fields = {"year": "2021", "version": "1.1"}

    writer.send("/kommune/vedtak", {**fields, "decided_places": ""})

    assert account(site, "Tinn", Pool.ORDINARY, 2021).decided_places is None
    assert "ikke registrert" in writer.text("/kommune/vedtak?year=2021")


def test_places_registered_meanwhile_are_not_written_over(site: Site):
    answer = site.visit(WRITER).send(
        "/kommune/vedtak", {"year": "2020", "version": "1.1", "decided_places": "1"}
    )

    assert answer.status_code == 409
    assert 'value="1"' in answer.text
    assert account(site, "Steinkjer", Pool.ORDINARY).decided_places == 40


@pytest.mark.parametrize("typed", ["tolv", "-1", "1.5"])
def test_what_is_no_number_comes_back(site: Site, typed):
    answer = site.visit(WRITER).send(
        "/kommune/vedtak", {"year": "2020", "version": "1.1", "decided_places": typed}
    )

    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text


@pytest.mark.parametrize("path", ["/kommune/vedtak", FORM])
def test_a_reader_registers_nothing(site: Site, path):
    reader = site.visit(Role.MUNICIPALITY_READER)

    assert reader.send(path, {"year": "2020", "version": "1.1"}).status_code == 403
    assert reader.get(FORM).status_code == 403
    assert "Registrer kommunens vedtak" not in reader.text("/kommune/vedtak")
