"""Words of a booking."""

from enum import StrEnum


class BookingState(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


class Means(StrEnum):
    """How a household travels from its reception centre."""

    TRAIN = "train"
    BUS = "bus"
    FERRY = "ferry"
    PLANE = "plane"
    CAR = "car"
    MUNICIPALITY = "municipality"


class BookingChange(StrEnum):
    """What made a version of a booking."""

    BOOKED = "booked"
    RESCHEDULED = "rescheduled"
    CANCELLED = "cancelled"
    REINSTATED = "reinstated"
    COMPLETED = "completed"


class WishState(StrEnum):
    """Of what the carrier is asked for."""

    OPEN = "open"
    ANSWERED = "answered"
    TAKEN_BACK = "taken_back"
