"""Every table says whose rows are whose, or stands here with the reason why all may read it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.acting import DOORKEEPER, NOBODY, SYSTEM, VISITOR, DatabaseRole, acting_of
from app.db import reading, transaction
from tests.factories import officer, writer

#: Tables without row security, and why all may read them.
PUBLIC = {
    "airports": "a public register",
    "alembic_version": "the schema's number",
    "clock_shift": "what time it is in the demonstration",
    "deployment": "which country it is for is nobody's secret",
    "measures": "published measures of the government",
    "municipalities": "a public register",
    "municipality_boundaries": "a public register",
    "municipality_names": "a public register",
    "quarantine_rules": "a published rule",
    "reform_parties": "reforms are public",
    "reforms": "reforms are public",
    "rule_sets": "published rules",
}
TABLES = """
    SELECT relname, relrowsecurity, relforcerowsecurity, array_agg(DISTINCT polname::text)
        FILTER (WHERE polname <> 'owner')
    FROM pg_class LEFT JOIN pg_policy ON polrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    GROUP BY 1, 2, 3
"""


@pytest.fixture(scope="module")
def database(databases):
    with databases.fresh(connections=2) as made:
        yield made


def rows(database, query, acting=SYSTEM):
    with reading(database.sessions, acting) as session:
        return session.execute(text(query)).all()


def test_every_table_forces_row_security_and_has_policies_or_is_public_for_a_reason(database):
    open_to_all = {name for name, secured, *_ in rows(database, TABLES) if not secured}
    not_forced = {
        name for name, secured, forced, _ in rows(database, TABLES) if secured and not forced
    }
    nobodys = {name for name, secured, _, names in rows(database, TABLES) if secured and not names}

    assert open_to_all == set(PUBLIC)
    assert not_forced == set()
    assert nobodys == set()


def test_who_says_nothing_reads_nothing(database):
    for name, *_ in rows(database, TABLES):
        if name != "alembic_version":
            with pytest.raises(ProgrammingError, match="permission denied"):
                rows(database, f"SELECT FROM {name}", NOBODY)


def test_who_says_its_role_but_not_who_it_is_sees_no_row(database):
    """What some read of all is said by the policy itself; a municipality or a centre is one."""
    for role in (DatabaseRole.MUNICIPALITY, DatabaseRole.CENTRE):
        policies = rows(
            database,
            "SELECT tablename, policyname, qual FROM pg_policies"
            f" WHERE '{role}' = ANY (roles) AND tablename IN ('cases', 'distributions')",
        )
        for table, name, condition in policies:
            assert "current_setting" in condition, f"{table}.{name} of {role}"


def test_no_role_owns_a_table_passes_row_security_or_is_more_than_it_says(database):
    faults = rows(
        database,
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'bosetting%'"
        " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)"
        " UNION SELECT rolname FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner"
        " WHERE relnamespace = 'public'::regnamespace AND rolname <> 'bosetting_owner'",
    )

    assert faults == []


@pytest.mark.parametrize("role", list(DatabaseRole))
def test_the_login_has_none_of_the_roles_rights_by_itself(database, role):
    (told,) = rows(
        database,
        f"SELECT pg_has_role('bosetting_app', '{role}', 'MEMBER'),"
        f" pg_has_role('bosetting_app', '{role}', 'USAGE')",
    )

    assert told == (True, False)


@pytest.mark.parametrize("acting", [VISITOR, DOORKEEPER], ids=["visitor", "doorkeeper"])
def test_who_is_not_signed_in_has_no_way_to_a_case(database, acting):
    for table in ("cases", "persons", "distributions", "outbox", "notifications", "place_entries"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            rows(database, f"SELECT FROM {table}", acting)


def test_the_role_is_gone_with_the_transaction(database):
    with transaction(database.sessions, acting_of(officer())) as session:
        inside = session.scalar(text("SELECT current_user"))
        connection = session.connection().connection.driver_connection
    after = connection.execute(
        "SELECT current_user, nullif(current_setting('bosetting.role', true), '')"
    ).fetchone()

    assert inside == "bosetting_directorate"
    assert after == ("bosetting_app", None)


def test_a_name_with_every_sign_in_it_is_said_as_it_is(database):
    odd = 'O\'Reilly \\ "x"; DROP TABLE cases; -- æøå %s $1'
    with reading(database.sessions, acting_of(writer(1), odd)) as session:
        told = session.scalar(text("SELECT current_setting('bosetting.holder')"))

    assert told == odd


WISH = "INSERT INTO kind_limits (kind, most, from_on, until_on, reason, at, actor, municipality_id"
WISHED = "SELECT 'large_family', 0, date '2020-04-01', date '2020-12-31', 'x', now(), 'x'"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kind_limits SET confirmed = true",
        f"{WISH}) {WISHED}, 2",
        f"{WISH}, confirmed, answered_at, answered_by) {WISHED}, 1, true, now(), 'x'",
    ],
)
def test_a_municipality_neither_answers_its_own_wish_nor_states_anothers(database, statement):
    with (
        transaction(database.sessions, acting_of(writer(1))) as session,
        pytest.raises(ProgrammingError, match=r"permission denied|row-level security"),
        session.begin_nested(),
    ):
        session.execute(text(statement))
