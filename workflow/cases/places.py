"""Where a case holds its places, and what it leaves behind when it goes."""

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from workflow.capacity import commands as capacity
from workflow.capacity.commands import Cause
from workflow.cases.models import Distribution
from workflow.cases.moves import CaseInHand
from workflow.cases.states import DistributionState
from workflow.kernel.actor import Actor
from workflow.vacancies import reservations

#: What a case that leaves its municipality no longer has.
NOWHERE: dict[str, Any] = {
    "municipality_id": None,
    "account_id": None,
    "places_year": None,
    "vacancy_id": None,
    "asked_on": None,
    "answer_due": None,
    "settlement_week": None,
    "placed_on": None,
}


def leave_municipality(
    session: Session,
    case: CaseInHand,
    *,
    state: DistributionState,
    outcome: str | None,
    reason_code: str | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Free the places, open the home again and close the question, frozen as it was (R11, R14)."""
    if case.vacancy_id is not None:
        reservations.release(session, [(case.vacancy_id, case.id)], actor=actor, at=at, why=state)
    if case.account_id is not None and case.held_persons:
        capacity.release(
            session, case.account_id, case.held_persons, cause=Cause(actor, at, case_id=case.id)
        )
    answer = (
        {"answered_at": at, "reason_code": reason_code, "answer_text": outcome}
        if reason_code
        else {}
    )
    session.execute(
        update(Distribution)
        .where(Distribution.case_id == case.id, Distribution.closed_at.is_(None))
        .values(state=state, closed_at=at, outcome=outcome, **answer)
        .execution_options(synchronize_session=False)
    )


def move_places(
    session: Session, case: CaseInHand, year: int, *, actor: Actor, at: datetime
) -> dict[str, Any]:
    """A plan in another year holds its places there; what to change on the case."""
    if case.places_year == year:
        return {}
    assert case.account_id is not None and case.municipality_id is not None  # noqa: S101, PT018  held
    account_id = capacity.move_hold(
        session,
        case.account_id,
        case.held_persons,
        municipality_id=case.municipality_id,
        year=year,
        pool=case.pool,
        cause=Cause(actor, at, case_id=case.id),
    )
    return {"account_id": account_id, "places_year": year}
