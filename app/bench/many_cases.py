"""A register of very many cases in all their states, made by the database itself.

Indexes and foreign keys are put back when all is in: they are then made once, not row by row.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from app.bench.seeding import Scene

#: Share of each state in percent; most cases of a register are long settled.
STATES = (
    ("settled", 82),
    ("lapsed", 4),
    ("registered", 2),
    ("distributed", 2),
    ("redistributed", 1),
    ("accepted", 2),
    ("placed", 2),
    ("travel_booked", 1),
    ("arrived", 1),
    ("declined", 1),
    ("withdrawn", 2),
)
#: Cases of one year; a larger register goes further back.
CASES_OF_A_YEAR = 40_000
#: The name of the first persons, whom a search finds, however many others there are.
RARE_NAME = "Sjelden Fugl"
_FIRST = ("Amina", "Yusuf", "Fatima", "Omar", "Layla", "Hassan", "Maryam", "Ali", "Noor", "Samir")
_LAST = ("Haddad", "Nasser", "Khoury", "Saleh", "Aziz", "Farah", "Habib", "Rahman", "Sayed", "Ali")


def fill(connection: psycopg.Connection, scene: Scene, *, cases: int) -> None:
    """Cases with persons, questions, ledger and history, whose places add up; no audit."""
    values = scene.values() | {
        "cases": cases,
        "states": [state for state, percent in STATES for _ in range(percent)],
        "of_a_year": CASES_OF_A_YEAR,
        "first_names": list(_FIRST),
        "last_names": list(_LAST),
        "rare": RARE_NAME,
    }
    connection.execute("SET synchronous_commit = off")
    with _indexes_and_references_put_aside(connection):
        for statement in (
            _YEARS,
            _DECIDED,
            _CASES,
            _PERSONS,
            _DISTRIBUTIONS,
            _STEPS,
            _ENTRIES,
            _TOTALS,
            _AIRPORT,
            _BOOKINGS,
        ):
            connection.execute(statement, values)
    connection.execute("SET synchronous_commit = on")
    connection.execute("VACUUM ANALYZE")


#: An account for each municipality and year that has cases, besides the present year's.
_YEARS = """
    INSERT INTO place_accounts (id, municipality_id, year, pool, decided_places, extra_places,
                                held, settled, overrun, version)
    SELECT %(first_account)s + back * %(municipalities)s + n, %(first_municipality)s + n,
           %(year)s - back, 'ordinary', 1000000, 0, 0, 0, 0, 1
    FROM generate_series(1, (%(cases)s - 1) / %(of_a_year)s) back,
         generate_series(0, %(municipalities)s - 1) n
"""

_DECIDED = """
    INSERT INTO place_entries (account_id, at, kind, held_change, settled_change, ceiling_change,
                               free_after, actor)
    SELECT id, %(at)s::timestamptz - interval '30 years', 'decided', 0, 0, decided_places,
           decided_places, 'Kari Saksbehandler'
    FROM place_accounts
"""

#: The newest cases are of this year. `n` counts back from them; its steps share no factor with 100.
_CASES = """
    INSERT INTO cases (id, case_number, case_group, state, departure_country, reception_centre,
                       needs, address_protection, persons_count, settled_count, entry_status,
                       entry_from_on, permit_expires_on, municipality_id, account_id, places_year,
                       asked_on, answer_due, settlement_week, placed_on, former_municipality_id,
                       track, was_withdrawn, created_at, version)
    SELECT (%(case_id)s || %(first_case)s + n)::uuid,
           (%(year)s - back)::text || '-' || lpad(n::text, 7, '0'),
           CASE WHEN n %% 10 < 6 THEN 'resettlement' WHEN n %% 10 < 9 THEN 'reception_centre'
                ELSE 'private' END,
           state, 'LB', CASE WHEN n %% 10 BETWEEN 6 AND 8 THEN 'Mottak ' || n %% 40 END,
           '{}', 'none', size, CASE state WHEN 'settled' THEN size ELSE 0 END,
           CASE WHEN n %% 7 = 0 THEN 'unknown' ELSE 'possible' END,
           CASE WHEN n %% 7 > 0 THEN %(entry)s::date - back * 365 END,
           %(permit)s::date - back * 365,
           CASE WHEN held THEN %(first_municipality)s + n %% %(municipalities)s END,
           CASE WHEN held THEN %(first_account)s + back * %(municipalities)s
                               + n %% %(municipalities)s END,
           CASE WHEN held THEN %(year)s - back END,
           CASE WHEN held THEN %(today)s::date - back * 365 - 14 + n %% 14 END,
           CASE WHEN held THEN %(today)s::date - back * 365 - 7 + n %% 14 END,
           CASE WHEN held AND state NOT IN ('distributed', 'redistributed')
                THEN (%(year)s - back)::text || '-W24' END,
           CASE WHEN state IN ('placed', 'travel_booked', 'arrived', 'settled')
                THEN %(today)s::date - back * 365 END,
           CASE WHEN again THEN %(first_municipality)s + (n + 7) %% %(municipalities)s END,
           CASE WHEN again THEN 'A' END, again, %(at)s::timestamptz - back * interval '365 days', 3
    FROM (
        SELECT n, n / %(of_a_year)s AS back, 1 + n %% 3 AS size, state,
               state NOT IN ('registered', 'declined', 'withdrawn', 'lapsed') AS held,
               state IN ('withdrawn', 'redistributed') AS again
        FROM (SELECT n, (%(states)s::text[])[1 + (n * 37::bigint) %% 100] AS state
              FROM generate_series(0, %(cases)s - 1) n) numbered
    ) c
"""

_PERSONS = """
    INSERT INTO persons (id, case_id, position, name, duf_number, birth_year, sex, nationality,
                         languages, entry_status, entry_from_on, permit_expires_on, joined_on,
                         settled_on, settled_account_id)
    SELECT gen_random_uuid(), c.id, p,
           CASE WHEN n < 5 THEN %(rare)s
                ELSE (%(first_names)s::text[])[1 + (n + p) %% 10] || ' '
                     || (%(last_names)s::text[])[1 + (n / 10) %% 10] || ' ' || to_hex(n) END,
           lpad((n * 3 + p)::text, 12, '2'), 1970 + n %% 50, 'female', 'SY', '{arabisk}',
           entry_status, entry_from_on, permit_expires_on, created_at::date,
           CASE state WHEN 'settled' THEN placed_on END,
           CASE state WHEN 'settled' THEN account_id END
    FROM (SELECT *, right(id::text, 12)::bigint - %(first_case)s AS n FROM cases) c,
         generate_series(1, c.persons_count) p
"""

_DISTRIBUTIONS = """
    INSERT INTO distributions (id, case_id, municipality_id, state, year, again, persons_count,
                               shown, asked_at, asked_on, answer_due, answered_at, settlement_week,
                               closed_at)
    SELECT gen_random_uuid(), id, municipality_id,
           CASE state WHEN 'distributed' THEN 'open' WHEN 'redistributed' THEN 'open'
                      WHEN 'accepted' THEN 'accepted' WHEN 'settled' THEN 'settled'
                      ELSE 'placed' END,
           places_year, was_withdrawn, persons_count, '{"persons": []}', asked_on, asked_on,
           answer_due, CASE WHEN settlement_week IS NOT NULL THEN asked_on + 3 END, settlement_week,
           CASE state WHEN 'settled' THEN placed_on END
    FROM cases WHERE municipality_id IS NOT NULL
"""

_STEPS = """
    INSERT INTO case_steps (case_id, version, at, actor, actor_role, trigger, source, dest, facts)
    SELECT id, taken.version, created_at + taken.version * interval '1 day', 'Kari Saksbehandler',
           'case_officer', trigger, source, coalesce(dest, state), '{}'
    FROM cases, (VALUES (1, 'register', 'registered', 'registered'),
                        (2, 'distribute', 'registered', 'distributed'),
                        (3, 'settle', 'distributed', NULL))
                AS taken (version, trigger, source, dest)
"""

_ENTRIES = """
    INSERT INTO place_entries (account_id, at, kind, held_change, settled_change, ceiling_change,
                               free_after, case_id, actor)
    SELECT account_id, asked_on, CASE state WHEN 'settled' THEN 'settle' ELSE 'hold' END,
           persons_count - settled_count, settled_count, 0,
           decided_places - sum(persons_count) OVER (PARTITION BY account_id ORDER BY case_number),
           cases.id, 'Kari Saksbehandler'
    FROM cases JOIN place_accounts ON place_accounts.id = account_id
    ORDER BY case_number
"""

_TOTALS = """
    UPDATE place_accounts SET held = sums.held, settled = sums.settled
    FROM (SELECT account_id, sum(held_change) AS held, sum(settled_change) AS settled
          FROM place_entries GROUP BY account_id) sums
    WHERE place_accounts.id = account_id
"""


_AIRPORT = """
    INSERT INTO airports (iata, icao, name, latitude, longitude, scheduled)
    VALUES ('TRD', 'ENVA', 'Trondheim', 63.5, 10.9, true)
"""

_BOOKINGS = """
    WITH booked AS (
        INSERT INTO bookings (id, case_id, municipality_id, state, arrival_airport, arrives_at, at,
                              version)
        SELECT gen_random_uuid(), id, municipality_id,
               CASE state WHEN 'travel_booked' THEN 'booked' ELSE 'completed' END, 'TRD',
               placed_on + interval '30 days', placed_on, 1
        FROM cases WHERE state IN ('travel_booked', 'arrived')
        RETURNING id, arrives_at, at
    )
    INSERT INTO booking_versions (booking_id, version, change, arrival_airport, arrives_at, at,
                                  actor)
    SELECT id, 1, 'booked', 'TRD', arrives_at, at, 'Ulla Reise' FROM booked
"""


@contextmanager
def _indexes_and_references_put_aside(connection: psycopg.Connection) -> Iterator[None]:
    references = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
        " FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
    ).fetchall()
    indexes = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"
    ).fetchall()
    for table, name, _ in references:
        connection.execute(
            sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                sql.Identifier(table), sql.Identifier(name)
            )
        )
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    yield
    for _, made_by in indexes:
        connection.execute(made_by)
    for table, name, made_by in references:
        connection.execute(
            sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} {}").format(
                sql.Identifier(table), sql.Identifier(name), sql.SQL(made_by)
            )
        )
