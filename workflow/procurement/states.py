"""The words of procurement."""

from enum import StrEnum


class Measure(StrEnum):
    """A field of `workflow.keys.evenness.Evenness`; less is evener."""

    #: Σ|places - places in all · number / numbers in all|, as a part of all places.
    DEVIATIONS = "deviations_share"
    #: Between the fullest and the emptiest.
    FILL_RANGE = "fill_range"
    GINI = "gini"


class Method(StrEnum):
    """How the efficient plans were found."""

    #: All plans gone through: every efficient one is there.
    EXACT = "exact"
    #: Each is proven efficient among those of as many beds; there may be others between them.
    SUPPORTED = "supported"
