"""When a run, a rule set or a reversal waits for a second person."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from workflow.approvals.asked import Approved, Asked
from workflow.approvals.commands import demand
from workflow.approvals.states import Action
from workflow.cases.machine import Context, refusal_of_trigger
from workflow.cases.moves import CaseInHand
from workflow.cases.states import DECIDED
from workflow.kernel.actor import Actor
from workflow.kernel.audit import Kind, subject
from workflow.redistribution.models import Run


def run_needs_two(
    session: Session, run: Run, cases: int, approved: Approved | None, *, actor: Actor
) -> None:
    """A run over many cases; what it stands on is in its token.

    Raises:
        SecondPersonNeeded.
    """
    parameters = {"run_id": str(run.id), "kind": str(run.kind), "token": run.token}
    asked = Asked(Action.RUN, subject(Kind.RUN, run.id), cases, parameters)
    demand(session, asked, approved, actor=actor)


def rule_set_needs_two(
    session: Session,
    values: Mapping[str, Any],
    latest: int,
    approved: Approved | None,
    *,
    actor: Actor,
) -> None:
    """A rule set, prepared when `latest` was the newest version.

    Raises:
        SecondPersonNeeded; ApprovalStale: another version has come meanwhile.
    """
    asked = Asked(
        Action.RULE_SET,
        subject(Kind.SETTING, "rule_set"),
        1,
        parameters=values,
        stands_on={"version": latest},
    )
    demand(session, asked, approved, actor=actor)


def reversal_needs_two(
    session: Session, case: CaseInHand, trigger: str, ctx: Context, approved: Approved | None
) -> None:
    """A step that reverses a decision, outside a run; one that is refused anyway waits for nobody.

    Raises:
        SecondPersonNeeded; ApprovalStale: the case has moved since.
    """
    if approved is None and (
        case.state not in DECIDED or refusal_of_trigger(case, trigger, ctx) is not None
    ):
        return
    asked = Asked(
        Action.REVERSAL,
        subject(Kind.CASE, case.id),
        1,
        parameters={"step": trigger, "reason": ctx.reason, "legal_ground": ctx.legal_ground},
        stands_on={"version": case.version, "state": str(case.state)},
        case_id=case.id,
    )
    demand(session, asked, approved, actor=ctx.actor)
