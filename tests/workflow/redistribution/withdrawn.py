"""Withdrawn cases to put to municipalities again, and runs over them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.factories import NOW, a_case, asked, officer, udi
from workflow.cases.entry import Entry, record_entry
from workflow.cases.states import EntryStatus, Track
from workflow.redistribution import commands, redistribution_runs
from workflow.redistribution.models import Run, RunItem

WINDOW = timedelta(minutes=30)
NOT_POSSIBLE = Entry(EntryStatus.NOT_POSSIBLE, source="UDI")
POSSIBLE = Entry(EntryStatus.POSSIBLE, source="UDI")


def withdrawn(
    session: Session,
    municipality_id: int,
    *,
    track: Track = Track.A,
    persons: int = 2,
    entry: Entry = POSSIBLE,
    at: datetime = NOW,
) -> UUID:
    """A case withdrawn from the municipality on a track; by now `entry` is known."""
    case = a_case(session, persons=persons, at=at)
    asked(session, case, municipality_id, at=at)
    if track is Track.B:
        record_entry(session, case, NOT_POSSIBLE, person_ids=None, actor=udi(), at=at)
    commands.withdraw(
        session, case, reason="Innreisestans", legal_ground=None, actor=officer(), at=at
    )
    record_entry(session, case, entry, person_ids=None, actor=udi(), at=at)
    return case


def preview(session: Session, case_ids: Sequence[UUID] | None = None, **given: object) -> Run:
    return redistribution_runs.preview(
        session,
        **({"case_ids": case_ids, "actor": officer(), "at": NOW} | given),  # type: ignore[arg-type]
    )


def confirm(session: Session, run: Run, *, at: datetime = NOW) -> Run:
    return redistribution_runs.confirm(
        session, run.id, run.token, actor=officer(), at=at, undo_window=WINDOW
    )


def undo(session: Session, run: Run, *, at: datetime = NOW) -> Run:
    return redistribution_runs.undo(session, run.id, actor=officer(), at=at)


def lines(session: Session, run: Run) -> dict[UUID, RunItem]:
    """The run's lines by case, in its own order."""
    rows = session.scalars(
        select(RunItem)
        .where(RunItem.run_id == run.id)
        .order_by(RunItem.position)
        .execution_options(populate_existing=True)
    )
    return {item.case_id: item for item in rows}
