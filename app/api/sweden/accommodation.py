"""Objects to live in, how well they lie, and what is offered of them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from app.api import API
from app.api.parameters import CountyInQuery, NumberInQuery
from app.api.refusals import changes, refusals
from app.api.schemas.accommodation import (
    BedChangeOut,
    BedsIn,
    ObjectIn,
    ObjectOut,
    OfferEndIn,
    OfferIn,
    OfferOut,
    ScoreIn,
    WeightsIn,
    WeightsOut,
)
from app.api.schemas.contracts import AcceptIn, ContractInFullOut, OutlookOut, RowOut
from app.api.schemas.fields import Day, ListOf
from app.api.sweden.contracts import in_full
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.accommodation import beds as number_of_beds
from workflow.accommodation import contracts, objects, offers, places, standing, weights
from workflow.accommodation.contracts import Acceptance
from workflow.accommodation.location import USUAL
from workflow.accommodation.objects import NewObject
from workflow.accommodation.offers import NewOffer
from workflow.accommodation.states import OfferState
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound
from workflow.municipalities.sweden import place

router = APIRouter(tags=["accommodation"], route_class=OnceRoute)


def _id_of(session: Session, number: str | None) -> int | None:
    return None if number is None else place(session, number).id


@router.get("/accommodation", operation_id="listAccommodation", responses=refusals(404, 422))
def list_accommodation(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    county: CountyInQuery = None,
    municipality: NumberInQuery = None,
) -> ListOf[ObjectOut]:
    """Objects by municipality, scored by the weights of today, in one page."""
    found = objects.objects(
        session, county=county, municipality_id=_id_of(session, municipality), actor=actor, at=at
    )
    return ListOf(items=[ObjectOut.of(one) for one in found])


@router.post(
    "/accommodation",
    status_code=201,
    operation_id="addAccommodation",
    dependencies=[Once],
    responses=changes(),
)
def add(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: ObjectIn
) -> ObjectOut:
    """Add an object (Migrationsverket)."""
    try:
        here = place(session, body.municipality_number)
    except NotFound:
        raise Invalid("no municipality", pointer="/municipality_number") from None
    new = NewObject(
        here.id,
        body.name,
        body.owner,
        body.standard,
        body.beds,
        body.provenance,
        body.distances.read(),
        body.address,
    )
    made = objects.add(session, new, actor=actor, at=at)
    response.headers["location"] = f"{API}/accommodation/{made}"
    return ObjectOut.of(objects.one(session, made, actor=actor, at=at))


@router.get(
    "/accommodation/{accommodation_id}",
    operation_id="getAccommodation",
    responses=refusals(404, 422),
)
def get_one(
    session: ReadSession, actor: CurrentActor, at: Now, accommodation_id: UUID
) -> ObjectOut:
    """One object, with what each thing nearby gives of its score."""
    return ObjectOut.of(objects.one(session, accommodation_id, actor=actor, at=at))


@router.post(
    "/accommodation/{accommodation_id}/score",
    operation_id="scoreAccommodation",
    dependencies=[Once],
    responses=changes(404, 412, codes="reason.missing"),
)
def score(
    session: WriteSession, actor: CurrentActor, at: Now, accommodation_id: UUID, body: ScoreIn
) -> ObjectOut:
    """Say how well it lies instead of the weights, and why; or leave it to them again."""
    objects.override(
        session,
        accommodation_id,
        body.points,
        note=body.note,
        version=body.version,
        actor=actor,
        at=at,
    )
    return ObjectOut.of(objects.one(session, accommodation_id, actor=actor, at=at))


@router.post(
    "/accommodation/{accommodation_id}/beds",
    operation_id="changeBeds",
    dependencies=[Once],
    responses=changes(404, 412, codes="accommodation.beds_contracted reason.missing"),
)
def change_beds(
    session: WriteSession, actor: CurrentActor, at: Now, accommodation_id: UUID, body: BedsIn
) -> ObjectOut:
    """More or fewer beds from today on, no fewer than are contracted; the board is told."""
    number_of_beds.change(
        session,
        accommodation_id,
        body.beds,
        reason=body.reason,
        version=body.version,
        actor=actor,
        at=at,
    )
    return ObjectOut.of(objects.one(session, accommodation_id, actor=actor, at=at))


@router.get(
    "/accommodation/{accommodation_id}/beds",
    operation_id="listBedChanges",
    responses=refusals(404, 422),
)
def list_bed_changes(
    session: ReadSession, actor: CurrentActor, at: Now, accommodation_id: UUID
) -> ListOf[BedChangeOut]:
    """How many beds it had before, the latest change first."""
    objects.one(session, accommodation_id, actor=actor, at=at)
    found = number_of_beds.changes(session, accommodation_id, actor=actor)
    return ListOf(items=[BedChangeOut.of(one) for one in found])


@router.get("/location-weights", operation_id="listLocationWeights", responses=refusals())
def list_weights(session: ReadSession, actor: CurrentActor) -> ListOf[WeightsOut]:
    """What counts how much in where an object lies: all that was stated, the latest first."""
    usual = weights.WeightSet(USUAL)
    return ListOf(items=[WeightsOut.of(one) for one in (*weights.stated(session), usual)])


@router.post(
    "/location-weights",
    status_code=201,
    operation_id="stateLocationWeights",
    dependencies=[Once],
    responses=changes(
        codes="location_weights.stand reason.missing", malformed="location_weights.unusable"
    ),
)
def state_weights(
    session: WriteSession, actor: CurrentActor, at: Now, body: WeightsIn
) -> WeightsOut:
    """State weights that hold from a day on (Migrationsverket)."""
    weights.state(
        session,
        body.read(),
        valid_from=body.valid_from,
        reason=body.reason,
        actor=actor,
        at=at,
    )
    return WeightsOut.of(weights.in_force(session, body.valid_from))


@router.get("/accommodation-offers", operation_id="listOffers", responses=refusals(404, 422))
def list_offers(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    state: Annotated[
        list[OfferState] | None, Query(description="Any of these; by default open.")
    ] = None,
    county: CountyInQuery = None,
    municipality: NumberInQuery = None,
) -> ListOf[OfferOut]:
    """What Migrationsverket has been offered, the newest first; a municipality sees its own."""
    found = offers.offers(
        session,
        states=state or (OfferState.OPEN,),
        county=county,
        municipality_id=_id_of(session, municipality),
        actor=actor,
        at=at,
    )
    return ListOf(items=[OfferOut.of(one) for one in found])


@router.post(
    "/accommodation-offers",
    status_code=201,
    operation_id="makeOffer",
    dependencies=[Once],
    responses=changes(codes="accommodation.too_many_beds"),
)
def make_offer(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: OfferIn
) -> OfferOut:
    """Write an offer down (Migrationsverket)."""
    made = offers.make(session, NewOffer(**body.model_dump()), actor=actor, at=at)
    response.headers["location"] = f"{API}/accommodation-offers/{made}"
    return OfferOut.of(offers.offer(session, made, actor=actor, at=at))


@router.get(
    "/accommodation-offers/{accommodation_offer_id}",
    operation_id="getOffer",
    responses=refusals(404, 422),
)
def get_offer(
    session: ReadSession, actor: CurrentActor, at: Now, accommodation_offer_id: UUID
) -> OfferOut:
    """One offer with its object."""
    return OfferOut.of(offers.offer(session, accommodation_offer_id, actor=actor, at=at))


@router.get(
    "/accommodation-offers/{accommodation_offer_id}/outlook",
    operation_id="previewOffer",
    responses=refusals(404, 409, 422, codes="accommodation.object_full"),
)
def preview_offer(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    accommodation_offer_id: UUID,
    starts_on: Annotated[
        Day | None, Query(description="By default as soon as it is there.")
    ] = None,
    beds: Annotated[int | None, Query(ge=1, le=10_000)] = None,
) -> OutlookOut:
    """Target, procured, remaining and share without the offer and with it."""
    told = offers.offer(session, accommodation_offer_id, actor=actor, at=at)
    first = starts_on or max(told.available_from, local_day(at))
    new = contracts.of_offer(
        session, accommodation_offer_id, Acceptance(first, beds=beds), actor=actor, at=at
    ).places
    seen = places.outlook(session, new, at=at)
    rows = standing.of_outlook(session, seen, actor=actor)
    return OutlookOut(
        starts_on=new.starts_on,
        ends_on=new.ends_on,
        beds=new.beds,
        earliest_on=seen.earliest_on,
        inside_notice=seen.inside_notice,
        past=dict(seen.past),
        rows=[RowOut.of(one) for one in rows],
    )


@router.post(
    "/accommodation-offers/{accommodation_offer_id}/end",
    operation_id="endOffer",
    dependencies=[Once],
    responses=changes(404, 412, codes="offer.not_open reason.missing"),
)
def end_offer(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    accommodation_offer_id: UUID,
    body: OfferEndIn,
) -> OfferOut:
    """Reject an offer, or note that it was withdrawn."""
    offers.end(
        session,
        accommodation_offer_id,
        body.state,
        reason=body.reason,
        version=body.version,
        actor=actor,
        at=at,
    )
    return OfferOut.of(offers.offer(session, accommodation_offer_id, actor=actor, at=at))


@router.post(
    "/accommodation-offers/{accommodation_offer_id}/accept",
    status_code=201,
    operation_id="acceptOffer",
    dependencies=[Once],
    responses=changes(
        *(404, 412),
        codes="offer.not_open accommodation.object_full call_off.under_full"
        " contract.inside_notice contract.past_target",
    ),
)
def accept_offer(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    response: Response,
    accommodation_offer_id: UUID,
    body: AcceptIn,
) -> ContractInFullOut:
    """Sign a contract on an offer; its places are counted from their first night."""
    how = Acceptance(**body.model_dump(exclude={"version"}))
    made = contracts.accept(
        session, accommodation_offer_id, how, version=body.version, actor=actor, at=at
    )
    response.headers["location"] = f"{API}/accommodation-contracts/{made}"
    return in_full(session, made, actor, at)
