"""Words of the ledger."""

from enum import StrEnum


class Pool(StrEnum):
    """Places are counted apart for unaccompanied minors."""

    ORDINARY = "ordinary"
    MINORS = "minors"


class EntryKind(StrEnum):
    """Why a ledger entry was written."""

    DECIDED = "decided"
    EXTRA = "extra"
    HOLD = "hold"
    RELEASE = "release"
    MOVE_IN = "move_in"
    MOVE_OUT = "move_out"
    JOIN = "join"
    LEAVE = "leave"
    SETTLE = "settle"
    UNSETTLE = "unsettle"
    IMPORT = "import"
    MERGE_IN = "merge_in"
    MERGE_OUT = "merge_out"
