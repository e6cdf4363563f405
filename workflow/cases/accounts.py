"""The ledger of a municipality's year, and the cases behind its numbers."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, select, true
from sqlalchemy.orm import Session

from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.capacity.states import SHOWN_POOLS, EntryKind, Pool
from workflow.cases.models import Case, Person
from workflow.cases.queries import listed
from workflow.kernel.actor import READS_ALL_CASES, Actor
from workflow.kernel.paging import USUAL_PAGE, Page, cut, unpack


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One line of the ledger; the changes are in persons."""

    id: int
    pool: Pool
    at: datetime
    kind: EntryKind
    held_change: int
    settled_change: int
    ceiling_change: int
    free_after: int
    #: None where there is no case, or not one the actor may see.
    case_id: UUID | None
    case_number: str | None
    run_id: UUID | None
    actor: str
    reason: str | None

    @property
    def persons(self) -> int:
        """Persons (of a decision: places) it is about; taken, settled and decided are positive."""
        return self.settled_change or self.held_change or self.ceiling_change


def may_read_ledger(actor: Actor, municipality_id: int) -> bool:
    """A ledger is IMDi's, the auditor's and the municipality's own; the sums alone are public."""
    return actor.role in READS_ALL_CASES or (
        actor.is_municipality and actor.municipality_id == municipality_id
    )


def ledger(
    session: Session,
    municipality_id: int,
    year: int,
    *,
    pool: Pool | None = None,
    limit: int = USUAL_PAGE,
    after: str | None = None,
    actor: Actor,
) -> Page[LedgerLine]:
    """The lines of a municipality's year, the oldest first; of both pools unless one is named.

    Raises:
        Invalid: `after` is no cursor of a ledger.
    """
    wanted: Select[*tuple[Any, ...]] = (
        select(
            PlaceEntry.id,
            PlaceAccount.pool,
            PlaceEntry.at,
            PlaceEntry.kind,
            PlaceEntry.held_change,
            PlaceEntry.settled_change,
            PlaceEntry.ceiling_change,
            PlaceEntry.free_after,
            Case.id,
            Case.case_number,
            PlaceEntry.run_id,
            PlaceEntry.actor,
            PlaceEntry.reason,
        )
        .join(PlaceAccount, PlaceAccount.id == PlaceEntry.account_id)
        .outerjoin(Case, and_(Case.id == PlaceEntry.case_id, listed(actor)))
        .where(
            PlaceAccount.municipality_id == municipality_id,
            PlaceAccount.year == year,
            PlaceAccount.pool.in_(SHOWN_POOLS),
            true() if may_read_ledger(actor, municipality_id) else false(),
        )
    )
    if pool is not None:
        wanted = wanted.where(PlaceAccount.pool == pool)
    if after is not None:
        wanted = wanted.where(PlaceEntry.id > unpack(after, _ORDER, int)[0])
    rows = session.execute(wanted.order_by(PlaceEntry.id).limit(limit + 1))
    return cut([LedgerLine(*row) for row in rows], limit, _ORDER, lambda line: (line.id,))


_ORDER = "ledger"


class Figure(StrEnum):
    """A number of a year that opens to the cases behind it."""

    HELD = "held"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class FigureOfYear:
    municipality_id: int
    year: int
    pool: Pool
    figure: Figure


def behind(number: FigureOfYear) -> ColumnElement[bool]:
    """The cases whose persons a figure of a year counts, as a condition on `cases`."""
    account_id = (
        select(PlaceAccount.id)
        .where(
            PlaceAccount.municipality_id == number.municipality_id,
            PlaceAccount.year == number.year,
            PlaceAccount.pool == number.pool,
        )
        .scalar_subquery()
    )
    if number.figure is Figure.HELD:
        return and_(Case.account_id == account_id, Case.settled_count < Case.persons_count)
    # Not by the case's municipality: after a merger that is the successor.
    return Case.id.in_(select(Person.case_id).where(Person.settled_account_id == account_id))
