"""What the ledger of places, and what a municipality states beside it, tells the world."""

from enum import StrEnum


class CapacityEvent(StrEnum):
    STATISTICS_STORED = "places.statistics_stored"
    #: A municipality wishes few households of a kind, or none; it waits for IMDi.
    KIND_WISHED = "kind_limit.wished"
    #: IMDi confirmed it, or recorded it itself: plans keep to it.
    KIND_CONFIRMED = "kind_limit.confirmed"
    KIND_REFUSED = "kind_limit.refused"
    #: It holds no longer, before its last day.
    KIND_ENDED = "kind_limit.ended"
