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

from sqlalchemy import (
    ColumnElement,
    and_,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.deployment import country_of
from app.settings import Settings
from app.webhooks import cloudevents, signing
from app.webhooks.catalogue import BY_EVENT, TEST
from app.webhooks.commands import put_off
from app.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery
from app.webhooks.queries import names_county
from app.webhooks.retries import rest_after, wait_after
from app.webhooks.statements import BEGUN, DELIVERED, DELIVERIES, WEBHOOKS, Told, due, is_open
from app.webhooks.states import DeliveryState, Fault, Off, Scope
from workflow.cases.models import Case
from workflow.cases.states import Group, Protection
from workflow.kernel import feed
from workflow.kernel.country import Country
from workflow.kernel.outbox import OutboxMessage


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
        session.execute(_into_queues(positions, at, _OF_CENTRES))
        session.execute(_into_queues(positions, at, _OF_THE_STATE))
        session.execute(_into_queues(positions, at, _OF_BOARDS))
    return len(positions)


_OF_MUNICIPALITIES = and_(
    Webhook.scope == Scope.MUNICIPALITY, Webhook.municipality_id == OutboxMessage.municipality_id
)
_OF_CENTRES = and_(
    Webhook.scope == Scope.RECEPTION_CENTRE, Webhook.reception_centre == Case.reception_centre
)
_OF_BOARDS = and_(Webhook.scope == Scope.COUNTY, names_county(Webhook.__table__.c.county))
_OF_THE_STATE = or_(
    Webhook.scope.in_((Scope.IMDI, Scope.AGENCY, Scope.COORDINATOR)),
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
    at: datetime,
) -> Taken | None:
    """The next delivery of a queue nobody has, which is then one's own for a while; None: none.

    Args:
        well_only: only of receivers whose last attempt came to something.
    """
    w = WEBHOOKS
    found = (
        select(w.c.id)
        .join(due(w.c.id, literal(at)).correlate(w).lateral("due"), true())
        .where(w.c.off_at.is_(None), w.c.ended_at.is_(None), w.c.next_at <= at)
        .order_by(w.c.next_at)
        .limit(1)
        .with_for_update(of=w, skip_locked=True)
    )
    if well_only:
        found = found.where(w.c.failures == 0)
    webhook_id = session.scalar(found)
    if webhook_id is None:
        return None
    _write_queue(session, webhook_id, next_at=at + lease)
    return _begun(session, settings, webhook_id, at)


def settle(
    session: Session,
    settings: Settings,
    taken: Taken,
    outcome: Outcome,
    *,
    lease: timedelta | None = None,
    chance: float,
    at: datetime,
) -> Taken | None:
    """Write what came of an attempt, and let go of the queue, or have its next delivery.

    Whoever comes too late, since another has tried meanwhile, adds its attempt and changes nothing.

    Args:
        lease: for the next one of the same queue, where this one was delivered; None: let go.
        chance: from 0 up to 1, for the jitter.
    """
    if outcome.fault is not None:
        _settle_failed(session, taken, outcome, chance=chance, at=at)
        return None
    own = DELIVERED.row(
        session,
        {
            "delivery_id": taken.delivery_id,
            "attempt": taken.attempt,
            "webhook_id": taken.webhook_id,
            "milliseconds": outcome.milliseconds,
            "status": outcome.status,
            "at": at,
            "next_at": at if lease is None else at + lease,
        },
    )
    if own is None or lease is None:
        return None
    following = _begun(session, settings, taken.webhook_id, at)
    if following is None:
        _write_queue(session, taken.webhook_id, next_at=at)
    return following


def _begun(session: Session, settings: Settings, webhook_id: UUID, at: datetime) -> Taken | None:
    row = BEGUN.row(session, {"webhook_id": webhook_id, "at": at})
    if row is None:
        return None
    told = Told(*row)
    fault, known = None, []
    if told.address_protection not in {None, Protection.NONE}:
        fault = Fault.WITHHELD
    else:
        try:
            known = [signing.opened(one, settings) for one in _holding(told, at)]
        except signing.Unsealable:
            fault = Fault.SECRET
    event = (
        cloudevents.test_event(told.delivery_id, country_of(session) or Country.NORWAY, told.at)
        if told.type == TEST
        else cloudevents.cloud_event(
            outbox_id=told.outbox_id,
            position=told.position,
            event=told.type,
            case_id=told.case_id,
            municipality_number=told.number,
            facts=told.facts,
            at=told.happened_at,
        )
    )
    return Taken(
        webhook_id,
        told.delivery_id,
        told.attempts,
        told.tries,
        told.url,
        str(event["id"]),
        cloudevents.written(event),
        known,
        fault,
    )


def _holding(to: Told, at: datetime) -> list[bytes]:
    """The secrets that hold, the newest first."""
    until = to.secret_before_until
    if to.secret_before is not None and until is not None and until > at:
        return [to.secret, to.secret_before]
    return [to.secret]


def _settle_failed(
    session: Session, taken: Taken, outcome: Outcome, *, chance: float, at: datetime
) -> None:
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
    wait = wait_after(taken.tries, chance=chance, asked=outcome.asked)
    final = outcome.gone or outcome.fault in _FINAL or wait is None
    own = session.scalar(
        update(WebhookDelivery)
        .where(
            WebhookDelivery.id == taken.delivery_id,
            WebhookDelivery.attempts == taken.attempt,
            # Turned off meanwhile, it is dead.
            is_open(DELIVERIES),
        )
        .values(
            state=DeliveryState.DEAD if final else DeliveryState.FAILED,
            fault=outcome.fault,
            next_try_at=at + wait if wait else WebhookDelivery.next_try_at,
        )
        .returning(WebhookDelivery.id)
        .execution_options(synchronize_session=False)
    )
    if own is None:
        return
    if outcome.fault in _FINAL:  # says nothing about the receiver
        _write_queue(session, taken.webhook_id, next_at=at)
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
