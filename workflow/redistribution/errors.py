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
