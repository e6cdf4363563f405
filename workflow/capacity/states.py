"""Words of the ledger."""

from enum import StrEnum


class Pool(StrEnum):
    """Places are counted apart for unaccompanied minors.

    People whose address is protected are counted nationally only, never per municipality: their
    pool has no ceiling and stands in no list, sum or export.
    """

    ORDINARY = "ordinary"
    MINORS = "minors"
    PROTECTED = "protected"


#: The pools whose numbers are shown.
SHOWN_POOLS = (Pool.ORDINARY, Pool.MINORS)


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
