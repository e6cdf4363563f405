"""Words of a case: its states, groups, entry information, and what a municipality may answer."""

from enum import StrEnum


class CaseState(StrEnum):
    REGISTERED = "registered"
    DISTRIBUTED = "distributed"
    REDISTRIBUTED = "redistributed"
    ACCEPTED = "accepted"
    PLACED = "placed"
    TRAVEL_BOOKED = "travel_booked"
    ARRIVED = "arrived"
    SETTLED = "settled"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


#: A municipality has been asked and has not answered.
ASKED = frozenset({CaseState.DISTRIBUTED, CaseState.REDISTRIBUTED})
#: IMDi's decision stands.
DECIDED = frozenset(
    {CaseState.PLACED, CaseState.TRAVEL_BOOKED, CaseState.ARRIVED, CaseState.SETTLED}
)
#: Places are held for the persons not yet settled (R05).
HOLDING = ASKED | {CaseState.ACCEPTED, CaseState.PLACED, CaseState.TRAVEL_BOOKED, CaseState.ARRIVED}
#: Waits for a municipality.
WAITING = frozenset({CaseState.REGISTERED, CaseState.DECLINED, CaseState.WITHDRAWN})


class Group(StrEnum):
    RESETTLEMENT = "resettlement"
    RECEPTION_CENTRE = "reception_centre"
    UNACCOMPANIED_MINOR = "unaccompanied_minor"
    PRIVATE = "private"


class EntryStatus(StrEnum):
    """Whether a person can enter the country (R04), from the least to the most certain."""

    NOT_POSSIBLE = "not_possible"
    UNKNOWN = "unknown"
    POSSIBLE_FROM = "possible_from"
    POSSIBLE = "possible"


#: Entry is known to be possible, now or from a date (R07).
CAN_ENTER = frozenset({EntryStatus.POSSIBLE_FROM, EntryStatus.POSSIBLE})


class Track(StrEnum):
    """A: entry information existed at the withdrawal (R08). B: it comes later (R25, R26)."""

    A = "A"
    B = "B"


class Sex(StrEnum):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class Protection(StrEnum):
    """Grade of an address (kode 7 and 6)."""

    NONE = "none"
    CONFIDENTIAL = "confidential"
    STRICTLY_CONFIDENTIAL = "strictly_confidential"


class Purpose(StrEnum):
    """Why somebody opens a person's folder."""

    FINDING_MUNICIPALITY = "finding_municipality"
    RECEIVING = "receiving"
    FOLLOW_UP = "follow_up"
    TRAVEL = "travel"
    RECEPTION = "reception"
    QUESTION = "question"
    ACCESS_REQUEST = "access_request"
    CORRECTION = "correction"
    SUPERVISION = "supervision"


class Need(StrEnum):
    SPECIALIST_HEALTH = "specialist_health"
    SCHOOL = "school"
    ACCESSIBILITY = "accessibility"
    UPPER_SECONDARY = "upper_secondary"
    LANGUAGE_SUPPORT = "language_support"


class TieKind(StrEnum):
    """What two cases are to each other."""

    SPOUSE = "spouse"
    PARENT_AND_CHILD = "parent_and_child"
    SIBLINGS = "siblings"
    OTHER_FAMILY = "other_family"
    #: Registered without more: close to each other.
    BELONG_TOGETHER = "belong_together"


class TieReach(StrEnum):
    """How close two cases are to be settled: in one municipality, or in one county."""

    ONE = "one"
    NEAR = "near"


class JoinReason(StrEnum):
    """A birth is a fact, whatever the ceiling says; a member who comes later needs room."""

    BIRTH = "birth"
    LATER_MEMBER = "later_member"


class DeclineReason(StrEnum):
    NO_HOUSING = "no_housing"
    NO_CAPACITY = "no_capacity"
    HEALTH_SERVICES = "health_services"
    SCHOOL_CAPACITY = "school_capacity"
    OTHER = "other"


class DistributionState(StrEnum):
    """What became of one question to one municipality."""

    OPEN = "open"
    ACCEPTED = "accepted"
    PLACED = "placed"
    SETTLED = "settled"
    DECLINED = "declined"
    RETRACTED = "retracted"
    WITHDRAWN = "withdrawn"
    RECALLED = "recalled"
    LAPSED = "lapsed"


class DistributionNext(StrEnum):
    """What the municipality may expect after a withdrawal (R08, R24, R26)."""

    ASKED_AGAIN_FIRST = "asked_again_first"
    WAITS_FOR_ENTRY = "waits_for_entry"
    NONE = "none"


class DecisionKind(StrEnum):
    """IMDi's decisions on a case; never a bare "decision" (vedtak has two meanings)."""

    SETTLEMENT = "settlement_decision"
    REVERSAL = "reversal_decision"


class LegalGround(StrEnum):
    """Why a decision may be reversed without appeal (forvaltningsloven 1967 § 35, 2025 § 71)."""

    NOT_NOTIFIED = "not_notified"
    HARMS_NO_PARTY = "harms_no_party"
    CONDITIONS_FAILED = "conditions_failed"
    STRONG_INTERESTS = "strong_interests"
