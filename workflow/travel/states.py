"""Words of a booking."""

from enum import StrEnum


class BookingState(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class BookingChange(StrEnum):
    """What made a version of a booking."""

    BOOKED = "booked"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    REINSTATED = "reinstated"
    COMPLETED = "completed"
