"""What reforms tell the world."""

from enum import StrEnum


class ReformEvent(StrEnum):
    MERGED = "municipality.merged"
    SPLIT = "municipality.split"
    #: The case stands as it stood, in another municipality.
    CASE_MOVED = "case.municipality_changed"
