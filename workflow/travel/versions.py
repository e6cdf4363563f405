"""How bookings change: row and version in one statement, for one case or many."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Row,
    Uuid,
    any_,
    bindparam,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session

from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.audit import Kind, record_all, subject
from workflow.travel.models import Booking, BookingVersion
from workflow.travel.states import BookingChange, BookingState

_STATE_AFTER = {
    BookingChange.BOOKED: BookingState.BOOKED,
    BookingChange.RESCHEDULED: BookingState.BOOKED,
    BookingChange.CANCELLED: BookingState.CANCELLED,
    BookingChange.REINSTATED: BookingState.BOOKED,
    BookingChange.COMPLETED: BookingState.COMPLETED,
}
#: What a version keeps of the booking.
_KEPT = (
    *("version", "arrival_airport", "airport_reason", "arrives_at", "flight"),
    *("window_reason", "route"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """What is written beside a version: what it was, who did it, when and why."""

    what: BookingChange
    actor: Actor
    at: datetime
    reason: str | None = None
    run_id: UUID | None = None

    @property
    def state_after(self) -> BookingState:
        return _STATE_AFTER[self.what]

    def written(self) -> dict[str, Any]:
        return {
            "change": self.what,
            "reason": self.reason,
            "at": self.at,
            "actor": self.actor.name,
            "run_id": self.run_id,
        }


def write_first(
    session: Session,
    change: Change,
    *,
    case_id: UUID,
    municipality_id: int,
    travel: Mapping[str, Any],
) -> UUID:
    """A new booking and its first version; returns its id."""
    booking_id = uuid4()
    session.execute(
        insert(Booking),
        {
            "id": booking_id,
            "case_id": case_id,
            "municipality_id": municipality_id,
            "state": change.state_after,
            "at": change.at,
            **travel,
        },
    )
    session.execute(
        insert(BookingVersion),
        {"booking_id": booking_id, "version": 1, **travel, **change.written()},
    )
    told = {"case_id": case_id, "municipality_id": municipality_id, "state": change.state_after}
    _audit(session, change, {booking_id: told | _plan(travel) | {"version": 1}})
    return booking_id


def _audit(session: Session, change: Change, after: Mapping[UUID, dict[str, Any]]) -> None:
    run = {} if change.run_id is None else {"run_id": change.run_id}
    record_all(
        session,
        [audit.Change(subject(Kind.BOOKING, one), after=told | run) for one, told in after.items()],
        change.what,
        actor=change.actor,
        at=change.at,
        reason=None if run else change.reason,
    )


def _plan(travel: Mapping[str, Any]) -> dict[str, Any]:
    return {name: travel[name] for name in ("arrival_airport", "arrives_at", "flight")}


def write_next(
    session: Session,
    which: ColumnElement[bool],
    change: Change,
    *,
    travel: Mapping[str, Any] | None = None,
) -> Sequence[Row[Any]]:
    """The next version of every booking `which` means; returns them as they now are, by case."""
    changed = (
        update(Booking)
        .where(which)
        .values(state=change.state_after, version=Booking.version + 1, **(travel or {}))
        .returning(Booking)
        .cte("changed")
    )
    written = change.written()
    columns = BookingVersion.__table__.c
    versions = (
        insert(BookingVersion)
        .from_select(
            ["booking_id", *_KEPT, *written],
            select(
                changed.c.id,
                *(changed.c[name] for name in _KEPT),
                *(literal(value, columns[name].type) for name, value in written.items()),
            ),
        )
        .cte("versions")
    )
    rows = session.execute(select(changed).add_cte(versions).order_by(changed.c.case_id)).all()
    told = ("case_id", "state", "version", "arrival_airport", "arrives_at", "flight")
    _audit(session, change, {row.id: {name: getattr(row, name) for name in told} for row in rows})
    return rows


def of_cases(case_ids: Collection[UUID]) -> ColumnElement[bool]:
    """However many, one parameter."""
    return Booking.case_id == any_(bindparam("case_ids", list(case_ids), type_=ARRAY(Uuid)))
