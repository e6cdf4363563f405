"""Booking, moving and cancelling travel, and recording who came (R20–R22).

Locks: the case first, then its booking, then accounts by id.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from workflow.capacity.commands import Cause
from workflow.cases.machine import Context
from workflow.cases.models import Person
from workflow.cases.moves import CaseInHand, allow, for_change, write
from workflow.cases.places import move_places
from workflow.cases.states import CaseState
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotFound
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish_all
from workflow.travel import queries, wishes
from workflow.travel.arriving import arrivals_in, travel_of, who_comes
from workflow.travel.errors import (
    ArrivedBeforeBooking,
    ArrivedInFuture,
    BookingClosed,
)
from workflow.travel.events import TravelEvent
from workflow.travel.models import Booking, BookingVersion
from workflow.travel.plans import Plan, reason_for, refuse_impossible
from workflow.travel.routes import Route
from workflow.travel.states import BookingChange, BookingState
from workflow.travel.versions import Change, of_cases, write_first, write_next
from workflow.travel.years import back_to_the_week, hold_in_year


def book(
    session: Session,
    case_id: UUID,
    *,
    arrival_airport: str,
    arrives_at: datetime,
    flight: str | None = None,
    airport_reason: str | None = None,
    route: Route = (),
    window_reason: str | None = None,
    actor: Actor,
    at: datetime,
) -> UUID:
    """UDI books the travel of a placed case; the place stays held, now in the arrival's year.

    Args:
        route: the flights that lead there; empty: not known.
        window_reason: why not within the window the carrier was asked for.

    Returns:
        The booking's id.

    Raises:
        NotFound, NotAllowed, WrongState, NotTravelling: see workflow.cases.machine.
        AirportUnknown, AirportReasonMissing: which airport (R20).
        ArrivesInPast, ArrivesAfterPermit, ArrivesAfterPapers, ArrivesBeforeEntry: when.
        OutsideWindow: the carrier was asked for another time. RouteBroken: by which flights.
        YearFull: the arrival lies in another year, which has no room.
    """
    case = for_change(session, case_id, actor=actor)
    ctx = Context(actor, local_day(at))
    source = allow(case, "book_travel", ctx)
    assert case.municipality_id is not None  # noqa: S101  placed
    plan = Plan(
        arrival_airport,
        reason_for(session, case.municipality_id, arrival_airport, airport_reason),
        arrives_at,
        flight,
        route,
        wishes.reason_outside(session, case.id, local_day(arrives_at), window_reason),
    )
    refuse_impossible(case, plan, at)
    changes = move_places(session, case, plan.arrives_on.year, actor=actor, at=at)
    wishes.answer(session, case.id)
    booking_id = write_first(
        session,
        Change(BookingChange.BOOKED, actor, at),
        case_id=case.id,
        municipality_id=case.municipality_id,
        travel=plan.columns(),
    )
    facts = _facts(booking_id, 1, plan.arrival_airport, plan.arrives_at)
    write(
        session,
        case,
        "book_travel",
        source,
        ctx,
        at=at,
        changes=changes,
        facts=facts,
        event=Event(TravelEvent.BOOKED, case.id, case.municipality_id, facts),
    )
    return booking_id


def reschedule(
    session: Session,
    booking_id: UUID,
    *,
    arrives_at: datetime,
    flight: str | None = None,
    reason: str | None,
    arrival_airport: str | None = None,
    airport_reason: str | None = None,
    route: Route = (),
    window_reason: str | None = None,
    actor: Actor,
    at: datetime,
) -> int:
    """Another arrival for a booked case: a new version, and the municipality is told (R21).

    Args:
        arrival_airport: None = the airport it has, with the reason it has.
        flight, route: not known yet where they are not given; the old ones are not carried over
            to the new time.

    Returns:
        The number of the new version.

    Raises:
        NotFound, NotAllowed, WrongState, ReasonMissing, BookingClosed; the airport's and the
        arrival's refusals and YearFull as for `book`.
    """
    case, ctx, source, booking = _take(
        session, booking_id, "reschedule", reason, actor=actor, at=at
    )
    if arrival_airport is None:
        arrival_airport, why_there = booking.arrival_airport, booking.airport_reason
    else:
        why_there = reason_for(session, booking.municipality_id, arrival_airport, airport_reason)
    why_then = wishes.reason_outside(session, case.id, local_day(arrives_at), window_reason)
    plan = Plan(arrival_airport, why_there, arrives_at, flight, route, why_then)
    refuse_impossible(case, plan, at)
    changes = move_places(session, case, plan.arrives_on.year, actor=actor, at=at)
    change = Change(BookingChange.RESCHEDULED, actor, at, reason)
    [now] = write_next(session, Booking.id == booking_id, change, travel=plan.columns())
    facts = _facts(booking_id, now.version, arrival_airport, arrives_at) | {
        "before": {
            "arrival_airport": booking.arrival_airport,
            "arrives_at": booking.arrives_at.astimezone(UTC).isoformat(),
        }
    }
    write(
        session,
        case,
        "reschedule",
        source,
        ctx,
        at=at,
        changes=changes,
        facts=facts,
        event=Event(TravelEvent.RESCHEDULED, case.id, case.municipality_id, facts),
    )
    return int(now.version)


def cancel(
    session: Session, booking_id: UUID, *, reason: str | None, actor: Actor, at: datetime
) -> CaseInHand:
    """The travel is off: the case is placed as before, its place stays held (R21).

    The plan is the settlement week again, in that week's year, if the week still lies ahead and its
    year has room; else the place stays where the travel had it, so want of room refuses nothing.

    Raises:
        NotFound, NotAllowed, WrongState, ReasonMissing, BookingClosed.
    """
    case, ctx, source, _ = _take(session, booking_id, "cancel_travel", reason, actor=actor, at=at)
    changes = back_to_the_week(session, case, ctx.today, actor=actor, at=at)
    change = Change(BookingChange.CANCELLED, actor, at, reason)
    [now] = write_next(session, Booking.id == booking_id, change)
    facts = _facts(booking_id, now.version, now.arrival_airport, now.arrives_at)
    write(
        session,
        case,
        "cancel_travel",
        source,
        ctx,
        at=at,
        changes=changes,
        facts=facts,
        event=Event(
            TravelEvent.CANCELLED, case.id, case.municipality_id, facts | {"case_left": False}
        ),
    )
    return case


def arrive(
    session: Session,
    case_id: UUID,
    *,
    arrived_at: datetime,
    person_ids: Collection[UUID] | None = None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """Persons have come; who did not come is noted, and may come later.

    The first to come complete the booking. An arrival is a fact: in another year than planned, the
    places still held follow it there, whatever that year's ceiling says.

    Args:
        person_ids: None = all who have not come yet.

    Raises:
        NotFound, NotAllowed, WrongState: see workflow.cases.machine.
        ArrivedInFuture, ArrivedBeforeBooking: when. PersonNotHere, AlreadyArrived: who.
    """
    case = for_change(session, case_id, actor=actor)
    ctx = Context(actor, local_day(at))
    source = allow(case, "arrive", ctx)
    booking = travel_of(session, case)
    if arrived_at > at:
        raise ArrivedInFuture(arrived_at=arrived_at, at=at)
    if booking is not None and arrived_at < booking.at:
        raise ArrivedBeforeBooking(arrived_at=arrived_at, booked_at=booking.at)
    before = arrivals_in(session, case.id)
    come = who_comes(before, person_ids)
    session.execute(
        update(Person)
        .where(Person.id.in_(come))
        .values(arrived_at=arrived_at)
        .execution_options(synchronize_session=False)
    )
    if booking is not None and booking.state is BookingState.BOOKED:
        write_next(session, Booking.id == booking.id, Change(BookingChange.COMPLETED, actor, at))
    last = max([arrived_at, *(moment for moment in before.values() if moment is not None)])
    changes = hold_in_year(session, case, local_day(last).year, cause=Cause(actor, at, case.id))
    missing = [person for person, moment in before.items() if not moment and person not in come]
    quarantine = queries.quarantine(session, local_day(arrived_at))
    facts = {
        "booking_id": str(booking.id) if booking is not None else None,
        "arrived_at": arrived_at.isoformat(),
        "quarantine": [day.isoformat() for day in quarantine] if quarantine else None,
    }
    write(
        session,
        case,
        "arrive",
        source,
        ctx,
        at=at,
        changes=changes,
        facts=facts
        | {
            "arrived": [str(person) for person in come],
            "not_arrived": [str(person) for person in missing],
        },
        event=Event(
            TravelEvent.ARRIVED,
            case.id,
            case.municipality_id,
            facts | {"arrived": len(come), "not_arrived": len(missing)},
        ),
    )
    return case


def cancel_for_leaving(
    session: Session,
    case_ids: Collection[UUID],
    *,
    reason: str | None,
    actor: Actor,
    at: datetime,
    run_id: UUID | None = None,
    leaves_at: datetime | None = None,
) -> list[UUID]:
    """Cancel the travel of cases that leave their municipality, in two statements however many.

    The caller has locked the cases and writes their step.

    Args:
        leaves_at: when the notices may leave: the end of a run's undo window.

    Returns:
        The cases that had a booking.
    """
    wishes.take_back_for_leaving(session, case_ids, due_at=leaves_at or at)
    cancelled = write_next(
        session,
        of_cases(case_ids) & (Booking.state == BookingState.BOOKED),
        Change(BookingChange.CANCELLED, actor, at, reason, run_id),
    )
    publish_all(
        session,
        (
            Event(
                TravelEvent.CANCELLED,
                booking.case_id,
                booking.municipality_id,
                _facts(booking.id, booking.version, booking.arrival_airport, booking.arrives_at)
                | {"case_left": True},
            )
            for booking in cancelled
        ),
        at=at,
        leaves_at=leaves_at,
        run_id=run_id,
    )
    return [booking.case_id for booking in cancelled]


def reinstate(
    session: Session, case_ids: Collection[UUID], *, run_id: UUID, actor: Actor, at: datetime
) -> list[UUID]:
    """A run's undo takes back the cancellations that run wrote; nobody has been told, so nobody is.

    Returns:
        The cases that have their booking again; not those whose booking has changed since.
    """
    cancelled_by_the_run = exists().where(
        BookingVersion.booking_id == Booking.id,
        BookingVersion.version == Booking.version,
        BookingVersion.change == BookingChange.CANCELLED,
        BookingVersion.run_id == run_id,
    )
    wishes.reopen(session, case_ids, at=at)
    again = write_next(
        session,
        of_cases(case_ids) & (Booking.state == BookingState.CANCELLED) & cancelled_by_the_run,
        Change(BookingChange.REINSTATED, actor, at, run_id=run_id),
    )
    return [booking.case_id for booking in again]


def _take(
    session: Session,
    booking_id: UUID,
    trigger: str,
    reason: str | None,
    *,
    actor: Actor,
    at: datetime,
) -> tuple[CaseInHand, Context, CaseState, Any]:
    """Lock the booking's case and then the booking, and fire the trigger."""
    case_id = queries.case_of(session, booking_id, actor=actor)
    if case_id is None:
        raise NotFound("booking")
    case = for_change(session, case_id, actor=actor)
    booking = session.execute(
        select(
            Booking.municipality_id,
            Booking.state,
            Booking.arrival_airport,
            Booking.airport_reason,
            Booking.arrives_at,
        )
        .where(Booking.id == booking_id)
        .with_for_update()
    ).one()
    ctx = Context(actor, local_day(at), reason=reason)
    source = allow(case, trigger, ctx)
    if booking.state is not BookingState.BOOKED:
        raise BookingClosed(state=booking.state)
    return case, ctx, source, booking


def _facts(
    booking_id: UUID, version: int, arrival_airport: str, arrives_at: datetime
) -> dict[str, Any]:
    return {
        "booking_id": str(booking_id),
        "version": version,
        "arrival_airport": arrival_airport,
        "arrives_at": arrives_at.astimezone(UTC).isoformat(),
    }
