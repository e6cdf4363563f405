"""Travel as it is read."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from workflow.cases.states import CaseState, EntryStatus
from workflow.kernel.weeks import Week
from workflow.travel.routes import Route
from workflow.travel.states import BookingChange, BookingState


class RunsOut(StrEnum):
    """What leaves the least time to travel."""

    PERMIT = "permit"
    PAPERS = "papers"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class VersionSeen:
    version: int
    change: BookingChange
    arrival_airport: str
    airport_reason: str | None
    arrives_at: datetime
    flight: str | None
    window_reason: str | None
    route: Route
    reason: str | None
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class BookingSeen:
    """A booking as it now is, and every version of it, the first one first (R21)."""

    id: UUID
    case_id: UUID
    municipality_id: int
    state: BookingState
    arrival_airport: str
    airport_reason: str | None
    arrives_at: datetime
    flight: str | None
    window_reason: str | None
    route: Route
    at: datetime
    version: int
    versions: tuple[VersionSeen, ...]


@dataclass(frozen=True, slots=True)
class QueueItem:
    """A placed or booked case, as UDI plans its travel."""

    case_id: UUID
    case_number: str
    state: CaseState
    persons_count: int
    needs: tuple[str, ...]
    departure_country: str | None
    entry_status: EntryStatus
    entry_from_on: date | None
    municipality_id: int
    municipality_number: str
    municipality_name: str
    placed_on: date | None
    settlement_week: Week
    permit_expires_on: date | None
    papers_expire_on: date | None
    #: The first of the last days of permit and papers and the settlement week's Sunday.
    runs_out: RunsOut
    runs_out_on: date
    #: From today; below zero where it has run out.
    days_left: int
    #: The airport to book to: the preferred one, else the nearest (R20).
    proposed_airport: str | None
    #: In a straight line, kilometres.
    proposed_airport_km: int | None
    #: People who know the roads have set it.
    preferred: bool
    booking_id: UUID | None
    arrival_airport: str | None
    arrives_at: datetime | None
    flight: str | None
    #: Less than two weeks: to book in, or between the last change and the arrival.
    short_notice: bool


@dataclass(frozen=True, slots=True)
class ArrivalSeen:
    """A household on its way, come, or not coming after all."""

    booking_id: UUID
    state: BookingState
    version: int
    case_id: UUID
    case_number: str
    persons_count: int
    needs: tuple[str, ...]
    municipality_id: int
    municipality_number: str
    municipality_name: str
    arrival_airport: str
    airport_name: str
    airport_reason: str | None
    arrives_at: datetime
    flight: str | None
    #: What the last change moved it from.
    before_change_at: datetime | None
    before_change_airport: str | None
    #: Persons whose arrival is recorded.
    arrived_count: int
    #: First and last day, counted from the arrival (R22).
    quarantine: tuple[date, date] | None
    #: Who helps between its flights, and where.
    transit_help: tuple[tuple[str, str], ...]
    #: Who meets them; None where nobody is named since the travel last changed.
    met_by: str | None


@dataclass(frozen=True, slots=True)
class ChangeSeen:
    """One booking moved or cancelled."""

    at: datetime
    change: BookingChange
    booking_id: UUID
    version: int
    case_id: UUID
    case_number: str
    municipality_id: int
    municipality_name: str
    arrival_airport: str
    arrives_at: datetime
    reason: str | None
    actor: str
