"""Storing the register of a year, and of the next; what is decided beside it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from tests.factories import NOW, a_municipality, lead, officer, reader, udi, writer
from workflow.kernel.actor import SYSTEM
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.kernel.outbox import OutboxMessage
from workflow.municipalities import commands, queries
from workflow.municipalities.errors import (
    MunicipalityEnded,
    PreferredAirportUnknown,
    RegisterTooEarly,
)
from workflow.municipalities.models import Airport, Municipality, MunicipalityName
from workflow.municipalities.register import (
    AirportRow,
    MunicipalityRow,
    shipped_airports,
    shipped_register,
)
from workflow.municipalities.states import LetterLanguage

FIRST = date(2020, 1, 1)
NEXT = date(2021, 1, 1)
AIRPORTS = (
    AirportRow("BOO", "ENBO", "Bodø", Decimal("67.2692"), Decimal("14.3653"), scheduled=True),
    AirportRow("TOS", "ENTC", "Tromsø", Decimal("69.6833"), Decimal("18.9189"), scheduled=True),
)


def a_row(number: str, organisation_number: str, name: str | None = None, **more):
    name = name or f"Bygd {number}"
    plain = {
        "number": number,
        "official_name": name,
        "norwegian_name": name,
        "sami_name": None,
        "county": "Nordland",
        "organisation_number": organisation_number,
        "latitude": Decimal("67.28"),
        "longitude": Decimal("14.40512345"),
        "sami_area": False,
        "nearest_airport": "BOO",
        "nearest_airport_km": 3,
        "second_airport": "TOS",
        "second_airport_km": 300,
    }
    return MunicipalityRow(**plain | more)


BODO = a_row("1804", "972418013", "Bodø")
NARVIK = a_row("1806", "959469059", "Narvik")


def store(session, *rows, valid_from=FIRST, airports=AIRPORTS, actor=None):
    return commands.store_register(
        session,
        rows,
        airports,
        year=valid_from.year,
        valid_from=valid_from,
        actor=actor or lead(),
        at=NOW,
    )


def the_only(session, number: str, on: date = NEXT):
    return queries.by_number(session, number, on=on, actor=SYSTEM)


def periods(session, municipality_id: int):
    return [
        tuple(row)
        for row in session.execute(
            select(
                MunicipalityName.number,
                MunicipalityName.official_name,
                MunicipalityName.valid_from,
                MunicipalityName.valid_to,
            )
            .where(MunicipalityName.municipality_id == municipality_id)
            .order_by(MunicipalityName.valid_from)
        )
    ]


def test_the_shipped_register_is_stored_whole(session):
    report = commands.ensure_shipped_register(session, NOW)

    assert report is not None
    assert len(report.changes.added) == 356
    assert session.scalar(select(func.count()).select_from(Municipality)) == 356
    assert session.scalar(select(func.count()).select_from(Airport)) == len(shipped_airports())
    oslo = the_only(session, "0301", on=FIRST)
    assert (oslo.official_name, oslo.arrival_airport, oslo.valid_from) == ("Oslo", "OSL", FIRST)
    assert oslo.letter_language is LetterLanguage.NEUTRAL


def test_the_shipped_register_is_stored_once(session):
    commands.ensure_shipped_register(session, NOW)

    again = commands.ensure_shipped_register(session, NOW)

    assert again is None


def test_the_same_file_again_changes_nothing(session):
    commands.ensure_shipped_register(session, NOW)
    before = session.scalar(select(func.count()).select_from(OutboxMessage))

    again = store(session, *shipped_register(), airports=shipped_airports())

    assert again.changed_nothing
    assert again.changes.unchanged == 356
    assert again.changes.missing == []
    assert session.scalar(select(func.count()).select_from(MunicipalityName)) == 356
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == before


def test_a_new_name_begins_a_new_period_and_closes_the_old(session):
    store(session, BODO, NARVIK)
    renamed = replace(
        BODO, official_name="Bådåddjo - Bodø", sami_name="Bådåddjo", norwegian_name="Bodø"
    )

    report = store(session, renamed, NARVIK, valid_from=NEXT)

    bodo = the_only(session, "1804")
    assert [one.after.official_name for one in report.renamed] == ["Bådåddjo - Bodø"]
    assert periods(session, bodo.id) == [
        ("1804", "Bodø", FIRST, NEXT),
        ("1804", "Bådåddjo - Bodø", NEXT, None),
    ]
    assert (bodo.official_name, bodo.sami_name, bodo.valid_from) == (
        "Bådåddjo - Bodø",
        "Bådåddjo",
        FIRST,
    )


def test_a_new_number_is_the_same_municipality_by_its_organisation_number(session):
    store(session, BODO)
    identity = the_only(session, "1804").id

    store(session, replace(BODO, number="1899"), valid_from=NEXT)

    assert the_only(session, "1899").id == identity
    assert queries.by_number(session, "1804", on=date(2020, 6, 1), actor=SYSTEM).id == identity
    assert periods(session, identity) == [
        ("1804", "Bodø", FIRST, NEXT),
        ("1899", "Bodø", NEXT, None),
    ]


def test_two_may_change_numbers_with_each_other(session):
    store(session, BODO, NARVIK)
    bodo, narvik = the_only(session, "1804").id, the_only(session, "1806").id

    store(session, replace(BODO, number="1806"), replace(NARVIK, number="1804"), valid_from=NEXT)

    assert (the_only(session, "1806").id, the_only(session, "1804").id) == (bodo, narvik)


def test_what_was_wrong_on_the_day_itself_is_corrected_in_its_period(session):
    store(session, replace(BODO, number="1806"), replace(NARVIK, number="1804"))

    report = store(session, BODO, NARVIK)

    bodo = the_only(session, "1804")
    assert bodo.organisation_number == BODO.organisation_number
    assert periods(session, bodo.id) == [("1804", "Bodø", FIRST, None)]
    assert [one.corrects_period for one in report.changes.changed] == [True, True]


def test_one_that_is_not_in_the_file_stays_and_is_reported(session):
    store(session, BODO, NARVIK)

    report = store(session, BODO, valid_from=NEXT)

    assert [one.latest.called.official_name for one in report.changes.missing] == ["Narvik"]
    assert the_only(session, "1806").valid_to is None


def test_a_number_held_by_one_that_is_not_in_the_file_is_not_given_away(session):
    store(session, BODO, NARVIK)

    report = store(session, replace(BODO, number="1806"), valid_from=NEXT)

    ((row, holder),) = report.changes.taken
    assert (row.official_name, holder.latest.called.official_name) == ("Bodø", "Narvik")
    assert the_only(session, "1804").official_name == "Bodø"
    assert report.changed_nothing


def test_one_that_is_new_in_a_later_file_begins_there(session):
    store(session, BODO)

    report = store(session, BODO, NARVIK, valid_from=NEXT)

    assert [row.number for row in report.changes.added] == ["1806"]
    assert the_only(session, "1806").valid_from == NEXT


def test_an_earlier_file_does_not_undo_a_later_one(session):
    store(session, BODO, NARVIK)
    store(session, replace(BODO, official_name="Bådåddjo - Bodø"), NARVIK, valid_from=NEXT)
    corrected = replace(BODO, county="Salten")

    same = store(session, BODO, NARVIK)
    other = store(session, corrected, NARVIK)

    assert same.changed_nothing
    assert (same.changes.unchanged, other.changes.older) == (2, [corrected])
    assert the_only(session, "1804").official_name == "Bådåddjo - Bodø"


def test_a_file_older_than_the_register_is_refused(session):
    store(session, BODO)

    with pytest.raises(RegisterTooEarly) as refusal:
        store(session, NARVIK, valid_from=date(2019, 1, 1))

    assert refusal.value.facts == {"valid_from": "2019-01-01", "begins_on": "2020-01-01"}


def test_a_merged_municipality_is_not_brought_back_by_its_old_file(session):
    successor = a_municipality(session, number="1899", valid_from=NEXT, nearest_airport=None)
    store(session, BODO, valid_from=date(2021, 1, 1))
    ended = the_only(session, "1804").id
    session.execute(
        MunicipalityName.__table__.update().where(MunicipalityName.municipality_id == ended),
        {"valid_to": date(2022, 1, 1)},
    )
    session.execute(
        Municipality.__table__.update().where(Municipality.id == ended),
        {"valid_to": date(2022, 1, 1), "successor_id": successor},
    )

    report = store(session, BODO, valid_from=date(2021, 1, 1))

    assert report.changes.unchanged == 1
    assert report.changed_nothing


def test_airports_left_empty_are_computed_from_those_of_the_register(session):
    bare = {
        "nearest_airport": None,
        "nearest_airport_km": None,
        "second_airport": None,
        "second_airport_km": None,
    }

    store(session, replace(BODO, **bare))

    bodo = the_only(session, "1804")
    assert (bodo.nearest_airport, bodo.nearest_airport_km) == ("BOO", 2)
    assert bodo.second_airport == "TOS"


def test_an_airport_is_changed_where_it_stands(session):
    store(session, BODO)
    closed = replace(AIRPORTS[1], scheduled=False)

    report = store(session, BODO, airports=(AIRPORTS[0], closed))

    assert report.airports_stored == 1
    assert session.get(Airport, "TOS", populate_existing=True).scheduled is False


def test_what_municipality_and_travel_officer_have_set_stays(session):
    store(session, BODO)
    bodo = the_only(session, "1804").id
    commands.set_letter_language(session, bodo, LetterLanguage.NYNORSK, actor=writer(bodo), at=NOW)
    commands.set_preferred_airport(session, bodo, "TOS", actor=udi(), at=NOW)

    store(session, replace(BODO, official_name="Bodø by"), valid_from=NEXT)

    found = the_only(session, "1804")
    assert found.letter_language is LetterLanguage.NYNORSK
    assert (found.arrival_airport, found.nearest_airport) == ("TOS", "BOO")


def test_a_file_that_says_the_letter_language_sets_it(session):
    store(session, replace(BODO, letter_language=LetterLanguage.BOKMAL))

    first = the_only(session, "1804").letter_language
    store(session, replace(BODO, letter_language=LetterLanguage.NYNORSK))

    assert (first, the_only(session, "1804").letter_language) == (
        LetterLanguage.BOKMAL,
        LetterLanguage.NYNORSK,
    )


def test_the_events_say_who_was_renamed(session):
    store(session, BODO)
    bodo = the_only(session, "1804").id

    store(session, replace(BODO, number="1899"), valid_from=NEXT)

    told = session.execute(
        select(OutboxMessage.type, OutboxMessage.municipality_id, OutboxMessage.facts).order_by(
            OutboxMessage.id.desc()
        )
    ).first()
    assert told == ("municipality.renamed", bodo, {"from": "1804", "to": "1899", "year": 2021})


def test_only_the_lead_stores_the_register(session):
    with pytest.raises(NotAllowed):
        store(session, BODO, actor=officer())


@pytest.mark.parametrize("who", [writer, lambda own: lead()])
def test_the_municipality_and_the_lead_set_the_letter_language(session, who):
    own = a_municipality(session)

    commands.set_letter_language(session, own, LetterLanguage.BOKMAL, actor=who(own), at=NOW)

    assert queries.by_id(session, own, actor=SYSTEM).letter_language is LetterLanguage.BOKMAL


def test_another_municipality_is_not_found_and_a_reader_not_allowed(session):
    own, other = a_municipality(session), a_municipality(session)

    with pytest.raises(NotFound):
        commands.set_letter_language(
            session, other, LetterLanguage.BOKMAL, actor=writer(own), at=NOW
        )
    with pytest.raises(NotAllowed):
        commands.set_letter_language(session, own, LetterLanguage.BOKMAL, actor=reader(own), at=NOW)


def test_the_preferred_airport_is_one_of_the_register_and_can_be_taken_back(session):
    own = a_municipality(session)
    store(session, BODO)

    commands.set_preferred_airport(session, own, "BOO", actor=lead(), at=NOW)
    preferred = queries.by_id(session, own, actor=SYSTEM).arrival_airport
    commands.set_preferred_airport(session, own, None, actor=lead(), at=NOW)

    assert preferred == "BOO"
    assert queries.by_id(session, own, actor=SYSTEM).arrival_airport == "TRD"
    with pytest.raises(PreferredAirportUnknown):
        commands.set_preferred_airport(session, own, "XXX", actor=lead(), at=NOW)
    with pytest.raises(NotAllowed):
        commands.set_preferred_airport(session, own, "BOO", actor=writer(own), at=NOW)


def test_setting_what_is_set_already_tells_nobody(session):
    own = a_municipality(session)
    commands.set_letter_language(session, own, LetterLanguage.BOKMAL, actor=lead(), at=NOW)
    before = session.scalar(select(func.count()).select_from(OutboxMessage))

    commands.set_letter_language(session, own, LetterLanguage.BOKMAL, actor=lead(), at=NOW)

    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == before


def test_nothing_is_set_of_one_that_has_ended_or_never_was(session):
    ended = a_municipality(session, valid_to=date(2020, 1, 1))

    with pytest.raises(MunicipalityEnded):
        commands.set_preferred_airport(session, ended, "TRD", actor=lead(), at=NOW)
    with pytest.raises(NotFound):
        commands.set_preferred_airport(session, 999_999, "TRD", actor=lead(), at=NOW)
