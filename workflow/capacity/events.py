"""What the ledger of places tells the world."""

from enum import StrEnum


class CapacityEvent(StrEnum):
    STATISTICS_STORED = "places.statistics_stored"
