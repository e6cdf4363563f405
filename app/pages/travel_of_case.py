"""One case's travel: booked, moved, cancelled, arrived (UDI)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.one_thread import InOneThread
from app.pages.moments import moment, shown_clock
from app.pages.routes import ROWS, is_typed, route
from app.pages.travel import READERS
from app.pages.visit import Reader, Visit
from notifications import receipts
from workflow.cases import history
from workflow.cases.details import CaseSeen
from workflow.cases.history import EntryNoted
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError, NotFound, Stale
from workflow.municipalities import queries as register
from workflow.municipalities.queries import AirportSeen
from workflow.travel import commands, papers, queries, receiving, telling, wishes
from workflow.travel.contacts import Topic
from workflow.travel.seen import BookingSeen
from workflow.travel.states import BookingState

router = APIRouter(route_class=InOneThread)

#: Where refusals of an arrival stand in these forms.
_PLACES = {
    "airport__reason_missing": "airport_reason",
    "airport__unknown": "arrival_airport",
    "travel__outside_window": "window_reason",
    "travel__route": "route_0_flight",
    "travel__nothing": "issued_on",
    "travel__": "arrives_on",
    "wish__": "window_from",
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
    plan = _plan(reader)

    def change(session: Session) -> None:
        commands.book(session, case_id, **plan, **_by(reader))

    return _changed(reader, case_id, change, "book_travel")


@router.get("/reiser/{case_id}/endre")
def move_page(reader: Reader, case_id: UUID) -> Response:
    """The form for another arrival."""
    reader.only(Role.TRAVEL_OFFICER)
    return _page(reader, case_id, "reschedule")


@router.post("/reiser/{case_id}/endre")
def move(reader: Reader, case_id: UUID) -> Response:
    """Another arrival: a new version, and the municipality is told again."""
    plan = _plan(reader)
    reason = reader.form.text("reason", required=True)

    def change(session: Session) -> None:
        commands.reschedule(
            session,
            _booking(reader, session, case_id).id,
            reason=reason,
            **plan,
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


@router.post("/reiser/{case_id}/papirer")
def record_papers(reader: Reader, case_id: UUID) -> Response:
    """When the papers were issued, and until when they hold."""
    issued_on = reader.form.day("issued_on", required=True)
    expires_on = reader.form.day("expires_on")

    def change(session: Session) -> None:
        assert issued_on is not None  # noqa: S101  refused as a fault of the form
        papers.record_papers(
            session, case_id, issued_on=issued_on, expires_on=expires_on, **_by(reader)
        )

    return _changed(reader, case_id, change, "record_papers")


@router.post("/reiser/{case_id}/onske")
def ask(reader: Reader, case_id: UUID) -> Response:
    """The carrier is asked for travel within two weeks."""
    window_from = reader.form.day("window_from", required=True)

    def change(session: Session) -> None:
        wishes.ask(session, case_id, window_from=window_from, **_by(reader))

    return _changed(reader, case_id, change, "ask_travel")


@router.post("/reiser/{case_id}/onske/{wish_id}/trekk")
def take_back(reader: Reader, case_id: UUID, wish_id: UUID) -> Response:
    """The household is not to travel so."""

    def change(session: Session) -> None:
        _of(reader, session, case_id, wish_id)
        wishes.take_back(session, wish_id, **_by(reader))

    return _changed(reader, case_id, change, "take_travel_back")


@router.post("/reiser/{case_id}/onske/{wish_id}/send")
def tell_again(reader: Reader, case_id: UUID, wish_id: UUID) -> Response:
    """What kept the carrier from being told is mended."""

    def change(session: Session) -> None:
        _of(reader, session, case_id, wish_id)
        telling.tell_again(session, wish_id, **_by(reader))

    return _changed(reader, case_id, change, "tell_carrier_again")


def _of(reader: Visit, session: Session, case_id: UUID, wish_id: UUID) -> None:
    """Raises: NotFound: the wish is another case's."""
    if wishes.wish(session, wish_id, actor=reader.actor).case_id != case_id:
        raise NotFound("wish")


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


def _plan(reader: Visit) -> dict[str, Any]:
    """The travel as it was typed, with the form's faults where it cannot be read."""
    form = reader.form
    arrives_at = moment(form, "arrives_on", "arrives_clock")
    airport = form.text("arrival_airport", required=True)
    flight = form.text("flight")
    return {
        "arrival_airport": airport,
        "arrives_at": arrives_at,
        "flight": flight,
        "airport_reason": form.text("airport_reason"),
        "window_reason": form.text("window_reason"),
        "route": route(form, airport, arrives_at, flight),
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
        rows=ROWS,
        route_open=is_typed(reader.form),
        papers_expire_on=papers.last_day(session, case_id, actor=actor),
        wishes=wishes.wishes(session, case_id, actor=actor),
        tells_carrier=reader.request.app.state.settings.carrier_url is not None,
        permits=_permits(history.entry_history(session, case_id, actor=actor)),
        meeting=receiving.meeting(session, standing.id, actor=actor) if standing else None,
        standing_clock=shown_clock(standing.arrives_at) if standing else None,
        receipts=receipts.of_bookings(session, {case_id}, actor=actor),
        contact=queries.contact(session, case_id, Topic.ARRIVAL, actor=actor),
        may_write=actor.role is Role.TRAVEL_OFFICER,
        **_where(reader, case),
    )


@dataclass(frozen=True, slots=True)
class Permit:
    """One last day of the household's entry permits, and who said so."""

    expires_on: date
    source: str
    at: datetime


def _permits(noted: Sequence[EntryNoted]) -> list[Permit]:
    """Each last day once, as it became known; more than one: the permit was renewed."""
    found: dict[date, Permit] = {}
    for one in noted:
        if one.permit_expires_on is not None:
            known = Permit(one.permit_expires_on, one.source, one.at)
            found.setdefault(one.permit_expires_on, known)
    return list(found.values())


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
