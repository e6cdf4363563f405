"""Databases for tests: one server a test process, migrated once, copied as often as needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import psycopg
from sqlalchemy import Engine, make_url

from app import migrate
from app.db import Sessions, make_engine, make_sessions
from app.embedded_postgres import EmbeddedPostgres
from app.embedded_postgres.cluster import OWNER

#: Tests lose nothing with the power; they do want connections for races.
OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "200",
}
TEMPLATE = "migrated"


@dataclass(frozen=True)
class Database:
    """One database, met as the application does; `owner_url` for what only the owner may."""

    url: str
    owner_url: str
    engine: Engine
    sessions: Sessions


@dataclass
class Databases:
    """Makes databases on one server."""

    server: EmbeddedPostgres
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def prepare(self) -> None:
        """Migrate the template; call once."""
        self._execute(f"CREATE DATABASE {TEMPLATE} OWNER {OWNER}")
        migrate.upgrade(_named(self.server.owner_url, TEMPLATE))

    @contextmanager
    def fresh(self, *, template: str = TEMPLATE, connections: int = 40) -> Iterator[Database]:
        """A copy of the template (`template0` for an empty one), dropped at the end."""
        name = f"test_{next(self._numbers)}"
        self._execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template} STRATEGY wal_log")
        url = _named(self.server.url, name)
        engine = make_engine(url, connections=connections)
        try:
            yield Database(url, _named(self.server.owner_url, name), engine, make_sessions(engine))
        finally:
            engine.dispose()
            self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _execute(self, statement: str) -> None:
        with psycopg.connect(
            _libpq(_named(self.server.superuser_url, "postgres")), autocommit=True
        ) as connection:
            connection.execute(statement)


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def _libpq(url: str) -> str:
    """The same address as psycopg itself reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
