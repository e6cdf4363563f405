"""Whether a municipality has been told of a booking's change, and has read it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.models import Notification
from notifications.rules import BY_EVENT, Audience
from workflow.cases.models import Case
from workflow.cases.queries import visible
from workflow.kernel.actor import READS_ALL_CASES, Actor, Role
from workflow.travel.events import TravelEvent

#: Who may know whether a municipality has read: who books, and who reads all.
READERS = READS_ALL_CASES | {Role.TRAVEL_OFFICER}
_MESSAGES = [
    BY_EVENT[event].message
    for event in (TravelEvent.BOOKED, TravelEvent.RESCHEDULED, TravelEvent.CANCELLED)
]


@dataclass(frozen=True, slots=True)
class Receipt:
    """The municipality's office was told then, and read it then; None = not yet."""

    told_at: datetime
    read_at: datetime | None


def of_bookings(
    session: Session, case_ids: Collection[UUID], *, actor: Actor
) -> dict[tuple[UUID, int], Receipt]:
    """What municipalities were told of the bookings of cases, by booking and version."""
    if actor.role not in READERS or not case_ids:
        return {}
    rows = session.execute(
        select(Notification.facts, Notification.at, Notification.read_at)
        .join(Case, Case.id == Notification.case_id)
        .where(
            Notification.case_id.in_(case_ids),
            Notification.audience == Audience.MUNICIPALITY,
            Notification.message.in_(_MESSAGES),
            visible(actor),
        )
        .order_by(Notification.id)
    )
    return {key: Receipt(at, read_at) for facts, at, read_at in rows if (key := _key(facts))}


def _key(facts: dict[str, Any]) -> tuple[UUID, int] | None:
    try:
        return UUID(facts["booking_id"]), int(facts["version"])
    except (KeyError, ValueError):
        return None
