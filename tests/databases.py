"""Databases for tests: one server a test process, migrated once, copied as often as needed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

import psycopg
from psycopg import sql
from sqlalchemy import Engine, QueuePool, make_url

from app import migrate
from app.acting import SYSTEM
from app.db import Sessions, as_whom, make_engine, make_sessions
from app.embedded_postgres import EmbeddedPostgres
from app.embedded_postgres.cluster import OWNER

#: Tests lose nothing with the power, and their databases are gone before they need tidying; they do
#: want connections for races.
OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "200",
}
TEMPLATE = "migrated"
CONNECTIONS = 40
_COUNTED = """
    SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL
"""
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


@dataclass
class Database:
    """One database, met as the application does."""

    name: str
    url: str
    engine: Engine
    sessions: Sessions
    _owner_url: str
    #: Whether a test may have changed more than rows.
    met_its_owner: bool = False
    #: What empties it, with its plans; there once it has been emptied.
    emptying: psycopg.Connection | None = None

    @property
    def owner_url(self) -> str:
        """For what only the owner may."""
        self.met_its_owner = True
        return self._owner_url

    @property
    def backends(self) -> int:
        pool = self.engine.pool
        assert isinstance(pool, QueuePool)
        assert pool.checkedout() == 0, "a connection was not given back"
        return pool.checkedin()

    def dispose(self) -> None:
        self.engine.dispose()
        if self.emptying is not None:
            self.emptying.close()


@dataclass
class Databases:
    """Makes databases on one server."""

    server: EmbeddedPostgres
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    #: Copies of the template that a test has left and that are as new again.
    _emptied: list[Database] = field(default_factory=list)
    #: What the migrations themselves write, by table.
    _written_by_migrations: dict[str, str] = field(default_factory=dict)
    _emptying: sql.Composed = field(default_factory=lambda: sql.Composed([]))

    def prepare(self) -> None:
        """Migrate the template; call once."""
        self._execute(f"CREATE DATABASE {TEMPLATE} OWNER {OWNER}")
        migrate.upgrade(_named(self.server.owner_url, TEMPLATE))
        with self._superuser(TEMPLATE) as connection:
            tables = _tables(connection)
            self._written_by_migrations = _digests(connection, tables)
            self._emptying = _emptying(
                (table for table in tables if table not in self._written_by_migrations),
                connection.execute(_COUNTED).fetchall(),
            )

    @contextmanager
    def fresh(
        self, *, template: str = TEMPLATE, connections: int = CONNECTIONS
    ) -> Iterator[Database]:
        """A copy of the template (`template0` for an empty one).

        To empty one that a test has left is five times as fast as to make the next, so a copy of
        the usual kind is kept, unless it has met its owner or somebody is still connected.
        """
        usual = (template, connections) == (TEMPLATE, CONNECTIONS)
        database = (
            self._emptied.pop() if usual and self._emptied else self._made(template, connections)
        )
        kept = False
        try:
            yield database
            with suppress(psycopg.OperationalError):  # the test has ended every connection
                kept = usual and not database.met_its_owner and self._empty(database)
        finally:
            if kept:
                self._emptied.append(database)
            else:
                database.dispose()
                self._execute(f"DROP DATABASE {database.name} WITH (FORCE)")

    def close(self) -> None:
        for database in self._emptied:
            database.dispose()

    def _made(self, template: str, connections: int) -> Database:
        name = f"test_{next(self._numbers)}"
        self._execute(
            f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template} STRATEGY file_copy"
        )
        url = _named(self.server.url, name)
        # What a test itself does is done as the system; over HTTP it is as who asks.
        engine = as_whom(make_engine(url, connections=connections), SYSTEM)
        owner_url = _named(self.server.owner_url, name)
        return Database(name, url, engine, make_sessions(engine, SYSTEM), owner_url)

    def _empty(self, database: Database) -> bool:
        """Make it as its template was; False where that cannot be promised."""
        if database.emptying is None:
            # Kept: a new one would plan it all anew, which takes longer than doing it.
            database.emptying = self._as_superuser(database.name)
            database.emptying.execute(self._emptying)
        connected = database.emptying.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
        if connected != (database.backends,):
            return False
        database.emptying.execute("SELECT pg_temp.empty_it()", prepare=True)
        return (
            _digests(database.emptying, self._written_by_migrations) == self._written_by_migrations
        )

    @contextmanager
    def _superuser(self, database: str) -> Iterator[psycopg.Connection]:
        with self._as_superuser(database) as connection:
            yield connection

    def _as_superuser(self, database: str) -> psycopg.Connection:
        url = _libpq(_named(self.server.superuser_url, database))
        return psycopg.connect(url, autocommit=True)

    def _execute(self, statement: str) -> None:
        with self._superuser("postgres") as connection:
            connection.execute(statement)


def _tables(connection: psycopg.Connection) -> list[str]:
    return [table for (table,) in connection.execute(_TABLES).fetchall()]


def _digests(connection: psycopg.Connection, tables: Iterable[str]) -> dict[str, str]:
    """A digest of the rows of each table that has any."""
    of_one = "SELECT {}, md5(string_agg(line::text, chr(10) ORDER BY line::text)) FROM {} AS line"
    asked = sql.SQL(" UNION ALL ").join(
        sql.SQL(of_one).format(sql.Literal(table), sql.Identifier(table)) for table in tables
    )
    return {table: digest for table, digest in connection.execute(asked, prepare=True) if digest}


def _emptying(tables: Iterable[str], counted: Iterable[tuple[str, int]]) -> sql.Composed:
    """A function that deletes what is in these tables, without triggers, and counts as at first."""
    as_at_first = sql.SQL(" ").join(
        sql.SQL("PERFORM setval({}, {});").format(sql.Literal(sequence), sql.Literal(last))
        for sequence, last in counted
    )
    deletions = sql.SQL(" ").join(
        sql.SQL("IF EXISTS (SELECT FROM {0}) THEN DELETE FROM {0}; END IF;").format(
            sql.Identifier(table)
        )
        for table in tables
    )
    return sql.SQL("""
        SET session_replication_role = replica;
        CREATE FUNCTION pg_temp.empty_it() RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
          {}
          PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false)
            FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
          {}
        END $$
    """).format(deletions, as_at_first)


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def _libpq(url: str) -> str:
    """The same address as psycopg itself reads it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
