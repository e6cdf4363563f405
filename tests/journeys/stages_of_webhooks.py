"""Webhooks, and bodies with every field."""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.settings import Settings
from app.webhooks import commands
from app.webhooks.models import WebhookDelivery
from app.webhooks.states import DeliveryState
from tests.factories import lead
from tests.journeys.stage import THEN, Stage, Stages
from workflow.kernel.actor import Actor

STAGES = Stages()
BODY = {
    "url": "https://fagsystem.example.no/bosetting",
    "events": ["no.bosetting.case.distributed.v1"],
}


def a_webhook(session: Session, actor: Actor | None = None) -> UUID:
    made, _ = commands.make(
        session,
        url=BODY["url"],
        events=["case.distributed"],
        settings=Settings(),
        actor=actor or lead(),
        at=THEN,
    )
    return made


def a_delivery(session: Session, webhook_id: UUID, actor: Actor | None = None) -> int:
    """One that is given up."""
    made = commands.test(session, webhook_id, actor=actor or lead(), at=THEN)
    session.execute(
        update(WebhookDelivery)
        .where(WebhookDelivery.id == made)
        .values(state=DeliveryState.DEAD, fault="away")
    )
    return made


def a_webhook_of(session: Session, actor: Actor) -> dict[str, Any]:
    """With a delivery that is given up."""
    made = a_webhook(session, actor)
    return {"webhook_id": made, "webhook_delivery_id": a_delivery(session, made, actor)}


def at(session: Session) -> dict[str, str]:
    return {"webhook_id": str(a_webhook(session))}


@STAGES.of("addWebhook")
def _(session: Session) -> Stage:
    return Stage(lead(), "/webhooks", body=BODY)


@STAGES.of("changeWebhook")
def _(session: Session) -> Stage:
    return Stage(lead(), "/webhooks/{webhook_id}", at(session), BODY)


@STAGES.of("deleteWebhook")
def _(session: Session) -> Stage:
    return Stage(lead(), "/webhooks/{webhook_id}", at(session))


@STAGES.of("rotateWebhookSecret")
def _(session: Session) -> Stage:
    return Stage(lead(), "/webhooks/{webhook_id}/rotate-secret", at(session))


@STAGES.of("disableWebhook")
def _(session: Session) -> Stage:
    return Stage(lead(), "/webhooks/{webhook_id}/disable", at(session))


@STAGES.of("enableWebhook")
def _(session: Session) -> Stage:
    stage = Stage(lead(), "/webhooks/{webhook_id}/enable", at(session))
    commands.turn_off(session, UUID(stage.at["webhook_id"]), actor=lead(), at=THEN)
    return stage


@STAGES.of("testWebhook")
def _(session: Session) -> Stage:
    return Stage(lead(), "/webhooks/{webhook_id}/test", at(session))


@STAGES.of("replayWebhookDelivery")
def _(session: Session) -> Stage:
    named = at(session)
    delivery = a_delivery(session, UUID(named["webhook_id"]))
    path = "/webhooks/{webhook_id}/deliveries/{webhook_delivery_id}/replay"
    return Stage(lead(), path, named | {"webhook_delivery_id": delivery})
