"""The papers a household travels with: they hold 90 days, and the travel lies inside them.

Travel documents and visas of the embassy (domain-norway 1.2, step 11); the first of the household's
to run out counts. Every record is a step of the case's history.
"""

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.machine import Context
from workflow.cases.models import Case
from workflow.cases.moves import CaseInHand, for_change, write
from workflow.cases.queries import visible
from workflow.cases.states import CaseState, Group
from workflow.kernel.actor import Actor, Role
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotAllowed
from workflow.kernel.events import Event
from workflow.travel.errors import NothingToTravelFor
from workflow.travel.events import TravelEvent

#: How long they hold from the day of their issue.
HOLD: Final = timedelta(days=90)
#: Before the household has come.
BEFORE_ARRIVAL: Final = frozenset(set(CaseState) - {CaseState.ARRIVED, CaseState.SETTLED})


def record_papers(
    session: Session,
    case_id: UUID,
    *,
    issued_on: date,
    expires_on: date | None = None,
    actor: Actor,
    at: datetime,
) -> CaseInHand:
    """UDI writes when the papers were issued; a new record takes the place of the one before.

    Args:
        expires_on: their last day; None: 90 days after their issue.

    Raises:
        NotFound; NotAllowed: it is UDI's.
        NothingToTravelFor: the case is not resettled from abroad, or has come.
        Invalid: issued in the future, or over before they were issued.
    """
    case = for_change(session, case_id, actor=actor)
    if actor.role is not Role.TRAVEL_OFFICER:
        raise NotAllowed("papers of travel are UDI's", role=actor.role)
    if case.group is not Group.RESETTLEMENT or case.state not in BEFORE_ARRIVAL:
        raise NothingToTravelFor(group=case.group, state=case.state)
    if issued_on > local_day(at):
        raise Invalid("issued in the future", pointer="/issued_on", expected="today or before")
    last_day = expires_on or issued_on + HOLD
    if last_day < issued_on:
        raise Invalid("over before issued", pointer="/expires_on", expected="the day of issue on")
    before = case.papers_expire_on
    facts = {
        "issued_on": issued_on.isoformat(),
        "expires_on": last_day.isoformat(),
        "before": before.isoformat() if before else None,
    }
    write(
        session,
        case,
        "record_papers",
        case.state,
        Context(actor, local_day(at)),
        at=at,
        changes={"papers_expire_on": last_day},
        facts=facts,
        event=Event(TravelEvent.PAPERS_RECORDED, case.id, case.municipality_id, facts),
    )
    return case


def last_day(session: Session, case_id: UUID, *, actor: Actor) -> date | None:
    """The last day of a case's papers; None where none are known, or no such case is seen."""
    return session.scalar(select(Case.papers_expire_on).where(Case.id == case_id, visible(actor)))
