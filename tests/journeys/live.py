"""The application on a port of its own, for a browser; and who can sign in to it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

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

STARTS_WITHIN = 20


@contextmanager
def served(database: Database) -> Iterator[str]:
    """Serve the demonstration over a database; gives the address, without a slash at the end."""
    with transaction(database.sessions) as session:
        a_demonstration(session)
    app = create_app(Settings(database_url=database.url, demo=True, thread_limit=4))
    with listening("127.0.0.1", 0) as listener:
        yield from _answering(app, listener)


def _answering(app: FastAPI, listener: socket.socket) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
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
