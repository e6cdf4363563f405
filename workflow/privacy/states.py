"""Words of retention and erasure."""

from enum import StrEnum


class ErasureState(StrEnum):
    """What becomes of a proposal to erase a case."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    KEPT = "kept"
    ERASED = "erased"


class RetentionRule(StrEnum):
    """Which rule says that a case, or a person of it, is to be erased."""

    SETTLED = "settled"
    LAPSED = "lapsed"
    IDLE = "idle"
    #: One person, gone from the household.
    LEFT = "left"
    #: One person, who has asked for it (GDPR art. 17).
    DEMAND = "demand"
