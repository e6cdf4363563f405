"""kill -9 of the worker in the middle of what it tells: every notice is there, and only once."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app.db import reading, transaction
from notifications.models import Notification
from notifications.rules import BY_EVENT, Audience
from tests.databases import Database
from tests.factories import NOW, a_case, a_municipality, asked
from workflow.cases.events import CaseEvent
from workflow.kernel.events import Event
from workflow.kernel.outbox import OutboxMessage, publish
from workflow.travel.events import TravelEvent

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60
EVENTS = 300
#: Told to the municipality, to three offices, to IMDi, and to nobody.
KINDS = (
    TravelEvent.BOOKED,
    CaseEvent.WEEK_CHANGED,
    TravelEvent.ARRIVED,
    CaseEvent.ENTRY_CHANGED,
)


@pytest.mark.trial
@pytest.mark.parametrize("kills", [1, pytest.param(20, marks=pytest.mark.soak)])
def test_what_a_killed_worker_was_telling_is_told_once(committed: Database, kills: int):
    chance = random.Random(kills)
    with transaction(committed.sessions) as session:
        here = a_municipality(session, decided=20)
        case = a_case(session)
        asked(session, case, here)
        events = [Event(KINDS[number % 4], case, here) for number in range(EVENTS)]
        publish(session, *events, at=NOW)

    for number in range(1, kills + 1):
        worker = a_worker(committed)
        enough = EVENTS * number // (kills + 1)
        until(lambda: worker.poll() is not None or taken(committed) >= enough)  # noqa: B023
        assert worker.poll() is None
        time.sleep(chance.uniform(0, 0.01))
        worker.kill()
        worker.wait(PATIENCE_SECONDS)
        assert taken(committed) < EVENTS

    assert a_worker(committed, "--once").wait(PATIENCE_SECONDS) == 0
    with reading(committed.sessions) as session:
        assert session.scalar(select(func.count()).where(OutboxMessage.taken_at.is_(None))) == 0
        told = Counter(
            (notice.outbox_id, notice.audience) for notice in session.scalars(select(Notification))
        )
        due = Counter(
            (message.id, audience)
            for message in session.scalars(select(OutboxMessage))
            for audience in offices(message)
        )
    assert told == due
    assert sum(due.values()) >= EVENTS


def offices(message: OutboxMessage) -> tuple[Audience, ...]:
    """Who is told of it; every event here has a municipality, but a case's registration."""
    rule = BY_EVENT.get(message.type)
    return rule.to if rule else ()


def a_worker(database: Database, *options: str, **chosen: str) -> subprocess.Popen[bytes]:
    """`bosetting worker` on the database, in a session of its own, with settings of its own."""
    settings: dict[str, Any] = {
        name: told for name, told in os.environ.items() if "BOSETTING" not in name
    }
    return subprocess.Popen(
        [sys.executable, "-m", "app", "worker", *options],
        cwd=ROOT,
        env=settings
        | {"BOSETTING_DATABASE_URL": database.url}
        | {f"BOSETTING_{name.upper()}": told for name, told in chosen.items()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def taken(database: Database) -> int:
    with reading(database.sessions) as session:
        return session.scalar(select(func.count()).where(OutboxMessage.taken_at.is_not(None))) or 0


def until(condition: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)
