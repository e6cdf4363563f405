"""The words of four eyes."""

from enum import StrEnum


class Action(StrEnum):
    """What may need a second person."""

    RUN = "run"
    RULE_SET = "rule_set"
    EXTRA_PLACES = "extra_places"
    REVERSAL = "reversal"
    #: Sweden's: a year's numbers.
    TARGETS = "targets"


class ApprovalState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    #: By the one who prepared it.
    TAKEN_BACK = "taken_back"
