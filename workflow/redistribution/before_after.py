"""What a run does to the places of each municipality: free before and after."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy import case as sql_case
from sqlalchemy.orm import Session

from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.capacity.states import EntryKind, Pool
from workflow.cases.models import Case
from workflow.cases.states import Group
from workflow.kernel.actor import Actor
from workflow.municipalities.models import Municipality
from workflow.redistribution.models import RunItem
from workflow.redistribution.queries import RunSeen, run
from workflow.redistribution.states import ItemOutcome, RunKind, RunState


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """What a run does to one municipality's places of a year and pool; in cases and persons."""

    municipality_id: int
    municipality_number: str
    municipality_name: str
    year: int
    pool: Pool
    decided_places: int | None
    cases: int
    persons: int
    free_before: int
    free_after: int


def by_municipality(
    session: Session, run_id: UUID, *, kind: RunKind, actor: Actor
) -> list[BeforeAfter]:
    """Places free before and after, for each municipality the run touches, by number.

    A preview is held against the places of this moment; a confirmed run tells what the ledger says
    of the moment it was confirmed, also when it has been undone since.

    Raises:
        NotFound: no such run of this kind, or the actor reads no runs.
    """
    seen = run(session, run_id, kind=kind, actor=actor)
    return [
        BeforeAfter(
            municipality_id=row.municipality_id,
            municipality_number=row.number,
            municipality_name=row.official_name,
            year=row.year,
            pool=row.pool,
            decided_places=row.decided_places,
            cases=row.cases,
            persons=abs(row.held_change),
            free_before=max(0, row.room_before),
            free_after=max(0, row.room_before - row.held_change),
        )
        for row in session.execute(_meant(seen) if seen.state is RunState.PREVIEW else _done(seen))
    ]


#: Ceiling less used; negative where facts have overrun it.
_room = (
    func.coalesce(PlaceAccount.decided_places, 0)
    + PlaceAccount.extra_places
    - PlaceAccount.held
    - PlaceAccount.settled
)
#: What a confirm writes in the ledger; its undo writes the other.
_WRITES = {RunKind.WITHDRAWAL: EntryKind.RELEASE, RunKind.REDISTRIBUTION: EntryKind.HOLD}


def _meant(seen: RunSeen) -> Select[*tuple[Any, ...]]:
    """Per account, what a preview means to change, over the places of this moment."""
    if seen.kind is RunKind.WITHDRAWAL:
        outcome, account = ItemOutcome.WILL_WITHDRAW, PlaceAccount.id == Case.account_id
        change: ColumnElement[int] = Case.settled_count - Case.persons_count
    else:
        minors = Case.group == Group.UNACCOMPANIED_MINOR
        outcome, change = ItemOutcome.WILL_PLACE, RunItem.persons.expression
        account = and_(
            PlaceAccount.municipality_id == RunItem.municipality_id,
            PlaceAccount.year == seen.year,
            PlaceAccount.pool == sql_case((minors, Pool.MINORS), else_=Pool.ORDINARY),
        )
    meant = (
        select(
            PlaceAccount.id.label("account_id"),
            func.count().label("cases"),
            func.sum(change).label("held_change"),
        )
        .select_from(RunItem)
        .join(Case, Case.id == RunItem.case_id)
        .join(PlaceAccount, account)
        .where(RunItem.run_id == seen.id, RunItem.outcome == outcome)
        .group_by(PlaceAccount.id)
        .subquery()
    )
    return _lines(meant, _room)


def _done(seen: RunSeen) -> Select[*tuple[Any, ...]]:
    """Per account, what the confirm wrote, over what all earlier entries add up to."""
    done = (
        select(
            PlaceEntry.account_id,
            func.min(PlaceEntry.id).label("first"),
            func.count().label("cases"),
            func.sum(PlaceEntry.held_change).label("held_change"),
        )
        .where(
            PlaceEntry.case_id.in_(select(RunItem.case_id).where(RunItem.run_id == seen.id)),
            PlaceEntry.run_id == seen.id,
            PlaceEntry.kind == _WRITES[seen.kind],
        )
        .group_by(PlaceEntry.account_id)
        .subquery()
    )
    room_before = (
        select(
            func.coalesce(
                func.sum(
                    PlaceEntry.ceiling_change - PlaceEntry.held_change - PlaceEntry.settled_change
                ),
                0,
            )
        )
        .where(PlaceEntry.account_id == done.c.account_id, PlaceEntry.id < done.c.first)
        .correlate(done)
        .scalar_subquery()
    )
    return _lines(done, room_before)


def _lines(changes: Any, room_before: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(
            PlaceAccount.municipality_id,
            Municipality.number,
            Municipality.official_name,
            PlaceAccount.year,
            PlaceAccount.pool,
            PlaceAccount.decided_places,
            changes.c.cases,
            changes.c.held_change,
            room_before.label("room_before"),
        )
        .select_from(changes)
        .join(PlaceAccount, PlaceAccount.id == changes.c.account_id)
        .join(Municipality, Municipality.id == PlaceAccount.municipality_id)
        .order_by(Municipality.number, PlaceAccount.year, PlaceAccount.pool)
    )
