"""Notices of one's own, whom messages go to beside them, and how each fares."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from app import deliveries
from app.api.parameters import Cursor, Limit, NumberInPath
from app.api.refusals import changes, refusals
from app.api.schemas.fields import LARGEST_ID, ListOf
from app.api.schemas.notifications import (
    DeliveryOut,
    NotificationOut,
    ReadOut,
    ReadUntilIn,
    RecipientIn,
    RecipientOut,
    UnreachableOut,
)
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.deliveries import Fate
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from notifications import choosing, queries, recipients
from workflow.kernel.calendar import local_day
from workflow.kernel.paging import USUAL_PAGE, cut, unpack
from workflow.municipalities import queries as register

router = APIRouter(tags=["notifications"], route_class=OnceRoute)

InPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]
DeliveryInPath = Annotated[str, Path(pattern=r"^w?[1-9][0-9]{0,17}$", examples=["17", "w4"])]
_ORDER = "notifications"


@router.get("/notifications", operation_id="listNotifications", responses=refusals(422))
def list_notifications(
    session: ReadSession,
    actor: CurrentActor,
    *,
    unread: Annotated[bool, Query(description="Only those nobody has read.")] = False,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> ListOf[NotificationOut]:
    """The notices of your office and your own, the newest first."""
    before = None if cursor is None else unpack(cursor, _ORDER, int)[0]
    found = queries.notifications(
        session, actor=actor, before=before, unread=unread, limit=limit + 1
    )
    page = cut(found, limit, _ORDER, lambda line: (line.id,))
    return ListOf(items=[NotificationOut.of(line) for line in page.items], next=page.next)


@router.post(
    "/notifications/{notice_id}/read",
    status_code=204,
    operation_id="readNotification",
    dependencies=[Once],
    responses=changes(404),
)
def read(session: WriteSession, actor: CurrentActor, at: Now, notice_id: InPath) -> None:
    """Your office has read it; read twice, the first stands."""
    queries.mark_read(session, notice_id, actor=actor, at=at)


@router.post(
    "/notifications/read",
    operation_id="readAllNotifications",
    dependencies=[Once],
    responses=changes(),
)
def read_all(session: WriteSession, actor: CurrentActor, at: Now, body: ReadUntilIn) -> ReadOut:
    """Your office has read all its notices up to one it has seen, and you your own."""
    return ReadOut(read=queries.mark_all_read(session, body.until, actor=actor, at=at))


@router.get(
    "/municipalities/{number}/recipients",
    operation_id="listRecipients",
    responses=refusals(404, 422),
)
def list_recipients(
    session: ReadSession, actor: CurrentActor, at: Now, number: NumberInPath
) -> ListOf[RecipientOut]:
    """Whom a municipality's messages go to: its own, IMDi's and the auditor's to read."""
    here = register.by_number(session, number, on=local_day(at), actor=actor).id
    seen = recipients.of_municipality(session, here, actor=actor)
    return ListOf(items=[RecipientOut.of(one) for one in seen], next=None)


@router.post(
    "/municipalities/{number}/recipients",
    status_code=201,
    operation_id="chooseRecipient",
    dependencies=[Once],
    responses=changes(404, codes="recipient.chosen"),
)
def choose(
    session: WriteSession, actor: CurrentActor, at: Now, number: NumberInPath, body: RecipientIn
) -> RecipientOut:
    """Choose an address for a topic, or name the post office; the lead may do so for any."""
    here = register.by_number(session, number, on=local_day(at), actor=actor).id
    chosen = choosing.choose(
        session,
        here,
        topic=body.topic,
        address=body.address,
        channel=body.channel,
        timing=body.timing,
        language=body.language,
        actor=actor,
        at=at,
    )
    seen = recipients.of_municipality(session, here, actor=actor)
    return RecipientOut.of(next(one for one in seen if one.id == chosen))


@router.post(
    "/recipients/{recipient_id}/end",
    status_code=204,
    operation_id="endRecipient",
    dependencies=[Once],
    responses=changes(404),
)
def end(session: WriteSession, actor: CurrentActor, at: Now, recipient_id: InPath) -> None:
    """The address is chosen no longer, and what waits for it does not leave."""
    choosing.end(session, recipient_id, actor=actor, at=at)


@router.get("/unreachable-municipalities", operation_id="listUnreachable", responses=refusals(403))
def list_unreachable(session: ReadSession, actor: CurrentActor) -> ListOf[UnreachableOut]:
    """Which municipalities would not be told of something by e-mail: IMDi's and the auditor's."""
    seen = recipients.unreachable(session, actor=actor)
    return ListOf(items=[UnreachableOut.of(one) for one in seen], next=None)


@router.get("/deliveries", operation_id="listDeliveries", responses=refusals(403, 422))
def list_deliveries(
    session: ReadSession,
    actor: CurrentActor,
    state: Annotated[list[Fate] | None, Query(description="Any of these.")] = None,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> ListOf[DeliveryOut]:
    """Messages by e-mail and SMS, events that could not be told, and what webhooks were told.

    The newest first. A municipality reads its own messages; IMDi, the auditor and the administrator
    all of them; what a webhook was told is its owner's.
    """
    page = deliveries.deliveries(
        session, states=frozenset(state or ()), limit=limit, cursor=cursor, actor=actor
    )
    return ListOf(items=[DeliveryOut.of(one) for one in page.items], next=page.next)


@router.post(
    "/deliveries/{delivery_id}/retry",
    operation_id="retryDelivery",
    dependencies=[Once],
    responses=changes(404, codes="delivery.not_dead webhook.delivery_waits webhook.off"),
)
def retry(
    session: WriteSession, actor: CurrentActor, at: Now, delivery_id: DeliveryInPath
) -> DeliveryOut:
    """Send again what has been given up: a message (the administrator and IMDi's leads).

    With `w` before its number what a webhook was told, by its owner, also what it has got.
    """
    return DeliveryOut.of(deliveries.retry(session, delivery_id, actor=actor, at=at))
