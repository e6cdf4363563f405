"""The application on a port of its own, for a browser; and who can sign in to it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

import uvicorn
from fastapi import FastAPI
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.command_line.listening import listening
from app.db import transaction
from app.main import create_app
from app.models import User
from app.settings import Settings
from tests.databases import Database
from tests.factories import a_demonstration
from workflow.kernel.actor import Role
from workflow.kernel.country import Country

STARTS_WITHIN = 20


@contextmanager
def served(database: Database, country: Country = Country.NORWAY) -> Iterator[str]:
    """Serve the demonstration over a database; gives the address, without a slash at the end."""
    app = demonstration(database, country)
    with answering(app) as base:
        yield base


def demonstration(database: Database, country: Country = Country.NORWAY) -> FastAPI:
    """The application over a database that is a demonstration's from now on."""
    with transaction(database.sessions) as session:
        a_demonstration(session)
    return create_app(
        Settings(database_url=database.url, demo=True, thread_limit=4, country=country)
    )


@contextmanager
def answering(app: FastAPI) -> Iterator[str]:
    """The address of the application while it runs."""
    with listening("127.0.0.1", 0) as listener:
        yield from _answering(app, listener)


def _answering(app: FastAPI, listener: socket.socket) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    until = monotonic() + STARTS_WITHIN
    while not server.started and thread.is_alive() and monotonic() < until:
        sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(STARTS_WITHIN)


def a_user(
    session: Session,
    name: str,
    role: Role,
    *,
    municipality_id: int | None = None,
    reception_centre: str | None = None,
) -> None:
    """Somebody who can be chosen on the sign-in page."""
    session.execute(
        insert(User).values(
            name=name,
            title="Prøver seg fram",
            role=role,
            municipality_id=municipality_id,
            reception_centre=reception_centre,
            demo=True,
        )
    )
