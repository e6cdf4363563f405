"""What the application's login cannot do beside reading and writing rows that are its own."""

import psycopg
import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, ProgrammingError

from app.acting import SYSTEM, DatabaseRole, acting_of
from app.db import reading, transaction
from app.models import AccessToken, User
from tests.factories import NOW, a_case, a_municipality, lead, placed, writer
from workflow.cases import protected
from workflow.cases.access_models import ProtectedAccess
from workflow.cases.models import Case, Person
from workflow.cases.states import Protection
from workflow.kernel.actor import Actor, Role

FORBIDDEN, NOT_WITH_ROW_SECURITY = "42501", "0A000"
OURS = [str(role) for role in DatabaseRole] + ["bosetting_app", "bosetting_signed_in"]


@pytest.fixture(scope="module")
def database(databases):
    with databases.fresh(connections=2) as made:
        yield made


def rows(database, query, acting=SYSTEM):
    with reading(database.sessions, acting) as session:
        return session.execute(text(query)).all()


def refused(database, statement, acting):
    with pytest.raises(DBAPIError) as fault, transaction(database.sessions, acting) as session:
        session.execute(text(statement) if isinstance(statement, str) else statement)
    return fault.value.orig.sqlstate


def test_functions_that_run_as_the_owner_are_nobodys_by_default_and_name_temporary_tables_last(
    database,
):
    found = rows(
        database,
        "SELECT p.oid::regprocedure::text, array_to_string(proconfig, ';'),"
        " p.proacl IS NULL OR EXISTS (SELECT FROM aclexplode(p.proacl) WHERE grantee = 0),"
        " has_function_privilege('bosetting_app', p.oid, 'EXECUTE')"
        " FROM pg_proc p WHERE prosecdef AND pronamespace = 'public'::regnamespace",
    )

    assert len(found) >= 5
    for name, settings, everybodys, of_the_login in found:
        assert settings == "search_path=pg_catalog, public, pg_temp", name
        assert not everybodys, name
        assert not of_the_login, name


def test_a_temporary_table_does_not_stand_in_for_the_audits(database):
    """As who fills in for a table: `pg_temp` is looked in first wherever it is not named."""
    with transaction(database.sessions, acting_of(writer(1))) as session:
        session.execute(text("CREATE TEMP TABLE audit_entries (position bigint)"))
        session.execute(text("CREATE TEMP TABLE audit_heads (subject text)"))
        written = session.scalar(
            text(
                "SELECT audit_append(ARRAY['case:x'], ARRAY[NULL::jsonb], ARRAY[NULL::jsonb],"
                " now(), 'x', 'lead', NULL, 'tried', NULL, NULL, NULL)"
            )
        )
        stood_in = session.scalar(text("SELECT count(*) FROM pg_temp.audit_entries"))
        session.execute(text("DROP TABLE pg_temp.audit_entries, pg_temp.audit_heads"))

    assert (written, stood_in) == (1, 0)
    assert rows(database, "SELECT FROM audit_entries WHERE action = 'tried'") == [()]


def test_nobody_may_empty_a_table_or_hang_a_trigger_or_a_reference_on_one(database):
    given = rows(
        database,
        "SELECT relname, grantee::regrole::text, privilege_type"
        " FROM pg_class, aclexplode(relacl)"
        " WHERE relnamespace = 'public'::regnamespace AND grantee <> relowner"
        " AND privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'USAGE')",
    )

    assert given == []


def test_no_right_is_given_to_everybody_or_to_come(database):
    everybodys = rows(
        database,
        "SELECT relname FROM pg_class, aclexplode(relacl)"
        " WHERE relnamespace = 'public'::regnamespace AND grantee = 0",
    )

    assert everybodys == []
    assert rows(database, "SELECT FROM pg_default_acl") == []


def test_a_new_table_that_does_not_say_whose_it_is_is_nobodys(database):
    with psycopg.connect(_plain(database.owner_url), autocommit=True) as owner:
        owner.execute("CREATE TABLE forgotten (case_id uuid)")
        try:
            told = {role: refused(database, "SELECT FROM forgotten", _as(role)) for role in ROLES}
            unsecured = rows(
                database, "SELECT FROM pg_class WHERE relname = 'forgotten' AND NOT relrowsecurity"
            )
        finally:
            owner.execute("DROP TABLE forgotten")

    assert set(told.values()) == {FORBIDDEN}
    # What tests/architecture/test_row_security.py fails by.
    assert len(unsecured) == 1


#: One role of each kind that is signed in.
ROLES = [role for role in Role if role is not Role.SYSTEM]


def _as(role):
    here = 1 if role.startswith("municipality") else None
    return acting_of(Actor("x", role, municipality_id=here))


def _plain(url):
    return url.replace("postgresql+psycopg://", "postgresql://")


@pytest.mark.parametrize("role", OURS)
def test_no_role_is_more_than_its_rows(database, role):
    (told,) = rows(
        database,
        f"SELECT has_database_privilege('{role}', current_database(), 'CREATE'),"
        f" has_schema_privilege('{role}', 'public', 'CREATE'),"
        f" pg_has_role('{role}', 'bosetting_owner', 'MEMBER'),"
        " EXISTS (SELECT FROM pg_roles r WHERE r.rolname LIKE 'pg\\_%'"
        f" AND pg_has_role('{role}', r.oid, 'MEMBER')),"
        " EXISTS (SELECT FROM pg_auth_members WHERE admin_option"
        f" AND member = '{role}'::regrole)",
    )

    assert told == (False,) * 5


def test_row_security_cannot_be_switched_off_nor_the_owner_become(database):
    acting = acting_of(writer(1))

    with transaction(database.sessions, acting) as session:
        session.execute(text("SET LOCAL row_security = off"))
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.execute(text("SELECT FROM cases"))
        session.rollback()
    assert refused(database, "SET LOCAL ROLE bosetting_owner", acting) == FORBIDDEN
    assert refused(database, "SET LOCAL session_replication_role = replica", acting) == FORBIDDEN


def test_copy_passes_no_wall(database):
    with transaction(database.sessions) as session:
        there = a_municipality(session, decided=10)
        placed(session, a_case(session), there)
    acting = acting_of(writer(there + 1))

    with transaction(database.sessions, acting) as session:
        driver = session.connection().connection.driver_connection
        with driver.cursor().copy("COPY cases TO STDOUT") as out:
            copied = list(out)
    with transaction(database.sessions, acting_of(writer(there))) as session:
        driver = session.connection().connection.driver_connection
        with driver.cursor().copy("COPY cases TO STDOUT") as out:
            own = list(out)

    assert copied == []
    assert len(own) == 1
    for statement in ("COPY cases TO '/tmp/cases'", "COPY cases TO PROGRAM 'cat'"):
        assert refused(database, statement, acting) == FORBIDDEN
    assert refused(database, "COPY cases FROM STDIN", acting) == NOT_WITH_ROW_SECURITY


def test_a_municipality_makes_users_and_tokens_of_its_own_roles_only(database):
    with transaction(database.sessions) as session:
        here = a_municipality(session)
        user = session.execute(
            insert(User)
            .values(name="x", role=Role.MUNICIPALITY_READER, municipality_id=here)
            .returning(User.id)
        ).scalar_one()
    acting = acting_of(Actor("x", Role.MUNICIPALITY_ADMINISTRATOR, municipality_id=here))
    token = {
        "name": "x",
        "secret_hash": b"x",
        "at": NOW,
        "expires_at": NOW,
        "scope": "read",
        "municipality_id": here,
    }

    for role in set(Role) - {one for one in Role if one.startswith("municipality")}:
        raised = f"UPDATE users SET role = '{role}' WHERE id = {user}"
        assert refused(database, raised, acting) == FORBIDDEN
        made = insert(User).values(name="y", role=role, municipality_id=here)
        assert refused(database, made, acting) == FORBIDDEN
        assert (
            refused(database, insert(AccessToken).values({**token, "role": role}), acting)
            == FORBIDDEN
        )
    with transaction(database.sessions, acting) as session:
        changed = session.execute(
            text(f"UPDATE users SET role = 'municipality_writer' WHERE id = {user}")
        )
        session.execute(insert(AccessToken).values({**token, "role": Role.MUNICIPALITY_READER}))
    assert changed.rowcount == 1


def test_an_auditor_reads_a_protected_case_only_when_it_is_named(database):
    with transaction(database.sessions) as session:
        here = a_municipality(session, decided=10)
        hidden = a_case(session)
        placed(session, hidden, here)
        protected.protect(
            session, hidden, Protection.CONFIDENTIAL, reason="Kode 7", actor=lead(), at=NOW
        )
        session.execute(
            insert(ProtectedAccess).values(
                case_id=hidden, user_id=77, given_at=NOW, given_by="x", reason="x"
            )
        )

    def seen(user_id):
        acting = acting_of(Actor("x", Role.AUDITOR, user_id=user_id))
        with reading(database.sessions, acting) as session:
            return (
                session.scalars(select(Case.id).where(Case.id == hidden)).all(),
                len(session.scalars(select(Person.id).where(Person.case_id == hidden)).all()),
            )

    assert seen(78) == ([], 0)
    assert seen(77) == ([hidden], 2)
    assert seen(None) == ([], 0)
