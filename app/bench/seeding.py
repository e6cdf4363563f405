"""Municipalities and cases for the benches, made by the database itself.

Every id is computed from an integer, so that a script of pgbench's can name the same case as we do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from workflow.kernel.actor import Actor, Role
from workflow.kernel.calendar import answer_due, local_day
from workflow.kernel.weeks import Week

OFFICER = Actor("Kari Saksbehandler", Role.CASE_OFFICER)

MUNICIPALITIES = 356
#: Ids no year, version or count is taken for.
FIRST_MUNICIPALITY = 700_001
FIRST_ACCOUNT = 800_001
#: A case's id is this and its number, which has twelve digits.
CASE_ID = "00000000-0000-4000-8000-"
FIRST_CASE = 100_000_000_000


def case_id(number: int) -> UUID:
    return UUID(f"{CASE_ID}{number}")


def municipality_of(number: int) -> int:
    """Where the bench puts a case: neighbours in number go to different municipalities."""
    return FIRST_MUNICIPALITY + number % MUNICIPALITIES


def account_of(number: int) -> int:
    return FIRST_ACCOUNT + number % MUNICIPALITIES


def writer_of(number: int) -> Actor:
    return Actor("Ola Kommune", Role.MUNICIPALITY_WRITER, municipality_id=municipality_of(number))


@dataclass(frozen=True)
class Scene:
    """When the bench takes place; all it does is of one year, so that no plan moves year."""

    at: datetime

    @property
    def week(self) -> Week:
        """The settlement week: of the year after, if it is late in this one."""
        return Week.of(local_day(self.at) + timedelta(days=60))

    @property
    def year(self) -> int:
        return self.week.year

    def values(self) -> dict[str, Any]:
        """For the statements below."""
        today = local_day(self.at)
        return {
            "case_id": CASE_ID,
            "first_case": FIRST_CASE,
            "first_municipality": FIRST_MUNICIPALITY,
            "first_account": FIRST_ACCOUNT,
            "municipalities": MUNICIPALITIES,
            "at": self.at,
            "today": today,
            "due": answer_due(today),
            "year": self.year,
            "entry": today + timedelta(days=14),
            "permit": today + timedelta(days=180),
        }


def municipalities(connection: psycopg.Connection, scene: Scene, *, places: int) -> None:
    """All of them, each with so many decided places."""
    values = scene.values() | {"places": places}
    connection.execute(
        """
        INSERT INTO municipalities (id, number, official_name, norwegian_name, county, sort_key,
                                    sami_area, letter_language, valid_from)
        SELECT %(first_municipality)s + n, (1000 + n)::text, 'Bygd ' || n, 'Bygd ' || n,
               'Trøndelag', 'bygd ' || lpad(n::text, 3, '0'), false, 'neutral', '2000-01-01'
        FROM generate_series(0, %(municipalities)s - 1) n
        """,
        values,
    )
    connection.execute(
        """
        INSERT INTO municipality_names (municipality_id, number, official_name, norwegian_name,
                                        county, valid_from)
        SELECT id, number, official_name, norwegian_name, county, valid_from FROM municipalities
        """
    )
    connection.execute(
        """
        INSERT INTO place_accounts (id, municipality_id, year, pool, decided_places, extra_places,
                                    held, settled, overrun, version)
        SELECT %(first_account)s + n, %(first_municipality)s + n, %(year)s, 'ordinary', %(places)s,
               0, 0, 0, 0, 1
        FROM generate_series(0, %(municipalities)s - 1) n
        """,
        values,
    )


def registered_cases(
    connection: psycopg.Connection, scene: Scene, *, cases: int, persons: range = range(3, 4)
) -> None:
    """Cases that wait for a municipality, numbered from FIRST_CASE, households of all sizes."""
    values = scene.values() | {
        "last_case": FIRST_CASE + cases - 1,
        "fewest": persons.start,
        "sizes": len(persons),
    }
    connection.execute(
        """
        INSERT INTO cases (id, case_number, case_group, state, departure_country, needs,
                           address_protection, persons_count, settled_count, entry_status,
                           entry_from_on, permit_expires_on, was_withdrawn, created_at, version)
        SELECT (%(case_id)s || n)::uuid, '2020-' || lpad((n - %(first_case)s)::text, 7, '0'),
               'resettlement', 'registered', 'LB', '{school}', 'none',
               %(fewest)s + n %% %(sizes)s, 0, 'possible', %(entry)s, %(permit)s, false, %(at)s, 1
        FROM generate_series(%(first_case)s, %(last_case)s) n
        """,
        values,
    )
    connection.execute(
        """
        INSERT INTO persons (id, case_id, position, name, birth_year, sex, nationality, languages,
                             entry_status, entry_from_on, permit_expires_on, joined_on)
        SELECT gen_random_uuid(), (%(case_id)s || n)::uuid, p, 'Person ' || n || p, 1980 + p,
               'female', 'SY', '{arabisk}', 'possible', %(entry)s, %(permit)s, %(today)s
        FROM generate_series(%(first_case)s, %(last_case)s) n,
             generate_series(1, %(fewest)s + n %% %(sizes)s) p
        """,
        values,
    )


def put_to_their_municipalities(connection: psycopg.Connection, scene: Scene) -> None:
    """Every registered case is asked for, as the command would have left it."""
    values = scene.values() | {"actor": OFFICER.name, "role": str(OFFICER.role)}
    connection.execute(
        """
        WITH moved AS (
            UPDATE cases
            SET state = 'distributed', version = version + 1, places_year = %(year)s,
                municipality_id = %(first_municipality)s + n %% %(municipalities)s,
                account_id = %(first_account)s + n %% %(municipalities)s,
                asked_on = %(today)s, answer_due = %(due)s
            FROM (SELECT id AS of_case, right(id::text, 12)::bigint AS n FROM cases) numbered
            WHERE id = of_case AND state = 'registered'
            RETURNING id, version, municipality_id, account_id, persons_count
        ), asked AS (
            INSERT INTO distributions (id, case_id, municipality_id, state, year, again,
                                       persons_count, shown, asked_at, asked_on, answer_due)
            SELECT gen_random_uuid(), id, municipality_id, 'open', %(year)s, false,
                   persons_count, '{}', %(at)s, %(today)s, %(due)s
            FROM moved
        ), step AS (
            INSERT INTO case_steps (case_id, version, at, actor, actor_role, trigger, source, dest,
                                    facts)
            SELECT id, version, %(at)s, %(actor)s, %(role)s, 'distribute', 'registered',
                   'distributed', '{}'
            FROM moved
        ), entry AS (
            INSERT INTO place_entries (account_id, at, kind, held_change, settled_change,
                                       ceiling_change, free_after, case_id, actor)
            SELECT account_id, %(at)s, 'hold', persons_count, 0, 0, 0, id, %(actor)s FROM moved
        )
        UPDATE place_accounts SET held = held + persons
        FROM (SELECT account_id, sum(persons_count) AS persons FROM moved GROUP BY 1) taken
        WHERE place_accounts.id = account_id
        """,
        values,
    )
