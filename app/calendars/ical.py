"""Arrivals as iCalendar (RFC 5545): case numbers, places and times; no person."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Calendar, Event

from workflow.travel.seen import ArrivalSeen
from workflow.travel.states import BookingState

#: How long the one who meets is taken to need.
AT_THE_AIRPORT = timedelta(hours=1)
#: How often a calendar is asked to look again.
LOOK_AGAIN = timedelta(hours=1)

_STATUS = {
    BookingState.BOOKED: "CONFIRMED",
    BookingState.COMPLETED: "CONFIRMED",
    BookingState.CANCELLED: "CANCELLED",
}


def calendar(
    arrivals: Sequence[ArrivalSeen],
    *,
    name: str,
    summary: Callable[[ArrivalSeen], str],
    address: Callable[[ArrivalSeen], str],
    at: datetime,
) -> bytes:
    """The arrivals as a calendar; a moved one keeps its identity and gets the next sequence."""
    made = Calendar()
    made.add("prodid", "-//Bosetting//Arrivals//NO")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("refresh-interval", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    for seen in arrivals:
        entry = Event()
        entry.add("uid", f"{seen.booking_id}@bosetting")
        entry.add("sequence", seen.version)
        entry.add("dtstamp", at.astimezone(UTC))
        entry.add("dtstart", seen.arrives_at.astimezone(UTC))
        entry.add("dtend", (seen.arrives_at + AT_THE_AIRPORT).astimezone(UTC))
        entry.add("status", _STATUS[seen.state])
        entry.add("summary", summary(seen))
        entry.add("location", f"{seen.airport_name} ({seen.arrival_airport})")
        entry.add("url", address(seen))
        entry.add("class", "PRIVATE")
        made.add_component(entry)
    return bytes(made.to_ical())
