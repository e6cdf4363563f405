"""A decision of numbers takes two where the administrator has said so."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from tests.factories import administrator
from tests.swedish import HOLDS, NOW, TOLD, YEAR, decided, sweden
from workflow.allocation import targets
from workflow.allocation.decisions import Decision
from workflow.allocation.states import VersionKind
from workflow.approvals.commands import change_rule, prepare
from workflow.approvals.errors import ApprovalStale, SamePerson, SecondPersonNeeded
from workflow.approvals.states import Action
from workflow.kernel.actor import Actor, Role
from workflow.redistribution.approving import approve

MAJA = Actor("Maja", Role.MIGRATION_OFFICER, user_id=1)
OLA = Actor("Ola", Role.MIGRATION_OFFICER, user_id=2)
WINDOW = timedelta(minutes=30)


@pytest.fixture
def here(session: Session) -> int:
    admin = administrator()
    change_rule(session, Action.TARGETS, needed=True, threshold=1, actor=admin, at=NOW)
    return sweden(session)["1780"]


def waiting(session: Session, here: int, persons: int = 20) -> object:
    decision = Decision(VersionKind.FIRST, TOLD, HOLDS, reason="Ny prognos")
    with pytest.raises(SecondPersonNeeded) as needed:
        targets.decide(session, YEAR, {here: persons}, decision, actor=MAJA, at=NOW)
    return prepare(session, needed.value.asked, actor=MAJA, at=NOW)


def carry_out(session: Session, made: object, who: Actor) -> None:
    approve(session, made, authority_of=(), actor=who, at=NOW, undo_window=WINDOW)


def test_nothing_stands_until_another_confirms(session: Session, here: int):
    made = waiting(session, here)
    assert targets.standing(session, YEAR) == {}
    with pytest.raises(SamePerson):
        carry_out(session, made, MAJA)

    carry_out(session, made, OLA)

    assert targets.standing(session, YEAR) == {here: 20}


def test_what_was_changed_in_between_is_not_carried_out(session: Session, here: int):
    made = waiting(session, here)
    admin = administrator()
    targets.carry_over(session, YEAR, here, 4, reason="Rättelse", actor=MAJA, at=NOW)
    change_rule(session, Action.TARGETS, needed=False, threshold=1, actor=admin, at=NOW)

    with pytest.raises(ApprovalStale):
        carry_out(session, made, OLA)

    assert targets.standing(session, YEAR) == {}
    assert decided(session, {"1780": 20})
