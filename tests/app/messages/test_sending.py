"""Messages leave by a real SMTP server, and what is wrong with one holds up no other channel."""

import email
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from itertools import product
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select, update

from app import clock
from app.db import transaction
from app.errors import CannotStart
from app.messages import composing
from app.messages.channels import Folder, NotTaken, SmsGateway, Smtp
from app.messages.composing import Sender
from app.messages.working import channels, send
from app.settings import Settings
from notifications import choosing
from notifications.dispatching import Leaving
from notifications.models import Dispatch
from notifications.states import (
    LANGUAGES_IN,
    TOPICS_IN,
    Channel,
    DispatchState,
    Language,
    Topic,
    Way,
)
from tests.databases import Database
from tests.factories import NOW, a_case, a_municipality, asked, writer
from tests.notifications.telling import tell
from workflow.cases.models import Case, Person
from workflow.municipalities.models import Municipality

SENDER = Sender("bosetting@imdi.example", "https://bosetting.example")
ONE = Leaving(7, "post@kommune.example", Language.NB, Topic.REQUESTS, {})


class Mailbox:
    """Keeps what it is sent; answers as it is told to."""

    def __init__(self) -> None:
        self.kept: list[EmailMessage] = []
        self.to: list[str] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if "rcpt" in self.answers:
            return self.answers["rcpt"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if "data" in self.answers:
            return self.answers["data"]
        self.kept.append(email.message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        self.to += envelope.rcpt_tos
        return "250 OK"


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Mailbox, int]]:
    mailbox = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(mailbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield mailbox, port
    finally:
        server.stop()


@pytest.fixture
def mailbox(served: tuple[Mailbox, int]) -> Mailbox:
    kept, _ = served
    kept.kept, kept.to, kept.answers = [], [], {}
    return kept


@pytest.fixture
def smtp(mailbox: Mailbox, served: tuple[Mailbox, int]) -> Iterator[Smtp]:
    channel = by_smtp(served[1])
    yield channel
    channel.rest()


def by_smtp(port: int, timeout: float = 5.0) -> Smtp:
    return Smtp(SENDER, host="127.0.0.1", port=port, security="none", timeout=timeout)


@contextmanager
def a_server_that(does: Any) -> Iterator[int]:
    """Not SMTP: whatever `does(connection)` does with each that comes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                does(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def told(database: Database, *, sms: bool = False) -> int:
    """A municipality with a post office is asked about a case with people in it."""
    with transaction(database.sessions) as session:
        here = a_municipality(session, decided=10)
        clock.set_clock(session, NOW)
        choosing.choose(
            session,
            here,
            topic=None,
            address=f"post{here}@kommune.example",
            actor=writer(here),
            at=NOW,
        )
        if sms:
            choosing.choose(
                session,
                here,
                topic=Topic.REQUESTS,
                address="+4791234567",
                channel=Channel.SMS,
                actor=writer(here),
                at=NOW,
            )
        asked(session, a_case(session, name="Amina Hassan"), here)
        tell(session, at=NOW)
    return here


def states(database: Database) -> dict[Way, DispatchState]:
    with transaction(database.sessions) as session:
        return dict(session.execute(select(Dispatch.way, Dispatch.state)).all())  # type: ignore[arg-type]


def test_a_message_is_text_and_html_with_a_link_and_an_id_that_stands(mailbox, smtp):
    smtp.send(ONE, at=NOW)
    smtp.send(ONE, at=NOW + timedelta(days=1))

    first, again = mailbox.kept
    assert first["Subject"] == "Du har én ny forespørsel."
    assert first["Message-ID"] == again["Message-ID"] == "<delivery-7@imdi.example>"
    assert first["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        body = first.get_body((kind,)).get_content()
        assert "Du har én ny forespørsel." in body
        assert "https://bosetting.example/varsler" in body


SPOKEN = [
    pair for country, topics in TOPICS_IN.items() for pair in product(LANGUAGES_IN[country], topics)
]


@pytest.mark.parametrize(("language", "topic"), SPOKEN)
def test_every_topic_reads_in_every_language(language, topic):
    leaving = Leaving(1, "a@b.example", language, topic, {})
    digest = Leaving(2, "a@b.example", language, None, {topic: 3, Topic.CASES: 2})

    one = composing.email(leaving, SENDER, at=NOW)
    many = composing.email(digest, SENDER, at=NOW)

    assert one["Subject"] == composing.words(language)["one"][topic]
    body = many.get_body(("plain",))
    assert body is not None
    assert ("3" in body.get_content()) or topic is Topic.CASES
    assert len(composing.sms(leaving, SENDER)) < 160


def test_no_message_says_anything_of_a_case_or_its_people(committed, mailbox, smtp, tmp_path):
    here = told(committed, sms=True)

    assert send(committed.sessions, Way.EMAIL, smtp) == 1
    assert send(committed.sessions, Way.SMS, Folder(SENDER, tmp_path, kind="sms")) == 1

    said = [mailbox.kept[0].as_string(), *(file.read_text() for file in tmp_path.iterdir())]
    with transaction(committed.sessions) as session:
        secrets = {
            value
            for row in session.execute(
                select(
                    Person.name,
                    Person.duf_number,
                    Case.case_number,
                    Case.id,
                    Municipality.norwegian_name,
                )
                .join(Case, Case.id == Person.case_id)
                .join(Municipality, Municipality.id == here)
            )
            for value in map(str, row)
            if value != "None"
        }
    assert "Amina Hassan" in secrets
    assert len(secrets) >= 4
    assert not [one for text in said for one in secrets if one in text]


def test_what_has_left_leaves_no_second_time(committed, mailbox, smtp):
    told(committed)

    assert send(committed.sessions, Way.EMAIL, smtp) == 1
    assert send(committed.sessions, Way.EMAIL, smtp) == 0
    assert states(committed) == {Way.EMAIL: DispatchState.SENT}


@pytest.mark.parametrize(
    ("answers", "code", "final"),
    [
        ({"rcpt": "450 mailbox busy"}, "email.recipient_refused", False),
        ({"rcpt": "550 no such user"}, "email.recipient_refused", True),
        ({"data": "451 try later"}, "email.refused", False),
        ({"data": "554 spam"}, "email.refused", True),
    ],
)
def test_not_now_is_tried_again_and_never_is_not(mailbox, smtp, answers, code, final):
    mailbox.answers = answers

    with pytest.raises(NotTaken) as refused:
        smtp.send(ONE, at=NOW)

    assert (refused.value.code, refused.value.final) == (code, final)
    mailbox.answers = {}
    smtp.send(ONE, at=NOW)
    assert len(mailbox.kept) == 1


def hangs_up(connection: socket.socket) -> None:
    connection.sendall(b"220-half an ans")


def refuses(connection: socket.socket) -> None:
    connection.sendall(b"421 not today\r\n")
    connection.recv(1000)


def hangs(connection: socket.socket) -> None:
    connection.recv(1000)


@pytest.mark.parametrize(
    ("does", "code"),
    [(hangs_up, "email.away"), (refuses, "email.server_refuses"), (hangs, "email.slow")],
)
def test_a_server_that_fails_holds_up_no_other_channel(committed, tmp_path, does, code):
    told(committed, sms=True)

    with a_server_that(does) as port:
        assert send(committed.sessions, Way.EMAIL, by_smtp(port, timeout=0.1)) == 0
        assert send(committed.sessions, Way.SMS, Folder(SENDER, tmp_path, kind="sms")) == 1

    assert states(committed) == {Way.EMAIL: DispatchState.FAILED, Way.SMS: DispatchState.SENT}
    with transaction(committed.sessions) as session:
        row = session.scalars(select(Dispatch).where(Dispatch.way == Way.EMAIL)).one()
        assert row.fault == code
        session.execute(update(Dispatch).values(next_try_at=NOW))


def test_no_transaction_is_open_while_a_server_is_spoken_to(committed):
    told(committed)
    open_ones = []

    class Looks:
        longest = 5.0

        def send(self, leaving: Leaving, *, at: Any) -> None:
            with transaction(committed.sessions) as session:
                open_ones.append(
                    session.connection()
                    .exec_driver_sql(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND state LIKE 'idle in transaction%%' AND pid <> pg_backend_pid()"
                    )
                    .scalar_one()
                )

        def rest(self) -> None:
            pass

    assert send(committed.sessions, Way.EMAIL, Looks()) == 1
    assert open_ones == [0]


def test_a_gateway_is_told_what_to_send_and_by_which_reference():
    heard = []

    def answers(connection: socket.socket) -> None:
        heard.append(connection.recv(10_000))
        connection.sendall(
            b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )

    with a_server_that(answers) as port:
        gateway = SmsGateway(
            SENDER, url=f"http://127.0.0.1:{port}/send", token="abc", name="Bosetting", timeout=2
        )
        gateway.send(Leaving(9, "+4791234567", Language.NN, Topic.REQUESTS, {}), at=NOW)

    asked_for = heard[0].decode()
    assert "Bearer abc" in asked_for
    assert "delivery-9@imdi.example" in asked_for.replace("Idempotency-Key", "idempotency-key")


@pytest.mark.parametrize(("status", "final"), [(422, True), (500, False), (429, False)])
def test_a_gateway_that_refuses_is_tried_again_unless_it_never_will(status, final):
    def answers(connection: socket.socket) -> None:
        connection.recv(10_000)
        head = f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())

    with a_server_that(answers) as port, pytest.raises(NotTaken) as refused:
        SmsGateway(
            SENDER, url=f"http://127.0.0.1:{port}", token="abc", name="Bosetting", timeout=2
        ).send(ONE, at=NOW)

    assert refused.value.final is final


def test_without_a_server_messages_are_files(tmp_path):
    ways = channels(Settings(messages_folder=tmp_path))

    ways[Way.EMAIL].send(ONE, at=NOW)
    ways[Way.EMAIL].send(ONE, at=NOW)

    assert [file.name for file in tmp_path.iterdir()] == ["7.eml"]


def test_a_server_without_our_own_address_is_half_configured(tmp_path):
    with pytest.raises(CannotStart, match="BOSETTING_PUBLIC_URL"):
        channels(Settings(smtp_host="smtp.example", messages_folder=tmp_path))
