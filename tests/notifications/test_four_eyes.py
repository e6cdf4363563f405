"""Who may be the second person hears of what waits, who prepared it of what came of it."""

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.models import User
from notifications.models import Notification
from notifications.queries import notifications, unread_count
from tests.factories import NOW, a_municipality, auditor, officer, udi, writer
from tests.notifications.test_deliver import deliver_all
from tests.workflow.approvals.waiting import LATER, a_decided_case, approve, takes_two, withdraw
from tests.workflow.approvals.waiting import prepared as waiting
from workflow.approvals import commands as approvals
from workflow.approvals.asked import Asked
from workflow.approvals.states import Action
from workflow.cases.models import Case
from workflow.cases.states import Protection
from workflow.kernel.actor import Actor, Role
from workflow.redistribution import approving

APPROVALS = ("approval_waits", "approval_approved", "approval_rejected", "approval_undone")


def a_person(session: Session, name: str, role: Role = Role.CASE_OFFICER) -> Actor:
    found = session.execute(
        insert(User).values(name=name, role=role, provider="test", subject=name).returning(User.id)
    ).scalar_one()
    return Actor(name, role, user_id=found)


def told(session: Session, actor: Actor) -> list[str]:
    lines = notifications(session, actor=actor)
    return [line.message for line in lines if line.message in APPROVALS]


@pytest.fixture
def kari(session: Session) -> Actor:
    return a_person(session, "Kari")


@pytest.fixture
def jonas(session: Session) -> Actor:
    return a_person(session, "Jonas")


@pytest.fixture
def reversal(session: Session, kari: Actor):
    takes_two(session, Action.REVERSAL)
    case = a_decided_case(session)
    return case, waiting(session, lambda: withdraw(session, case, by=kari), by=kari)


def test_imdi_hears_what_waits_and_the_preparer_alone_that_it_was_done(
    session: Session, kari: Actor, jonas: Actor, reversal
):
    _, approval = reversal
    deliver_all(session)
    waits = {actor.name: told(session, actor) for actor in (kari, jonas, udi(), auditor())}

    approve(session, approval, by=jonas)
    deliver_all(session)

    assert waits == {"Kari": ["approval_waits"], "Jonas": ["approval_waits"]} | {
        udi().name: [],
        auditor().name: [],
    }
    assert told(session, kari) == ["approval_approved", "approval_waits"]
    assert told(session, jonas) == ["approval_waits"]
    line = notifications(session, actor=kari)[0]
    assert line.facts["approval_id"] == str(approval)


def test_the_preparer_hears_of_a_no_and_not_of_taking_it_back(
    session: Session, kari: Actor, jonas: Actor, reversal
):
    case, approval = reversal
    approving.reject(session, approval, reason="Feil sak", actor=jonas, at=LATER)
    again = waiting(session, lambda: withdraw(session, case, by=kari), by=kari)
    approving.reject(session, again, reason=None, actor=kari, at=LATER)
    deliver_all(session)

    assert [one for one in told(session, kari) if one != "approval_waits"] == ["approval_rejected"]
    assert "approval_rejected" not in told(session, jonas)


def test_what_only_a_lead_confirms_only_leads_hear(session: Session, kari: Actor):
    asked = Asked(Action.RULE_SET, "setting:rule_set", 1)
    approvals.prepare(session, asked, actor=a_person(session, "Liv", Role.LEAD), at=NOW)
    deliver_all(session)

    assert told(session, kari) == []
    assert told(session, a_person(session, "Hanne", Role.LEAD)) == ["approval_waits"]


def test_what_a_municipality_prepares_its_own_hear(session: Session):
    here, elsewhere = a_municipality(session), a_municipality(session)
    asked = Asked(Action.EXTRA_PLACES, "year:1", 4, municipality_id=here)
    approvals.prepare(session, asked, actor=writer(here), at=NOW)
    deliver_all(session)

    assert told(session, writer(here)) == ["approval_waits"]
    assert told(session, writer(elsewhere)) == []
    assert told(session, officer()) == []


def test_of_a_protected_case_nobody_is_told(session: Session, jonas: Actor, reversal):
    case, _ = reversal
    session.execute(
        Case.__table__.update()
        .where(Case.id == case)
        .values(address_protection=Protection.CONFIDENTIAL)
    )
    deliver_all(session)

    assert told(session, jonas) == []


def test_those_who_agreed_hear_of_the_undo_but_for_who_did_it(
    session: Session, kari: Actor, jonas: Actor
):
    asked = Asked(Action.RUN, "run:1", 60, {"run_id": "1", "kind": "withdrawal"})
    made = approvals.prepare(session, asked, actor=kari, at=NOW)
    approved = approvals.take(session, made, authority_of=(), actor=jonas)
    approvals.confirmed(session, approved, actor=jonas, at=NOW)

    approvals.tell_undone(session, "run:1", actor=kari, at=LATER)
    deliver_all(session)

    assert "approval_undone" in told(session, jonas)
    assert "approval_undone" not in told(session, kari)
    assert unread_count(session, actor=jonas) == 2
    mine = select(Notification.user_id).where(Notification.message == "approval_undone")
    assert session.scalars(mine).all() == [jonas.user_id]
