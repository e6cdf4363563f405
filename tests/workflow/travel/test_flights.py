"""A flight with several households: who is on board, moved and cancelled at once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    booked,
    officer,
    udi,
    writer,
)
from workflow.cases.models import Case, Person
from workflow.cases.states import CaseState
from workflow.kernel.errors import NotAllowed, NotFound, Stale
from workflow.travel import commands, flights, queries
from workflow.travel.errors import ArrivesAfterPermit
from workflow.travel.flights import AsRead, Flight
from workflow.travel.models import Booking
from workflow.travel.states import BookingState

THEN = NOW + timedelta(days=9)


@pytest.fixture
def board(session):
    """Three households to two municipalities on SK 336, one on another flight."""
    here, there = (a_municipality(session, decided=40) for _ in range(2))
    made = [booked(session, a_case(session, persons=3), place) for place in (here, here, there)]
    other = booked(session, a_case(session), here)
    for booking in [*made, other]:
        number = "SK 336" if booking != other else "DY 760"
        arrives_at = queries.booking(session, booking, actor=udi()).arrives_at
        commands.reschedule(
            session,
            booking,
            arrives_at=arrives_at,
            flight=number,
            reason="Bekreftet",
            actor=udi(),
            at=THEN,
        )
    return made


def read(session, bookings):
    return [AsRead(one, queries.booking(session, one, actor=udi()).version) for one in bookings]


def test_a_flight_says_how_many_travel_where(session, board):
    found = {seen.flight.number: seen for seen in flights.flights(session, actor=udi(), at=THEN)}

    seen = found["SK 336"]
    assert (seen.households, seen.persons, seen.municipalities) == (3, 9, 2)
    assert found["DY 760"].households == 1
    on_board = flights.on_board(session, seen.flight, actor=udi())
    assert {arrival.booking_id for arrival in on_board} == set(board)


def test_a_municipality_sees_its_own_on_board_only(session, board):
    there = queries.booking(session, board[2], actor=udi()).municipality_id

    [seen] = flights.flights(session, actor=writer(there), at=THEN)
    [arrival] = flights.on_board(session, seen.flight, actor=writer(there))

    assert arrival.booking_id == board[2]
    with pytest.raises(NotFound):
        flights.on_board(session, Flight("DY 760", "TRD", seen.flight.day), actor=writer(there))


def test_all_are_moved_and_one_whose_permit_ends_before_stays(session, board):
    case_id = session.scalar(select(Booking.case_id).where(Booking.id == board[1]))
    before = queries.booking(session, board[1], actor=udi())
    session.get_one(Case, case_id).permit_expires_on = before.arrives_at.date()
    session.flush()
    chosen = read(session, board)

    outcomes = flights.move(
        session,
        chosen,
        arrives_at=before.arrives_at + timedelta(days=7),
        flight="SK 340",
        reason="Flyttet",
        actor=udi(),
        at=THEN,
    )

    assert [one.booking_id for one in outcomes] == board
    assert [type(one.refusal) for one in outcomes] == [
        type(None),
        ArrivesAfterPermit,
        type(None),
    ]
    now = [queries.booking(session, booking, actor=udi()) for booking in board]
    assert [booking.flight for booking in now] == ["SK 340", "SK 336", "SK 340"]
    assert [booking.version for booking in now] == [3, 2, 3]


def test_a_cancelled_flight_leaves_the_cases_placed(session, board):
    outcomes = flights.cancel(
        session, read(session, board), reason="Innstilt", actor=udi(), at=THEN
    )

    assert [one.refusal for one in outcomes] == [None, None, None]
    states = session.scalars(
        select(Case.state).join(Booking, Booking.case_id == Case.id).where(Booking.id.in_(board))
    )
    assert set(states) == {CaseState.PLACED}


def test_a_flight_that_has_landed_stays_until_somebody_says_who_came(session, board):
    [seen] = [one for one in flights.flights(session, actor=udi(), at=THEN) if one.households == 3]
    morning_after = seen.arrives_at + timedelta(days=1)
    for booking in board[:2]:
        case_id = queries.booking(session, booking, actor=udi()).case_id
        first = session.scalar(select(Person.id).where(Person.case_id == case_id).limit(1))
        commands.arrive(
            session,
            case_id,
            arrived_at=seen.arrives_at,
            person_ids=[first],
            actor=udi(),
            at=morning_after,
        )

    [left] = [
        one
        for one in flights.flights(session, actor=udi(), at=morning_after)
        if one.flight == seen.flight
    ]
    on_board = flights.on_board(session, seen.flight, actor=udi())

    assert (left.households, left.persons) == (1, 3)
    assert sorted((one.state, one.arrived_count) for one in on_board) == [
        (BookingState.BOOKED, 0),
        (BookingState.COMPLETED, 1),
        (BookingState.COMPLETED, 1),
    ]


def test_what_has_changed_since_it_was_read_stays(session, board):
    chosen = [AsRead(board[0], 1), *read(session, board[1:])]

    outcomes = flights.cancel(session, chosen, reason="Innstilt", actor=udi(), at=THEN)

    assert [type(one.refusal) for one in outcomes] == [Stale, type(None), type(None)]


def test_only_udi_moves_and_cancels(session, board):
    with pytest.raises(NotAllowed):
        flights.cancel(session, read(session, board), reason="Innstilt", actor=officer(), at=THEN)
