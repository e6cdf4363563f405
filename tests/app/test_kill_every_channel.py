"""kill -9 of one of several workers, again and again, while all channels send: nothing is lost.

What comes twice has one id: a mail its Message-ID, a webhook its webhook-id, a letter its file.
Notices are written once. The soak is a hundred kills during ten thousand events.
"""

import random
import re
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import Row, func, select, text

from app.db import reading, transaction
from app.settings import Settings
from app.webhooks import commands
from app.webhooks.models import WebhookDelivery
from app.webhooks.states import DeliveryState
from notifications import choosing
from notifications.models import Dispatch, Notification
from notifications.rules import BY_EVENT, Audience
from notifications.states import DispatchState
from tests.app.test_kill_worker import a_worker
from tests.app.webhooks.receiver import HERE, Receiver, receiving
from tests.databases import Database
from tests.factories import NOW, a_case, a_municipality, lead, placed
from workflow.kernel.actor import Actor, Role
from workflow.kernel.events import Event
from workflow.kernel.outbox import OutboxMessage, publish
from workflow.letters.models import Letter
from workflow.letters.states import LetterState
from workflow.travel.events import TravelEvent

PATIENCE_SECONDS = 2400
SECRET = "x" * 32
MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.MULTILINE | re.IGNORECASE)
TO = re.compile(rb"^To:\s*(\S+)", re.MULTILINE | re.IGNORECASE)
#: Threads of one worker that may have something in hand: webhooks', and the one of e-mail.
WEBHOOKS_AT_ONCE, MAILS_AT_ONCE = 8, 1


@dataclass(frozen=True)
class Size:
    """What is made, and how it is killed."""

    events: int
    cases: int
    municipalities: int
    workers: int
    kills: int


SMALL = Size(events=60, cases=2, municipalities=2, workers=2, kills=2)
WHOLE = Size(events=10_000, cases=100, municipalities=20, workers=3, kills=100)


class Postbox:
    """The ids of what it is sent, and to whom, in the order in which it came."""

    def __init__(self) -> None:
        self.came: list[tuple[str, str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        found, to = MESSAGE_ID.search(envelope.content), TO.search(envelope.content)
        assert found is not None
        assert to is not None
        self.came.append((to[1].decode(), found[1].decode()))
        return "250 OK"


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, int]]:
    kept = Postbox()
    with socket.socket() as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    server = Controller(kept, hostname=HERE, port=port)
    server.start()
    try:
        yield kept, port
    finally:
        server.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(SMALL, marks=pytest.mark.trial, id="small"),
        pytest.param(WHOLE, marks=pytest.mark.soak, id="whole"),
    ],
)
def test_killed_again_and_again_nothing_is_lost_and_what_comes_twice_has_one_id(
    committed: Database,
    postbox: tuple[Postbox, int],
    receiver: Receiver,
    tmp_path: Path,
    size: Size,
) -> None:
    mails, port = postbox
    folder = tmp_path / "letters"
    published = happenings(committed, receiver, size)
    settings = {
        "secret": SECRET,
        "smtp_host": HERE,
        "smtp_port": str(port),
        "smtp_security": "none",
        "message_seconds": "1",
        "webhook_seconds": "1",
        "private_hosts": HERE,
        "mail_from": "bosetting@imdi.example",
        "public_url": "https://bosetting.example",
        "letters_folder": str(folder),
        "undo_minutes": "1",
    }
    chance = random.Random(size.kills)
    workers = [a_worker(committed, **settings) for _ in range(size.workers)]
    try:
        for number in range(1, size.kills + 1):
            enough = 3 * size.events * number // (size.kills + 1)
            until(lambda: progress(committed) >= enough)  # noqa: B023
            time.sleep(chance.uniform(0, 0.05))
            chosen = chance.randrange(size.workers)
            assert workers[chosen].poll() is None
            workers[chosen].kill()
            workers[chosen].wait()
            workers[chosen] = a_worker(committed, **settings)
        until(lambda: not left(committed))
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()

    with reading(committed.sessions) as session:
        notices_are_written_once(session, published)
        mails_came(session, mails, published, size)
        webhooks_came(session, receiver, published, size)
        letters_came(session, folder, size)


def happenings(committed: Database, receiver: Receiver, size: Size) -> set[int]:
    """Municipalities with an address and a webhook, decisions, bookings; the bookings' events."""
    settings = Settings(secret=SECRET, private_hosts=(HERE,))  # type: ignore[arg-type]
    with transaction(committed.sessions) as session:
        places = [a_municipality(session, decided=999) for _ in range(size.municipalities)]
        cases = [a_case(session) for _ in range(size.cases)]
        for number, case in enumerate(cases):
            placed(session, case, places[number % len(places)])
        for place in places:
            owner = Actor("Anne", Role.MUNICIPALITY_ADMINISTRATOR, municipality_id=place)
            url = receiver.address(f"/{place}")
            commands.make(session, url=url, events=[], settings=settings, actor=owner, at=NOW)
        addresses = {place: f"post@k{place}.example" for place in places}
        choosing.name_post_offices(session, addresses, actor=lead(), at=NOW)
        before = session.scalar(select(func.max(OutboxMessage.id))) or 0
        publish(
            session,
            *[
                Event(
                    TravelEvent.BOOKED,
                    cases[number % size.cases],
                    places[number % size.cases % size.municipalities],
                )
                for number in range(size.events)
            ],
            at=NOW,
        )
        found = session.scalars(select(OutboxMessage.id).where(OutboxMessage.id > before))
        return set(found)


#: What workers have come through; each of the events is told, mailed and handed on.
_DONE = text(
    "SELECT (SELECT count(*) FROM outbox WHERE taken_at IS NOT NULL)"
    " + (SELECT count(*) FROM dispatches WHERE state = 'sent')"
    " + (SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered')"
)
_LEFT = text(
    "SELECT EXISTS (SELECT FROM outbox WHERE taken_at IS NULL AND recalled_at IS NULL)"
    " OR EXISTS (SELECT FROM outbox WHERE position IS NULL AND recalled_at IS NULL)"
    " OR EXISTS (SELECT FROM dispatches WHERE state IN ('pending', 'sending', 'failed'))"
    " OR EXISTS (SELECT FROM webhook_deliveries WHERE state IN ('pending', 'failed'))"
    " OR EXISTS (SELECT FROM letters WHERE state IN ('waiting', 'numbered', 'ready'))"
    " OR (SELECT done < (SELECT max(id) FROM outbox) FROM letter_progress)"
)


def progress(committed: Database) -> int:
    with reading(committed.sessions) as session:
        return session.scalar(_DONE) or 0


def left(committed: Database) -> bool:
    with reading(committed.sessions) as session:
        return bool(session.scalar(_LEFT))


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


def notices_are_written_once(session: Any, published: set[int]) -> None:
    rows = session.execute(select(Notification.outbox_id, Notification.audience)).all()
    assert len(rows) == len(set(rows))
    told = Counter(row.outbox_id for row in rows if row.outbox_id in published)
    assert BY_EVENT[TravelEvent.BOOKED].to == (Audience.MUNICIPALITY,)
    assert told == dict.fromkeys(published, 1)


def mails_came(session: Any, mails: Postbox, published: set[int], size: Size) -> None:
    written: list[Row[Any]] = session.execute(
        select(Dispatch.id, Dispatch.outbox_id, Dispatch.address, Dispatch.state)
    ).all()
    assert Counter(one.outbox_id for one in written if one.outbox_id in published) == (
        dict.fromkeys(published, 1)
    )
    assert {one.state for one in written} <= {DispatchState.SENT, DispatchState.OBSOLETE}
    due = {
        (one.address, f"<delivery-{one.id}@imdi.example>")
        for one in written
        if one.state is DispatchState.SENT
    }
    came = Counter(mails.came)
    assert came.keys() == due
    assert came.total() - len(due) <= size.kills * MAILS_AT_ONCE
    in_order(mails.came, lambda id_: int(id_.split("-")[1].split("@")[0]))


def webhooks_came(session: Any, receiver: Receiver, published: set[int], size: Size) -> None:
    written: list[Row[Any]] = session.execute(
        select(
            WebhookDelivery.outbox_id,
            WebhookDelivery.state,
            OutboxMessage.municipality_id,
            OutboxMessage.case_id,
        ).join(OutboxMessage, OutboxMessage.id == WebhookDelivery.outbox_id)
    ).all()
    assert {one.state for one in written} == {DeliveryState.DELIVERED}
    assert Counter(one.outbox_id for one in written if one.outbox_id in published) == (
        dict.fromkeys(published, 1)
    )
    due = {(f"/{one.municipality_id}", f"evt_{one.outbox_id}") for one in written}
    came = Counter((one.path, one.id) for one in receiver.got)
    assert came.keys() == due
    assert came.total() - len(due) <= size.kills * WEBHOOKS_AT_ONCE
    case_of = {f"evt_{one.outbox_id}": str(one.case_id) for one in written}
    in_order(
        [(f"{one.path} {case_of[one.id]}", one.id) for one in receiver.got],
        lambda id_: int(id_.removeprefix("evt_")),
    )


def in_order(came: list[tuple[str, str]], number: Callable[[str], int]) -> None:
    """Of each queue what came for the first time came in its order."""
    queues: dict[str, list[int]] = defaultdict(list)
    for queue, id_ in dict.fromkeys(came):
        queues[queue].append(number(id_))
    assert [queue for queue, numbers in queues.items() if numbers != sorted(numbers)] == []


def letters_came(session: Any, folder: Path, size: Size) -> None:
    """Of each decision one for the municipality, in the folder, and one for the refugee."""
    letters = list(session.scalars(select(Letter).order_by(Letter.number)))
    assert len(letters) == 2 * size.cases
    assert [one.number for one in letters] == list(range(1, len(letters) + 1))
    assert {one.state for one in letters} == {LetterState.SENT}
    due = sorted(f"{one.year}-{one.number}_{one.kind}" for one in letters if not one.by_hand)
    assert len(due) == size.cases
    for kind in ("pdf", "json"):
        assert sorted(path.stem for path in folder.glob(f"*.{kind}")) == due
