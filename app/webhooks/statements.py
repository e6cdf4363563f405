"""Statements of the queues: what may leave, an attempt that begins, one that arrived."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    literal,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from app.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery
from app.webhooks.states import OPEN, DeliveryState
from workflow.cases.models import Case
from workflow.cases.states import Protection
from workflow.kernel.db import ONE, ZERO, table_of
from workflow.kernel.kept import Kept
from workflow.kernel.outbox import OutboxMessage
from workflow.municipalities.models import Municipality

WEBHOOKS, DELIVERIES, ATTEMPTS = (
    table_of(Webhook),
    table_of(WebhookDelivery),
    table_of(WebhookAttempt),
)


def due(webhook_id: ColumnElement[UUID], at: ColumnElement[datetime]) -> Select[Any]:
    """The first delivery of a queue that may leave."""
    d, earlier = DELIVERIES, DELIVERIES.alias("earlier")
    before = exists().where(
        earlier.c.webhook_id == d.c.webhook_id,
        earlier.c.case_id == d.c.case_id,
        earlier.c.id < d.c.id,
        is_open(earlier),
    )
    return (
        select(d.c.id)
        .where(d.c.webhook_id == webhook_id, is_open(d), d.c.next_try_at <= at, ~before)
        .order_by(d.c.id)
        .limit(literal_column("1"))
    )


def is_open(deliveries: FromClause) -> ColumnElement[bool]:
    """In the words of the partial indexes, so that they serve."""
    words: ColumnElement[bool] = deliveries.c.state.in_(
        [literal_column(f"'{state}'") for state in OPEN]
    )
    return words


def _beginning() -> Kept:
    """Count an attempt of the queue's next delivery; gives all that is to be told of it."""
    d, w, o = DELIVERIES, WEBHOOKS, table_of(OutboxMessage)
    m, c = table_of(Municipality), table_of(Case)
    queue = bindparam("webhook_id", type_=w.c.id.type)
    first = due(queue, bindparam("at", type_=w.c.at.type)).scalar_subquery()
    told = (
        select(
            d.c.id,
            w.c.url,
            w.c.secret,
            w.c.secret_before,
            w.c.secret_before_until,
            o.c.id.label("outbox_id"),
            o.c.position,
            o.c.case_id,
            o.c.facts,
            o.c.at.label("happened_at"),
            m.c.number,
            c.c.address_protection,
        )
        .select_from(d)
        .join(w, w.c.id == d.c.webhook_id)
        .outerjoin(o, o.c.id == d.c.outbox_id)
        .outerjoin(m, m.c.id == o.c.municipality_id)
        .outerjoin(c, c.c.id == o.c.case_id)
        .where(d.c.id == first, w.c.off_at.is_(None), w.c.ended_at.is_(None))
        .subquery("told")
    )
    begun = (
        update(d)
        .where(d.c.id == told.c.id)
        .values(attempts=d.c.attempts + ONE, tries=d.c.tries + ONE)
        .returning(d.c.attempts, d.c.tries, d.c.type, d.c.at, *told.c)
        .cte("begun")
    )
    return Kept(select(*begun.c))


def _delivering() -> Kept:
    """Write that an attempt arrived; gives a row where nobody else has tried meanwhile."""
    d, w, a = DELIVERIES, WEBHOOKS, ATTEMPTS
    delivery_id = bindparam("delivery_id", type_=d.c.id.type)
    attempt = bindparam("attempt", type_=a.c.number.type)
    at = bindparam("at", type_=d.c.at.type)
    attempted = (
        upsert(a)
        .values(
            delivery_id=delivery_id,
            number=attempt,
            at=at,
            milliseconds=bindparam("milliseconds", type_=a.c.milliseconds.type),
            status=bindparam("status", type_=a.c.status.type),
        )
        .on_conflict_do_nothing()
        .cte("attempted")
    )
    own = and_(d.c.id == delivery_id, d.c.attempts == attempt)
    # The queue first, as whoever turns it off locks it.
    queue = (
        update(w)
        .where(w.c.id == bindparam("webhook_id", type_=w.c.id.type), exists().where(own))
        .values(next_at=bindparam("next_at", type_=w.c.next_at.type), failures=ZERO)
        .returning(w.c.id)
        .cte("queue")
    )
    arrived = (
        update(d)
        .where(own, d.c.webhook_id == queue.c.id)
        .values(
            state=literal(DeliveryState.DELIVERED, d.c.state.type), fault=null(), delivered_at=at
        )
        .returning(d.c.id)
        .cte("arrived")
    )
    return Kept(select(arrived.c.id).add_cte(attempted))


BEGUN, DELIVERED = _beginning(), _delivering()


class Told(NamedTuple):
    """As `BEGUN` gives it."""

    attempts: int
    tries: int
    type: str
    at: datetime
    delivery_id: int
    url: str
    secret: bytes
    secret_before: bytes | None
    secret_before_until: datetime | None
    outbox_id: int
    position: int
    case_id: UUID | None
    facts: dict[str, Any]
    happened_at: datetime
    number: str | None
    address_protection: Protection | None
