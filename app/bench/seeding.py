"""Municipalities and cases for the benches, made by the database itself.

Every id is computed from an integer, so that a script of pgbench's can name the same case as we do.
"""

from datetime import UTC, date, datetime
from uuid import UUID

import psycopg

from workflow.kernel.actor import Actor, Role
from workflow.kernel.weeks import Week

AT = datetime(2020, 4, 1, 10, tzinfo=UTC)
YEAR = 2020
WEEK = Week(2020, 24)
OFFICER = Actor("Kari Saksbehandler", Role.CASE_OFFICER)

MUNICIPALITIES = 356
#: Ids no year, version or count is taken for.
FIRST_MUNICIPALITY = 700_001
FIRST_ACCOUNT = 800_001
#: A case's id is this and its number, which has twelve digits.
CASE_ID = "00000000-0000-4000-8000-"
FIRST_CASE = 100_000_000_000
PERSONS = 3


def case_id(number: int) -> UUID:
    return UUID(f"{CASE_ID}{number}")


def municipality_of(number: int) -> int:
    """Where the bench puts a case: neighbours in number go to different municipalities."""
    return FIRST_MUNICIPALITY + number % MUNICIPALITIES


def account_of(number: int) -> int:
    return FIRST_ACCOUNT + number % MUNICIPALITIES


def writer_of(number: int) -> Actor:
    return Actor("Ola Kommune", Role.MUNICIPALITY_WRITER, municipality_id=municipality_of(number))


def municipalities(connection: psycopg.Connection, *, places: int) -> None:
    """All of them, each with so many decided places."""
    connection.execute(
        """
        INSERT INTO municipalities (id, number, official_name, norwegian_name, county, sort_key,
                                    sami_area, letter_language, valid_from)
        SELECT %(first)s + n, (1000 + n)::text, 'Bygd ' || n, 'Bygd ' || n, 'Trøndelag',
               'bygd ' || lpad(n::text, 3, '0'), false, 'neutral', '2000-01-01'
        FROM generate_series(0, %(last)s) n
        """,
        {"first": FIRST_MUNICIPALITY, "last": MUNICIPALITIES - 1},
    )
    connection.execute(
        """
        INSERT INTO place_accounts (id, municipality_id, year, pool, decided_places, extra_places,
                                    held, settled, overrun, version)
        SELECT %(first)s + n, %(municipality)s + n, %(year)s, 'ordinary', %(places)s, 0, 0, 0, 0, 1
        FROM generate_series(0, %(last)s) n
        """,
        {
            "first": FIRST_ACCOUNT,
            "municipality": FIRST_MUNICIPALITY,
            "last": MUNICIPALITIES - 1,
            "year": YEAR,
            "places": places,
        },
    )


def registered_cases(connection: psycopg.Connection, *, cases: int) -> None:
    """Cases of three persons that wait for a municipality, numbered from FIRST_CASE."""
    numbers = {"first": FIRST_CASE, "last": FIRST_CASE + cases - 1, "case_id": CASE_ID}
    connection.execute(
        """
        INSERT INTO cases (id, case_number, case_group, state, departure_country, needs,
                           address_protection, persons_count, settled_count, entry_status,
                           entry_from_on, permit_expires_on, was_withdrawn, created_at, version)
        SELECT (%(case_id)s || n)::uuid, '2020-' || lpad((n - %(first)s)::text, 7, '0'),
               'resettlement', 'registered', 'LB', '{school}', 'none', %(persons)s, 0, 'possible',
               %(entry)s, %(permit)s, false, %(at)s, 1
        FROM generate_series(%(first)s, %(last)s) n
        """,
        numbers
        | {
            "persons": PERSONS,
            "entry": date(2020, 4, 15),
            "permit": date(2020, 9, 30),
            "at": AT,
        },
    )
    connection.execute(
        """
        INSERT INTO persons (id, case_id, position, name, birth_year, sex, nationality, languages,
                             entry_status, entry_from_on, permit_expires_on, joined_on)
        SELECT gen_random_uuid(), (%(case_id)s || n)::uuid, p, 'Person ' || n || p, 1980 + p,
               'female', 'SY', '{arabisk}', 'possible', %(entry)s, %(permit)s, %(on)s
        FROM generate_series(%(first)s, %(last)s) n, generate_series(1, %(persons)s) p
        """,
        numbers
        | {
            "persons": PERSONS,
            "entry": date(2020, 4, 15),
            "permit": date(2020, 9, 30),
            "on": AT.date(),
        },
    )
