"""Webhooks of other systems, what each was told, and the feed of events they can read instead."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from app import etag
from app.api import API
from app.api.parameters import Cursor, Limit
from app.api.refusals import changes, changes_as_read, refusals
from app.api.schemas.fields import ListOf
from app.api.schemas.webhooks import (
    CloudEventOut,
    FeedOut,
    WebhookDeliveryOut,
    WebhookIn,
    WebhookOut,
    WebhookSecretOut,
)
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.etag import IfMatch
from app.idempotency import Once, OnceRoute, shown_once
from app.signin import CurrentActor
from app.webhooks import commands, queries
from app.webhooks.states import DeliveryState
from workflow.kernel.actor import Actor
from workflow.kernel.paging import USUAL_PAGE

router = APIRouter(tags=["events"], route_class=OnceRoute)

KIND = "webhook"
DeliveryInPath = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("/events", operation_id="listEvents", responses=refusals(403, 422))
def list_events(
    session: ReadSession,
    actor: CurrentActor,
    after: Annotated[
        int,
        Query(ge=0, le=2**63 - 1, description="`last` of the answer before; 0: from the first."),
    ] = 0,
    limit: Limit = USUAL_PAGE,
) -> FeedOut:
    """What has happened and you may see, as CloudEvents in order, with no gap.

    An event that is not yet there never comes in before one that is. It is in the feed about a
    second after it happened; what a run does, when its undo window is over.
    """
    found = queries.feed(session, after=after, limit=limit, actor=actor)
    items = [CloudEventOut.model_validate(one) for one in found.events]
    return FeedOut(items=items, next=found.last if found.more else None, last=found.last)


@router.get("/webhooks", operation_id="listWebhooks", responses=refusals(403))
def list_webhooks(session: ReadSession, actor: CurrentActor) -> ListOf[WebhookOut]:
    """Your organisation's (a municipality's administrator, IMDi's lead, UDI, a centre).

    In Sweden: a municipality's administrator, Migrationsverket, a county board.
    """
    return ListOf(items=[WebhookOut.seen(one) for one in queries.webhooks(session, actor=actor)])


@router.post(
    "/webhooks",
    status_code=201,
    operation_id="addWebhook",
    dependencies=[Once],
    responses=changes(codes="webhook.address webhook.too_many"),
)
def add(
    request: Request,
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    response: Response,
    body: WebhookIn,
) -> WebhookSecretOut:
    """Have events sent to an address, signed as Standard Webhooks 1.0 says.

    The secret is in this answer and never again. Answer 2xx within ten seconds; 410 turns the
    webhook off; anything else is tried again, ten times in three days. The same event may come more
    than once, under the same `webhook-id`.
    """
    webhook_id, secret = commands.make(
        session,
        url=body.url,
        events=body.names_in(request.app.state.country),
        settings=request.app.state.settings,
        actor=actor,
        at=at,
    )
    response.headers["location"] = f"{API}/webhooks/{webhook_id}"
    return _with_secret(request, session, webhook_id, secret, response, actor)


@router.get("/webhooks/{webhook_id}", operation_id="getWebhook", responses=refusals(403, 404, 422))
def get_webhook(
    session: ReadSession, actor: CurrentActor, response: Response, webhook_id: UUID
) -> WebhookOut:
    """One of them."""
    return _shown(session, webhook_id, response, actor)


@router.put(
    "/webhooks/{webhook_id}",
    operation_id="changeWebhook",
    responses=changes_as_read(codes="webhook.address"),
)
def change(
    request: Request,
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    as_read: IfMatch,
    response: Response,
    webhook_id: UUID,
    body: WebhookIn,
) -> WebhookOut:
    """Another address or other events; what waits goes to the new address."""
    commands.change(
        session,
        webhook_id,
        url=body.url,
        events=body.names_in(request.app.state.country),
        versions=as_read.numbers(KIND),
        settings=request.app.state.settings,
        actor=actor,
        at=at,
    )
    return _shown(session, webhook_id, response, actor)


@router.delete(
    "/webhooks/{webhook_id}",
    status_code=204,
    operation_id="deleteWebhook",
    responses=changes_as_read(),
)
def delete(
    session: WriteSession, actor: CurrentActor, at: Now, as_read: IfMatch, webhook_id: UUID
) -> None:
    """Nothing more is sent, what waits neither."""
    versions = as_read.numbers(KIND)
    commands.end(session, webhook_id, versions=versions, actor=actor, at=at)


@router.post(
    "/webhooks/{webhook_id}/rotate-secret",
    operation_id="rotateWebhookSecret",
    dependencies=[Once],
    responses=changes(404),
)
def rotate(
    request: Request,
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    response: Response,
    webhook_id: UUID,
) -> WebhookSecretOut:
    """A new secret; for 24 hours the one before signs beside it, so that nothing is lost."""
    settings = request.app.state.settings
    secret = commands.rotate_secret(session, webhook_id, settings=settings, actor=actor, at=at)
    return _with_secret(request, session, webhook_id, secret, response, actor)


@router.post(
    "/webhooks/{webhook_id}/disable",
    operation_id="disableWebhook",
    dependencies=[Once],
    responses=changes(404),
)
def disable(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, webhook_id: UUID
) -> WebhookOut:
    """Nothing more is sent; what waits is given up. Again changes nothing."""
    commands.turn_off(session, webhook_id, actor=actor, at=at)
    return _shown(session, webhook_id, response, actor)


@router.post(
    "/webhooks/{webhook_id}/enable",
    operation_id="enableWebhook",
    dependencies=[Once],
    responses=changes(404),
)
def enable(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, webhook_id: UUID
) -> WebhookOut:
    """Events are sent again from now on; what happened meanwhile is in the feed."""
    commands.turn_on(session, webhook_id, actor=actor, at=at)
    return _shown(session, webhook_id, response, actor)


@router.post(
    "/webhooks/{webhook_id}/test",
    status_code=201,
    operation_id="testWebhook",
    dependencies=[Once],
    responses=changes(404, codes="webhook.off"),
)
def test(
    request: Request, session: WriteSession, actor: CurrentActor, at: Now, webhook_id: UUID
) -> WebhookDeliveryOut:
    """Send an event about nothing, of type `no.bosetting.webhook.test.v1` (Sweden: `se.…`)."""
    made = commands.test(session, webhook_id, actor=actor, at=at)
    seen = queries.delivery(session, webhook_id, made, actor=actor)
    return WebhookDeliveryOut.seen(seen, request.app.state.country)


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    operation_id="listWebhookDeliveries",
    responses=refusals(403, 404, 422),
)
def list_deliveries(
    request: Request,
    session: ReadSession,
    actor: CurrentActor,
    webhook_id: UUID,
    state: DeliveryState | None = None,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> ListOf[WebhookDeliveryOut]:
    """What was sent or is to be, the newest first, with every attempt."""
    page = queries.deliveries(
        session, webhook_id, state=state, limit=limit, cursor=cursor, actor=actor
    )
    country = request.app.state.country
    items = [WebhookDeliveryOut.seen(one, country) for one in page.items]
    return ListOf(items=items, next=page.next)


@router.post(
    "/webhooks/{webhook_id}/deliveries/{webhook_delivery_id}/replay",
    operation_id="replayWebhookDelivery",
    dependencies=[Once],
    responses=changes(404, codes="webhook.off webhook.delivery_waits"),
)
def replay(
    request: Request,
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    webhook_id: UUID,
    webhook_delivery_id: DeliveryInPath,
) -> WebhookDeliveryOut:
    """Send one that is delivered or dead again, under the same `webhook-id`."""
    commands.replay(session, webhook_id, webhook_delivery_id, actor=actor, at=at)
    seen = queries.delivery(session, webhook_id, webhook_delivery_id, actor=actor)
    return WebhookDeliveryOut.seen(seen, request.app.state.country)


def _shown(session: Session, webhook_id: UUID, response: Response, actor: Actor) -> WebhookOut:
    seen = queries.webhook(session, webhook_id, actor=actor)
    etag.show(response, KIND, seen.version)
    return WebhookOut.seen(seen)


def _with_secret(
    request: Request,
    session: Session,
    webhook_id: UUID,
    secret: str,
    response: Response,
    actor: Actor,
) -> WebhookSecretOut:
    seen = queries.webhook(session, webhook_id, actor=actor)
    etag.show(response, KIND, seen.version)
    response.headers["cache-control"] = "no-store"
    shown_once(request, "secret")
    told = WebhookOut.seen(seen).model_dump()
    return WebhookSecretOut.model_validate(told | {"secret": secret})
