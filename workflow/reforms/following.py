"""What follows a case into another municipality: the question, the home, the booking, history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, TableValuedAlias, Uuid, update
from sqlalchemy.orm import Session

from workflow.cases.machine import Context
from workflow.cases.many import write_all
from workflow.cases.models import Case, Distribution
from workflow.cases.moves import CaseInHand
from workflow.cases.states import CaseState
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.db import rows_of
from workflow.kernel.events import Event
from workflow.reforms.events import ReformEvent
from workflow.travel.models import Booking
from workflow.travel.states import BookingState
from workflow.vacancies.models import Vacancy
from workflow.vacancies.states import VacancyState


@dataclass(frozen=True, slots=True)
class Moved:
    """A case in hand, and where it stands, stood and is counted from now on."""

    case: CaseInHand
    municipality_id: int | None
    former_municipality_id: int | None
    account_id: int | None
    places_year: int | None

    @property
    def changes_municipality(self) -> bool:
        return self.municipality_id != self.case.municipality_id


def follow(
    session: Session,
    moved: Sequence[Moved],
    *,
    trigger: str,
    event: ReformEvent,
    actor: Actor,
    at: datetime,
) -> None:
    """Write the cases where they are now, with all that is open of them; what is closed stays.

    Each gets a line of history; its state is what it was.
    """
    if not moved:
        return
    cases = [one.case for one in moved]
    came_from = {one.case.id: one.case.municipality_id for one in moved}
    now = _as_rows(moved)
    _follow_open(session, [one for one in moved if one.changes_municipality])
    write_all(
        session,
        cases,
        trigger,
        {case.id: case.state for case in cases},
        Context(actor, local_day(at)),
        at=at,
        values={
            "municipality_id": now.c.municipality_id,
            "former_municipality_id": now.c.former,
            "account_id": now.c.account_id,
            "places_year": now.c.places_year,
        },
        values_from=(now, now.c.case_id == Case.id),
        facts={
            one.case.id: {
                "from_municipality_id": came_from[one.case.id] or one.case.former_municipality_id,
                "municipality_id": one.municipality_id or one.former_municipality_id,
            }
            for one in moved
        },
        events=[
            Event(
                event,
                one.case.id,
                one.municipality_id,
                {"from_municipality_id": came_from[one.case.id], "state": one.case.state},
            )
            for one in moved
            if one.changes_municipality and one.case.state is not CaseState.SETTLED
        ],
    )


def _follow_open(session: Session, moved: Sequence[Moved]) -> None:
    """The open question, the kept home and the booking of each case."""
    if not moved:
        return
    now = _as_rows(moved)
    question = (
        update(Distribution)
        .where(Distribution.case_id == now.c.case_id, Distribution.closed_at.is_(None))
        .values(municipality_id=now.c.municipality_id, year=now.c.places_year)
    )
    home = (
        update(Vacancy)
        .where(Vacancy.case_id == now.c.case_id, Vacancy.state == VacancyState.RESERVED)
        .values(municipality_id=now.c.municipality_id, version=Vacancy.version + 1)
    )
    booking = (
        update(Booking)
        .where(Booking.case_id == now.c.case_id, Booking.state == BookingState.BOOKED)
        .values(municipality_id=now.c.municipality_id)
    )
    for change in (question, home, booking):
        session.execute(change.execution_options(synchronize_session=False))


def _as_rows(moved: Sequence[Moved]) -> TableValuedAlias:
    return rows_of(
        "now",
        {
            "case_id": ([one.case.id for one in moved], Uuid()),
            "municipality_id": ([one.municipality_id for one in moved], Integer()),
            "former": ([one.former_municipality_id for one in moved], Integer()),
            "account_id": ([one.account_id for one in moved], Integer()),
            "places_year": ([one.places_year for one in moved], Integer()),
        },
    )
