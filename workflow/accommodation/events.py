"""What accommodation tells: identifiers, numbers and days; never a price, a name or a free text."""

from enum import StrEnum


class AccommodationEvent(StrEnum):
    #: An object was registered, or has another number of beds.
    ADDED = "accommodation.added"
    BEDS_CHANGED = "accommodation.beds_changed"
    #: Places were agreed on, by a contract or a call-off; and to begin before the municipality's
    #: notice period is over.
    AGREED = "places.agreed"
    AGREED_EARLY = "places.agreed_inside_notice"
    #: Places end before the time that was agreed.
    ENDED = "places.ended"
