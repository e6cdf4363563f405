"""Statements compiled once: the same rows, transaction and errors as SQLAlchemy's own way."""

import re

import pytest
from psycopg._queries import MAX_CACHED_STATEMENT_LENGTH, MAX_CACHED_STATEMENT_PARAMS
from sqlalchemy import Integer, NullPool, bindparam, create_engine, insert, make_url, select, text
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from app.db import transaction
from tests.factories import WEEK, a_case, a_municipality, accepted
from workflow.capacity import statements as places
from workflow.cases import moves, statements
from workflow.cases.models import Case
from workflow.cases.queries import BARS
from workflow.kernel.actor import Role
from workflow.kernel.db import table_of
from workflow.kernel.kept import Kept
from workflow.municipalities.models import Municipality, MunicipalityName
from workflow.vacancies.models import VacancyFate

CASES = table_of(Case)
A_CASE = select(*CASES.c).where(CASES.c.id == bindparam("case_id"))
DIVIDED = Kept(select(bindparam("what", type_=Integer) / bindparam("by", type_=Integer)))


def test_a_row_is_what_sqlalchemy_itself_would_give(session):
    case_id = a_case(session)
    accepted(session, case_id, a_municipality(session, decided=9), week=WEEK)

    row = Kept(A_CASE).row(session, {"case_id": case_id})

    assert row == tuple(session.execute(A_CASE, {"case_id": case_id}).one())
    assert WEEK in row


def test_no_row_is_none(session):
    assert Kept(A_CASE).row(session, {"case_id": bytes(16).hex()}) is None


def test_a_value_the_statement_has_itself_is_not_asked_for(session):
    kept = Kept(select(bindparam("given", type_=Integer) + 1))

    assert kept.row(session, {"given": 41, "of no use": None}) == (42,)


def test_a_value_that_is_missing_is_an_error(session):
    with pytest.raises(KeyError, match="by"):
        DIVIDED.row(session, {"what": 1})


def test_what_the_session_has_not_written_yet_is_written_first(session):
    municipality = session.get_one(Municipality, a_municipality(session))
    municipality.county = "Troms og Finnmark"
    found = select(Municipality.county).where(Municipality.id == bindparam("id_of"))

    row = Kept(found).row(session, {"id_of": municipality.id})

    assert row == ("Troms og Finnmark",)


def test_it_is_part_of_the_transaction(committed):
    written = insert(table_of(MunicipalityName)).values(
        municipality_id=bindparam("whose"),
        number="0001",
        official_name="Bygd",
        norwegian_name="Bygd",
        county="Troms",
        valid_from=text("'2020-01-01'"),
    )
    part = written.returning(MunicipalityName.id).cte("part")
    kept = Kept(select(part.c.id))
    with transaction(committed.sessions) as session:
        whose = a_municipality(session)

    with committed.sessions() as session:
        assert kept.row(session, {"whose": whose}) is not None
        session.rollback()
        assert not session.scalar(
            select(MunicipalityName.id).where(MunicipalityName.number == "0001")
        )


def test_an_error_is_sqlalchemys_with_the_statement_and_its_values(session):
    with pytest.raises(DataError, match="division by zero") as refused:
        DIVIDED.row(session, {"what": 1, "by": 0})

    assert refused.value.orig.sqlstate == "22012"
    assert refused.value.params == {"p0": 1, "p1": 0}
    assert not refused.value.connection_invalidated


def test_a_constraint_is_an_integrity_error(session):
    fate = insert(table_of(VacancyFate)).values(
        vacancy_id=bindparam("of_vacancy"), at=text("now()"), what="reserved", actor="-"
    )
    kept = Kept(select(fate.returning(VacancyFate.id).cte("fate").c.id))

    with pytest.raises(IntegrityError):
        kept.row(session, {"of_vacancy": bytes(16).hex()})


def test_a_lost_connection_is_an_operational_error_and_the_next_one_works(
    databases, committed, monkeypatch
):
    # Or it would have been seen before.
    monkeypatch.setattr("app.db.RESTED", 3600.0)
    monkeypatch.setattr("app.db._has_said_something", lambda connection: False)
    whole = {"what": 4, "by": 2}
    with committed.sessions() as one, committed.sessions() as other:
        DIVIDED.row(one, whole)
        DIVIDED.row(other, whole)
    named = make_url(databases.server.superuser_url).set(database=committed.engine.url.database)
    with create_engine(named, poolclass=NullPool).connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    with committed.sessions() as session, pytest.raises(OperationalError) as lost:
        DIVIDED.row(session, whole)

    assert lost.value.connection_invalidated
    with committed.sessions() as one, committed.sessions() as other:
        assert DIVIDED.row(one, whole) == DIVIDED.row(other, whole) == (2,)


KEPT = {
    "take": places.take(),
    "record": places.record(),
    "question": statements.of_question(),
    "step": statements.of_step(
        ("settlement_week", "account_id"), ("state", "answered_at"), tells=True
    ),
    **{f"lock as {role}": moves._locking(role) for role in Role},
    **{f"lock to ask as {role}": moves._locking(role, *BARS) for role in Role},
}


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_statement_is_short_enough_for_the_driver_to_keep_as_well(name):
    """Psycopg reads longer ones anew each time, which costs more than the database's work."""
    text = KEPT[name].text(psycopg.dialect())

    assert len(text) <= MAX_CACHED_STATEMENT_LENGTH
    assert len(set(re.findall(r"%\((\w+)\)s", text))) <= MAX_CACHED_STATEMENT_PARAMS
