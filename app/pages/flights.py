"""Flights with several households: who is on board, and all of them moved or cancelled at once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.audit.refused import attempts_among
from app.one_thread import InOneThread
from app.pages.moments import moment
from app.pages.travel import READERS
from app.pages.visit import Reader, Visit
from app.typed import typed_day
from workflow.kernel.actor import Role
from workflow.kernel.errors import NotFound
from workflow.travel import flights
from workflow.travel.flights import AsRead, Flight, Outcome
from workflow.travel.seen import ArrivalSeen
from workflow.travel.states import BookingState

router = APIRouter(route_class=InOneThread)

#: Each form of the page asks why in a field of its own.
REASON = {"move": "reason", "cancel": "cancel_reason"}


@router.get("/reiser/avganger")
def list_flights(reader: Reader) -> Response:
    """Booked flights, those first that have landed and wait for somebody to say who came."""
    actor = reader.only(*READERS)
    return reader.page(
        "travel/flights.html",
        flights=flights.flights(reader.session, actor=actor, at=reader.at),
        at=reader.at,
    )


@router.get("/reiser/avgang")
def flight(reader: Reader) -> Response:
    """Who is on board of one."""
    reader.only(*READERS)
    asked = reader.request.query_params
    return _page(reader, _flight(asked.get("flight"), asked.get("flyplass"), asked.get("dag")))


@router.post("/reiser/avgang/flytt")
def move(reader: Reader) -> Response:
    """Another arrival for those chosen."""
    reader.only(Role.TRAVEL_OFFICER)
    arrives_at = moment(reader.form, "arrives_on", "arrives_clock")
    number = reader.form.text("flight")

    def change(session: Session, chosen: list[AsRead], reason: str) -> list[Outcome]:
        assert arrives_at is not None  # noqa: S101  refused as a fault of the form
        return flights.move(
            session,
            chosen,
            arrives_at=arrives_at,
            flight=number,
            reason=reason,
            actor=reader.actor,
            at=reader.at,
        )

    return _changed(reader, change, "move", arrives_at=arrives_at)


@router.post("/reiser/avgang/avbestill")
def cancel(reader: Reader) -> Response:
    """The flight is off for those chosen."""
    reader.only(Role.TRAVEL_OFFICER)

    def change(session: Session, chosen: list[AsRead], reason: str) -> list[Outcome]:
        return flights.cancel(session, chosen, reason=reason, actor=reader.actor, at=reader.at)

    return _changed(reader, change, "cancel")


def _changed(
    reader: Visit, change: Any, done: str, *, arrives_at: datetime | None = None
) -> Response:
    form = reader.form
    shown = _flight(form.typed("number"), form.typed("airport"), form.typed("day"))
    on_board = {seen.booking_id: seen for seen in _on_board(reader, shown)}
    chosen = _chosen(reader, on_board)
    reason = form.text(REASON[done], required=True)
    if reason is None or form.errors:
        return _page(reader, shown, status_code=reader.again(), asked=done)
    with reader.change() as session:
        outcomes = change(session, chosen, reason)
        refused = flights.refusals(outcomes)
        attempts_among(reader.request, session, "booking_id", refused, at=reader.at)
    return reader.page(
        "travel/flight_changed.html",
        flight=shown,
        done=done,
        arrives_at=arrives_at,
        changed=[on_board[one.booking_id] for one in outcomes if one.refusal is None],
        stayed=[(on_board[one.booking_id], one.refusal) for one in outcomes if one.refusal],
    )


def _chosen(reader: Visit, on_board: dict[UUID, ArrivalSeen]) -> list[AsRead]:
    """Those ticked, each with the version of its booking that the page showed."""
    chosen: list[AsRead] = []
    for booking_id in reader.form.ids("booking"):
        version = reader.form.typed(f"version_{booking_id}")
        if booking_id in on_board and version.isdigit():
            chosen.append(AsRead(booking_id, int(version[:9])))
    if not chosen:
        reader.form.fault("booking", "no_household")
    return chosen


def _flight(number: str | None, airport: str | None, day: str | None) -> Flight:
    try:
        return Flight(number or "", airport or "", typed_day(day or ""))
    except ValueError:
        raise NotFound("flight") from None


def _on_board(reader: Visit, shown: Flight) -> list[ArrivalSeen]:
    return flights.on_board(reader.session, shown, actor=reader.actor)


def _page(
    reader: Visit, shown: Flight, *, status_code: int = 200, asked: str | None = None
) -> Response:
    on_board = _on_board(reader, shown)
    return reader.page(
        "travel/flight.html",
        status_code=status_code,
        flight=shown,
        on_board=on_board,
        booked=[seen for seen in on_board if seen.state is BookingState.BOOKED],
        at=reader.at,
        persons=sum(seen.persons_count for seen in on_board),
        asked=asked,
        may_write=reader.actor.role is Role.TRAVEL_OFFICER,
    )
