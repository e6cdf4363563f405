"""Every provider hangs, answers 500 or goes mid-answer: what is behind others goes on, pages too.

The worker runs as it does, with a patience of a second; each channel by itself is tried in
tests/app/messages, tests/app/webhooks and tests/app/letters.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from app import worker
from app.db import reading, transaction
from app.letters import rendering
from app.letters import working as letters
from app.letters.channels import ChannelFault
from app.messages import working as messages
from app.settings import Settings
from app.signin import issue_token
from app.webhooks import commands
from app.webhooks import sending as webhooks
from notifications import choosing
from notifications.models import Dispatch, Notification
from notifications.states import Channel, DispatchState, Topic, Way
from tests.app.messages.test_sending import a_server_that
from tests.app.webhooks.receiver import HERE, Receiver, receiving
from tests.applications import meeting
from tests.databases import Database
from tests.factories import NOW, a_case, a_municipality, lead, placed, writer
from workflow.kernel.actor import Role
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.letters.models import Letter
from workflow.letters.states import Channel as LetterChannel
from workflow.letters.states import LetterState
from workflow.travel.events import TravelEvent

SECRET = "x" * 32
EVENTS = 12
#: A page is answered in a fraction of it; what waits for a provider in many times as much.
AT_ONCE_SECONDS = 5.0


def answers_500(connection: socket.socket) -> None:
    """As SMTP says it, and as HTTP does."""
    connection.sendall(b"421 not today\r\n")
    connection.recv(10_000)


def goes_mid_answer(connection: socket.socket) -> None:
    connection.sendall(b"220-half an ans")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.mark.trial
@pytest.mark.parametrize(
    "way",
    ["hangs", "answers 500", "goes in the middle"],
)
def test_what_is_behind_other_providers_goes_on_and_no_page_slows(
    way: str,
    committed: Database,
    shared_client: TestClient,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    enough, stop = threading.Event(), threading.Event()

    def hangs(connection: socket.socket) -> None:
        enough.wait(30)

    speaks = {"hangs": hangs, "answers 500": answers_500, "goes in the middle": goes_mid_answer}
    receiver.answers["/bad"] = {
        "hangs": receiver.hangs,
        "answers 500": receiver.says(500),
        "goes in the middle": receiver.closes_mid_answer,
    }[way]

    class Post:
        """Letters' provider, in the same way."""

        name, timeout = LetterChannel.SVARUT, 30.0

        def send(self, letter: object) -> None:
            if way == "hangs":
                enough.wait(30)
            raise ChannelFault("letter.svarut_away")

        def statuses(self, external_ids: object) -> dict[str, object]:
            return {}

    for module in (worker, letters, messages, webhooks):
        monkeypatch.setattr(module, "GLANCE", 0.05)
    monkeypatch.setattr(letters, "channel", lambda settings: Post())
    monkeypatch.setattr(rendering, "pdf", lambda letter: b"%PDF-1.7")
    here = a_busy_municipality(committed, receiver)
    token = a_reader(committed)
    with ExitStack() as opened:
        mail, sms = (opened.enter_context(a_server_that(speaks[way])) for _ in range(2))
        opened.callback(stop.set)
        opened.callback(enough.set)
        settings = Settings(
            secret=SECRET,  # type: ignore[arg-type]
            smtp_host=HERE,
            smtp_port=mail,
            smtp_security="none",
            sms_url=f"http://{HERE}:{sms}/",
            sms_token="t",  # type: ignore[arg-type]
            message_seconds=1,
            webhook_seconds=1,
            public_url="https://bosetting.example",
            private_hosts=(HERE,),
        )
        running = threading.Thread(
            target=worker.run, args=(committed.sessions, settings), kwargs={"stop": stop}
        )
        running.start()
        client = opened.enter_context(meeting(shared_client, committed))

        until(lambda: sealed(committed) == 2 and notices(committed, here) >= EVENTS)
        until(lambda: len(receiver.at("/good")) >= EVENTS)
        began = time.monotonic()
        pages = [
            client.get(f"/api/v1/{path}", headers={"authorization": f"Bearer {token}"})
            for path in ("notifications", "deliveries", "letters", "webhooks", "cases")
        ]
        took = time.monotonic() - began
        meanwhile = states(committed)

    running.join(10)
    assert not running.is_alive()
    assert [page.status_code for page in pages] == [200] * len(pages)
    assert took < AT_ONCE_SECONDS
    assert DispatchState.SENT not in meanwhile.values()
    assert meanwhile.keys() == {Way.EMAIL, Way.SMS}


def a_busy_municipality(committed: Database, receiver: Receiver) -> int:
    """Told by every channel: twelve bookings, and a decision with two letters."""
    settings = Settings(secret=SECRET, private_hosts=(HERE,))  # type: ignore[arg-type]
    with transaction(committed.sessions) as session:
        here = a_municipality(session, decided=20)
        for channel, address in (
            (Channel.EMAIL, "post@kommune.example"),
            (Channel.SMS, "+4791234567"),
        ):
            choosing.choose(
                session,
                here,
                topic=Topic.TRAVEL,
                channel=channel,
                address=address,
                actor=writer(here),
                at=NOW,
            )
        case = a_case(session)
        placed(session, case, here)
        for path in ("/bad", "/good"):
            url = receiver.address(path)
            commands.make(session, url=url, events=[], settings=settings, actor=lead(), at=NOW)
        publish(session, *[Event(TravelEvent.BOOKED, case, here)] * EVENTS, at=NOW)
    return here


def a_reader(committed: Database) -> str:
    with transaction(committed.sessions) as session:
        return issue_token(session, name="reader", role=Role.LEAD)


def sealed(committed: Database) -> int:
    with reading(committed.sessions) as session:
        wanted = Letter.state.in_((LetterState.READY, LetterState.STUCK, LetterState.SENT))
        return session.scalar(select(func.count()).where(wanted)) or 0


def notices(committed: Database, municipality_id: int) -> int:
    with reading(committed.sessions) as session:
        wanted = Notification.municipality_id == municipality_id
        return session.scalar(select(func.count()).where(wanted)) or 0


def states(committed: Database) -> dict[Way, DispatchState]:
    """Of the first message of each channel."""
    with reading(committed.sessions) as session:
        rows = session.execute(select(Dispatch.way, Dispatch.state).order_by(Dispatch.id.desc()))
        return {row.way: row.state for row in rows}


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)
