"""What the database says of cases and places, and what must be true of it whatever happens."""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from workflow.capacity.ledger import Figures
from workflow.capacity.models import PlaceAccount
from workflow.capacity.states import Pool
from workflow.cases.models import Case, CaseStep, Distribution
from workflow.kernel.outbox import OutboxMessage

#: Each query finds what is wrong; all of them find nothing.
RULES = {
    "an account holds the persons its cases have without a settlement date": """
        SELECT a.id, a.held, coalesce(sum(c.persons_count - c.settled_count), 0)
        FROM place_accounts a LEFT JOIN cases c ON c.account_id = a.id
        GROUP BY a.id HAVING a.held <> coalesce(sum(c.persons_count - c.settled_count), 0)""",
    "an account counts as settled the persons it has settled": """
        SELECT a.id, a.settled, count(p.id)
        FROM place_accounts a LEFT JOIN persons p ON p.settled_account_id = a.id
        GROUP BY a.id HAVING a.settled <> count(p.id)""",
    "the ledger adds up to its account": """
        SELECT a.id, a.held, a.settled, sum(e.held_change), sum(e.settled_change)
        FROM place_accounts a LEFT JOIN place_entries e ON e.account_id = a.id
        GROUP BY a.id
        HAVING a.held <> coalesce(sum(e.held_change), 0)
            OR a.settled <> coalesce(sum(e.settled_change), 0)
            OR coalesce(a.decided_places, 0) + a.extra_places
               <> coalesce(sum(e.ceiling_change), 0)""",
    "an account's overrun is what it has beyond its ceiling": """
        SELECT id, overrun FROM place_accounts
        WHERE overrun
            <> greatest(0, held + settled - coalesce(decided_places, 0) - extra_places)""",
    "each line of the ledger tells what was free after it": """
        SELECT * FROM (
            SELECT id, account_id, free_after, greatest(0, sum(
                ceiling_change - held_change - settled_change
            ) OVER (PARTITION BY account_id ORDER BY id)) AS free FROM place_entries
        ) AS line WHERE free_after <> free""",
    "a case counts its persons": """
        SELECT c.id, c.persons_count, c.settled_count FROM cases c LEFT JOIN persons p
            ON p.case_id = c.id AND p.left_on IS NULL
        GROUP BY c.id
        HAVING c.persons_count <> count(p.id) OR c.settled_count <> count(p.settled_on)""",
    "a case's account is its municipality's, in its year; once settled also an ended one's": """
        SELECT c.id FROM cases c JOIN place_accounts a ON a.id = c.account_id
        JOIN municipalities m ON m.id = a.municipality_id
        WHERE (a.municipality_id <> c.municipality_id
               AND NOT (c.state = 'settled' AND m.valid_to IS NOT NULL))
           OR a.year <> c.places_year
           OR (a.pool = 'protected') <> (c.address_protection <> 'none')
           OR a.pool <> 'protected'
              AND (a.pool = 'minors') <> (c.case_group = 'unaccompanied_minor')""",
    "history has no gap, no line twice, and each step begins where the last ended": """
        SELECT * FROM (
            SELECT case_id, version, source, dest,
                lag(version, 1, 0) OVER life AS version_before,
                lag(dest, 1, source) OVER life AS dest_before
            FROM case_steps WINDOW life AS (PARTITION BY case_id ORDER BY version)
        ) AS step WHERE version <> version_before + 1 OR source <> dest_before""",
    "a case is where its history ended": """
        SELECT c.id, c.state, c.version FROM cases c
        LEFT JOIN case_steps s ON s.case_id = c.id AND s.version = c.version
            AND s.dest = c.state
        WHERE s.id IS NULL
           OR EXISTS (SELECT FROM case_steps l WHERE l.case_id = c.id AND l.version > c.version)""",
    "a question is open while its case holds places, at the case's municipality": """
        SELECT c.id, c.state, d.state FROM cases c FULL JOIN distributions d
            ON d.case_id = c.id AND d.closed_at IS NULL
        WHERE (c.state IN ('distributed', 'redistributed', 'accepted', 'placed',
                           'travel_booked', 'arrived')
               AND (d.id IS NULL OR d.municipality_id <> c.municipality_id
                    OR d.state <> CASE c.state
                        WHEN 'distributed' THEN 'open' WHEN 'redistributed' THEN 'open'
                        WHEN 'accepted' THEN 'accepted' ELSE 'placed' END))
           OR (c.state NOT IN ('distributed', 'redistributed', 'accepted', 'placed',
                               'travel_booked', 'arrived') AND d.closed_at IS NULL
               AND d.id IS NOT NULL)""",
    "a home is kept for the case that holds it, and for no other": """
        SELECT v.id, v.state, v.case_id, c.id FROM vacancies v FULL JOIN cases c
            ON c.vacancy_id = v.id
        WHERE (v.state IN ('reserved', 'used') AND v.case_id IS DISTINCT FROM c.id)
           OR (c.vacancy_id IS NOT NULL AND v.state NOT IN ('reserved', 'used'))""",
    "a booked journey belongs to a case that has one, and the other way round": """
        SELECT c.id, c.state, b.state FROM cases c
        LEFT JOIN bookings b ON b.case_id = c.id AND b.state = 'booked'
        WHERE (c.state = 'travel_booked') <> (b.id IS NOT NULL)""",
    "each step of a case has its entry in the audit, of the same version": """
        SELECT s.case_id, s.version, s.trigger FROM case_steps s LEFT JOIN audit_entries e
            ON e.subject = 'case:' || s.case_id AND e.action = s.trigger
            AND e.after ->> 'version' = s.version::text AND e.after ->> 'state' = s.dest
        WHERE e.position IS NULL""",
    "an event of the case is told once for each step": """
        SELECT c.id FROM cases c JOIN outbox o ON o.case_id = c.id AND o.type LIKE 'case.%'
        GROUP BY c.id HAVING count(*) > c.version""",
}


def figures(
    session: Session, municipality_id: int, *, year: int = 2020, pool: Pool = Pool.ORDINARY
) -> Figures:
    """The places of a municipality's year, as the database has them now."""
    return Figures(
        *session.execute(
            select(
                PlaceAccount.decided_places,
                PlaceAccount.extra_places,
                PlaceAccount.held,
                PlaceAccount.settled,
            ).where(
                PlaceAccount.municipality_id == municipality_id,
                PlaceAccount.year == year,
                PlaceAccount.pool == pool,
            )
        ).one()
    )


def the_case(session: Session, case_id: UUID) -> Case:
    return session.get_one(Case, case_id, populate_existing=True)


def questions(session: Session, case_id: UUID) -> list[Distribution]:
    """What municipalities were asked about the case, the oldest first."""
    return list(
        session.scalars(
            select(Distribution)
            .where(Distribution.case_id == case_id)
            .order_by(Distribution.asked_at, Distribution.closed_at.asc().nulls_last())
            .execution_options(populate_existing=True)
        )
    )


def steps(session: Session, case_id: UUID) -> list[CaseStep]:
    """The lines of the case's history, the oldest first."""
    return list(
        session.scalars(
            select(CaseStep).where(CaseStep.case_id == case_id).order_by(CaseStep.version)
        )
    )


def events(session: Session, case_id: UUID) -> list[OutboxMessage]:
    """What is to be told of the case, the oldest first."""
    return list(
        session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.case_id == case_id)
            .order_by(OutboxMessage.id)
            .execution_options(populate_existing=True)
        )
    )


def faults(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """What is wrong, by the sentence it breaks; empty when all is well."""
    found = {
        rule: [tuple(row) for row in session.execute(text(query)).fetchmany(3)]
        for rule, query in RULES.items()
    }
    return {rule: rows for rule, rows in found.items() if rows}
