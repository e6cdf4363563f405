"""Why a proposal, a withdrawal or a run is refused."""

from datetime import datetime
from typing import Any

from workflow.kernel.errors import Refused


class OverrideReasonMissing(Refused):
    """Another municipality than the first proposed needs a reason; it is counted."""

    code = "override.reason_missing"

    def __init__(self, *, first: str, chosen: str) -> None:
        super().__init__(
            f"{first} comes first; choosing {chosen} needs a reason", first=first, chosen=chosen
        )


class RunStale(Refused):
    """What the preview showed is no longer so; make a new one. `changed` says what moved."""

    code = "run.stale"

    def __init__(self, *, changed: list[dict[str, Any]]) -> None:
        super().__init__(f"{len(changed)} cases changed since the preview", changed=changed)


class RunEnded(Refused):
    """The run was undone; a new preview starts a new one."""

    code = "run.undone"

    def __init__(self) -> None:
        super().__init__("the run was undone")


class NotConfirmed(Refused):
    """A preview has changed nothing, so there is nothing to undo."""

    code = "run.not_confirmed"

    def __init__(self) -> None:
        super().__init__("the run was not confirmed")


class UndoTooLate(Refused):
    """The letters have left; what was done is reversed case by case."""

    code = "undo.too_late"

    def __init__(self, *, undo_until: datetime) -> None:
        super().__init__("the letters have left", undo_until=undo_until.isoformat())


class NeedNotMet(Refused):
    """The rules in force ask that a need of the case is met, and the municipality does not."""

    code = "need.not_met"

    def __init__(self, *, municipality: str, needs: list[str]) -> None:
        super().__init__("a need is not met there", municipality=municipality, needs=needs)


class NoScores(Refused):
    """A plan by score needs scores, and none have been brought in."""

    code = "scores.none"

    def __init__(self) -> None:
        super().__init__("no scores have been brought in")


class HouseholdUnsaid(Refused):
    """The scores are of persons, and the rule set does not say how they become a household's."""

    code = "scores.household_unsaid"

    def __init__(self) -> None:
        super().__init__("the rule set says no household score")


class RunNotKept(Refused):
    """What the run was planned from is not there: it is older than that, or a case is erased."""

    code = "run.not_kept"

    def __init__(self, *, missing: int) -> None:
        super().__init__("what the run was planned from is not there", missing=missing)


class PlannerChanged(Refused):
    """The run was planned by another version of the planner, which answers otherwise."""

    code = "run.other_planner"

    def __init__(self, *, planned_by: int, now: int) -> None:
        super().__init__("the planner has changed since", planned_by=planned_by, now=now)


class OverrideBarred(Refused):
    """A hard rule keeps the case out of the municipality; a person cannot choose it either."""

    code = "override.barred"

    def __init__(self, *, municipality: str, because: list[str]) -> None:
        super().__init__("a hard rule is against it", municipality=municipality, because=because)


class OverrideNoRoom(Refused):
    """The run's other cases fill the municipality; move one of them first."""

    code = "override.no_room"

    def __init__(self, *, municipality: str, persons: int, free: int) -> None:
        super().__init__(
            "the run leaves too few places there",
            municipality=municipality,
            persons=persons,
            free=free,
        )


class DraftSettled(Refused):
    """The draft is proposed or in force; another one is written instead."""

    code = "rule_draft.settled"

    def __init__(self, *, state: str) -> None:
        super().__init__("the draft can no longer be changed", state=state)


class NotSimulated(Refused):
    """A rule set is tried on last month before it is proposed."""

    code = "rule_draft.not_simulated"

    def __init__(self) -> None:
        super().__init__("simulate it on last month first")


class RunNotPreview(Refused):
    """A run that is confirmed or undone is no longer changed."""

    code = "run.not_preview"

    def __init__(self, *, state: str) -> None:
        super().__init__("only a preview can be changed", state=state)
