"""Accounts without a ceiling: places of people whose address is protected, in nobody's numbers."""

from typing import Final

from sqlalchemy import func, insert, update
from sqlalchemy.orm import Session

from workflow.capacity.models import PlaceAccount, PlaceEntry
from workflow.capacity.states import EntryKind
from workflow.kernel.actor import SYSTEM

#: Decided places of such an account: more than anybody settles.
NO_CEILING: Final = 1_000_000


def without_ceiling(session: Session, account_id: int) -> None:
    """Give a new account its ceiling that nobody reaches, with the line that says so."""
    session.execute(
        update(PlaceAccount)
        .where(PlaceAccount.id == account_id)
        .values(decided_places=NO_CEILING)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        insert(PlaceEntry).values(
            account_id=account_id,
            at=func.now(),  # nobody decided it: it is the database's own
            kind=EntryKind.DECIDED,
            ceiling_change=NO_CEILING,
            free_after=NO_CEILING,
            actor=SYSTEM.name,
        )
    )
