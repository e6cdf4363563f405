"""Flights with several households, moved or cancelled at once."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.api.parameters import Language
from app.api.refusals import changes, refusals
from app.api.schemas.fields import ListOf
from app.api.schemas.flights import (
    CancelFlightIn,
    ChosenIn,
    FlightChanged,
    FlightOut,
    HouseholdOut,
    MoveFlightIn,
    OnBoardOut,
)
from app.api.schemas.travel import Airport, Flight
from app.audit.refused import attempts_among
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.languages import speaking
from app.signin import CurrentActor
from app.wording import explain
from workflow.travel import flights
from workflow.travel.flights import AsRead, Outcome

router = APIRouter(prefix="/flights", tags=["travel"], route_class=OnceRoute)


@router.get("", operation_id="listFlights", responses=refusals())
def list_flights(session: ReadSession, actor: CurrentActor, at: Now) -> ListOf[FlightOut]:
    """Booked flights by their arrival, with how many travel on each.

    From today on, and those of the last fortnight of which nobody has said who came.
    """
    found = flights.flights(session, actor=actor, at=at)
    return ListOf(
        items=[
            FlightOut.of(
                seen,
                flight=seen.flight.number,
                arrival_airport=seen.flight.arrival_airport,
                day=seen.flight.day,
            )
            for seen in found
        ]
    )


@router.get("/households", operation_id="listHouseholdsOfFlight", responses=refusals(404, 422))
def households(
    session: ReadSession,
    actor: CurrentActor,
    flight: Annotated[Flight, Query(description="Its number, as it is booked.")],
    arrival_airport: Annotated[Airport, Query()],
    day: Annotated[date, Query(description="Of the arrival, in Norway.")],
) -> ListOf[OnBoardOut]:
    """Who is booked on a flight or has come with it: the bookings `move` and `cancel` take."""
    found = flights.on_board(session, flights.Flight(flight, arrival_airport, day), actor=actor)
    return ListOf(items=[OnBoardOut.of(seen) for seen in found])


@router.post("/move", operation_id="moveFlight", dependencies=[Once], responses=changes())
def move(
    request: Request,
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    language: Language,
    body: MoveFlightIn,
) -> FlightChanged:
    """Another arrival for many bookings (UDI): one that is refused stays as it is and says why."""
    outcomes = flights.move(
        session,
        _as_read(body.bookings),
        arrives_at=body.arrives_at,
        flight=body.flight,
        reason=body.reason,
        actor=actor,
        at=at,
    )
    attempts_among(request, session, "booking_id", flights.refusals(outcomes), at=at)
    return _told(outcomes, language)


@router.post("/cancel", operation_id="cancelFlight", dependencies=[Once], responses=changes())
def cancel(
    request: Request,
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    language: Language,
    body: CancelFlightIn,
) -> FlightChanged:
    """The flight is off for many bookings (UDI); the cases are placed as before."""
    chosen = _as_read(body.bookings)
    outcomes = flights.cancel(session, chosen, reason=body.reason, actor=actor, at=at)
    attempts_among(request, session, "booking_id", flights.refusals(outcomes), at=at)
    return _told(outcomes, language)


def _as_read(chosen: list[ChosenIn]) -> list[AsRead]:
    return [AsRead(one.booking_id, one.version) for one in chosen]


def _told(outcomes: list[Outcome], language: str) -> FlightChanged:
    with speaking(language):
        items = [
            HouseholdOut(
                booking_id=one.booking_id,
                changed=one.refusal is None,
                code=one.refusal.code if one.refusal else None,
                detail=explain(one.refusal).sentence if one.refusal else None,
            )
            for one in outcomes
        ]
    return FlightChanged(items=items)
