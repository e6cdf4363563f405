"""Bookings in versions, arrivals, and what is to be booked."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.schemas.fields import (
    Answer,
    Body,
    Day,
    Long,
    Moment,
    MunicipalityNumber,
    Short,
    WeekField,
)
from workflow.cases.states import CaseState, EntryStatus
from workflow.travel.routes import MOST, Route, Segment
from workflow.travel.seen import RunsOut
from workflow.travel.states import BookingChange, BookingState, WishState

Airport = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="IATA code.", examples=["TRD"])]
Place = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="IATA code.", examples=["OSL"])]
Flight = Annotated[
    str, Field(min_length=1, max_length=40, pattern=r"^[\x20-\x7e]+$", examples=["SK 336"])
]


class SegmentIn(Body):
    """One flight; times with the offset of the place."""

    flight: Flight | None = None
    departs_from: Place
    departs_at: Moment
    arrives_in: Place
    arrives_at: Moment
    transit_help: Annotated[
        Short | None,
        Field(description="Who helps there before the next flight.", examples=["Norsk Folkehjelp"]),
    ] = None

    def segment(self) -> Segment:
        return Segment(
            self.flight,
            self.departs_from,
            self.departs_at,
            self.arrives_in,
            self.arrives_at,
            self.transit_help,
        )


class Routed(Body):
    """Of a booking: by which flights, and why not within the window that was asked for."""

    route: Annotated[
        list[SegmentIn],
        Field(
            max_length=MOST,
            description="Its flights in order, the last one to the arrival; empty: not known.",
        ),
    ] = []
    window_reason: Annotated[
        Long | None, Field(description="Needed outside the window that was asked for.")
    ] = None

    @property
    def segments(self) -> Route:
        return tuple(one.segment() for one in self.route)


class BookIn(Routed):
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


class RescheduleIn(Routed):
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


class PapersIn(Body):
    issued_on: Annotated[Day, Field(examples=["2020-04-02"])]
    expires_on: Annotated[
        Day | None, Field(description="By default 90 days after they were issued.")
    ] = None


class WishIn(Body):
    window_from: Annotated[
        Day | None,
        Field(
            description="First of the fourteen days; by default the Monday of the settlement week.",
            examples=["2020-06-08"],
        ),
    ] = None


class WishOut(Answer):
    """What the carrier is asked for, and how far it knows."""

    id: UUID
    case_id: UUID
    window_from: date
    window_to: date
    arrival_airport: str | None
    state: WishState
    revision: int
    confirmed_as: Annotated[int, Field(description="The last confirmation; 0: none.")]
    at: datetime
    actor: str
    told_revision: Annotated[int, Field(description="What the carrier has; 0: nothing yet.")]
    told_at: datetime | None
    fault: str | None


class ConfirmIn(BookIn):
    """The carrier's answer; it counts its answers to each wish."""

    number: Annotated[
        int,
        Field(
            strict=True,
            ge=1,
            le=2**31 - 1,
            description="Of the carrier's answers to this wish; one not above the last one taken in"
            " changes nothing.",
        ),
    ]
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "number": 1,
                    "arrival_airport": "TRD",
                    "arrives_at": "2020-06-09T13:05:00+02:00",
                    "flight": "SK 346",
                }
            ]
        }
    )


class SegmentOut(Answer):
    flight: str | None
    departs_from: str
    departs_at: datetime
    arrives_in: str
    arrives_at: datetime
    transit_help: str | None


class BookingVersionOut(Answer):
    version: int
    change: BookingChange
    arrival_airport: Airport
    airport_reason: str | None
    arrives_at: datetime
    flight: str | None
    window_reason: str | None
    route: list[SegmentOut]
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
    window_reason: str | None
    route: list[SegmentOut]
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
    papers_expire_on: date | None
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
