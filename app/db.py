"""The database as the application meets it: one engine, and the only place that commits.

A request reads in a `ReadSession`, which cannot write, or changes the world in a `WriteSession`:
returning commits, raising rolls back. Work outside a request uses `transaction`.

Each transaction runs as somebody (see app.acting): a request's as who is signed in, any other as it
says itself. One that says nothing reads nothing.
"""

import selectors
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Annotated, Any

import psycopg
from fastapi import Depends, Request
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker

from app import migrate
from app.acting import NOBODY, VISITOR, Acting, Found, acting_of
from app.errors import CannotStart
from app.one_thread import until_answered
from app.request_id import request_id
from workflow.kernel.audit import comes_from

Sessions = sessionmaker[Session]


#: Seconds a connection may have rested and still be used untried, where nothing was heard of it.
RESTED = 1.0
_Waiting = getattr(selectors, "PollSelector", selectors.SelectSelector)


def make_engine(url: str, *, connections: int, prepares: bool = True) -> Engine:
    """An engine of at most `connections` connections, each in UTC, and there when it is given out.

    Trying each before each use would cost every request a question to the database. Whether the
    other end has said something, which at rest it does only to go, is seen without one; whether it
    went without a word is tried when the connection has rested. What is gone takes the others with
    it, and new ones come instead.

    Args:
        prepares: whether what is asked often is prepared; not behind a PgBouncer older than 1.21.
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

    def never_prepare(connection: Any, record: Any) -> None:
        connection.prepare_threshold = None

    event.listen(engine, "connect", _live_in_utc)
    if not prepares:
        event.listen(engine, "connect", never_prepare)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "checkin", give_back)
    event.listen(engine, "checkout", try_doubtful)
    return engine


def _has_said_something(connection: Any) -> bool:
    with _Waiting() as waiting:
        waiting.register(connection.fileno(), selectors.EVENT_READ)
        return bool(waiting.select(0))


def _live_in_utc(connection: Any, record: Any) -> None:
    # `_begin` begins the transactions: the driver would do it in a round trip of its own.
    connection.autocommit = True
    # Not by `options=`, which PgBouncer refuses; it does follow the time zone.
    connection.execute("SET TIME ZONE 'UTC'")


#: Options of an engine: as whom its transactions run, and of what kind they are.
_ACTING, _KIND = "bosetting_acting", "bosetting_kind"
_WRITES, _READS = "READ WRITE", "READ ONLY"
_READS_AT_ONE_MOMENT = "ISOLATION LEVEL REPEATABLE READ, READ ONLY"


def _begin(connection: Connection) -> None:
    """Begin a transaction and say as whom, in one round trip."""
    options = connection.get_execution_options()
    chosen: Acting | Found = options.get(_ACTING, NOBODY)
    acting = chosen if isinstance(chosen, Acting) else chosen()
    beginning = f"BEGIN {options.get(_KIND, _WRITES)};{acting.context}"
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101  the only driver there is
    try:
        # Several statements at once are never prepared.
        driver.execute(beginning, prepare=False)
    except psycopg.Error:
        # Again, for SQLAlchemy to say what is wrong, and to drop a connection that is lost.
        connection.exec_driver_sql(beginning)
        raise


def make_sessions(engine: Engine, acting: Acting = NOBODY) -> Sessions:
    """Sessions whose transactions run as `acting`, unless each says otherwise."""
    return sessionmaker(as_whom(engine, acting), expire_on_commit=False)


def as_whom(engine: Engine, acting: Acting | Found, kind: str = _WRITES) -> Engine:
    """The engine, with the same connections, whose transactions run as `acting`."""
    return engine.execution_options(**{_ACTING: acting, _KIND: kind})


@contextmanager
def transaction(sessions: Sessions, acting: Acting | Found | None = None) -> Iterator[Session]:
    """One transaction: committed at the end, rolled back by an exception.

    Args:
        acting: as whom it runs; None: as the sessions do.
    """
    bind: Engine = sessions.kw["bind"]
    if acting is not None:
        bind = as_whom(bind, acting)
    with sessions(bind=bind) as session, session.begin():
        comes_from(session, request_id())
        yield session


@contextmanager
def reading(
    sessions: Sessions, acting: Acting | Found | None = None, *, at_one_moment: bool = False
) -> Iterator[Session]:
    """One transaction in which the database refuses every write.

    Args:
        acting: as whom it runs; None: as the sessions do.
        at_one_moment: what others commit meanwhile is not seen.
    """
    kind = _READS_AT_ONE_MOMENT if at_one_moment else _READS
    with sessions(bind=_for_reading(sessions, acting, kind)) as session:
        yield session
        # Nothing was written; the driver forgets at a rollback all that it has prepared.
        session.commit()


@contextmanager
def asking(sessions: Sessions, acting: Acting) -> Iterator[Connection]:
    """For a question that needs no session."""
    with _for_reading(sessions, acting, _READS).connect() as connection:
        yield connection
        connection.commit()  # As above.


def _for_reading(sessions: Sessions, acting: Acting | Found | None, kind: str) -> Engine:
    engine: Engine = sessions.kw["bind"]
    if acting is None:
        acting = engine.get_execution_options().get(_ACTING, NOBODY)
    return as_whom(engine, acting, kind)


def who_asks(request: Request) -> Found:
    """As whom a request's transactions run, once it is found out who asks; else as a visitor's."""

    def found() -> Acting:
        signed_in = getattr(request.state, "signed_in", None)
        return VISITOR if signed_in is None else acting_of(signed_in.actor, signed_in.holder)

    return found


async def write_session(request: Request) -> Session:
    opened = transaction(request.app.state.sessions, who_asks(request))
    return until_answered(request).enter_context(opened)


async def read_session(request: Request) -> Session:
    opened = reading(request.app.state.sessions, who_asks(request))
    return until_answered(request).enter_context(opened)


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
