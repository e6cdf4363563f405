"""The application for tests that meet it over HTTP.

To build one takes longer than most of these tests do, so those of a process share one, which each
meets over a database of its own.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app.db import make_sessions
from tests.databases import Database

_running: list[BlockingPortal] = []


@contextmanager
def one_loop() -> Iterator[None]:
    """The event loop in which the visitors of this process are answered."""
    with start_blocking_portal() as portal:
        _running.append(portal)
        yield
        _running.clear()


class Visitors(TestClient):
    """Meets an application that has not been started, in the one loop.

    A TestClient that is not entered begins a loop and a thread for each request, which takes as
    long as the request.
    """

    def __init__(self, app: FastAPI, **how: Any) -> None:
        super().__init__(app, **how)
        [self.portal] = _running


@contextmanager
def over(app: FastAPI, database: Database) -> Iterator[None]:
    """An application over this database, as if nothing had been asked of it before."""
    before = app.state.engine, app.state.sessions
    # As in the application itself: who does not say as whom it acts, reads nothing.
    app.state.engine, app.state.sessions = database.engine, make_sessions(database.engine)
    app.state.known_tokens.clear()
    app.state.waiting.until.clear()
    try:
        yield
    finally:
        app.state.engine, app.state.sessions = before
        app.dependency_overrides.clear()


@contextmanager
def meeting(client: TestClient, database: Database) -> Iterator[TestClient]:
    """The shared application, over this database."""
    app = client.app
    assert isinstance(app, FastAPI)
    with over(app, database):
        yield client
    client.cookies.clear()


def at_all_times(moment: datetime) -> Callable[[], Awaitable[datetime]]:
    """Instead of `request_time`: for every request it is the same."""

    async def told() -> datetime:
        return moment

    return told
