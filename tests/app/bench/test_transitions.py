"""`bosetting bench transitions`, small."""

import re

import psycopg
import pytest
from sqlalchemy import text

from app.bench.database import own_database
from app.bench.transitions import Load, bench_transitions
from app.command_line.database import Addresses
from app.errors import CannotStart

LOAD = Load(clients=2, transitions=2)


def names_of_databases(databases):
    with psycopg.connect(databases.server.superuser_url.replace("+psycopg", "")) as connection:
        return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


@pytest.mark.trial
def test_a_line_gives_both_rates_and_the_ratio(an_own_database, capsys):
    with an_own_database() as database:
        bench_transitions(database, loads=[LOAD], rounds=1)

    _, put, accept = capsys.readouterr().out.splitlines()
    line = r"  {}, 2 clients: [\d,]+/s of [\d,]+/s, ratio \d+\.\d\d; \d+\.\d\d ms CPU of ours each"
    assert re.fullmatch(line.format("put_to_municipality"), put)
    assert re.fullmatch(line.format("accept"), accept)


def test_pgbench_leaves_behind_what_the_commands_do(an_own_database):
    """The same rows in the same tables: else the two would not be compared."""
    with an_own_database() as database:
        bench_transitions(database, loads=[LOAD], rounds=1)
        with database.sessions(1) as sessions, sessions() as session:
            kinds = session.execute(
                text("""
                SELECT c.state, c.version, c.municipality_id = 700001 + n % 356, c.account_id
                       = 800001 + n % 356, d.state, d.shown, d.settlement_week,
                       (SELECT array_agg(trigger || source || dest || actor ORDER BY version)
                        FROM case_steps s WHERE s.case_id = c.id),
                       (SELECT array_agg(type || facts ORDER BY id)
                        FROM outbox o WHERE o.case_id = c.id),
                       (SELECT array_agg(kind || held_change)
                        FROM place_entries e WHERE e.case_id = c.id),
                       (SELECT array_agg(seq || action || (acting_for IS NOT DISTINCT FROM
                                'municipality:' || c.municipality_id)::text ORDER BY seq)
                        FROM audit_entries a WHERE a.subject = 'case:' || c.id)
                FROM (SELECT *, right(id::text, 12)::bigint n FROM cases) c
                LEFT JOIN distributions d ON d.case_id = c.id
                """)
            ).all()

    assert len({str(kind) for kind in kinds}) == 1
    assert kinds[0][:5] == ("accepted", 3, True, True, "accepted")
    assert kinds[0][-1] == ["1distributefalse", "2accepttrue"]


@pytest.mark.trial
def test_the_database_of_the_bench_is_gone_afterwards(addresses, databases):
    before = names_of_databases(databases)

    with own_database(addresses):
        during = names_of_databases(databases)

    assert len(during - before) == 1
    assert names_of_databases(databases) == before


def test_without_a_login_that_may_create_databases_it_says_so(databases):
    addresses = Addresses(databases.server.url, databases.server.owner_url, embedded=False)
    with (
        pytest.raises(CannotStart, match="cannot make a database"),
        own_database(addresses),
    ):
        pass

    with (
        pytest.raises(CannotStart, match="BOSETTING_OWNER_DATABASE_URL"),
        own_database(Addresses(databases.server.url, None, embedded=False)),
    ):
        pass
