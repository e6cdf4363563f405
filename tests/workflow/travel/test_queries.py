"""Who sees which travel."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.factories import (
    a_case,
    a_municipality,
    administrator,
    auditor,
    booked,
    centre,
    officer,
    placed,
    reader,
    udi,
    writer,
)
from workflow.kernel.errors import NotFound
from workflow.redistribution import commands as redistribution
from workflow.travel import commands, queries

NOW = datetime(2020, 4, 10, 9, tzinfo=UTC)
LATER = datetime(2020, 4, 13, 9, tzinfo=UTC)


@pytest.fixture
def municipality(session):
    return a_municipality(session, decided=10)


@pytest.fixture
def case_id(session):
    return a_case(session)


@pytest.fixture
def booking_id(session, case_id, municipality):
    return booked(session, case_id, municipality)


def test_udi_imdi_the_auditor_and_the_municipality_read_a_booking(
    session, municipality, case_id, booking_id
):
    for actor in (udi(), officer(), auditor(), writer(municipality), reader(municipality)):
        assert queries.booking(session, booking_id, actor=actor).case_id == case_id
        assert [b.id for b in queries.bookings(session, case_id, actor=actor)] == [booking_id]
        assert queries.case_of(session, booking_id, actor=actor) == case_id


def test_for_others_there_is_no_such_booking(session, case_id, booking_id):
    for actor in (writer(a_municipality(session)), centre(), administrator()):
        assert queries.case_of(session, booking_id, actor=actor) is None
        with pytest.raises(NotFound):
            queries.booking(session, booking_id, actor=actor)
        with pytest.raises(NotFound):
            queries.bookings(session, case_id, actor=actor)


def test_a_booking_that_is_not_there_is_not_found(session):
    with pytest.raises(NotFound):
        queries.booking(session, uuid4(), actor=udi())


def test_a_case_without_travel_has_no_bookings(session, municipality, case_id):
    placed(session, case_id, municipality)

    assert queries.bookings(session, case_id, actor=udi()) == []


def test_the_next_municipality_reads_nothing_of_the_travel_to_the_former_one(
    session, municipality, case_id, booking_id
):
    redistribution.withdraw(
        session,
        case_id,
        reason="Innreise ikke mulig",
        legal_ground="conditions_failed",
        actor=officer(),
        at=NOW,
    )
    second = a_municipality(session, decided=10)
    placed(session, case_id, second, at=NOW)

    commands.book(
        session,
        case_id,
        arrival_airport="TRD",
        arrives_at=datetime(2020, 6, 9, 12, tzinfo=UTC),
        actor=udi(),
        at=LATER,
    )

    theirs = queries.bookings(session, case_id, actor=writer(second))
    assert [booking.municipality_id for booking in theirs] == [second]
    assert len(queries.bookings(session, case_id, actor=udi())) == 2
    with pytest.raises(NotFound):
        queries.booking(session, booking_id, actor=writer(second))
    with pytest.raises(NotFound):
        queries.booking(session, booking_id, actor=writer(municipality))
