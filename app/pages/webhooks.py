"""Webhooks: an organisation's own, what each was told, and what was given up sent again."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Path, Response

from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from app.webhooks import commands, queries
from app.webhooks.catalogue import PUBLISHED_IN
from app.webhooks.commands import BOTH_HOLD, MOST
from app.webhooks.states import SCOPE_OF, DeliveryState
from workflow.kernel.errors import DomainError

router = APIRouter(route_class=InOneThread)

_FOR: Final = tuple(sorted(SCOPE_OF))
_HOME: Final = "/varsler/webhooks"
PAGE: Final = 50
DeliveryInPath = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get(_HOME)
def webhooks(reader: Reader) -> Response:
    """The organisation's, with a form for a new one."""
    reader.only(*_FOR)
    return _list(reader)


@router.post(_HOME)
def add(reader: Reader) -> Response:
    """A new one; the answer is the only place its secret is ever shown."""
    actor = reader.only(*_FOR)
    url, events = _typed(reader)
    if url is None or reader.form.errors:
        return _list(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            made, secret = commands.make(
                session,
                url=url,
                events=events,
                settings=reader.request.app.state.settings,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _list(reader, status_code=reader.again(refusal, webhook__address="url"))
    reader.form.data = type(reader.form.data)()
    return _one(reader, made, secret=secret)


@router.get(f"{_HOME}/{{webhook_id}}")
def webhook(reader: Reader, webhook_id: UUID) -> Response:
    """One, with what it was told."""
    reader.only(*_FOR)
    return _one(reader, webhook_id)


@router.post(f"{_HOME}/{{webhook_id}}")
def change(reader: Reader, webhook_id: UUID) -> Response:
    """Another address, other events."""
    actor = reader.only(*_FOR)
    url, events = _typed(reader)
    if url is None or reader.form.errors:
        return _one(reader, webhook_id, status_code=reader.again())
    try:
        with reader.change() as session:
            commands.change(
                session,
                webhook_id,
                url=url,
                events=events,
                versions=reader.form.versions(),
                settings=reader.request.app.state.settings,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        status_code = reader.again(refusal, webhook__address="url")
        return _one(reader, webhook_id, status_code=status_code)
    return reader.done(f"{_HOME}/{webhook_id}", "webhook_changed")


@router.post(f"{_HOME}/{{webhook_id}}/hemmelighet")
def rotate(reader: Reader, webhook_id: UUID) -> Response:
    """A new secret, shown in this answer only."""
    actor = reader.only(*_FOR)
    settings = reader.request.app.state.settings
    with reader.change() as session:
        secret = commands.rotate_secret(
            session, webhook_id, settings=settings, actor=actor, at=reader.at
        )
    return _one(reader, webhook_id, secret=secret)


@router.post(f"{_HOME}/{{webhook_id}}/av")
def turn_off(reader: Reader, webhook_id: UUID) -> Response:
    actor = reader.only(*_FOR)
    with reader.change() as session:
        commands.turn_off(session, webhook_id, actor=actor, at=reader.at)
    return reader.done(f"{_HOME}/{webhook_id}", "webhook_off")


@router.post(f"{_HOME}/{{webhook_id}}/paa")
def turn_on(reader: Reader, webhook_id: UUID) -> Response:
    actor = reader.only(*_FOR)
    with reader.change() as session:
        commands.turn_on(session, webhook_id, actor=actor, at=reader.at)
    return reader.done(f"{_HOME}/{webhook_id}", "webhook_on")


@router.post(f"{_HOME}/{{webhook_id}}/slett")
def end(reader: Reader, webhook_id: UUID) -> Response:
    actor = reader.only(*_FOR)
    with reader.change() as session:
        commands.end(session, webhook_id, actor=actor, at=reader.at)
    return reader.done(_HOME, "webhook_ended")


@router.post(f"{_HOME}/{{webhook_id}}/prove")
def test(reader: Reader, webhook_id: UUID) -> Response:
    """Send an event about nothing."""
    actor = reader.only(*_FOR)
    try:
        with reader.change() as session:
            commands.test(session, webhook_id, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _one(reader, webhook_id, status_code=reader.again(refusal))
    return reader.done(f"{_HOME}/{webhook_id}", "webhook_tested")


@router.post(f"{_HOME}/{{webhook_id}}/leveranser/{{webhook_delivery_id}}/send")
def replay(reader: Reader, webhook_id: UUID, webhook_delivery_id: DeliveryInPath) -> Response:
    """Send what was given up again."""
    actor = reader.only(*_FOR)
    try:
        with reader.change() as session:
            commands.replay(session, webhook_id, webhook_delivery_id, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _one(reader, webhook_id, status_code=reader.again(refusal))
    return reader.done(f"{_HOME}/{webhook_id}", "webhook_replayed")


def _typed(reader: Visit) -> tuple[str | None, list[str]]:
    form = reader.form
    events = form.many("events")
    if not {one.event for one in PUBLISHED_IN[reader.country]}.issuperset(events):
        form.fault("events", "choice")
    return form.text("url", required=True), events


def _list(reader: Visit, *, status_code: int = 200) -> Response:
    return reader.page(
        "webhooks/list.html",
        status_code=status_code,
        webhooks=queries.webhooks(reader.session, actor=reader.actor),
        published=PUBLISHED_IN[reader.country],
        most=MOST,
    )


def _one(
    reader: Visit, webhook_id: UUID, *, secret: str | None = None, status_code: int = 200
) -> Response:
    asked = reader.request.query_params
    state = next(iter(reader.filtered("status", DeliveryState)), None)
    found = queries.webhook(reader.session, webhook_id, actor=reader.actor)
    page = queries.deliveries(
        reader.session,
        webhook_id,
        state=state,
        limit=PAGE,
        cursor=asked.get("cursor"),
        actor=reader.actor,
    )
    return reader.page(
        "webhooks/page.html",
        status_code=status_code,
        webhook=found,
        deliveries=page.items,
        next=page.next,
        state=state,
        states=tuple(DeliveryState),
        published=PUBLISHED_IN[reader.country],
        secret=secret,
        hours=int(BOTH_HOLD.total_seconds() // 3600),
    )
