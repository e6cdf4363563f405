"""An owner's webhooks, what each was told, and the feed of events an actor may see."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_, select, true
from sqlalchemy.orm import Session

from app.webhooks.catalogue import BY_EVENT
from app.webhooks.cloudevents import cloud_event, event_id, test_id
from app.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery
from app.webhooks.states import OPEN, SCOPE_OF, DeliveryState, Fault, Off, Scope
from workflow.cases.models import Case
from workflow.cases.queries import listed, not_protected
from workflow.kernel.actor import READS_ALL_CASES, Actor, Role
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.kernel.outbox import OutboxMessage
from workflow.kernel.paging import Page, cut, unpack
from workflow.municipalities.models import Municipality

_ORDER = "webhook deliveries"
_READS_ALL_IN_SWEDEN = frozenset({Role.MIGRATION_OFFICER, Role.COUNTY_COORDINATOR})


@dataclass(frozen=True, slots=True)
class WebhookSeen:
    """A webhook as its owner sees it; `waiting` and `dead` count its deliveries."""

    id: UUID
    url: str
    #: As the outbox names them; none: all.
    events: list[str]
    version: int
    at: datetime
    actor: str
    off_at: datetime | None
    off_why: Off | None
    secret_before_until: datetime | None
    failures: int
    waiting: int
    dead: int


@dataclass(frozen=True, slots=True)
class AttemptSeen:
    number: int
    at: datetime
    milliseconds: int
    status: int | None
    fault: Fault | None


@dataclass(frozen=True, slots=True)
class DeliverySeen:
    id: int
    outbox_id: int | None
    type: str
    case_id: UUID | None
    state: DeliveryState
    attempts: int
    next_try_at: datetime | None
    fault: Fault | None
    at: datetime
    delivered_at: datetime | None
    #: The first one first.
    tried: tuple[AttemptSeen, ...]

    @property
    def event_id(self) -> str:
        """What the receiver knows it by."""
        return test_id(self.id) if self.outbox_id is None else event_id(self.outbox_id)


def scope_of(actor: Actor) -> Scope:
    """Whose events the actor's webhooks are told.

    Raises:
        NotAllowed: the role has no webhooks; or the actor uses another's authority.
    """
    if actor.role not in SCOPE_OF or actor.acting_for is not None:
        raise NotAllowed("the role has no webhooks", role=actor.role)
    return SCOPE_OF[actor.role]


def own(actor: Actor) -> ColumnElement[bool]:
    """The actor's webhooks, as a condition on `webhooks`.

    Raises:
        NotAllowed: the role has none.
    """
    scope = scope_of(actor)
    of_its_kind = Webhook.scope == scope
    if scope is Scope.MUNICIPALITY:
        return and_(of_its_kind, Webhook.municipality_id == actor.municipality_id)
    if scope is Scope.RECEPTION_CENTRE:
        return and_(of_its_kind, Webhook.reception_centre == actor.reception_centre)
    if scope is Scope.COUNTY:
        return and_(of_its_kind, Webhook.county == actor.county)
    return of_its_kind


def webhooks(session: Session, *, actor: Actor) -> list[WebhookSeen]:
    """The owner's, the oldest first; those that are ended are gone.

    Raises:
        NotAllowed: the role has none.
    """
    return _seen(session, own(actor))


def webhook(session: Session, webhook_id: UUID, *, actor: Actor) -> WebhookSeen:
    """One of the owner's.

    Raises:
        NotAllowed; NotFound.
    """
    found = _seen(session, and_(own(actor), Webhook.id == webhook_id))
    if not found:
        raise NotFound("webhook")
    return found[0]


def _seen(session: Session, which: ColumnElement[bool]) -> list[WebhookSeen]:
    def counted(condition: ColumnElement[bool]) -> Any:
        return (
            select(func.count())
            .where(WebhookDelivery.webhook_id == Webhook.id, condition)
            .correlate(Webhook)
            .scalar_subquery()
        )

    columns: tuple[Any, ...] = (
        Webhook.id,
        Webhook.url,
        Webhook.events,
        Webhook.version,
        Webhook.at,
        Webhook.actor,
        Webhook.off_at,
        Webhook.off_why,
        Webhook.secret_before_until,
        Webhook.failures,
        counted(WebhookDelivery.state.in_(OPEN)),
        counted(WebhookDelivery.state == DeliveryState.DEAD),
    )
    rows = session.execute(
        select(*columns).where(which, Webhook.ended_at.is_(None)).order_by(Webhook.at, Webhook.id)
    )
    return [WebhookSeen(*row) for row in rows]


def deliveries(
    session: Session,
    webhook_id: UUID,
    *,
    state: DeliveryState | None = None,
    limit: int,
    cursor: str | None = None,
    actor: Actor,
) -> Page[DeliverySeen]:
    """What a webhook was told, the newest first, with its attempts; nothing of protected cases.

    Raises:
        NotAllowed; NotFound. Invalid: not a cursor of this list.
    """
    webhook(session, webhook_id, actor=actor)
    d = WebhookDelivery
    found = select(*_DELIVERY).where(d.webhook_id == webhook_id, _shown())
    if state is not None:
        found = found.where(d.state == state)
    if cursor is not None:
        (last,) = unpack(cursor, _ORDER, int)
        found = found.where(d.id < last)
    rows = session.execute(found.order_by(d.id.desc()).limit(limit + 1)).all()
    tried = _attempts(session, [row.id for row in rows])
    seen = [_delivery(row, tuple(tried.get(row.id, ()))) for row in rows]
    return cut(seen, limit, _ORDER, lambda one: (one.id,))


def delivery(session: Session, webhook_id: UUID, delivery_id: int, *, actor: Actor) -> DeliverySeen:
    """One of them.

    Raises:
        NotAllowed; NotFound.
    """
    webhook(session, webhook_id, actor=actor)
    d = WebhookDelivery
    row = session.execute(
        select(*_DELIVERY).where(d.webhook_id == webhook_id, d.id == delivery_id, _shown())
    ).one_or_none()
    if row is None:
        raise NotFound("delivery")
    return _delivery(row, tuple(_attempts(session, [row.id]).get(row.id, ())))


def deliveries_of_all(
    session: Session,
    *,
    states: Collection[DeliveryState] = (),
    limit: int,
    before: int | None = None,
    actor: Actor,
) -> list[tuple[UUID, str, DeliverySeen]]:
    """What the owner's webhooks were told, the newest first: of which, where, and the delivery.

    Args:
        states: none: all.
        before: only those with a smaller id.

    Raises:
        NotAllowed: the role has no webhooks.
    """
    d = WebhookDelivery
    found = (
        select(Webhook.id.label("webhook"), Webhook.url, *_DELIVERY)
        .join(Webhook, Webhook.id == d.webhook_id)
        .where(own(actor), Webhook.ended_at.is_(None), _shown())
    )
    if states:
        found = found.where(d.state.in_(states))
    if before is not None:
        found = found.where(d.id < before)
    rows = session.execute(found.order_by(d.id.desc()).limit(limit))
    return [(row.webhook, row.url, _delivery(row, ())) for row in rows]


def webhook_of(session: Session, delivery_id: int, *, actor: Actor) -> UUID | None:
    """Which of the owner's webhooks a delivery is of; None: of none of them.

    Raises:
        NotAllowed: the role has no webhooks.
    """
    return session.scalar(
        select(Webhook.id)
        .join(WebhookDelivery, WebhookDelivery.webhook_id == Webhook.id)
        .where(own(actor), Webhook.ended_at.is_(None), WebhookDelivery.id == delivery_id, _shown())
    )


#: As `_delivery` reads them.
_DELIVERY: tuple[Any, ...] = (
    WebhookDelivery.id,
    WebhookDelivery.outbox_id,
    WebhookDelivery.type,
    WebhookDelivery.case_id,
    WebhookDelivery.state,
    WebhookDelivery.attempts,
    WebhookDelivery.next_try_at,
    WebhookDelivery.fault,
    WebhookDelivery.at,
    WebhookDelivery.delivered_at,
)


def _shown() -> ColumnElement[bool]:
    """Nothing of a case with a protected address."""
    of_case = WebhookDelivery.__table__.c.case_id
    return or_(of_case.is_(None), not_protected(of_case))


def _delivery(row: Any, tried: tuple[AttemptSeen, ...]) -> DeliverySeen:
    waits = row.state in OPEN
    return DeliverySeen(
        row.id,
        row.outbox_id,
        row.type,
        row.case_id,
        row.state,
        row.attempts,
        row.next_try_at if waits else None,
        row.fault,
        row.at,
        row.delivered_at,
        tried,
    )


def _attempts(session: Session, delivery_ids: list[int]) -> dict[int, list[AttemptSeen]]:
    a = WebhookAttempt
    rows = session.execute(
        select(a.delivery_id, a.number, a.at, a.milliseconds, a.status, a.fault)
        .where(a.delivery_id.in_(delivery_ids))
        .order_by(a.delivery_id, a.number)
    )
    found: dict[int, list[AttemptSeen]] = {}
    for row in rows:
        found.setdefault(row.delivery_id, []).append(AttemptSeen(*row[1:]))
    return found


@dataclass(frozen=True, slots=True)
class Feed:
    """Some events in order; `last` is the position to go on after, `more` whether there is more."""

    events: tuple[dict[str, Any], ...]
    last: int
    more: bool


def feed(session: Session, *, after: int, limit: int, actor: Actor) -> Feed:
    """The events after a position that the actor may see, in order; nothing of protected cases.

    Raises:
        NotAllowed: the role sees no case.
    """
    if actor.role is Role.ADMINISTRATOR:
        raise NotAllowed("the role sees no case", role=actor.role)
    o = OutboxMessage
    rows = session.execute(
        select(o.id, o.position, o.type, o.case_id, Municipality.number, o.facts, o.at)
        .outerjoin(Municipality, Municipality.id == o.municipality_id)
        .where(
            o.position > after,
            o.type.in_(BY_EVENT),
            or_(o.case_id.is_(None), not_protected(o.__table__.c.case_id)),
            _own_events(actor),
        )
        .order_by(o.position)
        .limit(limit + 1)
    ).all()
    shown = rows[:limit]
    events = tuple(
        cloud_event(
            outbox_id=row.id,
            position=row.position,
            event=row.type,
            case_id=row.case_id,
            municipality_number=row.number,
            facts=row.facts,
            at=row.at,
        )
        for row in shown
    )
    last = shown[-1].position if shown else after
    return Feed(events, last, len(rows) > limit)


def names_county(county: ColumnElement[Any]) -> ColumnElement[bool]:
    """Events that are about a county, by its two digits."""
    return and_(
        OutboxMessage.case_id.is_(None),
        OutboxMessage.__table__.c.facts["counties"].has_key(county),
    )


def _own_events(actor: Actor) -> ColumnElement[bool]:
    """What concerns the actor's office; as row security has it."""
    if actor.role in READS_ALL_CASES | _READS_ALL_IN_SWEDEN:
        return true()
    if actor.role is Role.COUNTY_BOARD:
        return names_county(literal(actor.county))
    if actor.is_municipality:
        return OutboxMessage.municipality_id == actor.municipality_id
    if actor.role in {Role.TRAVEL_OFFICER, Role.RECEPTION_CENTRE}:
        return exists().where(Case.id == OutboxMessage.case_id, listed(actor))
    return false()
