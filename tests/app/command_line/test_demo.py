"""`bosetting demo` as whoever types it meets it."""

import os
import re
import select
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import pytest

from app import clock, demonstration
from app.command_line import demo
from app.command_line.database import Addresses
from app.demonstration import Wanted
from app.errors import CannotStart
from app.scenario.cases import STARTS_AT, march_2020
from tests.app.scenario.part import cut
from tests.architecture.sources import ROOT

PATIENCE = 60


@pytest.fixture
def filled(committed, monkeypatch):
    """A database with a small part of the scenario; the command goes on with it."""
    monkeypatch.setattr(demonstration, "march_2020", lambda *given: cut(march_2020(*given)))
    demonstration.fill(
        committed.sessions, committed.owner_url, Wanted(), watch=iter, reject=pytest.fail
    )
    return committed


def command(database, *arguments):
    kept = {name: said for name, said in os.environ.items() if not name.startswith("BOSETTING_")}
    return {
        "args": [sys.executable, "-m", "app", "demo", "--no-browser", *arguments],
        "cwd": ROOT,
        "env": kept
        | {
            "BOSETTING_DATABASE_URL": database.url,
            "BOSETTING_OWNER_DATABASE_URL": database.owner_url,
        },
        "text": True,
    }


def refused(database, *arguments):
    ended = subprocess.run(
        **command(database, *arguments), capture_output=True, timeout=PATIENCE, check=False
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    return ended.stderr


@contextmanager
def running(database, *arguments):
    """The process, and what it said until it was ready."""
    process = subprocess.Popen(
        **command(database, *arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process, said_until(process, "Ctrl-C ends it")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def said_until(process, sentence):
    said, deadline = "", time.monotonic() + PATIENCE
    while sentence not in said and time.monotonic() < deadline:
        if select.select([process.stdout], [], [], 0.1)[0]:
            part = os.read(process.stdout.fileno(), 1 << 16).decode()
            said += part
            if not part:
                break
    assert sentence in said, said
    return said


def asked(url):
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310  our own server
        return answer.status


@pytest.mark.trial
def test_it_says_who_can_sign_in_answers_and_ends_cleanly(filled, databases):
    with running(filled, "--port", "0") as (process, said):
        url = re.search(r"http://127\.0\.0\.1:(\d+)$", said, flags=re.MULTILINE)
        port = url[1]

        assert "There it is Thursday 12 March 2020, 10:00" in said
        for person in demonstration.ready_users(filled.sessions):
            assert f"{person.name} " in said
        assert said.count(f"{url[0]}/") == 3  # to try
        assert asked(f"{url[0]}/health/ready") == 200
        assert asked(f"{url[0]}/") == 200

        on_the_same_data = refused(filled, "--port", "0")
        with databases.fresh(connections=1) as other:
            on_the_same_port = refused(other, "--port", port)
        process.send_signal(signal.SIGINT)
        left = process.communicate(timeout=PATIENCE)[0]

    assert f"runs on this data already, at {url[0]}:" in on_the_same_data
    assert on_the_same_port.startswith(f"bosetting: Port {port} cannot be had")
    assert on_the_same_port.count("\n") == 1
    assert process.returncode == 0
    assert left.strip() == "The demonstration has ended. Start it again to go on where it was."
    with filled.sessions() as session:
        assert clock.now(session, demo=True) >= STARTS_AT


def test_only_the_owner_makes_it_anew():
    with pytest.raises(CannotStart, match="BOSETTING_OWNER_DATABASE_URL"):
        demo._owner(Addresses("postgresql+psycopg:///somewhere", None, embedded=False))
