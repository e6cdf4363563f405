"""One case's travel: booked, moved, cancelled, arrived (UDI)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.one_thread import InOneThread
from app.pages.moments import moment, shown_clock
from app.pages.travel import READERS
from app.pages.visit import Reader, Visit
from notifications import receipts
from workflow.cases.details import CaseSeen
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError, NotFound, Stale
from workflow.municipalities import queries as register
from workflow.municipalities.queries import AirportSeen
from workflow.travel import commands, queries, receiving
from workflow.travel.contacts import Topic
from workflow.travel.seen import BookingSeen
from workflow.travel.states import BookingState

router = APIRouter(route_class=InOneThread)

#: Where refusals of an arrival stand in these forms.
_PLACES = {
    "airport__reason_missing": "airport_reason",
    "airport__unknown": "arrival_airport",
    "travel__": "arrives_on",
    "places__": "arrives_on",
    "arrival__": "arrived_on",
    "person__": "person_ids",
}


@router.get("/reiser/{case_id}")
def travel(reader: Reader, case_id: UUID) -> Response:
    """Where the case is to go, what is booked, in all versions; the form where nothing is."""
    reader.only(*READERS)
    return _page(reader, case_id)


@router.post("/reiser/{case_id}/bestill")
def book(reader: Reader, case_id: UUID) -> Response:
    """The travel is booked, and the municipality is told."""
    arrives_at = moment(reader.form, "arrives_on", "arrives_clock")
    airport = reader.form.text("arrival_airport", required=True)

    def change(session: Session) -> None:
        commands.book(session, case_id, **_plan(reader, arrives_at, airport), **_by(reader))

    return _changed(reader, case_id, change, "book_travel")


@router.get("/reiser/{case_id}/endre")
def move_page(reader: Reader, case_id: UUID) -> Response:
    """The form for another arrival."""
    reader.only(Role.TRAVEL_OFFICER)
    return _page(reader, case_id, "reschedule")


@router.post("/reiser/{case_id}/endre")
def move(reader: Reader, case_id: UUID) -> Response:
    """Another arrival: a new version, and the municipality is told again."""
    arrives_at = moment(reader.form, "arrives_on", "arrives_clock")
    airport = reader.form.text("arrival_airport", required=True)
    reason = reader.form.text("reason", required=True)

    def change(session: Session) -> None:
        commands.reschedule(
            session,
            _booking(reader, session, case_id).id,
            reason=reason,
            **_plan(reader, arrives_at, airport),
            **_by(reader),
        )

    return _changed(reader, case_id, change, "reschedule", shown="reschedule")


@router.get("/reiser/{case_id}/avbestill")
def cancel_page(reader: Reader, case_id: UUID) -> Response:
    """Why the travel is off."""
    reader.only(Role.TRAVEL_OFFICER)
    return _page(reader, case_id, "cancel_travel")


@router.post("/reiser/{case_id}/avbestill")
def cancel(reader: Reader, case_id: UUID) -> Response:
    """The travel is off; the place stays held."""
    reason = reader.form.text("reason", required=True)

    def change(session: Session) -> None:
        booking = _booking(reader, session, case_id)
        commands.cancel(session, booking.id, reason=reason, **_by(reader))

    return _changed(reader, case_id, change, "cancel_travel", shown="cancel_travel")


@router.get("/reiser/{case_id}/ankomst")
def arrive_page(reader: Reader, case_id: UUID) -> Response:
    """Who has come, and when."""
    reader.only(Role.TRAVEL_OFFICER)
    return _page(reader, case_id, "arrive")


@router.post("/reiser/{case_id}/ankomst")
def arrive(reader: Reader, case_id: UUID) -> Response:
    """They have come; who did not come is not ticked."""
    arrived_at = moment(reader.form, "arrived_on", "arrived_clock")
    come = reader.form.ids("person_ids")
    if not come:
        reader.form.fault("person_ids", "nobody_chosen")

    def change(session: Session) -> None:
        assert arrived_at is not None  # noqa: S101  refused as a fault of the form
        commands.arrive(session, case_id, arrived_at=arrived_at, person_ids=come, **_by(reader))

    return _changed(reader, case_id, change, "arrive", shown="arrive")


def _changed(
    reader: Visit, case_id: UUID, change: Any, done: str, *, shown: str | None = None
) -> Response:
    """Make the change if the case is as it was read; else the form again with what stopped it."""
    reader.only(Role.TRAVEL_OFFICER)
    if reader.form.errors:
        return _page(reader, case_id, shown, status_code=reader.again())
    try:
        with reader.change() as session:
            reader.is_as_read(session, case_id)
            change(session)
    except DomainError as refusal:
        return _page(reader, case_id, shown, status_code=reader.again(refusal, **_PLACES))
    return reader.done(f"/reiser/{case_id}", done)


def _by(reader: Visit) -> dict[str, Any]:
    return {"actor": reader.actor, "at": reader.at}


def _plan(reader: Visit, arrives_at: datetime | None, airport: str | None) -> dict[str, Any]:
    return {
        "arrival_airport": airport,
        "arrives_at": arrives_at,
        "flight": reader.form.text("flight"),
        "airport_reason": reader.form.text("airport_reason"),
    }


def _booking(reader: Visit, session: Session, case_id: UUID) -> BookingSeen:
    """The booking that stands.

    Raises:
        Stale: there is none any more.
    """
    booking = _standing(queries.bookings(session, case_id, actor=reader.actor))
    if booking is None:
        raise Stale("the booking has ended since it was read")
    return booking


def _standing(bookings: list[BookingSeen]) -> BookingSeen | None:
    return next((one for one in bookings if one.state is BookingState.BOOKED), None)


def _page(
    reader: Visit, case_id: UUID, shown: str | None = None, *, status_code: int = 200
) -> Response:
    """Args: shown: the trigger whose form the page is about; None = the case's travel."""
    actor, case = reader.actor, reader.opened(case_id)
    session = reader.session
    if case.municipality_id is None and not queries.bookings(session, case_id, actor=actor):
        raise NotFound("travel")
    bookings = queries.bookings(session, case_id, actor=actor)
    standing = _standing(bookings)
    if shown is not None and standing is None and shown != "arrive":
        shown = None
    return reader.page(
        "travel/page.html",
        status_code=status_code,
        case=case,
        shown=shown,
        bookings=bookings,
        standing=standing,
        meeting=receiving.meeting(session, standing.id, actor=actor) if standing else None,
        standing_clock=shown_clock(standing.arrives_at) if standing else None,
        receipts=receipts.of_bookings(session, {case_id}, actor=actor),
        contact=queries.contact(session, case_id, Topic.ARRIVAL, actor=actor),
        may_write=actor.role is Role.TRAVEL_OFFICER,
        **_where(reader, case),
    )


def _where(reader: Visit, case: CaseSeen) -> dict[str, Any]:
    """The municipality, its airport, and the airports to choose from, its own first."""
    known = register.airports(reader.session, actor=reader.actor)
    names = {airport.iata: airport.name for airport in known}
    if case.municipality_id is None:
        return {"municipality": None, "airports": [], "airport_names": names}
    municipality = register.by_id(reader.session, case.municipality_id, actor=reader.actor)
    own = (municipality.preferred_airport, municipality.nearest_airport)

    def place(airport: AirportSeen) -> tuple[int, str]:
        return own.index(airport.iata) if airport.iata in own else len(own), airport.name

    airports = [airport for airport in known if airport.scheduled or airport.iata in own]
    return {
        "municipality": municipality,
        "airports": sorted(airports, key=place),
        "airport_names": names,
    }
