"""From an event on its way out to the notices of those it concerns, and what leaves besides."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from notifications import conditions, dispatching
from notifications.models import Dispatch, Notification
from notifications.recipients import recipients_of
from notifications.rules import BY_EVENT, Audience, Rule
from notifications.states import Channel, DispatchState, Timing, Way
from workflow.cases.models import Case
from workflow.cases.states import Protection
from workflow.kernel.outbox import OutboxMessage

#: What an event that was put off is called among the dispatches.
_EVENT = "event:"


class CannotTell(Exception):
    """An event could not be told. `event_id` is put off, and others go on (see `put_off`)."""

    def __init__(self, event_id: int) -> None:
        super().__init__(f"event {event_id} cannot be told")
        self.event_id = event_id


def deliver_next(session: Session, *, at: datetime) -> OutboxMessage | None:
    """Take the oldest event that may leave and write what is told; None when none waits.

    Taken and told in one transaction: killed in between, it is told by the next worker, once. Of
    one case an event waits for those before it, whoever has them.

    Raises:
        CannotTell: the transaction is to be rolled back, and the event put off.
    """
    message = _claim(session, at)
    if message is None:
        return None
    try:
        _tell(session, message, at)
        _settle(session, message.id, at)
    except (LookupError, TypeError, ValueError) as fault:
        raise CannotTell(message.id) from fault
    return message


def put_off(session: Session, event_id: int, fault: str, *, at: datetime) -> None:
    """An event that could not be told is tried again later, and at last waits for a person."""
    source = f"{_EVENT}{event_id}"
    kind = session.scalar(select(OutboxMessage.type).where(OutboxMessage.id == event_id))
    session.execute(
        insert(Dispatch)
        .values(
            source=source,
            outbox_id=event_id,
            way=Way.EVENT,
            message=kind,
            facts={},
            state=DispatchState.PENDING,
            attempts=0,
            next_try_at=at,
            at=at,
        )
        .on_conflict_do_nothing()
    )
    number = session.scalar(select(Dispatch.id).where(Dispatch.source == source))
    assert number is not None  # noqa: S101  written above
    dispatching.failed(session, number, fault, at=at)


def _settle(session: Session, event_id: int, at: datetime) -> None:
    """If it had been put off, it no longer is."""
    session.execute(
        update(Dispatch)
        .where(Dispatch.source == f"{_EVENT}{event_id}")
        .values(state=DispatchState.SENT, fault=None, sent_at=at)
        .execution_options(synchronize_session=False)
    )


def _claim(session: Session, at: datetime) -> OutboxMessage | None:
    """The oldest that may leave, of each case the first, locked; others' are passed over.

    What is asked of each is a scalar, for the planner to answer by an index row by row: as a join
    it would look at all that waits for each that is taken.
    """
    first = aliased(OutboxMessage)
    of_its_case = (
        select(first.id)
        .where(
            first.case_id == OutboxMessage.case_id,
            first.taken_at.is_(None),
            first.recalled_at.is_(None),
            first.leaves_at <= at,
            ~_put_off(first.id, Dispatch.state == DispatchState.DEAD),
        )
        .order_by(first.id)
        .limit(1)
        .scalar_subquery()
    )
    rests = (Dispatch.state == DispatchState.DEAD) | (Dispatch.next_try_at > at)
    message = session.scalar(
        select(OutboxMessage)
        .where(
            OutboxMessage.taken_at.is_(None),
            OutboxMessage.recalled_at.is_(None),
            OutboxMessage.leaves_at <= at,
            or_(OutboxMessage.case_id.is_(None), OutboxMessage.id == of_its_case),
            ~_put_off(OutboxMessage.id, rests),
        )
        .order_by(OutboxMessage.leaves_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=OutboxMessage)
    )
    if message is not None:
        message.taken_at = at
        session.flush()
    return message


def _put_off(event_id: Any, how: ColumnElement[bool]) -> ColumnElement[bool]:
    found = select(how).where(Dispatch.source == func.concat(_EVENT, event_id)).limit(1)
    return func.coalesce(found.scalar_subquery(), false())


def _tell(session: Session, message: OutboxMessage, at: datetime) -> None:
    rule = BY_EVENT.get(message.type)
    if rule is None or not _tellable(session, rule, message):
        return
    rows = [
        {
            "outbox_id": message.id,
            "audience": audience,
            "municipality_id": message.municipality_id
            if audience is Audience.MUNICIPALITY
            else None,
            "message": rule.message,
            "user_id": user_id,
            "case_id": message.case_id,
            "facts": message.facts,
            "at": message.at,
        }
        for audience in _told(rule, message)
        for user_id in _persons(audience, message)
    ]
    if not rows:
        return
    session.execute(insert(Notification).values(rows).on_conflict_do_nothing())
    leaving = [
        one for audience in _told(rule, message) for one in _outward(session, audience, message, at)
    ]
    if leaving:
        session.execute(insert(Dispatch).values(leaving).on_conflict_do_nothing())


def _outward(
    session: Session, audience: Audience, message: OutboxMessage, at: datetime
) -> list[dict[str, Any]]:
    """What leaves at once by e-mail and SMS; the day's digest is gathered from the notices."""
    rule = BY_EVENT[message.type]
    chosen = recipients_of(
        session,
        audience,
        topic=rule.topic,
        municipality_id=message.municipality_id,
        user_ids=message.facts["users"] if audience is Audience.PERSON else (),
    )
    return [
        {
            "source": f"{to.channel}:{message.id}:{to.recipient_id}",
            "outbox_id": message.id,
            "way": Way.EMAIL if to.channel is Channel.EMAIL else Way.SMS,
            "recipient_id": to.recipient_id,
            "municipality_id": message.municipality_id
            if audience is Audience.MUNICIPALITY
            else None,
            "address": to.address,
            "language": to.language,
            "message": rule.message,
            "facts": {},
            "condition": rule.condition,
            "state": DispatchState.PENDING,
            "attempts": 0,
            "next_try_at": at,
            "at": at,
        }
        for to in chosen
        if to.timing is Timing.AT_ONCE
    ]


def _told(rule: Rule, message: OutboxMessage) -> list[Audience]:
    return [
        audience
        for audience in rule.to
        if audience is not Audience.MUNICIPALITY or message.municipality_id is not None
    ]


def _tellable(session: Session, rule: Rule, message: OutboxMessage) -> bool:
    """Of a case with a protected address nobody is told, by any channel; nor a reminder in vain."""
    if _protected(session, message.case_id):
        return False
    return not rule.reminds or conditions.holds(
        session, rule.condition, case_id=message.case_id, municipality_id=message.municipality_id
    )


def _persons(audience: Audience, message: OutboxMessage) -> list[int | None]:
    """Whose notice it is: those named by the event, or nobody's in person."""
    return sorted(set(message.facts["users"])) if audience is Audience.PERSON else [None]


def _protected(session: Session, case_id: UUID | None) -> bool:
    if case_id is None:
        return False
    found = session.scalar(select(Case.address_protection).where(Case.id == case_id))
    return found is not None and found is not Protection.NONE
