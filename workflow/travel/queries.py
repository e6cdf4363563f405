"""What an actor may see of travel: bookings in every version, quarantine, whom to ask.

A municipality reads the travel to itself, never that of the same case to another one before.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    exists,
    select,
    true,
)
from sqlalchemy.orm import Session

from workflow.cases.models import Case
from workflow.cases.queries import listed, visible
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound
from workflow.travel.contacts import Contact, Topic, contact_for
from workflow.travel.models import Booking, BookingVersion, QuarantineRule
from workflow.travel.routes import as_read
from workflow.travel.seen import (
    BookingSeen,
    VersionSeen,
)


def bookings_visible(actor: Actor) -> ColumnElement[bool]:
    """The bookings an actor may see, as a condition on `bookings` joined with `cases`."""
    return and_(visible(actor), _own(actor))


def bookings_listed(actor: Actor) -> ColumnElement[bool]:
    """The bookings an actor finds in lists: never one of a case with a protected address."""
    return and_(listed(actor), _own(actor))


def _own(actor: Actor) -> ColumnElement[bool]:
    return Booking.municipality_id == actor.municipality_id if actor.is_municipality else true()


def case_of(session: Session, booking_id: UUID, *, actor: Actor) -> UUID | None:
    """The case of a booking, or None where the actor sees no such booking."""
    return session.scalar(
        select(Booking.case_id)
        .join(Case, Case.id == Booking.case_id)
        .where(Booking.id == booking_id, bookings_visible(actor))
    )


def booking(session: Session, booking_id: UUID, *, actor: Actor) -> BookingSeen:
    """One booking.

    Raises:
        NotFound: no such booking, or not one this actor may see.
    """
    found = _bookings(session, Booking.id == booking_id, actor=actor)
    if not found:
        raise NotFound("booking")
    return found[0]


def bookings(session: Session, case_id: UUID, *, actor: Actor) -> list[BookingSeen]:
    """Every booking of a case in every version, the first one first.

    Raises:
        NotFound: no such case, or not one this actor may see.
    """
    if not session.scalar(select(exists().where(Case.id == case_id, visible(actor)))):
        raise NotFound("case")
    return _bookings(session, Booking.case_id == case_id, actor=actor)


def quarantine(session: Session, arrived_on: date) -> tuple[date, date] | None:
    """First and last day of quarantine for who arrives on a day; None where there is none (R22)."""
    return quarantine_from(rules_of_quarantine(session), arrived_on)


def quarantine_rules(session: Session, *, actor: Actor) -> list[tuple[date, int]]:
    """From which day how many days, the newest first; the rules are public."""
    return rules_of_quarantine(session)


def contact(session: Session, case_id: UUID, topic: Topic, *, actor: Actor) -> Contact:
    """Whom to ask about a case (R30, R32).

    Raises:
        NotFound: no such case, or not one this actor may see.
    """
    found = session.execute(
        select(Case.group, Case.asked_on, Case.placed_on, Case.reception_centre).where(
            Case.id == case_id, visible(actor)
        )
    ).one_or_none()
    if found is None:
        raise NotFound("case")
    return contact_for(
        topic,
        group=found.group,
        asked_on=found.asked_on,
        placed_on=found.placed_on,
        reception_centre=found.reception_centre,
    )


def _bookings(session: Session, which: ColumnElement[bool], *, actor: Actor) -> list[BookingSeen]:
    found = session.execute(
        select(
            Booking.id,
            Booking.case_id,
            Booking.municipality_id,
            Booking.state,
            Booking.arrival_airport,
            Booking.airport_reason,
            Booking.arrives_at,
            Booking.flight,
            Booking.window_reason,
            Booking.route,
            Booking.at,
            Booking.version,
        )
        .join(Case, Case.id == Booking.case_id)
        .where(which, bookings_visible(actor))
        .order_by(Booking.at, Booking.id)
    ).all()
    versions: dict[UUID, list[VersionSeen]] = {row.id: [] for row in found}
    for row in session.execute(
        select(
            BookingVersion.booking_id,
            BookingVersion.version,
            BookingVersion.change,
            BookingVersion.arrival_airport,
            BookingVersion.airport_reason,
            BookingVersion.arrives_at,
            BookingVersion.flight,
            BookingVersion.window_reason,
            BookingVersion.route,
            BookingVersion.reason,
            BookingVersion.at,
            BookingVersion.actor,
        )
        .where(BookingVersion.booking_id.in_(versions))
        .order_by(BookingVersion.version)
    ):
        version = _with_route(row)
        versions[version.pop("booking_id")].append(VersionSeen(**version))
    return [BookingSeen(**_with_route(row), versions=tuple(versions[row.id])) for row in found]


def _with_route(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    return dict(row._mapping) | {"route": as_read(row.route)}  # noqa: SLF001  its public name


def rules_of_quarantine(session: Session) -> list[tuple[date, int]]:
    rows = session.execute(
        select(QuarantineRule.valid_from, QuarantineRule.days).order_by(
            QuarantineRule.valid_from.desc()
        )
    )
    return [(row.valid_from, row.days) for row in rows]


def quarantine_from(
    rules: Sequence[tuple[date, int]], arrived_on: date
) -> tuple[date, date] | None:
    days = next((days for valid_from, days in rules if valid_from <= arrived_on), 0)
    return (arrived_on, arrived_on + timedelta(days=days)) if days else None
