"""Messages on their way: claimed for a while, handed to a channel, and what came of it.

Nothing outside is called in a transaction. Killed in between, the claim runs out and the next one
sends it again under the same Message-ID. To one address messages go in their order.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    false,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from notifications import conditions
from notifications.errors import NotDead
from notifications.models import Dispatch, Notification, Recipient
from notifications.rules import BY_MESSAGE
from notifications.states import OPEN, Condition, DispatchState, Language, Topic, Way
from workflow.cases.models import Case
from workflow.cases.states import Protection
from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, Actor, Role
from workflow.kernel.audit import Kind
from workflow.kernel.db import ONE, table_of
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.kernel.kept import Kept
from workflow.kernel.outbox import OutboxMessage
from workflow.kernel.paging import USUAL_PAGE

#: Tries before a person has to look: about a day and a half with the waits below.
MOST_TRIES: Final = 12
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=6)
#: Who sees all deliveries; who sends a dead one again.
SEES_ALL: Final = DIRECTORATE | {Role.AUDITOR, Role.ADMINISTRATOR, Role.MIGRATION_OFFICER}
SENDS_AGAIN: Final = frozenset({Role.LEAD, Role.ADMINISTRATOR, Role.MIGRATION_OFFICER})
DIGEST: Final = "digest"
_chance = SystemRandom()


@dataclass(frozen=True, slots=True)
class Leaving:
    """A message for a channel: no name, no case, nothing of what it is about but its topic."""

    id: int
    address: str
    language: Language
    topic: Topic | None
    #: A digest's: how many of each topic.
    counts: Mapping[Topic, int]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a message fares, as those see it who look after it."""

    id: int
    way: Way
    message: str
    municipality_id: int | None
    address: str | None
    state: DispatchState
    attempts: int
    next_try_at: datetime | None
    fault: str | None
    at: datetime
    sent_at: datetime | None


def claim(session: Session, way: Way, *, lease: timedelta, at: datetime) -> Leaving | None:
    """The oldest of the channel that may leave, kept from others until the lease ends.

    What is no longer so, or no longer wanted, is set aside, and the next one looked at.
    """
    while True:
        row = _CLAIMED.row(session, {"way": way, "at": at, "until": at + lease})
        if row is None:
            return None
        found = _Claimed(*row)
        if _still(session, found):
            break
        session.execute(
            update(Dispatch)
            .where(Dispatch.id == found.id)
            .values(state=DispatchState.OBSOLETE)
            .execution_options(synchronize_session=False)
        )
    rule = BY_MESSAGE.get(found.message)
    counts = {Topic(topic): count for topic, count in found.facts.get("counts", {}).items()}
    topic = None if rule is None else rule.topic
    return Leaving(found.id, found.address, found.language, topic, counts)


class _Claimed(NamedTuple):
    """A message that is one's own, and what it stands on now."""

    id: int
    address: str
    language: Language
    message: str
    facts: Mapping[str, Any]
    condition: Condition | None
    municipality_id: int | None
    #: When its recipient wanted no more of them.
    ended_at: datetime | None
    case_id: UUID | None
    of_municipality: int | None
    address_protection: Protection | None


def _claiming() -> Kept:
    d, first = table_of(Dispatch), table_of(Dispatch).alias("first")
    r, o, c = table_of(Recipient), table_of(OutboxMessage), table_of(Case)
    of_its_address = (
        select(first.c.id)
        .where(first.c.way == d.c.way, first.c.address == d.c.address, _open(first.c.state))
        .order_by(first.c.id)
        .limit(ONE)
        .scalar_subquery()
    )
    found = (
        select(d.c.id)
        .where(
            d.c.way == bindparam("way", type_=d.c.way.type),
            _open(d.c.state),
            d.c.next_try_at <= bindparam("at", type_=d.c.at.type),
            d.c.id == of_its_address,
        )
        .order_by(d.c.id)
        .limit(ONE)
        .with_for_update(skip_locked=True, of=d)
        .cte("found")
    )
    taken = (
        update(d)
        .where(d.c.id == found.c.id)
        .values(
            state=literal(DispatchState.SENDING, d.c.state.type),
            next_try_at=bindparam("until", type_=d.c.next_try_at.type),
        )
        .returning(
            d.c.id,
            d.c.address,
            d.c.language,
            d.c.message,
            d.c.facts,
            d.c.condition,
            d.c.municipality_id,
            d.c.outbox_id,
            d.c.recipient_id,
        )
        .cte("taken")
    )
    own = [column for column in taken.c if column.name not in {"outbox_id", "recipient_id"}]
    return Kept(
        select(*own, r.c.ended_at, o.c.case_id, o.c.municipality_id, c.c.address_protection)
        .select_from(taken)
        .outerjoin(r, r.c.id == taken.c.recipient_id)
        .outerjoin(o, o.c.id == taken.c.outbox_id)
        .outerjoin(c, c.c.id == o.c.case_id)
    )


def sent(session: Session, dispatch_id: int, *, at: datetime) -> None:
    """The channel has it; told twice, the first stands."""
    _SENT.row(session, {"dispatch_id": dispatch_id, "at": at})


def _sending() -> Kept:
    d = table_of(Dispatch)
    done = (
        update(d)
        .where(
            d.c.id == bindparam("dispatch_id", type_=d.c.id.type),
            d.c.state != literal(DispatchState.SENT, d.c.state.type),
        )
        .values(
            state=literal(DispatchState.SENT, d.c.state.type),
            attempts=d.c.attempts + ONE,
            fault=null(),
            sent_at=bindparam("at", type_=d.c.at.type),
        )
        .returning(d.c.id)
        .cte("done")
    )
    return Kept(select(done.c.id))


def failed(
    session: Session, dispatch_id: int, fault: str, *, final: bool = False, at: datetime
) -> None:
    """It did not leave: tried again after a wait that doubles and varies, at last given up.

    Args:
        fault: a code, never what a server said.
        final: it never will.
    """
    tried = session.scalar(
        select(Dispatch.attempts).where(Dispatch.id == dispatch_id).with_for_update()
    )
    tried = (tried or 0) + 1
    state = DispatchState.DEAD if final or tried >= MOST_TRIES else DispatchState.FAILED
    session.execute(
        update(Dispatch)
        .where(Dispatch.id == dispatch_id, Dispatch.state.in_(OPEN))
        .values(state=state, attempts=tried, fault=fault, next_try_at=at + wait(tried))
        .execution_options(synchronize_session=False)
    )


def wait(tried: int) -> timedelta:
    """Doubled for each try up to a longest, and somewhere between half and one and a half of it."""
    return min(FIRST_WAIT * (1 << (tried - 1)), LONGEST_WAIT) * _chance.uniform(0.5, 1.5)


def retry(session: Session, dispatch_id: int, *, actor: Actor, at: datetime) -> Delivery:
    """Send a dead letter again, from its first try on.

    Raises:
        NotAllowed: the role does not look after them.
        NotFound, NotDead.
    """
    if actor.role not in SENDS_AGAIN:
        raise NotAllowed("the role does not look after deliveries", role=actor.role)
    found = session.scalar(select(Dispatch).where(Dispatch.id == dispatch_id).with_for_update())
    if found is None:
        raise NotFound("delivery")
    if found.state is not DispatchState.DEAD:
        raise NotDead(state=found.state)
    audit.record(
        session,
        audit.Change(
            f"{Kind.SETTING}:delivery/{found.id}",
            before={"state": str(found.state), "attempts": found.attempts},
            after={"state": str(DispatchState.PENDING), "attempts": 0},
        ),
        "deliveries.retry",
        actor=actor,
        at=at,
    )
    found.state, found.attempts, found.next_try_at = DispatchState.PENDING, 0, at
    session.flush()
    return _seen(found)


def newest(
    session: Session,
    *,
    states: Collection[DispatchState] = (),
    limit: int = USUAL_PAGE,
    before: int | None = None,
    actor: Actor,
) -> list[Delivery]:
    """How messages fare, the newest first: all of them, or a municipality's own.

    Args:
        states: none: all.
        before: only those with a smaller id.

    Raises:
        NotAllowed: the role has none.
    """
    found = select(Dispatch).order_by(Dispatch.id.desc()).limit(limit)
    if actor.is_municipality:
        found = found.where(Dispatch.municipality_id == actor.municipality_id)
    elif actor.role not in SEES_ALL:
        raise NotAllowed("the role sees no deliveries", role=actor.role)
    if states:
        found = found.where(Dispatch.state.in_(states))
    if before is not None:
        found = found.where(Dispatch.id < before)
    return [_seen(row) for row in session.scalars(found)]


def dead(session: Session, *, actor: Actor) -> int:
    """How many wait for a person."""
    if actor.role not in SENDS_AGAIN:
        return 0
    return len(
        session.scalars(
            select(Dispatch.id).where(Dispatch.state == DispatchState.DEAD).limit(1000)
        ).all()
    )


def _open(state: Any) -> ColumnElement[bool]:
    """As the indexes have it, in the words of the statement: by parameters none of them is used."""
    words: ColumnElement[bool] = state.in_([literal_column(f"'{one}'") for one in OPEN])
    return words


_CLAIMED, _SENT = _claiming(), _sending()


def _still(session: Session, found: _Claimed) -> bool:
    """Whether it is still to be said, and still wanted there."""
    if found.ended_at is not None:
        return False
    if found.message == DIGEST:
        return _unread(session, found.facts)
    if found.address_protection not in (None, Protection.NONE):
        return False
    return conditions.holds(
        session,
        found.condition,
        case_id=found.case_id,
        municipality_id=found.municipality_id or found.of_municipality,
    )


def _unread(session: Session, facts: Mapping[str, Any]) -> bool:
    return (
        session.scalar(
            select(Notification.id)
            .where(
                and_(Notification.id > facts["after"], Notification.id <= facts["until"]),
                or_(
                    and_(
                        Notification.audience == facts["audience"],
                        Notification.municipality_id.is_not_distinct_from(facts["municipality_id"]),
                    ),
                    Notification.user_id == facts["user_id"],
                    Notification.county == facts["county"] if facts.get("county") else false(),
                ),
                Notification.read_at.is_(None),
            )
            .limit(1)
        )
        is not None
    )


def _seen(row: Dispatch) -> Delivery:
    return Delivery(
        row.id,
        row.way,
        row.message,
        row.municipality_id,
        row.address,
        row.state,
        row.attempts,
        row.next_try_at if row.state in OPEN else None,
        row.fault,
        row.at,
        row.sent_at,
    )
