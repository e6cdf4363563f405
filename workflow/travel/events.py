"""What travel tells the world: identifiers, airports, times; never a name or a free text."""

from enum import StrEnum


class TravelEvent(StrEnum):
    BOOKED = "travel.booked"
    RESCHEDULED = "travel.rescheduled"
    CANCELLED = "travel.cancelled"
    ARRIVED = "travel.arrived"
    MEETING_CONFIRMED = "travel.meeting_confirmed"
    TRANSPORT_PLANNED = "travel.transport_planned"
    TRANSPORT_ANSWERED = "travel.transport_answered"
    PAPERS_RECORDED = "travel.papers_recorded"
    QUARANTINE_CHANGED = "travel.quarantine_changed"
