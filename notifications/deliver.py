"""From an event on its way out to the notices of those it concerns, and what leaves besides."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from notifications import conditions, dispatching
from notifications.models import Dispatch, Notification
from notifications.recipients import RecipientsOf
from notifications.rules import BY_EVENT, Audience, Rule
from notifications.states import Channel, DispatchState, Timing, Way
from workflow.cases.models import Case
from workflow.cases.states import Protection
from workflow.kernel.db import table_of
from workflow.kernel.outbox import OutboxMessage

#: What an event that was put off is called among the dispatches.
_EVENT = "event:"


class CannotTell(Exception):
    """An event could not be told. `event_id` is put off, and others go on (see `put_off`)."""

    def __init__(self, event_id: int) -> None:
        super().__init__(f"event {event_id} cannot be told")
        self.event_id = event_id


def deliver_next(session: Session, *, at: datetime) -> OutboxMessage | None:
    """The same for the oldest event alone; None when none waits."""
    told = deliver_some(session, at=at, most=1)
    return told[0] if told else None


def deliver_some(session: Session, *, at: datetime, most: int) -> list[OutboxMessage]:
    """Take the oldest events that may leave and write what is told; none when none waits.

    Taken and told in one transaction: killed in between, they are told by the next worker, once. Of
    one case an event waits for those before it, whoever has them.

    Raises:
        CannotTell: the transaction is to be rolled back, and the event put off.
    """
    messages = _claim(session, at, most)
    if messages:
        _tell(session, messages, at)
        _settle(session, [message.id for message in messages], at)
    return messages


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


def _settle(session: Session, event_ids: list[int], at: datetime) -> None:
    """Those that had been put off no longer are."""
    session.execute(
        update(Dispatch)
        .where(Dispatch.source.in_([f"{_EVENT}{event_id}" for event_id in event_ids]))
        .values(state=DispatchState.SENT, fault=None, sent_at=at)
        .execution_options(synchronize_session=False)
    )


def _claim(session: Session, at: datetime, most: int) -> list[OutboxMessage]:
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
    messages = list(
        session.scalars(
            select(OutboxMessage)
            .where(
                OutboxMessage.taken_at.is_(None),
                OutboxMessage.recalled_at.is_(None),
                OutboxMessage.leaves_at <= at,
                or_(OutboxMessage.case_id.is_(None), OutboxMessage.id == of_its_case),
                ~_put_off(OutboxMessage.id, rests),
            )
            .order_by(OutboxMessage.leaves_at, OutboxMessage.id)
            .limit(most)
            .with_for_update(skip_locked=True, of=OutboxMessage)
        )
    )
    if messages:
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_([message.id for message in messages]))
            .values(taken_at=at)
        )
    return messages


def _put_off(event_id: Any, how: ColumnElement[bool]) -> ColumnElement[bool]:
    found = select(how).where(Dispatch.source == func.concat(_EVENT, event_id)).limit(1)
    return func.coalesce(found.scalar_subquery(), false())


def _tell(session: Session, messages: list[OutboxMessage], at: datetime) -> None:
    protected = _protected(session, messages)
    chosen = RecipientsOf(session, [message.municipality_id for message in messages])
    notices: list[dict[str, Any]] = []
    leaving: list[dict[str, Any]] = []
    for message in messages:
        rule = BY_EVENT.get(message.type)
        if rule is None or message.case_id in protected:
            continue
        try:
            if _holds(session, rule, message):
                notices += _notices(rule, message)
                leaving += _outward(chosen, rule, message, at)
        except (LookupError, TypeError, ValueError) as fault:
            raise CannotTell(message.id) from fault
    if notices:
        session.execute(insert(table_of(Notification)).on_conflict_do_nothing(), notices)
    if leaving:
        session.execute(insert(table_of(Dispatch)).on_conflict_do_nothing(), leaving)


def _notices(rule: Rule, message: OutboxMessage) -> list[dict[str, Any]]:
    return [
        {
            "outbox_id": message.id,
            "audience": audience,
            "municipality_id": message.municipality_id
            if audience is Audience.MUNICIPALITY
            else None,
            "message": rule.message,
            "user_id": user_id,
            "county": county,
            "case_id": message.case_id,
            "facts": message.facts,
            "at": message.at,
        }
        for audience in _told(rule, message)
        for user_id in _persons(audience, message)
        for county in _counties(audience, message)
    ]


def _outward(
    chosen: RecipientsOf, rule: Rule, message: OutboxMessage, at: datetime
) -> list[dict[str, Any]]:
    """What leaves at once by e-mail and SMS; the day's digest is gathered from the notices."""
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
        for audience in _told(rule, message)
        for to in chosen.told(
            audience,
            rule.topic,
            municipality_id=message.municipality_id,
            among=[one for one in _among(audience, message) if one is not None],
        )
        if to.timing is Timing.AT_ONCE
    ]


def _told(rule: Rule, message: OutboxMessage) -> list[Audience]:
    return [
        audience
        for audience in rule.to
        if audience is not Audience.MUNICIPALITY or message.municipality_id is not None
    ]


def _holds(session: Session, rule: Rule, message: OutboxMessage) -> bool:
    """Nobody is reminded in vain."""
    return not rule.reminds or conditions.holds(
        session, rule.condition, case_id=message.case_id, municipality_id=message.municipality_id
    )


def _persons(audience: Audience, message: OutboxMessage) -> list[int | None]:
    """Whose notice it is: those named by the event, or nobody's in person."""
    return sorted(set(message.facts["users"])) if audience is Audience.PERSON else [None]


def _counties(audience: Audience, message: OutboxMessage) -> list[str | None]:
    """Whose board's notice it is: of the counties named by the event, or no board's."""
    return sorted(set(message.facts["counties"])) if audience is Audience.COUNTY else [None]


def _among(audience: Audience, message: OutboxMessage) -> list[Any]:
    return [*_persons(audience, message), *_counties(audience, message)]


def _protected(session: Session, messages: list[OutboxMessage]) -> set[UUID | None]:
    """Cases with a protected address: of those nobody is told, by any channel."""
    about = {message.case_id for message in messages} - {None}
    if not about:
        return set()
    hidden = Case.address_protection != Protection.NONE
    return set(session.scalars(select(Case.id).where(Case.id.in_(about), hidden)))
