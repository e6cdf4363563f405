"""Words of municipal reforms."""

from enum import StrEnum


class ReformKind(StrEnum):
    MERGER = "merger"
    SPLIT = "split"


class Side(StrEnum):
    """Of which side of a reform a municipality was."""

    PREDECESSOR = "predecessor"
    SUCCESSOR = "successor"
