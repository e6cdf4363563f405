"""kill -9 of the worker in the middle of a mail: none is lost, and what comes twice has one id."""

import random
import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app.db import reading, transaction
from notifications import choosing
from notifications.models import Dispatch
from notifications.states import DispatchState, Topic
from tests.app.messages.test_sending import Mailbox, served
from tests.app.test_kill_worker import PATIENCE_SECONDS, a_worker, until
from tests.databases import Database
from tests.factories import NOW, a_case, a_municipality, writer
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.travel.events import TravelEvent

__all__ = ["served"]
MESSAGES = 20


def sent(database: Database) -> int:
    with reading(database.sessions) as session:
        query = select(func.count()).where(Dispatch.state == DispatchState.SENT)
        return session.scalar(query) or 0


@pytest.mark.trial
@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_what_a_killed_worker_was_sending_arrives_with_the_same_id(
    committed: Database, served: tuple[Mailbox, int], kills: int
):
    mailbox, port = served
    mailbox.kept, mailbox.to, mailbox.answers = [], [], {}
    settings = {
        "smtp_host": "127.0.0.1",
        "smtp_port": str(port),
        "smtp_security": "none",
        "mail_from": "bosetting@imdi.example",
        "public_url": "https://bosetting.example",
    }
    chance = random.Random(kills)
    count = MESSAGES * kills
    with transaction(committed.sessions) as session:
        here = a_municipality(session, decided=20)
        choosing.choose(
            session,
            here,
            topic=Topic.TRAVEL,
            address="reise@kommune.example",
            actor=writer(here),
            at=NOW,
        )
        case = a_case(session)
        publish(session, *[Event(TravelEvent.BOOKED, case, here)] * count, at=NOW)

    for number in range(1, kills + 1):
        worker = a_worker(committed, **settings)
        enough = count * number // (kills + 1)
        until(lambda: worker.poll() is not None or sent(committed) >= enough)  # noqa: B023
        assert worker.poll() is None
        time.sleep(chance.uniform(0, 0.01))
        worker.kill()
        worker.wait(PATIENCE_SECONDS)
        assert sent(committed) < count
        with transaction(committed.sessions) as session:
            # Its lease runs out.
            session.execute(
                update(Dispatch)
                .where(Dispatch.state == DispatchState.SENDING)
                .values(next_try_at=NOW - timedelta(days=1))
            )

    assert a_worker(committed, "--once", **settings).wait(PATIENCE_SECONDS) == 0
    assert sent(committed) == count
    with reading(committed.sessions) as session:
        due = {
            f"<delivery-{number}@imdi.example>" for number in session.scalars(select(Dispatch.id))
        }
    arrived = Counter(mail["Message-ID"] for mail in mailbox.kept)
    assert set(arrived) == due
    assert sum(arrived.values()) - count <= kills
