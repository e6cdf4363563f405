"""What users, lent authority and four eyes need, and bodies with every field."""

from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from app.models import User
from app.users import delegations
from tests.factories import a_case, a_municipality, administrator, lead, officer, placed
from tests.journeys.stage import THEN, Stage, Stages, number
from workflow.approvals.commands import prepare
from workflow.approvals.errors import SecondPersonNeeded
from workflow.approvals.models import ApprovalRule
from workflow.approvals.states import Action
from workflow.kernel.actor import Role
from workflow.redistribution import commands

STAGES = Stages()


def a_user(session: Session, name: str, role: Role, municipality_id: int | None = None) -> int:
    values = {"name": name, "role": role, "municipality_id": municipality_id, "demo": False}
    return session.execute(insert(User).values(values).returning(User.id)).scalar_one()


@STAGES.of("addUser")
def _(session: Session) -> Stage:
    body = {
        "name": "Ola Nordmann",
        "role": "municipality_writer",
        "title": "Konsulent",
        "email": "ola@kommune.example",
        "municipality_number": number(session, a_municipality(session)),
    }
    return Stage(administrator(), "/users", body=body)


@STAGES.of("changeUserRole")
def _(session: Session) -> Stage:
    user = a_user(session, "Vera", Role.CASE_OFFICER)
    return Stage(lead(), "/users/{user_id}/role", {"user_id": user}, {"role": "lead"})


@STAGES.of("endUser")
def _(session: Session) -> Stage:
    user = a_user(session, "Siri", Role.CASE_OFFICER)
    return Stage(lead(), "/users/{user_id}/end", {"user_id": user}, {"reason": "Sluttet"})


def _lent(session: Session) -> dict[str, Any]:
    return {
        "delegator_id": a_user(session, "Kari", Role.CASE_OFFICER),
        "delegate_id": a_user(session, "Jonas", Role.CASE_OFFICER),
        "from_on": "2020-04-13",
        "until_on": "2020-05-08",
        "reason": "Ferie",
    }


@STAGES.of("lendAuthority")
def _(session: Session) -> Stage:
    return Stage(lead(), "/delegations", body=_lent(session))


@STAGES.of("endDelegation")
def _(session: Session) -> Stage:
    days = {"from_on": THEN.date(), "until_on": THEN.date()}
    made = delegations.lend(session, **_lent(session) | days, actor=lead(), at=THEN)
    return Stage(lead(), "/delegations/{delegation_id}/end", {"delegation_id": made})


def _waiting(session: Session) -> str:
    """A reversal that waits; the rule is lifted again, so that other stages need nobody."""
    case = a_case(session)
    placed(session, case, a_municipality(session, decided=20))
    rule = update(ApprovalRule).where(ApprovalRule.action == Action.REVERSAL)
    session.execute(rule.values(needed=True))
    try:
        commands.withdraw(
            session,
            case,
            reason="Stopp",
            legal_ground="conditions_failed",
            actor=officer(),
            at=THEN,
        )
    except SecondPersonNeeded as needed:
        waiting = prepare(session, needed.asked, actor=officer(), at=THEN)
    session.execute(rule.values(needed=False))
    return str(waiting)


@STAGES.of("approve")
def _(session: Session) -> Stage:
    return Stage(lead(), "/approvals/{approval_id}/approve", {"approval_id": _waiting(session)})


@STAGES.of("reject")
def _(session: Session) -> Stage:
    at = {"approval_id": _waiting(session)}
    return Stage(lead(), "/approvals/{approval_id}/reject", at, {"reason": "Feil dato"})


@STAGES.of("changeApprovalRule")
def _(session: Session) -> Stage:
    body = {"needed": True, "threshold": 100}
    return Stage(administrator(), "/approval-rules/{action}", {"action": "run"}, body)


@STAGES.of("putRulesInForce")
def _(session: Session) -> Stage:
    body = {
        "valid_from": "2020-07-01",
        "vacancy_window": 0.2,
        "next_shown": 3,
        "note": "Etter høring",
    }
    return Stage(lead(), "/rules", body=body)
