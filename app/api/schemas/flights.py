"""Flights with several households."""

from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from app.api.schemas.fields import Answer, Body, Long, Moment, MunicipalityNumber
from app.api.schemas.travel import Airport
from app.api.schemas.travel import Flight as FlightNumber
from workflow.travel.states import BookingState

_CHOSEN: Final[JsonDict] = {"booking_id": "5f0c6f0e-6a0e-4d0e-9a55-0d9ea1f0a001", "version": 1}


class ChosenIn(Body):
    booking_id: UUID
    version: Annotated[int, Field(strict=True, ge=1, le=1_000_000, description="The one read.")]


Chosen = Annotated[list[ChosenIn], Field(min_length=1, max_length=200)]


class MoveFlightIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "bookings": [_CHOSEN],
                    "arrives_at": "2020-06-16T13:05:00+02:00",
                    "flight": "SK 336",
                    "reason": "Avgangen er flyttet",
                }
            ]
        }
    )

    bookings: Chosen
    arrives_at: Moment
    flight: FlightNumber | None = None
    reason: Long


class CancelFlightIn(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"bookings": [_CHOSEN], "reason": "Avgangen er innstilt"}]}
    )

    bookings: Chosen
    reason: Long


class FlightOut(Answer):
    flight: str
    arrival_airport: Airport
    day: Annotated[date, Field(description="In Norway.")]
    arrives_at: datetime
    households: int
    persons: int
    municipalities: int


class OnBoardOut(Answer):
    booking_id: UUID
    version: int
    state: BookingState
    case_id: UUID
    case_number: str
    persons_count: int
    needs: tuple[str, ...]
    municipality_number: MunicipalityNumber
    municipality_name: str
    arrives_at: datetime
    met_by: Annotated[
        str | None, Field(description="Null: the municipality has not said who meets them.")
    ]
    arrived_count: Annotated[
        int,
        Field(description="Persons; once `state` is `completed`, the rest did not come."),
    ]


class HouseholdOut(Answer):
    """What became of one of the bookings."""

    booking_id: UUID
    changed: bool
    code: Annotated[str | None, Field(description="Why it stays as it was.")] = None
    detail: str | None = None


class FlightChanged(Answer):
    items: Annotated[list[HouseholdOut], Field(description="In the order they were named.")]
