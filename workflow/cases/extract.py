"""Cases one by one for a file, without names: what IMDi takes into its own analyses."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from workflow.cases.models import Case
from workflow.cases.queries import listed
from workflow.cases.states import CaseState, EntryStatus, Group, Track
from workflow.kernel.actor import Actor
from workflow.kernel.weeks import Week
from workflow.municipalities.models import Municipality

#: Cases read from the database at once.
_BATCH = 500


@dataclass(frozen=True, slots=True)
class ExtractedCase:
    """One case; never one of people whose address is protected."""

    case_number: str
    group: Group
    state: CaseState
    persons: int
    settled: int
    departure_country: str | None
    reception_centre: str | None
    needs: list[str]
    entry_status: EntryStatus
    entry_from_on: date | None
    permit_expires_on: date | None
    municipality_number: str | None
    municipality: str | None
    places_year: int | None
    asked_on: date | None
    answer_due: date | None
    settlement_week: Week | None
    placed_on: date | None
    former_municipality_number: str | None
    former_municipality: str | None
    track: Track | None
    created_at: datetime


def extract(session: Session, *, year: int | None, actor: Actor) -> Iterator[ExtractedCase]:
    """The cases an actor may see in the order of their numbers, never all of them in memory.

    Args:
        year: those registered in it, by their case number; None: all.
    """
    now, former = aliased(Municipality), aliased(Municipality)
    found: Select[*tuple[Any, ...]] = (
        select(
            Case.case_number,
            Case.group,
            Case.state,
            Case.persons_count,
            Case.settled_count,
            Case.departure_country,
            Case.reception_centre,
            Case.needs,
            Case.entry_status,
            Case.entry_from_on,
            Case.permit_expires_on,
            now.number,
            now.official_name,
            Case.places_year,
            Case.asked_on,
            Case.answer_due,
            Case.settlement_week,
            Case.placed_on,
            former.number,
            former.official_name,
            Case.track,
            Case.created_at,
        )
        .outerjoin(now, now.id == Case.municipality_id)
        .outerjoin(former, former.id == Case.former_municipality_id)
        .where(listed(actor))
        .order_by(Case.case_number)
        .execution_options(yield_per=_BATCH)
    )
    if year is not None:
        found = found.where(Case.case_number.startswith(f"{year}-"))
    for row in session.execute(found):
        yield ExtractedCase(*row)
