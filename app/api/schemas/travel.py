"""Bookings in versions, arrivals, and what is to be booked."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.schemas.fields import Answer, Body, Long, Moment, MunicipalityNumber, WeekField
from workflow.cases.states import CaseState, EntryStatus
from workflow.travel.seen import RunsOut
from workflow.travel.states import BookingChange, BookingState

Airport = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="IATA code.", examples=["TRD"])]
Flight = Annotated[
    str, Field(min_length=1, max_length=40, pattern=r"^[\x20-\x7e]+$", examples=["SK 336"])
]


class BookIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "arrival_airport": "TRD",
                    "arrives_at": "2020-06-09T13:05:00+02:00",
                    "flight": "SK 336",
                }
            ]
        }
    )

    arrival_airport: Airport
    arrives_at: Moment
    flight: Flight | None = None
    airport_reason: Annotated[
        Long | None, Field(description="Needed for another than the nearest airport.")
    ] = None


class RescheduleIn(Body):
    arrives_at: Moment
    flight: Annotated[Flight | None, Field(description="Not carried over from before.")] = None
    reason: Long
    arrival_airport: Annotated[Airport | None, Field(description="By default the same.")] = None
    airport_reason: Long | None = None


class CancelIn(Body):
    reason: Long


class ArriveIn(Body):
    arrived_at: Moment
    person_ids: Annotated[
        list[UUID] | None,
        Field(min_length=1, max_length=50, description="By default all who have not come yet."),
    ] = None


class BookingVersionOut(Answer):
    version: int
    change: BookingChange
    arrival_airport: Airport
    airport_reason: str | None
    arrives_at: datetime
    flight: str | None
    reason: str | None
    at: datetime
    actor: str


class BookingOut(Answer):
    id: UUID
    case_id: UUID
    state: BookingState
    arrival_airport: Airport
    airport_reason: str | None
    arrives_at: datetime
    flight: str | None
    at: datetime
    version: int
    versions: Annotated[list[BookingVersionOut], Field(description="The first one first.")]


class QueueItemOut(Answer):
    """A placed or booked case, by what runs out first."""

    case_id: UUID
    case_number: str
    state: CaseState
    persons_count: int
    needs: list[str]
    departure_country: str | None
    entry_status: EntryStatus
    entry_from_on: date | None
    municipality_number: MunicipalityNumber
    municipality_name: str
    placed_on: date | None
    settlement_week: WeekField
    permit_expires_on: date | None
    runs_out: RunsOut
    runs_out_on: date
    days_left: Annotated[int, Field(description="Days from today; below zero when past.")]
    proposed_airport: str | None
    proposed_airport_km: Annotated[int | None, Field(description="Kilometres, straight line.")]
    booking_id: UUID | None
    arrival_airport: str | None
    arrives_at: datetime | None
    flight: str | None
    short_notice: Annotated[bool, Field(description="Less than two weeks.")]
