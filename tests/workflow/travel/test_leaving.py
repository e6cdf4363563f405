"""Cases that leave take their travel with them, and a run's undo brings it back (R11)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from tests.factories import a_case, a_municipality, booked, officer, placed, udi
from workflow.cases.models import Case
from workflow.cases.states import CaseState
from workflow.kernel.outbox import OutboxMessage
from workflow.redistribution import commands as redistribution
from workflow.travel import commands, queries
from workflow.travel.models import Booking
from workflow.travel.states import BookingChange, BookingState

NOW = datetime(2020, 4, 10, 9, tzinfo=UTC)
UNDO_UNTIL = NOW + timedelta(minutes=30)


@pytest.fixture
def municipality(session):
    return a_municipality(session, decided=20)


def leave(session, case_ids, **changes):
    given = {"reason": "Innreise ikke mulig", "actor": officer(), "at": NOW}
    return commands.cancel_for_leaving(session, case_ids, **(given | changes))


def states(session, *booking_ids):
    found = dict(session.execute(select(Booking.id, Booking.state)).all())
    return [found[booking_id] for booking_id in booking_ids]


def told(session, kind):
    return session.scalars(
        select(OutboxMessage).where(OutboxMessage.type == kind).order_by(OutboxMessage.id)
    ).all()


def test_the_travel_of_those_who_leave_is_cancelled_and_of_nobody_else(session, municipality):
    going, staying, unbooked = a_case(session), a_case(session), a_case(session)
    first = booked(session, going, municipality)
    second = booked(session, staying, municipality)
    placed(session, unbooked, municipality)

    had_one = leave(session, [going, unbooked])

    assert had_one == [going]
    assert states(session, first, second) == [BookingState.CANCELLED, BookingState.BOOKED]


def test_the_cancellation_is_a_version_with_the_reason_and_the_run(session, municipality):
    case_id, run_id = a_case(session), uuid4()
    booked(session, case_id, municipality)

    leave(session, [case_id], run_id=run_id)

    [booking] = queries.bookings(session, case_id, actor=udi())
    last = booking.versions[-1]
    assert (booking.version, last.version, last.change) == (2, 2, BookingChange.CANCELLED)
    assert (last.reason, last.at, last.actor) == (
        "Innreise ikke mulig",
        NOW,
        officer().name,
    )
    assert last.arrives_at == booking.arrives_at


def test_the_municipality_is_told_when_the_undo_window_is_over(session, municipality):
    case_id, run_id = a_case(session), uuid4()
    booking_id = booked(session, case_id, municipality)

    leave(session, [case_id], run_id=run_id, leaves_at=UNDO_UNTIL)

    [notice] = told(session, "travel.cancelled")
    assert (notice.municipality_id, notice.case_id) == (municipality, case_id)
    assert (notice.leaves_at, notice.run_id) == (UNDO_UNTIL, run_id)
    assert notice.facts["booking_id"] == str(booking_id)
    assert notice.facts["case_left"] is True


def test_what_has_arrived_or_was_cancelled_before_stays_as_it_was(session, municipality):
    arrived, cancelled = a_case(session), a_case(session)
    first = booked(session, arrived, municipality)
    second = booked(session, cancelled, municipality)
    commands.arrive(
        session,
        arrived,
        arrived_at=datetime(2020, 4, 9, tzinfo=UTC),
        actor=udi(),
        at=NOW,
    )
    commands.cancel(session, second, reason="Innstilt", actor=udi(), at=NOW)

    assert leave(session, [arrived, cancelled]) == []
    assert states(session, first, second) == [BookingState.COMPLETED, BookingState.CANCELLED]


def test_many_cases_leave_in_as_few_statements_as_one(session, municipality):
    ids = [a_case(session, persons=1) for _ in range(8)]
    for case_id in ids:
        booked(session, case_id, municipality)
    statements = []
    event.listen(session.bind, "before_cursor_execute", lambda *given: statements.append(given[2]))

    left = leave(session, ids)

    assert sorted(left) == sorted(ids)
    # Wishes; bookings with versions; their audit; the notices.
    assert len(statements) == 4


def test_nobody_leaves_and_nothing_happens(session):
    assert leave(session, []) == []


def test_an_undo_brings_back_what_its_own_run_cancelled(session, municipality):
    run_id = uuid4()
    ids = [a_case(session), a_case(session)]
    first, second = (booked(session, case_id, municipality) for case_id in ids)
    leave(session, ids[:1], run_id=run_id)
    leave(session, ids[1:], run_id=uuid4())

    again = commands.reinstate(session, ids, run_id=run_id, actor=officer(), at=NOW)

    [booking] = queries.bookings(session, ids[0], actor=udi())
    assert again == ids[:1]
    assert states(session, first, second) == [BookingState.BOOKED, BookingState.CANCELLED]
    assert [v.change for v in booking.versions] == [
        BookingChange.BOOKED,
        BookingChange.CANCELLED,
        BookingChange.REINSTATED,
    ]


def test_an_undo_twice_brings_back_once(session, municipality):
    case_id, run_id = a_case(session), uuid4()
    booked(session, case_id, municipality)
    leave(session, [case_id], run_id=run_id)
    commands.reinstate(session, [case_id], run_id=run_id, actor=officer(), at=NOW)

    assert commands.reinstate(session, [case_id], run_id=run_id, actor=officer(), at=NOW) == []


def test_an_undo_leaves_alone_what_udi_has_cancelled_since(session, municipality):
    case_id, run_id = a_case(session), uuid4()
    booking_id = booked(session, case_id, municipality)
    leave(session, [case_id], run_id=run_id)
    commands.reinstate(session, [case_id], run_id=run_id, actor=officer(), at=NOW)
    commands.cancel(session, booking_id, reason="Innstilt", actor=udi(), at=NOW)

    assert commands.reinstate(session, [case_id], run_id=run_id, actor=officer(), at=NOW) == []
    assert states(session, booking_id) == [BookingState.CANCELLED]


def test_a_withdrawal_cancels_the_travel_of_the_case(session, municipality):
    case_id = a_case(session)
    booking_id = booked(session, case_id, municipality)

    redistribution.withdraw(
        session,
        case_id,
        reason="Innreise ikke mulig",
        legal_ground="conditions_failed",
        actor=officer(),
        at=NOW,
    )

    assert session.get(Case, case_id).state is CaseState.WITHDRAWN
    assert states(session, booking_id) == [BookingState.CANCELLED]
    assert [notice.municipality_id for notice in told(session, "travel.cancelled")] == [
        municipality
    ]


def test_a_case_that_lapses_travels_no_more(session, municipality):
    case_id = a_case(session)
    booking_id = booked(session, case_id, municipality)

    redistribution.lapse(session, case_id, reason="Takket nei", actor=udi(), at=NOW)

    assert states(session, booking_id) == [BookingState.CANCELLED]
