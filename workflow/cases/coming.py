"""Who is to come in each week, beside what the municipality has said it can settle then."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from workflow.capacity.weekly import weeks_of
from workflow.cases.models import Case
from workflow.cases.queries import OPEN_ADDRESS
from workflow.cases.states import CaseState
from workflow.kernel.actor import Actor
from workflow.kernel.weeks import Week

#: States in which a case takes up the week it is to be settled in.
COMES = (CaseState.ACCEPTED, CaseState.PLACED, CaseState.TRAVEL_BOOKED, CaseState.ARRIVED)


@dataclass(frozen=True, slots=True)
class WeekRoom:
    """One week of a municipality, in persons."""

    week: Week
    #: What it can settle; None: no bound.
    persons: int | None
    #: Who is to come already.
    coming: int

    @property
    def left(self) -> int | None:
        """Below zero: more are to come than it can settle."""
        return None if self.persons is None else self.persons - self.coming


def persons_coming(
    session: Session,
    *,
    since: Week,
    municipality_id: int | None = None,
    besides: Collection[UUID] = (),
) -> dict[tuple[int, Week], int]:
    """Persons by municipality and week; a protected address is in nobody's numbers.

    Args:
        besides: cases that are not counted.
    """
    rows = session.execute(
        select(
            Case.municipality_id,
            Case.settlement_week,
            func.sum(Case.persons_count - Case.settled_count),
        )
        .where(
            OPEN_ADDRESS,
            Case.state.in_(COMES),
            Case.settlement_week >= since,
            Case.id.not_in(besides),
            true() if municipality_id is None else Case.municipality_id == municipality_id,
        )
        .group_by(Case.municipality_id, Case.settlement_week)
    )
    return {
        (here, week): int(persons)
        for here, week, persons in rows
        if here is not None and week is not None
    }


def room(
    session: Session, municipality_id: int, *, since: Week, count: int, actor: Actor
) -> list[WeekRoom]:
    """So many weeks from one on; the plan is the municipality's own, IMDi's and the auditor's."""
    said = {
        one.week: one.persons
        for one in weeks_of(session, municipality_id, since=since, actor=actor)
    }
    coming = persons_coming(session, since=since, municipality_id=municipality_id)
    weeks = [Week.of(since.monday + timedelta(weeks=ahead)) for ahead in range(count)]
    return [
        WeekRoom(week, said.get(week), coming.get((municipality_id, week), 0)) for week in weeks
    ]
