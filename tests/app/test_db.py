"""One commit, before the answer; a login without privileges; the schema the code is for."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError

from app import migrate
from app.acting import SYSTEM
from app.db import (
    ReadSession,
    WriteSession,
    asking,
    make_engine,
    make_sessions,
    reading,
    refuse_newer_database,
    refuse_privileged_login,
    transaction,
)
from app.errors import CannotStart
from app.one_thread import InOneThread


@pytest.fixture
def notes(committed):
    """A database with a table whose rule is only looked at when committing."""
    owner = create_engine(committed.owner_url, poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(
            text(
                "CREATE TABLE notes (id int PRIMARY KEY, follows int REFERENCES notes"
                " DEFERRABLE INITIALLY DEFERRED)"
            )
        )
        connection.execute(text("GRANT ALL ON notes TO bosetting_visitor, bosetting_system"))
    return committed


@pytest.fixture
def client(notes):
    app = FastAPI()
    app.state.sessions = notes.sessions
    app.router.route_class = InOneThread

    @app.post("/notes/{number}")
    def add(number: int, session: WriteSession, follows: int | None = None):
        _add(session, number, follows)
        return {"said": "yes"}

    @app.post("/fails/{number}")
    def fail(number: int, session: WriteSession):
        _add(session, number, None)
        raise RuntimeError("after the write")

    @app.get("/writes-while-reading")
    def read(session: ReadSession):
        _add(session, 1, None)

    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def _add(session, number, follows):
    session.execute(
        text("INSERT INTO notes VALUES (:number, :follows)"),
        {"number": number, "follows": follows},
    )


def _numbers(notes):
    with reading(notes.sessions) as session:
        return list(session.scalars(text("SELECT id FROM notes ORDER BY id")))


def test_returning_commits(client, notes):
    answer = client.post("/notes/1")

    assert answer.status_code == 200
    assert _numbers(notes) == [1]


def test_raising_rolls_back(client, notes):
    answer = client.post("/fails/1")

    assert answer.status_code == 500
    assert _numbers(notes) == []


def test_a_commit_that_fails_is_never_a_yes(client, notes):
    answer = client.post("/notes/1?follows=2")

    assert answer.status_code == 500
    assert _numbers(notes) == []


def test_a_read_session_cannot_write(client, notes):
    answer = client.get("/writes-while-reading")

    assert answer.status_code == 500
    assert _numbers(notes) == []
    with pytest.raises(InternalError, match="read-only"), reading(notes.sessions) as session:
        _add(session, 1, None)


def test_a_connection_read_from_can_write_again(notes):
    engine = make_engine(notes.url, connections=1)
    try:
        from app.db import make_sessions

        sessions = make_sessions(engine, SYSTEM)
        with reading(sessions) as session:
            session.scalar(text("SELECT 1"))
        with transaction(sessions) as session:
            _add(session, 1, None)
    finally:
        engine.dispose()

    assert _numbers(notes) == [1]


def test_moments_come_back_in_utc(session):
    at = session.scalar(text("SELECT timestamptz '2020-03-12 12:00+01'"))

    assert at.isoformat() == "2020-03-12T11:00:00+00:00"


def test_the_application_login_is_an_ordinary_one(engine):
    refuse_privileged_login(engine)


def test_the_application_login_may_not_change_the_schema(session):
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text("CREATE TABLE sly (id int)"))


def test_the_owner_of_the_tables_is_refused(committed):
    owner = create_engine(committed.owner_url, poolclass=NullPool)

    with pytest.raises(CannotStart, match="bosetting_owner can act as the owner of tables"):
        refuse_privileged_login(owner)


def test_a_superuser_is_refused(databases):
    superuser = create_engine(databases.server.superuser_url, poolclass=NullPool)

    with pytest.raises(CannotStart, match="postgres is a superuser"):
        refuse_privileged_login(superuser)


def test_a_migrated_database_is_accepted(engine):
    refuse_newer_database(engine)


def test_a_newer_database_is_refused(committed):
    _pretend_revision(committed, "9999")

    with pytest.raises(CannotStart, match="at 9999, which this version"):
        refuse_newer_database(committed.engine)
    with pytest.raises(CannotStart, match="at 9999, which this version"):
        migrate.upgrade(committed.owner_url)


def test_a_database_without_tables_is_told_to_migrate(databases):
    with (
        databases.fresh(template="template0", connections=1) as empty,
        pytest.raises(CannotStart, match=r"no version at all.*run `bosetting migrate`"),
    ):
        refuse_newer_database(empty.engine)


def test_migrating_twice_changes_nothing(committed):
    assert migrate.upgrade(committed.owner_url) == migrate.head()


def test_a_rested_connection_that_is_gone_is_replaced_unseen(databases, committed, monkeypatch):
    monkeypatch.setattr("app.db.RESTED", 0.0)
    before = _backends(committed.engine)

    _end_all(databases, committed)

    assert not _backends(committed.engine) & before


def test_one_that_was_used_a_moment_ago_and_is_gone_is_replaced_unseen_too(
    databases, committed, monkeypatch
):
    monkeypatch.setattr("app.db.RESTED", 3600.0)
    before = _backends(committed.engine)

    _end_all(databases, committed)

    assert not _backends(committed.engine) & before


def test_one_whose_end_is_not_heard_takes_the_others_with_it(databases, committed, monkeypatch):
    monkeypatch.setattr("app.db.RESTED", 3600.0)
    monkeypatch.setattr("app.db._has_said_something", lambda connection: False)
    before = _backends(committed.engine)
    _end_all(databases, committed)

    with pytest.raises(OperationalError):
        _backends(committed.engine)

    assert not _backends(committed.engine) & before


def test_one_that_is_there_is_not_asked_before_it_is_used(committed, monkeypatch):
    monkeypatch.setattr("app.db.RESTED", 3600.0)
    before = _backends(committed.engine)
    monkeypatch.setattr(
        committed.engine.dialect, "do_ping", lambda connection: pytest.fail("asked")
    )

    assert _backends(committed.engine) == before


def _backends(engine):
    """The processes that serve two connections at once."""
    ask = text("SELECT pg_backend_pid()")
    with engine.connect() as one, engine.connect() as other:
        return {one.scalar(ask), other.scalar(ask)}


def _end_all(databases, database):
    """End its connections, as a restart of the server does."""
    named = make_url(databases.server.superuser_url).set(database=database.engine.url.database)
    with create_engine(named, poolclass=NullPool).connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )


def _pretend_revision(database, revision):
    owner = create_engine(database.owner_url, poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision}
        )


@pytest.mark.parametrize("look", [reading, asking])
def test_what_is_prepared_outlives_a_transaction_that_only_reads(committed, look):
    engine = make_engine(committed.url, connections=1)
    prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT 17%'")
    try:
        for _ in range(7):
            with look(make_sessions(engine), SYSTEM) as session:
                session.execute(text("SELECT 17 + :number"), {"number": 1})
        with look(make_sessions(engine), SYSTEM) as session:
            kept = session.execute(prepared).scalar_one()
    finally:
        engine.dispose()

    assert kept == 1
