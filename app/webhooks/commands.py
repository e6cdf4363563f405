"""Webhooks are made, changed, given another secret, turned off and on, and ended by their owner."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app.outgoing import AddressRefused, Reach
from app.settings import Settings
from app.webhooks import signing
from app.webhooks.catalogue import TEST
from app.webhooks.errors import AddressNotForUs, IsOff, StillWaits, TooMany
from app.webhooks.models import Webhook, WebhookDelivery
from app.webhooks.queries import own, scope_of
from app.webhooks.states import OPEN, DeliveryState, Fault, Off, Scope
from workflow.kernel import audit
from workflow.kernel.actor import SYSTEM, Actor
from workflow.kernel.audit import Change, Kind
from workflow.kernel.errors import NotFound, Stale

#: Webhooks of one owner.
MOST: Final = 20
#: How long the secret before signs beside the new one.
BOTH_HOLD: Final = timedelta(hours=24)


def make(
    session: Session,
    *,
    url: str,
    events: Sequence[str],
    settings: Settings,
    actor: Actor,
    at: datetime,
) -> tuple[UUID, str]:
    """A new webhook and its secret, which is not shown again.

    Args:
        events: types as the outbox names them; none: all.

    Raises:
        NotAllowed: the role has no webhooks. AddressNotForUs. TooMany.
    """
    scope = scope_of(actor)
    _may_go_there(url, settings)
    have = session.scalar(select(func.count()).where(own(actor), Webhook.ended_at.is_(None)))
    if (have or 0) >= MOST:
        raise TooMany(MOST)
    webhook_id, secret = uuid4(), signing.fresh()
    session.execute(
        insert(Webhook).values(
            id=webhook_id,
            scope=scope,
            municipality_id=actor.municipality_id,
            reception_centre=actor.reception_centre,
            county=actor.county if scope is Scope.COUNTY else None,
            url=url,
            events=sorted(set(events)),
            secret=signing.sealed(secret, settings),
            version=1,
            at=at,
            actor=actor.name,
            failures=0,
            next_at=at,
        )
    )
    said = {"url": url, "events": sorted(set(events)), "scope": scope}
    _record(session, webhook_id, "webhook_made", actor=actor, at=at, after=said)
    return webhook_id, secret


def change(
    session: Session,
    webhook_id: UUID,
    *,
    url: str,
    events: Sequence[str],
    versions: Collection[int] | None,
    settings: Settings,
    actor: Actor,
    at: datetime,
) -> None:
    """Another address or other events; what waits goes to the new address.

    Args:
        versions: the webhook has to be one of these; None: any.

    Raises:
        NotAllowed; NotFound; Stale; AddressNotForUs.
    """
    found = _locked(session, webhook_id, actor, versions)
    _may_go_there(url, settings)
    after = {"url": url, "events": sorted(set(events))}
    _write(session, found, after | {"failures": 0, "next_at": at})
    before = {"url": found.url, "events": found.events}
    _record(session, webhook_id, "webhook_changed", actor=actor, at=at, before=before, after=after)


def rotate_secret(
    session: Session, webhook_id: UUID, *, settings: Settings, actor: Actor, at: datetime
) -> str:
    """A new secret, not shown again; the one before signs beside it for a day.

    Raises:
        NotAllowed; NotFound.
    """
    found = _locked(session, webhook_id, actor)
    secret = signing.fresh()
    _write(
        session,
        found,
        {
            "secret": signing.sealed(secret, settings),
            "secret_before": found.secret,
            "secret_before_until": at + BOTH_HOLD,
        },
    )
    said = {"version": found.version + 1}
    _record(session, webhook_id, "webhook_secret_rotated", actor=actor, at=at, after=said)
    return secret


def turn_off(session: Session, webhook_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Nothing more is sent; what waits is dead, and can be replayed. Again changes nothing.

    Raises:
        NotAllowed; NotFound.
    """
    found = _locked(session, webhook_id, actor)
    if found.off_at is None:
        put_off(session, webhook_id, Off.PERSON, actor=actor, at=at)


def put_off(
    session: Session, webhook_id: UUID, why: Off, *, actor: Actor = SYSTEM, at: datetime
) -> None:
    """Turn it off, whoever's it is; the row is locked by the caller."""
    session.execute(
        update(Webhook)
        .where(Webhook.id == webhook_id)
        .values(off_at=at, off_why=why, version=Webhook.version + 1)
        .execution_options(synchronize_session=False)
    )
    _give_up(session, webhook_id)
    _record(session, webhook_id, "webhook_off", actor=actor, at=at, after={"why": why})


def turn_on(session: Session, webhook_id: UUID, *, actor: Actor, at: datetime) -> None:
    """It is told again, from now on; what happened meanwhile is in the feed.

    Raises:
        NotAllowed; NotFound.
    """
    found = _locked(session, webhook_id, actor)
    if found.off_at is not None:
        _write(session, found, {"off_at": None, "off_why": None, "failures": 0, "next_at": at})
        before = {"off_at": found.off_at}
        _record(session, webhook_id, "webhook_on", actor=actor, at=at, before=before)


def end(
    session: Session,
    webhook_id: UUID,
    *,
    versions: Collection[int] | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """It is gone for its owner; what it was told is kept.

    Raises:
        NotAllowed; NotFound; Stale.
    """
    found = _locked(session, webhook_id, actor, versions)
    _write(session, found, {"ended_at": at, "ended_by": actor.name})
    _give_up(session, webhook_id)
    _record(session, webhook_id, "webhook_ended", actor=actor, at=at, before={"url": found.url})


def test(session: Session, webhook_id: UUID, *, actor: Actor, at: datetime) -> int:
    """Send an event about nothing; the delivery's id.

    Raises:
        NotAllowed; NotFound; IsOff.
    """
    _on(_locked(session, webhook_id, actor))
    delivery_id = session.execute(
        insert(WebhookDelivery)
        .values(
            webhook_id=webhook_id,
            type=TEST,
            state=DeliveryState.PENDING,
            attempts=0,
            tries=0,
            next_try_at=at,
            at=at,
        )
        .returning(WebhookDelivery.id)
    ).scalar_one()
    said = {"delivery": delivery_id}
    _record(session, webhook_id, "webhook_tested", actor=actor, at=at, after=said)
    return delivery_id


def replay(
    session: Session, webhook_id: UUID, delivery_id: int, *, actor: Actor, at: datetime
) -> None:
    """Send a settled delivery again, under the same id.

    Raises:
        NotAllowed; NotFound; IsOff; StillWaits: it is on its way as it is.
    """
    _on(_locked(session, webhook_id, actor))
    state = session.scalar(
        select(WebhookDelivery.state)
        .where(WebhookDelivery.id == delivery_id, WebhookDelivery.webhook_id == webhook_id)
        .with_for_update()
    )
    if state is None:
        raise NotFound("delivery")
    if state in OPEN:
        raise StillWaits
    session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.id == delivery_id)
        .values(state=DeliveryState.PENDING, tries=0, next_try_at=at, fault=None, delivered_at=None)
        .execution_options(synchronize_session=False)
    )
    said = {"delivery": delivery_id}
    _record(session, webhook_id, "webhook_replayed", actor=actor, at=at, after=said)


def _may_go_there(url: str, settings: Settings) -> None:
    """What can be told without asking anybody; when it is sent, the name is looked up as well."""
    try:
        Reach(settings.private_hosts).refuse(httpx2.URL(url))
    except AddressRefused as fault:
        raise AddressNotForUs(fault.why) from fault
    except httpx2.InvalidURL as fault:
        raise AddressNotForUs("host") from fault


def _locked(
    session: Session, webhook_id: UUID, actor: Actor, versions: Collection[int] | None = None
) -> Any:
    found = session.execute(
        select(
            Webhook.id,
            Webhook.version,
            Webhook.url,
            Webhook.events,
            Webhook.secret,
            Webhook.off_at,
        )
        .where(Webhook.id == webhook_id, own(actor), Webhook.ended_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound("webhook")
    if versions is not None and found.version not in versions:
        raise Stale("the webhook has changed")
    return found


def _on(found: Any) -> None:
    if found.off_at is not None:
        raise IsOff


def _write(session: Session, found: Any, values: dict[str, Any]) -> None:
    session.execute(
        update(Webhook)
        .where(Webhook.id == found.id)
        .values(version=found.version + 1, **values)
        .execution_options(synchronize_session=False)
    )


def _give_up(session: Session, webhook_id: UUID) -> None:
    session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.state.in_(OPEN))
        .values(state=DeliveryState.DEAD, fault=Fault.OFF)
        .execution_options(synchronize_session=False)
    )


def _record(
    session: Session,
    webhook_id: UUID,
    action: str,
    *,
    actor: Actor,
    at: datetime,
    before: audit.Values | None = None,
    after: audit.Values | None = None,
) -> None:
    changed = Change(audit.subject(Kind.WEBHOOK, webhook_id), before, after)
    audit.record(session, changed, action, actor=actor, at=at)
