"""Who is on the way, and who has come."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.errors import PersonNotHere
from workflow.cases.models import Person
from workflow.cases.moves import CaseInHand
from workflow.kernel.errors import Invalid
from workflow.travel.errors import AlreadyArrived
from workflow.travel.models import Booking
from workflow.travel.states import BookingState


def travel_of(session: Session, case: CaseInHand) -> Any:
    """The case's booking to where it is, locked; None where it has none (an import)."""
    return session.execute(
        select(Booking.id, Booking.state, Booking.at)
        .where(
            Booking.case_id == case.id,
            Booking.municipality_id == case.municipality_id,
            Booking.state.in_([BookingState.BOOKED, BookingState.COMPLETED]),
        )
        .with_for_update()
    ).one_or_none()


def arrivals_in(session: Session, case_id: UUID) -> dict[UUID, datetime | None]:
    """Who is in the case, in the household's order, and when each came."""
    return {
        row.id: row.arrived_at
        for row in session.execute(
            select(Person.id, Person.arrived_at)
            .where(Person.case_id == case_id, Person.left_on.is_(None))
            .order_by(Person.position)
        )
    }


def who_comes(
    present: Mapping[UUID, datetime | None], person_ids: Collection[UUID] | None
) -> list[UUID]:
    if person_ids is None:
        come = [person for person, moment in present.items() if moment is None]
        if not come:
            raise AlreadyArrived(person_ids=present)
        return come
    if not person_ids:
        raise Invalid("nobody is named", pointer="/person_ids", expected="at least one person")
    if strangers := set(person_ids) - present.keys():
        raise PersonNotHere(person_ids=sorted(str(person) for person in strangers))
    if already := [person for person in present if person in person_ids and present[person]]:
        raise AlreadyArrived(person_ids=already)
    return [person for person in present if person in person_ids]
