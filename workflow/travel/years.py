"""In which year a travelling case's places are held: that of the arrival, booked or real."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from workflow.capacity import commands as capacity
from workflow.capacity.commands import Cause
from workflow.capacity.errors import YearFull
from workflow.capacity.states import EntryKind
from workflow.cases.moves import CaseInHand
from workflow.cases.places import move_places
from workflow.kernel.actor import Actor


def back_to_the_week(
    session: Session, case: CaseInHand, today: date, *, actor: Actor, at: datetime
) -> dict[str, Any]:
    """The flight is off: the plan is the settlement week again, if that lies ahead and has room."""
    week = case.settlement_week
    if week is None or week.monday <= today:
        return {}
    try:
        return move_places(session, case, week.year, actor=actor, at=at)
    except YearFull:  # raised before anything is written
        return {}


def hold_in_year(session: Session, case: CaseInHand, year: int, *, cause: Cause) -> dict[str, Any]:
    """People have come: what is held is held in that year, a fact; what to change on the case."""
    if year == case.places_year:
        return {}
    assert case.municipality_id is not None and case.account_id is not None  # noqa: S101, PT018  arrived
    account_id = capacity.open_account(
        session, municipality_id=case.municipality_id, year=year, pool=case.pool
    )
    capacity.lock(session, case.account_id, account_id)
    persons = case.held_persons
    capacity.record(session, case.account_id, EntryKind.MOVE_OUT, held=-persons, cause=cause)
    capacity.record(session, account_id, EntryKind.MOVE_IN, held=persons, cause=cause)
    return {"account_id": account_id, "places_year": year}
