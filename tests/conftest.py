"""What every test may ask for: a session that is rolled back, a database with real commits.

BOSETTING_TEST_POSTGRES_BIN names the folder of another PostgreSQL's programs to run it all on.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from hypothesis import settings as of_hypothesis
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.embedded_postgres import EmbeddedPostgres, binaries
from tests.applications import one_loop
from tests.databases import OPTIONS, Database, Databases
from tools import ensure_browser

# `make soak` takes the second (--hypothesis-profile).
# No deadline: a busy machine is no fault of the code.
# By hand other examples each time; in CI the same for the same tests, so that a run that is red
# there is so for what was changed.
_SAME = bool(os.environ.get("CI"))
of_hypothesis.register_profile("every time", max_examples=15, deadline=None, derandomize=_SAME)
of_hypothesis.register_profile("soak", max_examples=500, deadline=None, derandomize=_SAME)
of_hypothesis.load_profile("every time")
# What is made while tests are collected stays, and what they leave behind is little.
gc.disable()


def pytest_collection_finish() -> None:
    """What is there when the tests begin stays; nobody need look whether it could go."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(20_000, 20, 100)


def pytest_sessionfinish() -> None:
    """Looked through once for what nobody closed; pytest would do it five times."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _one_loop() -> Iterator[None]:
    with one_loop():
        yield


@pytest.fixture(scope="session")
def postgres_binaries() -> binaries.Binaries:
    folder = os.environ.get("BOSETTING_TEST_POSTGRES_BIN")
    return binaries.at(Path(folder)) if folder else binaries.find()


def _in_memory() -> Path | None:
    """A folder in memory with room for the databases; None: the usual one, on a disk."""
    shared = Path("/dev/shm")  # noqa: S108  what is made there is made by mkdtemp
    room = 2**31
    return shared if shared.is_dir() and shutil.disk_usage(shared).free > room else None


@pytest.fixture(scope="session")
def databases(postgres_binaries: binaries.Binaries) -> Iterator[Databases]:
    # Not pytest's own folder: as root it is closed to the user the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="bosetting-tests-", dir=_in_memory()))
    try:
        with EmbeddedPostgres(folder, binaries=postgres_binaries, options=OPTIONS) as server:
            made = Databases(server)
            made.prepare()
            yield made
            made.close()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def engine(databases: Databases) -> Iterator[Engine]:
    """One database for all tests that roll back; the application's login."""
    with databases.fresh() as database:
        yield database.engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """One outer transaction, rolled back at the end; what the test commits is a savepoint."""
    with engine.connect() as connection:
        outer = connection.begin()
        with Session(
            connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        ) as made:
            yield made
        # By the driver's own way it would forget all it has prepared, and each test plan it anew.
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        driver.pgconn.exec_(b"ROLLBACK")
        outer.rollback()


@pytest.fixture
def committed(databases: Databases) -> Iterator[Database]:
    """A database of the test's own with real commits, for races and for what runs outside."""
    with databases.fresh() as database:
        yield database


@pytest.fixture(scope="session")
def shared_client(databases: Databases) -> Iterator[TestClient]:
    """Of the one application for all tests of this process; `applications.meeting` uses it."""
    # Whoever hands out the tests need not have the application too.
    from app.main import create_app
    from app.settings import Settings

    with databases.fresh(connections=1) as database:
        app = create_app(Settings(database_url=database.url, thread_limit=4, tries_at_once=10_000))
        with TestClient(app, follow_redirects=False) as client:
            yield client


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's program; the test fails with a sentence where there is none."""
    found = ensure_browser.find()
    if found is None:
        pytest.fail(ensure_browser.NONE_TO_BE_HAD)
    return found
