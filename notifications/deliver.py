"""From an event on its way out to the notices of those it concerns."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from notifications.models import Notification
from notifications.rules import BY_EVENT, Audience
from workflow.cases.models import Case
from workflow.cases.states import Protection
from workflow.kernel.outbox import OutboxMessage, claim


def deliver_next(session: Session, *, at: datetime) -> OutboxMessage | None:
    """Take the oldest event that may leave and write its notices; None when none waits.

    Taken and told in one transaction: killed in between, it is told by the next worker, once.
    """
    message = claim(session, at=at)
    if message is None:
        return None
    rows = [
        {
            "outbox_id": message.id,
            "audience": audience,
            "municipality_id": message.municipality_id
            if audience is Audience.MUNICIPALITY
            else None,
            "message": BY_EVENT[message.type].message,
            "user_id": user_id,
            "case_id": message.case_id,
            "facts": message.facts,
            "at": message.at,
        }
        for audience in _told(session, message)
        for user_id in _persons(audience, message)
    ]
    if rows:
        session.execute(insert(Notification).values(rows).on_conflict_do_nothing())
    session.flush()
    return message


def _told(session: Session, message: OutboxMessage) -> list[Audience]:
    """The offices that are told; of a case with a protected address nobody is, by any channel."""
    rule = BY_EVENT.get(message.type)
    if rule is None or _protected(session, message.case_id):
        return []
    return [
        audience
        for audience in rule.to
        if audience is not Audience.MUNICIPALITY or message.municipality_id is not None
    ]


def _persons(audience: Audience, message: OutboxMessage) -> list[int | None]:
    """Whose notice it is: those named by the event, or nobody's in person."""
    return sorted(set(message.facts["users"])) if audience is Audience.PERSON else [None]


def _protected(session: Session, case_id: UUID | None) -> bool:
    if case_id is None:
        return False
    found = session.scalar(select(Case.address_protection).where(Case.id == case_id))
    return found is not None and found is not Protection.NONE
