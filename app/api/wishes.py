"""What UDI asks the carrier for, the papers travelled with, and what the carrier answers."""

from uuid import UUID

from fastapi import APIRouter, Response

from app import etag
from app.api import API
from app.api.refusals import changes, changes_as_read, refusals
from app.api.schemas.cases import CaseMoved
from app.api.schemas.fields import ListOf
from app.api.schemas.travel import BookingOut, ConfirmIn, PapersIn, WishIn, WishOut
from app.api.steps import Read
from app.api.travel import MALFORMED, WHEN_CODES
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.travel import confirmations, papers, queries, telling, wishes
from workflow.travel.confirmations import Confirmation
from workflow.travel.errors import BookingClosed
from workflow.travel.states import BookingState

router = APIRouter(tags=["travel"], route_class=OnceRoute)


@router.post(
    "/cases/{case_id}/travel-papers",
    operation_id="recordTravelPapers",
    dependencies=[Once],
    responses=changes_as_read(codes="travel.nothing_to_travel_for"),
)
def record_papers(case: Read, body: PapersIn) -> CaseMoved:
    """UDI writes when the papers were issued: the travel lies inside the 90 days they hold."""
    return case.take(papers.record_papers, issued_on=body.issued_on, expires_on=body.expires_on)


@router.post(
    "/cases/{case_id}/travel-wishes",
    status_code=201,
    operation_id="askForTravel",
    dependencies=[Once],
    responses=changes_as_read(
        codes="state.wrong travel.nothing_to_travel_for wish.window_impossible"
    ),
)
def ask(case: Read, body: WishIn) -> WishOut:
    """UDI asks the carrier for a placed case's travel within two weeks; a wish that stands goes."""
    wish_id = case.give(wishes.ask, window_from=body.window_from)
    case.response.headers["location"] = f"{API}/travel-wishes/{wish_id}"
    return WishOut.of(wishes.wish(case.session, wish_id, actor=case.actor))


@router.get(
    "/cases/{case_id}/travel-wishes", operation_id="listTravelWishes", responses=refusals(404, 422)
)
def list_wishes(session: ReadSession, actor: CurrentActor, case_id: UUID) -> ListOf[WishOut]:
    """What was asked for a case, the last first."""
    found = wishes.wishes(session, case_id, actor=actor)
    return ListOf(items=[WishOut.of(one) for one in found])


@router.get("/travel-wishes/{wish_id}", operation_id="getTravelWish", responses=refusals(404, 422))
def get_wish(session: ReadSession, actor: CurrentActor, wish_id: UUID) -> WishOut:
    """One wish, and how far the carrier knows of it."""
    return WishOut.of(wishes.wish(session, wish_id, actor=actor))


@router.post(
    "/travel-wishes/{wish_id}/take-back",
    operation_id="takeTravelWishBack",
    dependencies=[Once],
    responses=changes(404, codes="wish.closed"),
)
def take_back(session: WriteSession, actor: CurrentActor, at: Now, wish_id: UUID) -> WishOut:
    """The household is not to travel so; the carrier is told."""
    wishes.take_back(session, wish_id, actor=actor, at=at)
    return WishOut.of(wishes.wish(session, wish_id, actor=actor))


@router.post(
    "/travel-wishes/{wish_id}/tell-again",
    operation_id="tellCarrierAgain",
    dependencies=[Once],
    responses=changes(404, codes="wish.told"),
)
def tell_again(session: WriteSession, actor: CurrentActor, at: Now, wish_id: UUID) -> WishOut:
    """What kept the carrier from being told is mended: it is tried anew at once."""
    telling.tell_again(session, wish_id, actor=actor, at=at)
    return WishOut.of(wishes.wish(session, wish_id, actor=actor))


@router.post(
    "/travel-wishes/{wish_id}/confirm",
    operation_id="confirmTravelWish",
    dependencies=[Once],
    responses=changes(
        404, codes=f"wish.closed booking.not_active {WHEN_CODES}", malformed=MALFORMED
    ),
)
def confirm(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    response: Response,
    wish_id: UUID,
    body: ConfirmIn,
) -> BookingOut:
    """The carrier's answer: booked, or booked otherwise; an older or repeated one changes nothing.

    The answer is the booking as it stands.
    """
    said = Confirmation(
        body.number,
        body.arrival_airport,
        body.arrives_at,
        body.flight,
        body.segments,
        body.airport_reason,
        body.window_reason,
    )
    booking_id = confirmations.confirm(session, wish_id, said, actor=actor, at=at)
    if booking_id is None:
        raise BookingClosed(state=BookingState.CANCELLED)
    booked = queries.booking(session, booking_id, actor=actor)
    etag.show(response, "booking", booked.version)
    return BookingOut.of(booked)
