"""The database as the application meets it: one engine, and the only place that commits.

A request reads in a `ReadSession`, which cannot write, or changes the world in a `WriteSession`:
returning commits, raising rolls back. Work outside a request uses `transaction`.
"""

import selectors
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker

from app import migrate
from app.errors import CannotStart
from app.one_thread import until_answered
from app.request_id import request_id
from workflow.kernel.audit import comes_from

Sessions = sessionmaker[Session]


#: Seconds a connection may have rested and still be used untried, where nothing was heard of it.
RESTED = 1.0
_Waiting = getattr(selectors, "PollSelector", selectors.SelectSelector)


def make_engine(url: str, *, connections: int) -> Engine:
    """An engine of at most `connections` connections, each in UTC, and there when it is given out.

    Trying each before each use would cost every request a question to the database. Whether the
    other end has said something, which at rest it does only to go, is seen without one; whether it
    went without a word is tried when the connection has rested. What is gone takes the others with
    it, and new ones come instead.
    """
    engine = create_engine(url, pool_size=connections, max_overflow=0)

    def give_back(connection: Any, record: Any) -> None:
        record.info["given_back"] = monotonic()

    def try_doubtful(connection: Any, record: Any, proxy: Any) -> None:
        rested = monotonic() - record.info.get("given_back", monotonic())
        if rested < RESTED and not _has_said_something(connection):
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as fault:
            raise InvalidatePoolError from fault

    event.listen(engine, "connect", _live_in_utc)
    event.listen(engine, "checkin", give_back)
    event.listen(engine, "checkout", try_doubtful)
    return engine


def _has_said_something(connection: Any) -> bool:
    with _Waiting() as waiting:
        waiting.register(connection.fileno(), selectors.EVENT_READ)
        return bool(waiting.select(0))


def _live_in_utc(connection: Any, record: Any) -> None:
    # Not by `options=`, which PgBouncer refuses; it does follow the time zone.
    connection.execute("SET TIME ZONE 'UTC'")
    connection.commit()


def make_sessions(engine: Engine) -> Sessions:
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def transaction(sessions: Sessions) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back by an exception."""
    with sessions.begin() as session:
        comes_from(session, request_id())
        yield session


@contextmanager
def reading(sessions: Sessions) -> Iterator[Session]:
    """One transaction in which the database refuses every write."""
    engine: Engine = sessions.kw["bind"]
    with sessions(bind=engine.execution_options(postgresql_readonly=True)) as session:
        yield session


@contextmanager
def asking(sessions: Sessions) -> Iterator[Connection]:
    """For a question that stands by itself: no transaction is begun and ended around it."""
    engine: Engine = sessions.kw["bind"]
    with engine.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


async def write_session(request: Request) -> Session:
    return until_answered(request).enter_context(transaction(request.app.state.sessions))


async def read_session(request: Request) -> Session:
    return until_answered(request).enter_context(reading(request.app.state.sessions))


WriteSession = Annotated[Session, Depends(write_session)]
ReadSession = Annotated[Session, Depends(read_session)]


def refuse_privileged_login(engine: Engine) -> None:
    """Isolation and history rest on the application's login being an ordinary one.

    Raises:
        CannotStart: it is a superuser, passes row security, or owns tables or belongs to who does.
    """
    with migrate.connected(engine) as connection:
        login, superuser, passes = connection.execute(
            text(
                "SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user"
            )
        ).one()
        owned = connection.scalar(
            text(
                "SELECT c.oid::regclass::text FROM pg_class c"
                " JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'MEMBER')"
                " AND n.nspname NOT IN ('pg_catalog', 'information_schema') LIMIT 1"
            )
        )
    if superuser:
        fault = "is a superuser"
    elif passes:
        fault = "passes row security (BYPASSRLS)"
    elif owned:
        fault = f"can act as the owner of tables ({owned})"
    else:
        return
    raise CannotStart(
        f"The database login {login} {fault}; the application runs only on a login that is not: "
        "let BOSETTING_DATABASE_URL name one that is a member of bosetting_app and nothing else."
    )


def refuse_newer_database(engine: Engine) -> None:
    """The schema has to be the one this code was written for.

    Raises:
        CannotStart: the database is newer than the code, or older.
    """
    with engine.connect() as connection:
        found = migrate.current(connection)
    if found == migrate.head():
        return
    if found is not None and not migrate.knows(found):
        raise CannotStart(migrate.newer_than_the_code(found))
    raise CannotStart(
        f"The database is at {found or 'no version at all'} and this code needs {migrate.head()}: "
        "run `bosetting migrate` first."
    )
