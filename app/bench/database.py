"""A database of the bench's own, on the server the command was given, gone when it ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import psycopg
from sqlalchemy import URL, make_url

from app import db, migrate
from app.acting import SYSTEM
from app.command_line.database import Addresses
from app.db import Sessions
from app.embedded_postgres.cluster import SUPERUSER
from app.errors import CannotStart


@dataclass(frozen=True)
class OwnDatabase:
    """Met as the application meets its own; `address` and `owner` are for PostgreSQL's programs."""

    url: str
    #: The application's login, as libpq reads it.
    address: str
    #: The login that owns the tables.
    owner: str

    @contextmanager
    def sessions(self, connections: int) -> Iterator[Sessions]:
        """The application's sessions on new connections, which end with the block."""
        engine = db.make_engine(self.url, connections=connections)
        try:
            yield db.make_sessions(engine, SYSTEM)
        finally:
            engine.dispose()


@contextmanager
def own_database(addresses: Addresses) -> Iterator[OwnDatabase]:
    """A new, migrated and empty database.

    Raises:
        CannotStart: no login that may create databases is known.
    """
    if addresses.owner_url is None:
        raise CannotStart(
            "The bench makes a database of its own: set BOSETTING_OWNER_DATABASE_URL to the login "
            "that owns the schema, with the right to create databases."
        )
    name = f"bosetting_bench_{uuid4().hex[:12]}"
    owner = make_url(addresses.owner_url)
    creator = owner.set(
        username=SUPERUSER if addresses.embedded else owner.username, database="postgres"
    )
    _execute(creator, f"CREATE DATABASE {name} OWNER {owner.username}")
    try:
        owner = owner.set(database=name)
        migrate.upgrade(owner.render_as_string(hide_password=False))
        url = make_url(addresses.url).set(database=name)
        yield OwnDatabase(url.render_as_string(hide_password=False), libpq(url), libpq(owner))
    finally:
        _execute(creator, f"DROP DATABASE {name} WITH (FORCE)")


def connect(address: str) -> psycopg.Connection:
    """A connection on which each statement stands by itself."""
    return psycopg.connect(address, autocommit=True)


def libpq(url: URL) -> str:
    """The same address as psycopg and PostgreSQL's own programs read it."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _execute(url: URL, statement: str) -> None:
    try:
        with connect(libpq(url)) as connection:
            connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege as fault:
        raise CannotStart(f"The bench cannot make a database of its own: {fault}") from fault
