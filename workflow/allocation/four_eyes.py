"""When a decision of targets waits for a second person of Migrationsverket."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from workflow.allocation.decisions import Decision
from workflow.allocation.models import TargetVersion
from workflow.allocation.states import VersionKind
from workflow.approvals.asked import Approved, Asked
from workflow.approvals.commands import demand
from workflow.approvals.states import Action
from workflow.kernel.actor import Actor
from workflow.kernel.audit import Kind, subject

_DAYS: Final = ("told_on", "effective_on")


def decision_needs_two(
    session: Session,
    year: int,
    decision: Decision,
    approved: Approved | None,
    *,
    numbers: Mapping[int, int],
    becomes: Mapping[int, int],
    actor: Actor,
) -> None:
    """What is decided waits as it was written, and holds only while its changes are the same.

    Args:
        becomes: the numbers that would stand, by municipality's id, of those that change.

    Raises:
        SecondPersonNeeded; ApprovalStale: another version, or another carry-over, came between.
    """
    last = select(func.max(TargetVersion.number)).where(TargetVersion.year == year)
    asked = Asked(
        Action.TARGETS,
        subject(Kind.TARGETS, year),
        len(becomes),
        parameters={
            "year": year,
            "numbers": _by_text(numbers),
            "kind": str(decision.kind),
            "told_on": decision.told_on.isoformat(),
            "effective_on": decision.effective_on.isoformat(),
            "reason": decision.reason,
            "may_raise": decision.may_raise,
            "notice_reason": decision.notice_reason,
            "run_id": decision.run_id and str(decision.run_id),
        },
        stands_on={"version": session.scalar(last) or 0, "becomes": _by_text(becomes)},
    )
    demand(session, asked, approved, actor=actor)


def prepared(told: Mapping[str, Any]) -> tuple[int, dict[int, int], Decision]:
    """Year, numbers and decision of what waits, as they were prepared."""
    numbers = {int(its): persons for its, persons in told["numbers"].items()}
    told_on, effective_on = (date.fromisoformat(told[name]) for name in _DAYS)
    decision = Decision(
        VersionKind(told["kind"]),
        told_on,
        effective_on,
        reason=told["reason"],
        may_raise=told["may_raise"],
        notice_reason=told["notice_reason"],
        run_id=UUID(told["run_id"]) if told["run_id"] else None,
    )
    return told["year"], numbers, decision


def _by_text(numbers: Mapping[int, int]) -> dict[str, int]:
    return {str(its): persons for its, persons in sorted(numbers.items())}
