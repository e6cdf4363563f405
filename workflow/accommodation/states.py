"""The words of accommodation (Ju2022/01219; Ju2022/00942)."""

from enum import StrEnum


class AccommodationKind(StrEnum):
    """By what way places are acquired."""

    #: Upphandlat, under a framework agreement or after a competition.
    PROCURED = "procured"
    DIRECT_AWARD = "direct_award"
    #: Hyresrätt: first hand or a block of flats.
    RENTAL = "rental"
    MUNICIPAL_AGREEMENT = "municipal_agreement"
    TEMPORARY_MODULE = "temporary_module"


class Standard(StrEnum):
    """What is lived in; the forms of Direktupphandling 14 (2015)."""

    HOUSE = "house"
    #: Toilet and shower in another house.
    HOUSE_SHARED = "house_shared"
    CARAVAN = "caravan"
    CARAVAN_SHARED = "caravan_shared"


class OwnerKind(StrEnum):
    """Whose it is, in the order the inventory asks for: public ones first."""

    MUNICIPALITY = "municipality"
    STATE = "state"
    PRIVATE = "private"


class Meals(StrEnum):
    SELF_CATERING = "self_catering"
    #: Only when they are asked for, at a price of their own.
    WHEN_NEEDED = "when_needed"
    INCLUDED = "included"


class Term(StrEnum):
    """How long a contract or a call-off runs."""

    SIX_MONTHS = "six_months"
    ONE_YEAR = "one_year"
    THREE_YEARS = "three_years"


class OfferState(StrEnum):
    OPEN = "open"
    #: A contract has been signed on it.
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class RowState(StrEnum):
    """What became of a line of the county boards' inventory."""

    WAITING = "waiting"
    USED = "used"
    REJECTED = "rejected"


class Nearby(StrEnum):
    """What is good to have near."""

    TRANSIT = "transit"
    HEALTH_CENTRE = "health_centre"
    SCHOOL = "school"
    SERVICE = "service"
