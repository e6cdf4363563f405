"""The migrations lead to exactly the tables the models describe, forward and back.

Alembic's own comparison does not see CHECK constraints; here both schemas are built and PostgreSQL
is asked what it holds.
"""

import re

import psycopg
import pytest
from alembic import command
from sqlalchemy import NullPool, create_engine, text

from app import migrate
from tests.architecture.sources import ROOT, files
from tests.databases import Database, Databases

COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
           a.attidentity::text, a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND a.attnum > 0 AND NOT a.attisdropped
"""
# NOT NULL is among the columns above; PostgreSQL 18 lists it as a constraint as well.
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 0 AND contype <> 'n'
"""
INDEXES = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
# What only migrations make; a way back has to take it away as well.
FUNCTIONS_AND_TRIGGERS = """
    SELECT 'function', p.proname, pg_get_functiondef(p.oid) FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
    UNION ALL
    SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
"""
GRANTS = """
    SELECT table_name, privilege_type, grantee FROM information_schema.role_table_grants
    WHERE table_schema = 'public' AND grantee <> 'bosetting_owner'
"""


@pytest.fixture
def empty(databases: Databases):
    with databases.fresh(template="template0", connections=2) as database:
        yield database


def test_the_migrations_make_the_columns_of_the_models(committed, empty):
    build_from_models(empty, like=committed)

    assert described(committed, COLUMNS) == described(empty, COLUMNS)


def test_the_migrations_make_the_constraints_of_the_models(committed, empty):
    build_from_models(empty, like=committed)

    assert described(committed, CONSTRAINTS) == described(empty, CONSTRAINTS)


def test_the_migrations_make_the_indexes_of_the_models(committed, empty):
    build_from_models(empty, like=committed)

    assert described(committed, INDEXES) == described(empty, INDEXES)


@pytest.mark.trial
def test_the_way_back_leaves_nothing_and_the_way_forth_works_again(empty):
    everything = (COLUMNS, CONSTRAINTS, INDEXES, FUNCTIONS_AND_TRIGGERS, GRANTS)
    migrate.upgrade(empty.owner_url)
    first = [described(empty, query) for query in everything]

    command.downgrade(migrate.config(empty.owner_url), "base")
    between = [described(empty, query) for query in (COLUMNS, FUNCTIONS_AND_TRIGGERS)]
    migrate.upgrade(empty.owner_url)
    second = [described(empty, query) for query in everything]

    assert between == [set(), set()]
    assert all(first[:3])
    assert second == first


@pytest.mark.trial
def test_who_comes_second_to_migrate_finds_it_done(committed):
    """Two nodes start at once: both saw an old schema, and one was first."""
    command.upgrade(migrate.config(committed.owner_url), "head")

    assert migrate.upgrade(committed.owner_url) == migrate.head()


def test_migrations_are_numbered_without_a_gap_and_form_one_line():
    names = [path.stem for path in files("migrations/versions")]
    numbers = [re.match(r"(\d{4})_[a-z0-9_]+$", name) for name in names]

    assert all(numbers), names
    assert [int(number[1]) for number in numbers] == list(range(1, len(names) + 1))
    for path, number in zip(files("migrations/versions"), numbers, strict=True):
        before = f'"{int(number[1]) - 1:04}"' if int(number[1]) > 1 else "None"
        source = (ROOT / path).read_text()
        assert f'revision = "{number[1]}"' in source, path
        assert f"down_revision = {before}" in source, path


def build_from_models(database: Database, *, like: Database) -> None:
    """The tables as SQLAlchemy makes them, with the extensions the other database has."""
    with psycopg.connect(_libpq(like)) as connection:
        extensions = connection.execute("SELECT extname FROM pg_extension").fetchall()
    engine = create_engine(database.owner_url, poolclass=NullPool)
    with engine.begin() as connection:
        for (extension,) in extensions:
            connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {extension}"))
        migrate.all_tables().create_all(connection)


def described(database: Database, query: str) -> set[tuple]:
    """What PostgreSQL itself says it holds, Alembic's own table left out."""
    with psycopg.connect(_libpq(database)) as connection:
        return {row for row in connection.execute(query) if row[0] != "alembic_version"}


def _libpq(database: Database) -> str:
    return database.owner_url.replace("postgresql+psycopg", "postgresql")
