"""How all that leaves fares, in one list: messages by e-mail and SMS, and events to webhooks.

A message is looked after by IMDi and the administrator, and read by the municipality it is of; what
a webhook was told is its owner's alone.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from heapq import merge
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from app.webhooks import commands as webhook_commands
from app.webhooks import queries as webhooks
from app.webhooks.states import SCOPE_OF
from app.webhooks.states import DeliveryState as WebhookState
from notifications import dispatching
from notifications.states import DispatchState, Way
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.kernel.paging import USUAL_PAGE, Page, pack, unpack

#: What stands before the number of a webhook's delivery in its id.
OF_WEBHOOK: Final = "w"
_ORDER: Final = "all deliveries"
_LAST: Final = 2**63 - 1


class By(StrEnum):
    """What it leaves by."""

    EMAIL = "email"
    SMS = "sms"
    #: An event that could not be told.
    EVENT = "event"
    WEBHOOK = "webhook"


class Fate(StrEnum):
    """Where it is: the states of messages and of webhooks' deliveries."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    DEAD = "dead"
    OBSOLETE = "obsolete"


_OF_MESSAGES: Final = frozenset(Fate(one) for one in DispatchState)
_OF_WEBHOOKS: Final = frozenset(Fate(one) for one in WebhookState)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing on its way out, as those see it who look after it."""

    #: Digits; with `w` before them, of a webhook.
    id: str
    way: By
    #: The message; an event's type where `way` is `event` or `webhook`.
    message: str
    address: str | None
    webhook_id: UUID | None
    state: Fate
    attempts: int
    next_try_at: datetime | None
    fault: str | None
    at: datetime
    #: Sent, or delivered.
    sent_at: datetime | None

    @property
    def number(self) -> int:
        return int(self.id.removeprefix(OF_WEBHOOK))


def deliveries(
    session: Session,
    *,
    states: frozenset[Fate] = frozenset(),
    limit: int = USUAL_PAGE,
    cursor: str | None = None,
    actor: Actor,
) -> Page[Delivery]:
    """The actor's deliveries, the newest first.

    Args:
        states: none: all.

    Raises:
        NotAllowed: the role has none. Invalid: not a cursor of this list.
    """
    sees_messages = actor.is_municipality or actor.role in dispatching.SEES_ALL
    has_webhooks = actor.role in SCOPE_OF and actor.acting_for is None
    if not (sees_messages or has_webhooks):
        raise NotAllowed("the role sees no deliveries", role=actor.role)
    messages_after, webhooks_after = (
        (_LAST, _LAST) if cursor is None else unpack(cursor, _ORDER, int, int)
    )
    of_messages = (
        _messages(session, states, limit + 1, messages_after, actor) if sees_messages else []
    )
    of_webhooks = (
        _of_webhooks(session, states, limit + 1, webhooks_after, actor) if has_webhooks else []
    )
    found = list(merge(of_messages, of_webhooks, key=lambda one: one.at, reverse=True))
    shown = found[:limit]
    if len(found) <= limit:
        return Page(tuple(shown))
    for one in shown:
        if one.way is By.WEBHOOK:
            webhooks_after = one.number
        else:
            messages_after = one.number
    return Page(tuple(shown), pack(_ORDER, messages_after, webhooks_after))


def retry(session: Session, delivery_id: str, *, actor: Actor, at: datetime) -> Delivery:
    """Send one again: a message that was given up; a webhook's that is settled, under its id.

    Raises:
        NotAllowed: the role does not look after it. NotFound.
        NotDead; webhooks.errors.StillWaits; webhooks.errors.IsOff.
    """
    number = int(delivery_id.removeprefix(OF_WEBHOOK))
    if not delivery_id.startswith(OF_WEBHOOK):
        return _of_message(dispatching.retry(session, number, actor=actor, at=at))
    webhook_id = webhooks.webhook_of(session, number, actor=actor)
    if webhook_id is None:
        raise NotFound("delivery")
    webhook_commands.replay(session, webhook_id, number, actor=actor, at=at)
    seen = webhooks.deliveries_of_all(session, limit=1, before=number + 1, actor=actor)
    return _of_webhook(*seen[0])


def _messages(
    session: Session, states: frozenset[Fate], limit: int, before: int, actor: Actor
) -> list[Delivery]:
    wanted = [DispatchState(one) for one in states & _OF_MESSAGES]
    if states and not wanted:
        return []
    found = dispatching.newest(session, states=wanted, limit=limit, before=before, actor=actor)
    return [_of_message(one) for one in found]


def _of_webhooks(
    session: Session, states: frozenset[Fate], limit: int, before: int, actor: Actor
) -> list[Delivery]:
    wanted = [WebhookState(one) for one in states & _OF_WEBHOOKS]
    if states and not wanted:
        return []
    found = webhooks.deliveries_of_all(
        session, states=wanted, limit=limit, before=before, actor=actor
    )
    return [_of_webhook(*one) for one in found]


def _of_message(one: dispatching.Delivery) -> Delivery:
    return Delivery(
        id=str(one.id),
        way=By(Way(one.way)),
        message=one.message,
        address=one.address,
        webhook_id=None,
        state=Fate(one.state),
        attempts=one.attempts,
        next_try_at=one.next_try_at,
        fault=one.fault,
        at=one.at,
        sent_at=one.sent_at,
    )


def _of_webhook(webhook_id: UUID, url: str, one: webhooks.DeliverySeen) -> Delivery:
    return Delivery(
        id=f"{OF_WEBHOOK}{one.id}",
        way=By.WEBHOOK,
        message=one.type,
        address=url,
        webhook_id=webhook_id,
        state=Fate(one.state),
        attempts=one.attempts,
        next_try_at=one.next_try_at,
        fault=one.fault,
        at=one.at,
        sent_at=one.delivered_at,
    )
