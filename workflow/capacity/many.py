"""Taking and giving back the places of many cases in one statement, for runs.

The accounts are locked in the order of their ids first, as everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Integer,
    String,
    Uuid,
    bindparam,
    column,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from workflow.capacity.commands import Cause
from workflow.capacity.ledger import Figures
from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.capacity.states import EntryKind


@dataclass(frozen=True, slots=True)
class Change:
    """Persons a case takes (positive) or gives back (negative) at an account."""

    account_id: int
    case_id: UUID
    persons: int


def figures_for_change(session: Session, account_ids: set[int]) -> dict[int, Figures]:
    """What the accounts hold now, locked."""
    rows = session.execute(
        select(
            PlaceAccount.id,
            PlaceAccount.decided_places,
            PlaceAccount.extra_places,
            PlaceAccount.held,
            PlaceAccount.settled,
        )
        .where(PlaceAccount.id.in_(account_ids))
        .order_by(PlaceAccount.id)
        .with_for_update(key_share=True)
    )
    return {
        row.id: Figures(row.decided_places, row.extra_places, row.held, row.settled) for row in rows
    }


def without_room(figures: dict[int, Figures], holds: Sequence[Change]) -> list[Change]:
    """The holds that find no room when taken one after the other, in their order."""
    left = {account_id: account.free for account_id, account in figures.items()}
    refused = []
    for hold in holds:
        if hold.persons <= left.get(hold.account_id, 0):
            left[hold.account_id] -= hold.persons
        else:
            refused.append(hold)
    return refused


def change_held(
    session: Session, kind: EntryKind, changes: Sequence[Change], *, cause: Cause
) -> None:
    """Write the changes of many cases to their accounts and the ledger.

    The caller holds the locks and, for new holds, has asked `without_room`; the CHECK of the table
    refuses what would pass the ceiling all the same.
    """
    if not changes:
        return
    change = (
        func.unnest(
            bindparam("accounts", [c.account_id for c in changes], type_=ARRAY(Integer)),
            bindparam("cases", [c.case_id for c in changes], type_=ARRAY(Uuid)),
            bindparam("persons", [c.persons for c in changes], type_=ARRAY(Integer)),
        )
        .table_valued(
            column("account_id", Integer),
            column("case_id", Uuid),
            column("persons", Integer),
            with_ordinality="position",
            name="change",
        )
        .render_derived()
    )
    totals = (
        select(change.c.account_id, func.sum(change.c.persons).cast(Integer).label("persons"))
        .group_by(change.c.account_id)
        .cte("totals")
    )
    ceiling = func.coalesce(PlaceAccount.decided_places, 0) + PlaceAccount.extra_places
    held_after = PlaceAccount.held + totals.c.persons
    values: dict[str, Any] = {"held": held_after, "version": PlaceAccount.version + 1}
    if kind is EntryKind.RELEASE:  # a hold never touches the overrun
        values["overrun"] = func.greatest(0, held_after + PlaceAccount.settled - ceiling)
    account = (
        update(PlaceAccount)
        .where(PlaceAccount.id == totals.c.account_id)
        .values(**values)
        .returning(
            PlaceAccount.id,
            (ceiling - PlaceAccount.held - PlaceAccount.settled + totals.c.persons).label(
                "room_before"
            ),
        )
        .cte("account")
    )
    taken_so_far = func.sum(change.c.persons).over(
        partition_by=change.c.account_id, order_by=column("position", BigInteger)
    )
    session.execute(
        insert(PlaceEntry).from_select(
            ["account_id", "at", "kind", "held_change", "settled_change", "ceiling_change",
             "free_after", "case_id", "run_id", "actor", "reason"],
            select(
                change.c.account_id,
                literal(cause.at, PlaceEntry.__table__.c.at.type),
                literal(str(kind), String),
                change.c.persons,
                literal(0),
                literal(0),
                func.greatest(0, account.c.room_before - taken_so_far),
                change.c.case_id,
                literal(cause.run_id, Uuid),
                literal(cause.actor.name, String),
                literal(cause.reason, String),
            ).join_from(change, account, account.c.id == change.c.account_id),
        )
    )  # fmt: skip
