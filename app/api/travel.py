"""Travel: booked, moved, cancelled, arrived; and what is to be booked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app import etag
from app.api import API
from app.api.parameters import Cursor, Limit
from app.api.refusals import changes_as_read, refusals
from app.api.schemas.cases import CaseMoved
from app.api.schemas.fields import ListOf
from app.api.schemas.travel import (
    ArriveIn,
    BookIn,
    BookingOut,
    CancelIn,
    QueueItemOut,
    RescheduleIn,
)
from app.api.steps import Read
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.etag import IfMatch
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.kernel.paging import USUAL_PAGE
from workflow.travel import commands, preconditions, queries, worklists
from workflow.travel.seen import BookingSeen

router = APIRouter(tags=["travel"], route_class=OnceRoute)

KIND = "booking"
WHEN_CODES = (
    "state.wrong airport.reason_missing travel.in_past travel.after_permit travel.after_papers "
    "travel.before_entry travel.outside_window places.year_full"
)
MALFORMED = "airport.unknown travel.route_broken"


@router.post(
    "/cases/{case_id}/book-travel",
    status_code=201,
    operation_id="bookTravel",
    dependencies=[Once],
    responses=changes_as_read(codes=f"{WHEN_CODES} travel.not_resettlement", malformed=MALFORMED),
)
def book(case: Read, body: BookIn) -> BookingOut:
    """UDI books the travel of a placed case; the answer is the booking, with its own ETag.

    Another airport than the one nearest the municipality needs a reason. The place stays held.
    """
    booking_id = case.give(
        commands.book,
        arrival_airport=body.arrival_airport,
        arrives_at=body.arrives_at,
        flight=body.flight,
        airport_reason=body.airport_reason,
        route=body.segments,
        window_reason=body.window_reason,
    )
    case.response.headers["location"] = f"{API}/bookings/{booking_id}"
    booked = queries.booking(case.session, booking_id, actor=case.actor)
    return _shown(case.response, booked)


@router.get("/cases/{case_id}/bookings", operation_id="listBookings", responses=refusals(404, 422))
def list_bookings(session: ReadSession, actor: CurrentActor, case_id: UUID) -> ListOf[BookingOut]:
    """Every booking of a case with every version, the first one first."""
    found = queries.bookings(session, case_id, actor=actor)
    return ListOf(items=[BookingOut.of(booking) for booking in found])


@router.get("/bookings/{booking_id}", operation_id="getBooking", responses=refusals(404, 422))
def get_booking(
    session: ReadSession, actor: CurrentActor, response: Response, booking_id: UUID
) -> BookingOut:
    """One booking with every version of it."""
    return _shown(response, queries.booking(session, booking_id, actor=actor))


@router.post(
    "/bookings/{booking_id}/reschedule",
    operation_id="rescheduleBooking",
    dependencies=[Once],
    responses=changes_as_read(codes=f"{WHEN_CODES} booking.not_active", malformed=MALFORMED),
)
def reschedule(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    as_read: IfMatch,
    response: Response,
    booking_id: UUID,
    body: RescheduleIn,
) -> BookingOut:
    """Another arrival: a new version, and the municipality is told. If-Match: booking or case."""
    must_be_as_read(session, booking_id, as_read, actor)
    commands.reschedule(
        session,
        booking_id,
        arrives_at=body.arrives_at,
        flight=body.flight,
        reason=body.reason,
        arrival_airport=body.arrival_airport,
        airport_reason=body.airport_reason,
        route=body.segments,
        window_reason=body.window_reason,
        actor=actor,
        at=at,
    )
    return _shown(response, queries.booking(session, booking_id, actor=actor))


@router.post(
    "/bookings/{booking_id}/cancel",
    operation_id="cancelBooking",
    dependencies=[Once],
    responses=changes_as_read(codes="state.wrong booking.not_active"),
)
def cancel(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    as_read: IfMatch,
    response: Response,
    booking_id: UUID,
    body: CancelIn,
) -> BookingOut:
    """The travel is off; the case is placed as before, its place stays held."""
    must_be_as_read(session, booking_id, as_read, actor)
    commands.cancel(session, booking_id, reason=body.reason, actor=actor, at=at)
    return _shown(response, queries.booking(session, booking_id, actor=actor))


@router.post(
    "/cases/{case_id}/arrive",
    operation_id="arriveCase",
    dependencies=[Once],
    responses=changes_as_read(
        codes="state.wrong arrival.in_future arrival.before_booking arrival.already "
        "person.not_in_case"
    ),
)
def arrive(case: Read, body: ArriveIn) -> CaseMoved:
    """Persons have come (the municipality, UDI); who did not come is noted and may come later."""
    return case.take(commands.arrive, arrived_at=body.arrived_at, person_ids=body.person_ids)


@router.get("/travel/queue", operation_id="listTravelQueue", responses=refusals(422))
def list_queue(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    booked: Annotated[
        bool | None, Query(description="Only those booked, or only those to be booked.")
    ] = None,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> ListOf[QueueItemOut]:
    """Placed and booked resettlement cases, by what runs out first: the permit or the week."""
    page = worklists.queue(session, booked=booked, after=cursor, limit=limit, actor=actor, at=at)
    return ListOf(items=[QueueItemOut.of(item) for item in page.items], next=page.next)


def must_be_as_read(
    session: WriteSession, booking_id: UUID, as_read: etag.AsRead, actor: CurrentActor
) -> None:
    preconditions.still_at(
        session,
        booking_id,
        versions=as_read.numbers(KIND),
        case_versions=as_read.numbers("case") or (),
        actor=actor,
    )


def _shown(response: Response, booking: BookingSeen) -> BookingOut:
    etag.show(response, KIND, booking.version)
    return BookingOut.of(booking)
