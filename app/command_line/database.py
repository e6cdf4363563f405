"""The database a command works on: the one that is named, else the embedded one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.command_line.kept_secrets import using_kept
from app.errors import CannotStart
from app.settings import settings

if TYPE_CHECKING:
    from app.db import Sessions

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        file_okay=False,
        help="Folder of the embedded database; by default one of yours, never the working tree.",
        show_default=False,
    ),
]


@dataclass(frozen=True)
class Addresses:
    """Where the database is: for the application, and for the owner of its schema where known."""

    url: str
    owner_url: str | None
    embedded: bool


@contextmanager
def open_server(data_dir: Path | None) -> Iterator[Addresses]:
    """The server as it is, migrated or not; an embedded one runs until the end of the block.

    Raises:
        CannotStart: it cannot be had, or two databases are named.
    """
    chosen = settings()
    if chosen.database_url:
        if data_dir:
            raise CannotStart(
                "Both --data-dir and BOSETTING_DATABASE_URL name a database: leave one of them out."
            )
        yield Addresses(chosen.database_url, chosen.owner_database_url, embedded=False)
        return
    from app.embedded_postgres import EmbeddedPostgres

    folder = data_dir or chosen.data_dir
    with EmbeddedPostgres(folder) as server, using_kept(folder):
        yield Addresses(server.url, server.owner_url, embedded=True)


@contextmanager
def open_database(data_dir: Path | None) -> Iterator[Addresses]:
    """A database with the schema of this code: an embedded one is migrated, another looked at.

    Raises:
        CannotStart: it cannot be had, its login is privileged, or its schema is another one.
    """
    from app import db, migrate

    with open_server(data_dir) as addresses:
        if addresses.embedded and addresses.owner_url:
            migrate.upgrade(addresses.owner_url)
        engine = db.make_engine(addresses.url, connections=1)
        try:
            db.refuse_privileged_login(engine)
            db.refuse_newer_database(engine)
        finally:
            engine.dispose()
        yield addresses


@contextmanager
def open_sessions(data_dir: Path | None) -> Iterator["Sessions"]:
    """Sessions of such a database, for a command that does one thing at a time; as the system."""
    from app import db
    from app.acting import SYSTEM

    with open_database(data_dir) as addresses:
        engine = db.make_engine(addresses.url, connections=1)
        try:
            yield db.make_sessions(engine, SYSTEM)
        finally:
            engine.dispose()
