"""Something that takes two, prepared and waiting."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    placed,
)
from workflow.approvals import commands as approvals
from workflow.approvals.errors import (
    SecondPersonNeeded,
)
from workflow.approvals.models import ApprovalRule
from workflow.approvals.states import Action
from workflow.cases.models import Case
from workflow.cases.states import CaseState
from workflow.kernel.actor import Actor, Role
from workflow.redistribution import approving, commands

LATER = NOW + timedelta(days=5)
WINDOW = timedelta(minutes=30)
KARI = Actor("Kari", Role.CASE_OFFICER, user_id=901)
JONAS = Actor("Jonas", Role.CASE_OFFICER, user_id=902)
HANNE = Actor("Hanne", Role.LEAD, user_id=903)
LIV = Actor("Liv", Role.LEAD, user_id=904)


def takes_two(session: Session, *actions: Action, threshold: int = 1) -> None:
    session.execute(
        update(ApprovalRule)
        .where(ApprovalRule.action.in_(actions or tuple(Action)))
        .values(needed=True, threshold=threshold)
    )


def prepared(session: Session, work: Callable[[], Any], *, by: Actor) -> UUID:
    with pytest.raises(SecondPersonNeeded) as needed:
        work()
    return approvals.prepare(session, needed.value.asked, actor=by, at=LATER)


def approve(session: Session, approval: UUID, *, by: Actor, authority_of: tuple[str, ...] = ()):
    approving.approve(
        session, approval, authority_of=authority_of, actor=by, at=LATER, undo_window=WINDOW
    )


def withdraw(session: Session, case: UUID, *, by: Actor, ground: str | None = "conditions_failed"):
    return commands.withdraw(session, case, reason="Stans", legal_ground=ground, actor=by, at=LATER)


def a_decided_case(session: Session) -> UUID:
    case = a_case(session)
    placed(session, case, a_municipality(session, decided=20))
    return case


def state(session: Session, case: UUID) -> CaseState:
    return session.scalars(select(Case.state).where(Case.id == case)).one()


def a_reversal(session: Session, *, by: Actor = KARI) -> tuple[UUID, UUID]:
    """A decided case and its reversal, waiting."""
    takes_two(session, Action.REVERSAL)
    case = a_decided_case(session)
    return case, prepared(session, lambda: withdraw(session, case, by=by), by=by)
