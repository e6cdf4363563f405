"""A decision of targets, what it changes, and what it may not. Pure."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from workflow.allocation.errors import InsideNotice, NothingChanges, TargetRaised
from workflow.allocation.states import VersionKind
from workflow.municipalities.sweden import Place


@dataclass(frozen=True, slots=True)
class Decision:
    """What is decided beside the numbers."""

    kind: VersionKind
    told_on: date
    effective_on: date
    reason: str | None = None
    #: Raising is meant; a correction may always raise.
    may_raise: bool = False
    #: Why it holds inside somebody's notice period.
    notice_reason: str | None = None
    #: The run the numbers are of.
    run_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one municipality's number."""

    municipality: Place
    #: None: it had none.
    before: int | None
    after: int
    #: Of `after`: carried over from the year before.
    carried: int
    #: It is raised, and would hold before its time.
    inside_notice: bool
    #: The first day it may hold without a word of why.
    earliest_on: date

    @property
    def raised(self) -> bool:
        return self.after > (self.before or 0)


def refuse(changes: list[Change], decision: Decision) -> None:
    """Raises NothingChanges; TargetRaised; InsideNotice."""
    if not changes:
        raise NothingChanges("the numbers are those that stand")
    raised = [one for one in changes if one.raised]
    if decision.kind is VersionKind.REVISION and raised and not decision.may_raise:
        raise TargetRaised(
            "a number is raised in a revision",
            count=len(raised),
            municipalities=", ".join(one.municipality.name for one in raised[:10]),
        )
    if (early := [one for one in changes if one.inside_notice]) and not decision.notice_reason:
        raise InsideNotice(
            "a raised number would hold inside the notice period",
            count=len(early),
            earliest=max(one.earliest_on for one in early),
            municipalities=", ".join(one.municipality.name for one in early[:10]),
        )
