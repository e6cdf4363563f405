"""From a confirmed run to sent letters: by any worker, a channel that fails, killed between."""

import os
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import clock
from app.db import reading, transaction
from app.letters import rendering, working
from app.letters.channels import ChannelFault, Folder, Taken
from app.settings import Settings
from tests.factories import a_case, a_municipality, asked, lead, placed
from workflow.letters.models import Letter
from workflow.letters.states import Channel, Delivery, LetterKind, LetterState
from workflow.redistribution import withdrawal_runs

NOW = datetime(2020, 4, 8, 12, tzinfo=UTC)
WINDOW = timedelta(minutes=30)
SETTINGS = Settings()


class Way:
    """A channel that takes letters, or fails as it is told."""

    name = Channel.SVARUT
    timeout = 1.0

    def __init__(self, *faults):
        self.faults, self.taken, self.fares = list(faults), [], Delivery.NOTIFIED

    def send(self, letter):
        if self.faults:
            raise self.faults.pop(0)
        self.taken.append(letter)
        return Taken(f"there {letter.number}", Delivery.RECEIVED)

    def statuses(self, external_ids):
        return dict.fromkeys(external_ids, (self.fares, NOW))


def goes_to(committed, at):
    with transaction(committed.sessions) as session:
        clock.set_clock(session, at)


def a_run(committed, *, asked_of=2, decided=1, at=NOW):
    """A withdrawal run over cases asked about and cases decided, confirmed then."""
    with transaction(committed.sessions) as session:
        here = a_municipality(session, decided=4 * (asked_of + decided))
        for _ in range(asked_of):
            asked(session, a_case(session), here)
        for _ in range(decided):
            placed(session, a_case(session, name="Amina Test-Hassan"), here)
        run = withdrawal_runs.preview(
            session,
            before=at.date(),
            reason="Grensen er stengt",
            legal_ground="conditions_failed",
            actor=lead(),
            at=at,
        )
        withdrawal_runs.confirm(session, run.id, run.token, actor=lead(), at=at, undo_window=WINDOW)


def letters(committed):
    with reading(committed.sessions) as session:
        return list(session.scalars(select(Letter).order_by(Letter.number)))


@pytest.fixture
def written(monkeypatch):
    """Nothing is laid out: another test does."""
    monkeypatch.setattr(rendering, "pdf", lambda letter: f"%PDF {letter.number}".encode())


def test_a_runs_letters_wait_are_numbered_sealed_sent_and_followed(committed, written):
    a_run(committed)
    way = Way()
    goes_to(committed, NOW)

    working.work(committed.sessions, SETTINGS)
    early = working.post(committed.sessions, way)
    waiting = Counter(one.state for one in letters(committed))
    goes_to(committed, NOW + timedelta(minutes=33))
    working.work(committed.sessions, SETTINGS)
    sent = working.post(committed.sessions, way)
    goes_to(committed, NOW + timedelta(hours=2))
    working.post(committed.sessions, way)

    # The decision had been made days before; it is reversed by two letters, each question by one.
    assert (early, sent) == (2, 4)
    assert waiting == {LetterState.WAITING: 4, LetterState.SENT: 2}
    found = letters(committed)
    assert [one.number for one in found] == [1, 2, 3, 4, 5, 6]
    assert {one.state for one in found} == {LetterState.SENT}
    assert Counter((one.kind, one.delivery) for one in found) == {
        (LetterKind.SETTLEMENT, Delivery.NOTIFIED): 1,
        (LetterKind.SETTLEMENT, Delivery.BY_HAND): 1,
        (LetterKind.REVERSAL, Delivery.NOTIFIED): 1,
        (LetterKind.REVERSAL, Delivery.BY_HAND): 1,
        (LetterKind.WITHDRAWAL, Delivery.NOTIFIED): 2,
    }


def test_a_channel_that_fails_holds_up_no_other_letter(committed, written):
    a_run(committed, asked_of=3, decided=0)
    way = Way(
        ChannelFault("letter.svarut_slow"), ChannelFault("letter.no_postal_address", final=True)
    )
    goes_to(committed, NOW + timedelta(minutes=33))

    working.work(committed.sessions, SETTINGS)
    working.post(committed.sessions, way)
    first = Counter(one.state for one in letters(committed))
    goes_to(committed, NOW + timedelta(minutes=35))
    working.post(committed.sessions, way)

    assert first == {LetterState.READY: 1, LetterState.STUCK: 1, LetterState.SENT: 1}
    assert Counter(one.state for one in letters(committed)) == {
        LetterState.STUCK: 1,
        LetterState.SENT: 2,
    }
    assert [one.again for one in way.taken] == [False, True]


def test_what_was_claimed_by_one_that_died_goes_out_when_its_claim_runs_out(committed, written):
    class Dies(Way):
        def send(self, letter):
            super().send(letter)
            raise KeyboardInterrupt

    a_run(committed, asked_of=1, decided=0)
    goes_to(committed, NOW + timedelta(minutes=33))
    working.work(committed.sessions, SETTINGS)
    with pytest.raises(KeyboardInterrupt):
        working.post(committed.sessions, Dies())

    way = Way()
    held = working.post(committed.sessions, way)
    goes_to(committed, NOW + timedelta(minutes=34))
    freed = working.post(committed.sessions, way)

    assert (held, freed) == (0, 1)
    assert [one.again for one in way.taken] == [True]


@pytest.mark.soak
def test_a_worker_killed_again_and_again_loses_no_letter_and_makes_none_double(committed, tmp_path):
    a_run(committed, asked_of=96, decided=119)
    goes_to(committed, NOW + timedelta(minutes=33))
    environment = {k: v for k, v in os.environ.items() if "BOSETTING" not in k} | {
        "BOSETTING_DATABASE_URL": committed.url,
        "BOSETTING_LETTERS_FOLDER": str(tmp_path / "brev"),
    }
    command = [sys.executable, "-m", "app", "worker"]
    root = Path(__file__).parents[3]
    for _ in range(12):
        worker = subprocess.Popen(command, cwd=root, env=environment, stderr=subprocess.DEVNULL)
        time.sleep(4)
        worker.kill()
        worker.wait()
    goes_to(committed, NOW + timedelta(hours=1))
    subprocess.run([*command, "--once"], cwd=root, env=environment, check=True)

    found = letters(committed)
    # Two of each decision, two of each reversal, one of each question closed.
    assert len(found) == 119 * 4 + 96
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    assert {one.state for one in found} == {LetterState.SENT}
    to_municipalities = [one for one in found if one.holder_id is not None]
    files = sorted(path.name for path in (tmp_path / "brev").glob("*.pdf"))
    assert len(files) == len(to_municipalities) == len(set(files))
    with reading(committed.sessions) as session:
        assert session.scalar(select(func.count()).select_from(Letter)) == len(found)


def test_the_folder_is_the_way_where_there_is_no_account(tmp_path):
    assert isinstance(working.channel(Settings(letters_folder=tmp_path)), Folder)
