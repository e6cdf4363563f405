"""Words of a run."""

from enum import StrEnum


class RunKind(StrEnum):
    WITHDRAWAL = "withdrawal"
    REDISTRIBUTION = "redistribution"


class RunState(StrEnum):
    PREVIEW = "preview"
    CONFIRMED = "confirmed"
    UNDONE = "undone"


class PreparationState(StrEnum):
    """How a preview stands that is made beside the request."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class DraftState(StrEnum):
    """The life of a rule set before it is a version; simulated again after each change."""

    DRAFT = "draft"
    SIMULATED = "simulated"
    PROPOSED = "proposed"
    IN_FORCE = "in_force"


class PlanReason(StrEnum):
    """Why a plan, or a person against it, put a case where it is; beside the published criteria."""

    BALANCE = "balance"
    SCORE = "score"
    OVERRIDE = "override"


class ScoreUnit(StrEnum):
    """Whose the scores of a file are: the household's, or each of its adults'."""

    HOUSEHOLD = "household"
    PERSON = "person"


class ItemOutcome(StrEnum):
    """What the run means to do with a case, has done, or why not."""

    WILL_WITHDRAW = "will_withdraw"
    WITHDRAWN = "withdrawn"
    WILL_PLACE = "will_place"
    PLACED = "placed"
    UNPLACED = "unplaced"
    EXCLUDED = "excluded"
    RESTORED = "restored"
    RECALLED = "recalled"
    NOT_UNDONE = "not_undone"
