"""What UDI plans by: what is to be booked, the week, what has changed."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.arrivals import asked_week, days_of
from app.pages.shelf import of_start, opens_with, shelf
from app.pages.sorting import sort_of
from app.pages.visit import Reader, Visit
from app.saved_views.lists import SavedList
from notifications import receipts
from workflow.kernel.actor import DIRECTORATE, Role
from workflow.kernel.calendar import local_day
from workflow.kernel.weeks import Week
from workflow.travel import worklists
from workflow.travel.seen import ArrivalSeen
from workflow.travel.states import BookingState

router = APIRouter(route_class=InOneThread)

#: Who reads the pages of travel; UDI alone changes anything.
READERS: Final = (Role.TRAVEL_OFFICER, *DIRECTORATE, Role.AUDITOR)
#: `?vis=` of the queue.
SHOWN: Final = {"bestilles": False, "bestilt": True, "alle": None}


@router.get("/reiser")
def queue(reader: Reader, cursor: str | None = None) -> Response:
    """Placed and booked cases, what runs out first first."""
    actor = reader.only(*READERS)
    if onward := opens_with(reader, SavedList.TRAVEL):
        return reader.go(onward)
    shown = reader.asked("vis", {word: word for word in SHOWN}.get) or "bestilles"
    booked = SHOWN[shown]
    sort = sort_of(reader, worklists.QUEUE_COLUMNS)
    found = worklists.queue(
        reader.session, booked=booked, sort=sort, after=cursor, actor=actor, at=reader.at
    )
    return reader.page(
        "travel/queue.html",
        items=found.items,
        next=found.next,
        sort=sort,
        shown=shown,
        booked=booked,
        shelf=shelf(reader, SavedList.TRAVEL),
        views=[view for view in of_start(reader) if view.of_list is not SavedList.TRAVEL]
        if actor.role is Role.TRAVEL_OFFICER
        else [],
    )


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the week, and who arrives where."""

    on: date
    at_airport: dict[str, list[ArrivalSeen]]


@router.get("/reiser/uke")
def this_week(reader: Reader) -> Response:
    """On to the week that is typed, else this one; where it cannot be read, this one says so."""
    reader.only(*READERS)
    asked = asked_week(reader, reader.request.query_params.get("uke"))
    return _of_week(reader, asked) if reader.unknown_filters else reader.go(f"/reiser/uke/{asked}")


@router.get("/reiser/uke/{typed}")
def week(reader: Reader, typed: str) -> Response:
    """Days by airports."""
    reader.only(*READERS)
    return _of_week(reader, asked_week(reader, typed))


def _of_week(reader: Visit, shown: Week) -> Response:
    found = worklists.arrivals(reader.session, week=shown, actor=reader.actor)
    by_day: dict[date, dict[str, list[ArrivalSeen]]] = defaultdict(lambda: defaultdict(list))
    for arrival in found:
        by_day[local_day(arrival.arrives_at)][arrival.arrival_airport].append(arrival)
    return reader.page(
        "travel/week.html",
        week=shown,
        before=Week.of(shown.monday - timedelta(weeks=1)),
        after=Week.of(shown.monday + timedelta(weeks=1)),
        days=[Day(on, dict(by_day[on])) for on in days_of(shown)],
        airports=sorted({(arrival.arrival_airport, arrival.airport_name) for arrival in found}),
        persons=sum(
            arrival.persons_count
            for arrival in found
            if arrival.state is not BookingState.CANCELLED
        ),
    )


@router.get("/reiser/endringer")
def changes(reader: Reader, cursor: str | None = None) -> Response:
    """Bookings moved and cancelled, and whether the municipality has read of it."""
    actor = reader.only(*READERS)
    found = worklists.changes(reader.session, after=cursor, actor=actor)
    return reader.page(
        "travel/changes.html",
        changes=found.items,
        next=found.next,
        receipts=receipts.of_bookings(
            reader.session, {change.case_id for change in found.items}, actor=actor
        ),
    )
