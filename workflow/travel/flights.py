"""A flight with several households on it, moved or cancelled at once (R21, group travel by IOM).

Each household is moved by its own rules, in the order of the cases' ids: one whose entry permit
does not reach the new day stays as it is and says why, the others go.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow.cases.models import Case
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import OSLO, local_day
from workflow.kernel.errors import DomainError, NotAllowed, NotFound
from workflow.municipalities.models import Airport
from workflow.travel import commands, preconditions, worklists
from workflow.travel.models import Booking
from workflow.travel.queries import bookings_listed
from workflow.travel.seen import ArrivalSeen
from workflow.travel.states import BookingState

#: How far ahead flights are listed, days: a permit lasts six months.
AHEAD = timedelta(days=183)
#: How long one that has landed is listed while nobody has said who came with it.
LANDED = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Flight:
    """What the households of one flight share."""

    number: str
    arrival_airport: str
    day: date


@dataclass(frozen=True, slots=True)
class FlightSeen:
    flight: Flight
    airport_name: str
    arrives_at: datetime
    households: int
    persons: int
    municipalities: int


@dataclass(frozen=True, slots=True)
class AsRead:
    """A booking, and the version of it that was read."""

    booking_id: UUID
    version: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one household: None, or why it stays as it was."""

    booking_id: UUID
    refusal: DomainError | None = None


def flights(session: Session, *, actor: Actor, at: datetime) -> list[FlightSeen]:
    """Booked flights by their arrival; a booking without a flight is none.

    From today on, and before them those of the last fortnight of which nobody has said who came.
    """
    today = local_day(at)
    day = func.date(func.timezone(OSLO.key, Booking.arrives_at))
    rows = session.execute(
        select(
            Booking.flight,
            Booking.arrival_airport,
            day,
            Airport.name,
            func.min(Booking.arrives_at),
            func.count(),
            func.sum(Case.persons_count),
            func.count(Booking.municipality_id.distinct()),
        )
        .join(Case, Case.id == Booking.case_id)
        .join(Airport, Airport.iata == Booking.arrival_airport)
        .where(
            Booking.flight.is_not(None),
            Booking.state == BookingState.BOOKED,
            Booking.arrives_at >= _midnight(today - LANDED),
            Booking.arrives_at < _midnight(today + AHEAD),
            bookings_listed(actor),
        )
        .group_by(Booking.flight, Booking.arrival_airport, day, Airport.name)
        .order_by(func.min(Booking.arrives_at), Booking.flight)
    )
    return [
        FlightSeen(Flight(number, airport, on), name, first, households, persons, municipalities)
        for number, airport, on, name, first, households, persons, municipalities in rows
    ]


def on_board(session: Session, flight: Flight, *, actor: Actor) -> list[ArrivalSeen]:
    """The households booked on a flight, and those that have come with it.

    Raises:
        NotFound: none, or none this actor may see.
    """
    found = [
        seen
        for seen in worklists.arrivals_between(
            session, flight.day, flight.day + timedelta(days=1), actor=actor
        )
        if (seen.flight, seen.arrival_airport) == (flight.number, flight.arrival_airport)
        and seen.state is not BookingState.CANCELLED
    ]
    if not found:
        raise NotFound("flight")
    return found


def move(
    session: Session,
    chosen: Sequence[AsRead],
    *,
    arrives_at: datetime,
    flight: str | None,
    reason: str | None,
    actor: Actor,
    at: datetime,
) -> list[Outcome]:
    """Another arrival for all of them; each municipality is told of its own.

    Returns:
        What became of each, in the order they were named.

    Raises:
        NotAllowed: travel is UDI's to change.
    """

    def one(booking_id: UUID) -> None:
        commands.reschedule(
            session,
            booking_id,
            arrives_at=arrives_at,
            flight=flight,
            reason=reason,
            actor=actor,
            at=at,
        )

    return _each(session, chosen, one, actor)


def cancel(
    session: Session, chosen: Sequence[AsRead], *, reason: str | None, actor: Actor, at: datetime
) -> list[Outcome]:
    """The flight is off for all of them; as `move`."""

    def one(booking_id: UUID) -> None:
        commands.cancel(session, booking_id, reason=reason, actor=actor, at=at)

    return _each(session, chosen, one, actor)


def refusals(outcomes: Sequence[Outcome]) -> list[tuple[UUID, DomainError | None]]:
    """By booking, why it stays as it was."""
    return [(one.booking_id, one.refusal) for one in outcomes]


def _each(
    session: Session, chosen: Sequence[AsRead], change: Callable[[UUID], None], actor: Actor
) -> list[Outcome]:
    refused: dict[UUID, DomainError] = {}
    for one in _in_order_of_cases(session, chosen, actor):
        try:
            with session.begin_nested():
                preconditions.still_at(
                    session,
                    one.booking_id,
                    versions=[one.version],
                    case_versions=(),
                    actor=actor,
                )
                change(one.booking_id)
        except NotAllowed:
            raise
        except DomainError as refusal:
            refused[one.booking_id] = refusal
    return [Outcome(one.booking_id, refused.get(one.booking_id)) for one in chosen]


def _in_order_of_cases(session: Session, chosen: Sequence[AsRead], actor: Actor) -> list[AsRead]:
    """Cases are locked by id; what the actor does not see comes last, and is not found."""
    wanted = [one.booking_id for one in chosen]
    found = session.execute(
        select(Booking.id, Booking.case_id)
        .join(Case, Case.id == Booking.case_id)
        .where(Booking.id.in_(wanted), bookings_listed(actor))
    )
    cases = {row.id: row.case_id for row in found}
    last = UUID(int=2**128 - 1)
    return sorted(chosen, key=lambda one: (cases.get(one.booking_id, last), one.booking_id))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), OSLO)
