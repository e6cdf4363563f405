"""kill -9 of workers while webhooks are sent: nothing is lost, and what comes twice has one id."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.db import reading, transaction
from app.webhooks import commands
from app.webhooks.catalogue import PUBLISHED
from app.webhooks.models import WebhookDelivery
from app.webhooks.states import DeliveryState
from tests.factories import NOW, a_case, lead
from workflow.kernel.events import Event
from workflow.kernel.outbox import OutboxMessage, publish

ROOT = Path(__file__).parents[3]
PATIENCE_SECONDS = 900
#: One for each webhook; no case is registered by them.
TYPES = [one.event for one in PUBLISHED if one.event.startswith("case.")][1:11]


@pytest.mark.trial
@pytest.mark.parametrize(
    ("kills", "events", "webhooks"),
    [(1, 40, 2), pytest.param(100, 10_000, 10, marks=pytest.mark.soak)],
)
def test_what_a_killed_worker_was_sending_comes_at_least_once_under_one_id(
    committed, settings, receiver, kills, events, webhooks
):
    chance = random.Random(kills)
    with transaction(committed.sessions) as session:
        cases = [a_case(session) for _ in range(20)]
        for number in range(webhooks):
            commands.make(
                session,
                url=receiver.address(f"/{number}"),
                events=[TYPES[number]],
                settings=settings,
                actor=lead(),
                at=NOW,
            )
        publish(
            session,
            *[Event(TYPES[number % webhooks], cases[number % 20]) for number in range(events)],
            at=NOW,
        )
    due = events
    for number in range(1, kills + 1):
        worker = a_worker(committed.url, settings)
        enough = due * number // (kills + 1)
        until(lambda: delivered(committed) >= enough or worker.poll() is not None)  # noqa: B023
        time.sleep(chance.uniform(0, 0.01))
        worker.kill()
        worker.wait(PATIENCE_SECONDS)

    last = a_worker(committed.url, settings)
    until(lambda: delivered(committed) == due)
    last.kill()
    last.wait(PATIENCE_SECONDS)

    with reading(committed.sessions) as session:
        written = {
            (f"/{TYPES.index(row.type)}", f"evt_{row.id}")
            for row in session.execute(
                select(OutboxMessage.id, OutboxMessage.type).where(OutboxMessage.type.in_(TYPES))
            )
        }
    came = Counter((got.path, got.id) for got in receiver.got)
    assert came.keys() == written
    assert len(written) == events
    # At a kill each of the senders may have had one in hand that had arrived.
    assert sum(came.values()) <= due + (kills + 1) * min(webhooks, 8)


def a_worker(url, settings):
    known = {name: told for name, told in os.environ.items() if "BOSETTING" not in name}
    return subprocess.Popen(
        [sys.executable, "-m", "app", "worker"],
        cwd=ROOT,
        env=known
        | {
            "BOSETTING_DATABASE_URL": url,
            "BOSETTING_SECRET": settings.secret.get_secret_value(),
            "BOSETTING_WEBHOOK_SECONDS": "1",
            "BOSETTING_PRIVATE_HOSTS": ",".join(settings.private_hosts),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def delivered(database):
    with reading(database.sessions) as session:
        states = WebhookDelivery.state == DeliveryState.DELIVERED
        return session.scalar(select(func.count()).where(states)) or 0


def until(condition):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)
