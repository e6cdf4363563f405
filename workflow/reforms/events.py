"""What reforms tell the world."""

from enum import StrEnum


class ReformEvent(StrEnum):
    MERGED = "municipality.merged"
    SPLIT = "municipality.split"
    #: The case stands as it stood, with the successor of its municipality.
    CASE_FOLLOWED = "case.followed_merger"
    #: IMDi has said in which municipality the case goes on after a split.
    CASE_MOVED = "case.moved_after_split"
