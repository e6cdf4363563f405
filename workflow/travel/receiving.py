"""How a municipality receives who comes: who meets them, and what of the checklist is done (R23).

Locks: the case first, then what hangs on it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import delete, func, select, true
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.capacity.commands import WRITES_PLACES
from workflow.cases.models import Case, Person
from workflow.cases.moves import for_change
from workflow.cases.queries import visible
from workflow.kernel.actor import Actor
from workflow.kernel.audit import Change, Kind, record, subject
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.travel.checklist import Duty, Phase, Quarantine, deadlines
from workflow.travel.errors import BookingClosed
from workflow.travel.events import TravelEvent
from workflow.travel.models import Booking, DoneDuty, Meeting
from workflow.travel.queries import bookings_visible, case_of
from workflow.travel.queries import quarantine as quarantine_on
from workflow.travel.states import BookingState

LONGEST_WHO = 200


@dataclass(frozen=True, slots=True)
class MeetingSeen:
    """Who meets a booking's household."""

    who: str
    at: datetime
    actor: str
    #: Of the travel as it was when it was said.
    booking_version: int
    #: The travel has not changed since.
    stands: bool


@dataclass(frozen=True, slots=True)
class LineSeen:
    """A line of the checklist."""

    duty: Duty
    phase: Phase
    due_on: date
    done_on: date | None


@dataclass(frozen=True, slots=True)
class Checklist:
    """First and last day of quarantine, where there is one, and the lines in their order."""

    quarantine: Quarantine | None
    lines: tuple[LineSeen, ...]


def meet(session: Session, booking_id: UUID, *, who: str, actor: Actor, at: datetime) -> None:
    """The municipality says who meets the household at the airport; UDI is told that somebody does.

    Args:
        who: a name and a telephone number, of the municipality's own people.

    Raises:
        NotFound, NotAllowed: not the municipality's own, or it only reads. BookingClosed.
        Invalid: nobody, or too long.
    """
    case_id = case_of(session, booking_id, actor=actor)
    if case_id is None:
        raise NotFound("booking")
    _only_its_own(actor)
    for_change(session, case_id, actor=actor)
    booking = session.execute(
        select(Booking.municipality_id, Booking.state, Booking.version).where(
            Booking.id == booking_id, bookings_visible(actor), Case.id == Booking.case_id
        )
    ).one()
    if booking.state is not BookingState.BOOKED:
        raise BookingClosed(state=booking.state)
    if not 0 < len(who.strip()) <= LONGEST_WHO:
        raise Invalid(
            "nobody is named, or too much is said",
            pointer="/who",
            expected=f"a name and a number, at most {LONGEST_WHO} signs",
        )
    said = {
        "municipality_id": booking.municipality_id,
        "booking_version": booking.version,
        "who": who.strip(),
        "at": at,
        "actor": actor.name,
    }
    session.execute(
        upsert(Meeting)
        .values(booking_id=booking_id, **said)
        .on_conflict_do_update(index_elements=["booking_id"], set_=said)
    )
    told = {"booking_id": str(booking_id), "version": booking.version}
    change = Change(subject(Kind.BOOKING, booking_id), after={"version": booking.version})
    record(session, change, "meeting_confirmed", actor=actor, at=at)
    event = Event(TravelEvent.MEETING_CONFIRMED, case_id, booking.municipality_id, told)
    publish(session, event, at=at)


def mark(
    session: Session, case_id: UUID, duty: Duty, *, done_on: date | None, actor: Actor, at: datetime
) -> None:
    """A line of the checklist is done on a day, or (None) is not done after all.

    Raises:
        NotFound, NotAllowed: not the municipality's own case, or it only reads.
        Invalid: a day to come.
    """
    case = for_change(session, case_id, actor=actor)
    municipality_id = _only_its_own(actor)
    if done_on is not None and done_on > local_day(at):
        raise Invalid("the day is still to come", pointer="/done_on", expected="today or before")
    which = (
        DoneDuty.case_id == case.id,
        DoneDuty.municipality_id == municipality_id,
        DoneDuty.duty == duty,
    )
    before = session.scalar(select(DoneDuty.done_on).where(*which))
    if before == done_on:
        return
    if done_on is None:
        session.execute(delete(DoneDuty).where(*which))
    else:
        said = {"done_on": done_on, "at": at, "actor": actor.name}
        key = {"case_id": case.id, "municipality_id": municipality_id, "duty": duty}
        session.execute(
            upsert(DoneDuty)
            .values(**key, **said)
            .on_conflict_do_update(index_elements=list(key), set_=said)
        )
    change = Change(
        subject(Kind.CASE, case.id),
        before={"duty": duty, "done_on": before},
        after={"duty": duty, "done_on": done_on},
    )
    record(session, change, "duty_marked", actor=actor, at=at)


def meeting(session: Session, booking_id: UUID, *, actor: Actor) -> MeetingSeen | None:
    """Who meets a booking's household; None where nobody is named, or the actor sees no booking."""
    found = session.execute(
        select(
            Meeting.who,
            Meeting.at,
            Meeting.actor,
            Meeting.booking_version,
            (Meeting.booking_version == Booking.version).label("stands"),
        )
        .join(Booking, Booking.id == Meeting.booking_id)
        .join(Case, Case.id == Booking.case_id)
        .where(Meeting.booking_id == booking_id, bookings_visible(actor))
    ).one_or_none()
    return MeetingSeen(*found) if found else None


def checklist_of(session: Session, case_id: UUID, *, actor: Actor) -> Checklist:
    """What is to be done around the arrival at the municipality where the case is.

    Until somebody has come, days are counted from the travel's plan; without one there is no list.

    Raises:
        NotFound: no such case, or not one this actor may see.
    """
    planned = (
        select(func.max(Booking.arrives_at))
        .where(
            Booking.case_id == Case.id,
            Booking.municipality_id == Case.municipality_id,
            Booking.state != BookingState.CANCELLED,
        )
        .scalar_subquery()
    )
    of_persons = (
        select(
            func.min(Person.arrived_at).label("came_at"), func.min(Person.settled_on).label("on")
        )
        .where(Person.case_id == Case.id, Person.left_on.is_(None))
        .lateral()
    )
    case = session.execute(
        select(Case.municipality_id, planned, of_persons.c.came_at, of_persons.c.on)
        .join(of_persons, true())
        .where(Case.id == case_id, visible(actor))
    ).one_or_none()
    if case is None:
        raise NotFound("case")
    municipality_id, planned_at, came_at, settled_on = case
    if came_at is None and planned_at is None:
        return Checklist(None, ())
    arrived_on = local_day(came_at or planned_at)
    quarantine = quarantine_on(session, arrived_on)
    done = {
        row.duty: row.done_on
        for row in session.execute(
            select(DoneDuty.duty, DoneDuty.done_on).where(
                DoneDuty.case_id == case_id, DoneDuty.municipality_id == municipality_id
            )
        )
    }
    return Checklist(
        quarantine,
        tuple(
            LineSeen(line.duty, line.phase, line.due_on, done.get(line.duty))
            for line in deadlines(arrived_on, settled_on, quarantine)
        ),
    )


def _only_its_own(actor: Actor) -> int:
    """What a municipality does around an arrival it says itself."""
    if actor.role not in WRITES_PLACES or actor.municipality_id is None:
        raise NotAllowed("the municipality receives its own", role=actor.role)
    return actor.municipality_id
