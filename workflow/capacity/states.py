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


class Service(StrEnum):
    """What a municipality can offer a household that needs it."""

    #: In the municipality, or so many minutes away.
    SPECIALIST_HEALTH = "specialist_health"
    SCHOOL = "school"
    UPPER_SECONDARY = "upper_secondary"
    #: Homes fit for a wheelchair can be had, beside those that are reported.
    WHEELCHAIR = "wheelchair"
    #: Interpreting, teaching and contact in a language that is named.
    LANGUAGE = "language"
    #: Somewhere to keep a quarantine after entry, beside the homes where it can be kept (R22).
    QUARANTINE = "quarantine"


class HouseholdKind(StrEnum):
    """What a household is like as a whole, seen from its persons."""

    SINGLE_ADULT = "single_adult"
    SINGLE_PARENT = "single_parent"
    LARGE_FAMILY = "large_family"


class KindLimitState(StrEnum):
    """Where a municipality's wish about a kind of household stands."""

    WISHED = "wished"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    ENDED = "ended"
