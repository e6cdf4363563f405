"""A queue for each webhook: somebody takes the next delivery, and writes what came of it.

Nothing outside is called in a transaction. A queue is one sender's for a while (`lease`); killed in
between, the lease runs out and the next one sends the same again, under the same id. Of one case
nothing goes before what is not settled yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, aliased

from app.settings import Settings
from app.webhooks import cloudevents, signing
from app.webhooks.catalogue import BY_EVENT, TEST
from app.webhooks.commands import put_off
from app.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery
from app.webhooks.retries import rest_after, wait_after
from app.webhooks.states import OPEN, DeliveryState, Fault, Off, Scope
from workflow.cases.models import Case
from workflow.cases.states import Group, Protection
from workflow.kernel import feed
from workflow.kernel.outbox import OutboxMessage
from workflow.municipalities.models import Municipality


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery to send: signed by each of `secrets`. A `fault`: there is nothing to send."""

    webhook_id: UUID
    delivery_id: int
    #: Of the delivery, from 1.
    attempt: int
    tries: int
    url: str
    message_id: str
    body: bytes
    secrets: Sequence[str]
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt; delivered where there is no fault."""

    milliseconds: int
    status: int | None = None
    fault: Fault | None = None
    #: What the receiver asked for (Retry-After).
    asked: timedelta | None = None

    @property
    def gone(self) -> bool:
        return self.status == 410


def fan_out(session: Session, *, at: datetime) -> int:
    """Give events their positions and put them into the queues they belong to; how many events.

    Of a case with a protected address nobody is told.
    """
    positions = feed.place(session, at=at)
    if positions:
        # One by one, so that each joins by equality.
        session.execute(_into_queues(positions, at, _OF_MUNICIPALITIES))
        session.execute(_into_queues(positions, at, _OF_THE_STATE))
    return len(positions)


_OF_MUNICIPALITIES = and_(
    Webhook.scope == Scope.MUNICIPALITY, Webhook.municipality_id == OutboxMessage.municipality_id
)
_OF_THE_STATE = or_(
    Webhook.scope == Scope.IMDI,
    and_(Webhook.scope == Scope.UDI, Case.group == Group.RESETTLEMENT),
)


def _into_queues(positions: range, at: datetime, theirs: ColumnElement[bool]) -> Any:
    o, w = OutboxMessage, Webhook
    wanted = or_(func.cardinality(w.events) == 0, o.type == func.any(w.events))
    rows = (
        select(
            w.id,
            o.id,
            o.case_id,
            o.type,
            literal(DeliveryState.PENDING, WebhookDelivery.state.type),
            literal(0),
            literal(0),
            literal(at, WebhookDelivery.at.type),
            literal(at, WebhookDelivery.at.type),
        )
        .select_from(o)
        .outerjoin(Case, Case.id == o.case_id)
        .join(w, and_(theirs, wanted))
        .where(
            o.position.between(positions[0], positions[-1]),
            o.type.in_(BY_EVENT),
            w.off_at.is_(None),
            w.ended_at.is_(None),
            or_(Case.id.is_(None), Case.address_protection == Protection.NONE),
        )
        .order_by(o.position)
    )
    columns = ("webhook_id", "outbox_id", "case_id", "type", "state", "attempts", "tries")
    return (
        upsert(WebhookDelivery)
        .from_select([*columns, "next_try_at", "at"], rows)
        .on_conflict_do_nothing()
    )


def take(
    session: Session,
    settings: Settings,
    *,
    lease: timedelta,
    well_only: bool = False,
    webhook_id: UUID | None = None,
    at: datetime,
) -> Taken | None:
    """The next delivery of a queue nobody has, which is then one's own for a while; None: none.

    Args:
        well_only: only of receivers whose last attempt came to something.
        webhook_id: only of this one's queue, which is the caller's own already.
    """
    w, d = Webhook, WebhookDelivery
    earlier = aliased(WebhookDelivery)
    before = exists().where(
        earlier.webhook_id == d.webhook_id,
        earlier.case_id == d.case_id,
        earlier.id < d.id,
        earlier.state.in_(_OPEN),
    )
    due = (
        select(d.id.label("delivery_id"))
        .where(d.webhook_id == w.id, d.state.in_(_OPEN), d.next_try_at <= at, ~before)
        .order_by(d.id)
        .limit(1)
        .correlate(w)
        .lateral("due")
    )
    found = (
        select(w, due.c.delivery_id)
        .join(due, true())
        .where(w.off_at.is_(None), w.ended_at.is_(None))
        .limit(1)
        .with_for_update(of=w, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if webhook_id is None:
        found = found.where(w.next_at <= at).order_by(w.next_at)
    else:
        found = found.where(w.id == webhook_id)
    if well_only:
        found = found.where(w.failures == 0)
    row = session.execute(found).one_or_none()
    if row is None:
        return None
    _write_queue(session, row.Webhook.id, next_at=at + lease)
    return _taken(session, settings, row.Webhook, row.delivery_id, at)


#: Written out, so that the partial indexes serve.
_OPEN = [literal(state, WebhookDelivery.state.type, literal_execute=True) for state in OPEN]


def _taken(
    session: Session, settings: Settings, to: Webhook, delivery_id: int, at: datetime
) -> Taken:
    d, o = WebhookDelivery, OutboxMessage
    attempts, tries = session.execute(
        update(d)
        .where(d.id == delivery_id)
        .values(attempts=d.attempts + 1, tries=d.tries + 1)
        .returning(d.attempts, d.tries)
        .execution_options(synchronize_session=False)
    ).one()
    told = session.execute(
        select(
            d.type,
            d.at,
            o.id,
            o.position,
            o.case_id,
            o.facts,
            o.at.label("happened_at"),
            Municipality.number,
            Case.address_protection,
        )
        .select_from(d)
        .outerjoin(o, o.id == d.outbox_id)
        .outerjoin(Municipality, Municipality.id == o.municipality_id)
        .outerjoin(Case, Case.id == o.case_id)
        .where(d.id == delivery_id)
    ).one()
    fault, known = None, []
    if told.address_protection not in {None, Protection.NONE}:
        fault = Fault.WITHHELD
    else:
        try:
            known = [signing.opened(one, settings) for one in _holding(to, at)]
        except signing.Unsealable:
            fault = Fault.SECRET
    event = (
        cloudevents.test_event(delivery_id, told.at)
        if told.type == TEST
        else cloudevents.cloud_event(
            outbox_id=told.id,
            position=told.position,
            event=told.type,
            case_id=told.case_id,
            municipality_number=told.number,
            facts=told.facts,
            at=told.happened_at,
        )
    )
    body = cloudevents.written(event)
    return Taken(to.id, delivery_id, attempts, tries, to.url, str(event["id"]), body, known, fault)


def _holding(to: Webhook, at: datetime) -> list[bytes]:
    """The secrets that hold, the newest first."""
    before = to.secret_before
    holds = before is not None and to.secret_before_until is not None
    if before is not None and holds and to.secret_before_until > at:  # type: ignore[operator]
        return [to.secret, before]
    return [to.secret]


def settle(
    session: Session, taken: Taken, outcome: Outcome, *, chance: float, at: datetime
) -> None:
    """Write what came of an attempt, and let go of the queue.

    Whoever comes too late, since another has tried meanwhile, adds its attempt and changes nothing.

    Args:
        chance: from 0 up to 1, for the jitter.
    """
    session.execute(
        upsert(WebhookAttempt)
        .values(
            delivery_id=taken.delivery_id,
            number=taken.attempt,
            at=at,
            milliseconds=outcome.milliseconds,
            status=outcome.status,
            fault=outcome.fault,
        )
        .on_conflict_do_nothing()
    )
    webhook = session.execute(
        select(Webhook.failures, Webhook.off_at, Webhook.ended_at)
        .where(Webhook.id == taken.webhook_id)
        .with_for_update()
    ).one()
    delivered = outcome.fault is None
    wait = None if delivered else wait_after(taken.tries, chance=chance, asked=outcome.asked)
    final = outcome.gone or outcome.fault in _FINAL or wait is None
    state = (
        DeliveryState.DELIVERED
        if delivered
        else DeliveryState.DEAD
        if final
        else DeliveryState.FAILED
    )
    own = session.scalar(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.id == taken.delivery_id,
            WebhookDelivery.attempts == taken.attempt,
            # Turned off meanwhile, it is dead, unless it did arrive.
            or_(WebhookDelivery.state.in_(_OPEN), literal(delivered)),
        )
        .values(
            state=state,
            fault=outcome.fault,
            delivered_at=at if delivered else None,
            next_try_at=at + wait if wait else WebhookDelivery.next_try_at,
        )
        .returning(WebhookDelivery.id)
        .execution_options(synchronize_session=False)
    )
    if own is None:
        return
    if outcome.fault in _FINAL:  # says nothing about the receiver
        _write_queue(session, taken.webhook_id, next_at=at)
    elif delivered:
        _write_queue(session, taken.webhook_id, next_at=at, failures=0)
    else:
        failures = webhook.failures + 1
        rest = at + rest_after(failures)
        _write_queue(session, taken.webhook_id, next_at=rest, failures=failures)
    if outcome.gone and webhook.off_at is None and webhook.ended_at is None:
        put_off(session, taken.webhook_id, Off.GONE, at=at)


#: To try again would be the same again, until a person has done something.
_FINAL = frozenset({Fault.WITHHELD, Fault.SECRET})


def _write_queue(session: Session, webhook_id: UUID, **values: Any) -> None:
    session.execute(
        update(Webhook)
        .where(Webhook.id == webhook_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
