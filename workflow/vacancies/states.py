"""Words of a vacancy's life."""

from enum import StrEnum


class VacancyState(StrEnum):
    OPEN = "open"
    RESERVED = "reserved"
    USED = "used"
    EXPIRED = "expired"
    CLOSED = "closed"


class VacancyKind(StrEnum):
    HOME = "home"
    CAPACITY = "capacity"


class Fate(StrEnum):
    """What happened to a report: nobody who reports a home meets silence."""

    REGISTERED = "registered"
    MATCHED = "matched"
    PASSED_OVER = "passed_over"
    RESERVED = "reserved"
    RELEASED = "released"
    USED = "used"
    EXPIRED = "expired"
    CLOSED = "closed"


#: What changes the report itself; of the others it only hears.
CHANGES = frozenset(Fate) - {Fate.MATCHED, Fate.PASSED_OVER}


class ReasonCode(StrEnum):
    """Why the place stands free."""

    WITHDRAWN_CASE = "withdrawn_case"
    NEW_CAPACITY = "new_capacity"
    OTHER = "other"


#: Whom a vacancy can be for: the words of workflow.cases.states.Group, which stands above this
#: feature; a test holds the two together.
FOR_GROUPS = ("resettlement", "reception_centre", "unaccompanied_minor", "private")
