"""Contracts about accommodation, what is called off, and what it is to the targets."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from app.api import API
from app.api.parameters import CountyInQuery, NumberInQuery, YearInPath
from app.api.refusals import changes, refusals
from app.api.schemas.contracts import (
    CallOffIn,
    CallOffOut,
    ConditionsIn,
    ContractIn,
    ContractInFullOut,
    ContractOut,
    EndIn,
    ExcessOut,
    FrameworkIn,
    OfCountyOut,
    OfMunicipalityOut,
    PlacesIn,
    RowOut,
    StandingOut,
    StandOut,
)
from app.api.schemas.fields import Day, ListOf
from app.api.schemas.sweden import PlaceOut
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.accommodation import contracts, ending, frameworks, objects, signed, standing
from workflow.accommodation.contracts import NewContract
from workflow.accommodation.frameworks import NewFramework
from workflow.accommodation.places import NewPlaces
from workflow.accommodation.signed import CallOffSeen, ContractSeen
from workflow.accommodation.states import Term
from workflow.accommodation.terms import Conditions, last_night
from workflow.allocation import excess
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound
from workflow.municipalities.sweden import place

router = APIRouter(tags=["contracts"], route_class=OnceRoute)
_PLACES = (
    "accommodation.too_many_beds accommodation.object_full call_off.under_full"
    " contract.inside_notice contract.past_target"
)
_ENDS = "contract.over call_off.occupied reason.missing"


def in_full(session: Session, contract_id: UUID, actor: Actor, at: datetime) -> ContractInFullOut:
    held = signed.contract(session, contract_id, actor=actor)
    drawn = signed.call_offs(session, contract_id=contract_id, actor=actor)
    said = excess.said_of(session, excess.of_agreement(contract_id), actor=actor)
    on = held.clamped(local_day(at))
    return ContractInFullOut.of(
        held,
        municipality=_place(held),
        call_offs=[_drawn(one) for one in drawn],
        excess=[
            ExcessOut(year=year, persons=one.persons, reason=one.reason)
            for year, one in sorted(said.items())
        ],
        on=on,
        rows=[RowOut.of(one) for one in standing.of_call_offs(session, drawn, on=on, actor=actor)],
    )


def _place(held: ContractSeen) -> PlaceOut | None:
    return None if held.municipality is None else PlaceOut.of(held.municipality)


def _drawn(one: CallOffSeen) -> CallOffOut:
    return CallOffOut.of(one, municipality=PlaceOut.of(one.municipality))


def _conditions(body: ConditionsIn) -> Conditions:
    return Conditions(**{name: getattr(body, name) for name in ConditionsIn.model_fields})


def _last(starts_on: date, ends_on: date | None, term: Term | None) -> date:
    if (ends_on is None) == (term is None):
        raise Invalid("a last night, or a term", pointer="/ends_on")
    return ends_on or last_night(term or Term.ONE_YEAR, starts_on)


def _where(session: Session, number: str | None) -> int | None:
    if number is None:
        return None
    try:
        return place(session, number).id
    except NotFound:
        raise Invalid("no municipality", pointer="/municipality_number") from None


def _new_places(session: Session, body: PlacesIn, actor: Actor, at: datetime) -> NewPlaces:
    where = _where(session, body.municipality_number)
    if where is None and body.object_id is not None:
        try:
            where = objects.one(session, body.object_id, actor=actor, at=at).municipality.id
        except NotFound:
            raise Invalid("no such object", pointer="/object_id") from None
    if where is None:
        raise Invalid("a municipality, or an object", pointer="/municipality_number")
    return NewPlaces(
        where,
        body.beds,
        body.starts_on,
        _last(body.starts_on, body.ends_on, body.term),
        object_id=body.object_id,
        under_id=body.under_id,
        told_on=body.told_on,
        notice_reason=body.notice_reason,
        excess_reason=body.excess_reason,
    )


@router.get("/accommodation-standing/{year}", operation_id="getStanding", responses=refusals(422))
def get_standing(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    year: YearInPath,
    on: Annotated[Day | None, Query(description="By default today.")] = None,
) -> StandingOut:
    """Target, procured, remaining and share by municipality, county and country on a day."""
    found = standing.standing(session, year, on=on or local_day(at), actor=actor)
    return StandingOut(
        year=found.year,
        on=found.on,
        country=StandOut.of(found.country),
        counties=[
            OfCountyOut(code=one.code, name=one.name, stand=StandOut.of(one.stand))
            for one in found.counties
        ],
        municipalities=[
            OfMunicipalityOut(
                municipality=PlaceOut.of(one.municipality), stand=StandOut.of(one.stand)
            )
            for one in found.municipalities
        ],
    )


@router.get("/accommodation-contracts", operation_id="listContracts", responses=refusals(404, 422))
def list_contracts(
    session: ReadSession,
    actor: CurrentActor,
    county: CountyInQuery = None,
    municipality: NumberInQuery = None,
) -> ListOf[ContractOut]:
    """Contracts and frameworks the actor reads, the newest first, in one page."""
    where = None if municipality is None else place(session, municipality).id
    found = signed.contracts(session, county=county, municipality_id=where, actor=actor)
    return ListOf(items=[ContractOut.of(one, municipality=_place(one)) for one in found])


@router.post(
    "/accommodation-contracts",
    status_code=201,
    operation_id="signContract",
    dependencies=[Once],
    responses=changes(codes=_PLACES),
)
def sign(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: ContractIn
) -> ContractInFullOut:
    """Sign a contract of places in an object, or wherever a municipality finds them."""
    new = NewContract(_conditions(body), _new_places(session, body, actor, at))
    made = contracts.sign(session, new, actor=actor, at=at)
    response.headers["location"] = f"{API}/accommodation-contracts/{made}"
    return in_full(session, made, actor, at)


@router.post(
    "/accommodation-frameworks",
    status_code=201,
    operation_id="signFramework",
    dependencies=[Once],
    responses=changes(),
)
def sign_framework(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: FrameworkIn
) -> ContractInFullOut:
    """Sign a framework agreement; only what is called off from it counts."""
    new = NewFramework(
        _conditions(body),
        body.beds,
        body.starts_on,
        _last(body.starts_on, body.ends_on, body.term),
        municipality_id=_where(session, body.municipality_number),
        county=body.county,
    )
    made = frameworks.sign(session, new, actor=actor, at=at)
    response.headers["location"] = f"{API}/accommodation-contracts/{made}"
    return in_full(session, made, actor, at)


@router.get(
    "/accommodation-contracts/{accommodation_contract_id}",
    operation_id="getContract",
    responses=refusals(404, 422),
)
def get_contract(
    session: ReadSession, actor: CurrentActor, at: Now, accommodation_contract_id: UUID
) -> ContractInFullOut:
    """One contract, and what its places are to the targets of where they are."""
    return in_full(session, accommodation_contract_id, actor, at)


@router.post(
    "/accommodation-contracts/{accommodation_contract_id}/end",
    operation_id="endContract",
    dependencies=[Once],
    responses=changes(404, 412, codes=_ENDS),
)
def end(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    accommodation_contract_id: UUID,
    body: EndIn,
) -> ContractInFullOut:
    """End a contract before its time, and what was called off from it."""
    ending.end(
        session,
        accommodation_contract_id,
        body.last_night,
        reason=body.reason,
        version=body.version,
        actor=actor,
        at=at,
    )
    return in_full(session, accommodation_contract_id, actor, at)


@router.post(
    "/accommodation-contracts/{accommodation_contract_id}/call-offs",
    status_code=201,
    operation_id="callOff",
    dependencies=[Once],
    responses=changes(
        404, codes=f"contract.no_framework contract.exhausted contract.over {_PLACES}"
    ),
)
def call_off(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    accommodation_contract_id: UUID,
    body: CallOffIn,
) -> CallOffOut:
    """Call places off from a framework agreement."""
    made = frameworks.call_off(
        session,
        accommodation_contract_id,
        _new_places(session, body, actor, at),
        price_ore=body.price_ore,
        actor=actor,
        at=at,
    )
    return _drawn(signed.call_off(session, made, actor=actor))


@router.get("/call-offs", operation_id="listCallOffs", responses=refusals(404, 422))
def list_call_offs(
    session: ReadSession,
    actor: CurrentActor,
    since: Annotated[Day | None, Query(description="There on this day or later.")] = None,
    until: Annotated[Day | None, Query(description="There on this day or earlier.")] = None,
    municipality: NumberInQuery = None,
) -> ListOf[CallOffOut]:
    """The ledger: places from a first to a last night, by municipality, in one page."""
    where = None if municipality is None else place(session, municipality).id
    found = signed.call_offs(session, since, until, municipality_id=where, actor=actor)
    return ListOf(items=[_drawn(one) for one in found])


@router.get("/call-offs/{call_off_id}", operation_id="getCallOff", responses=refusals(404, 422))
def get_call_off(session: ReadSession, actor: CurrentActor, call_off_id: UUID) -> CallOffOut:
    """One call-off."""
    return _drawn(signed.call_off(session, call_off_id, actor=actor))


@router.post(
    "/call-offs/{call_off_id}/end",
    operation_id="endCallOff",
    dependencies=[Once],
    responses=changes(404, 412, codes=f"contract.no_framework {_ENDS}"),
)
def end_call_off(
    session: WriteSession, actor: CurrentActor, at: Now, call_off_id: UUID, body: EndIn
) -> CallOffOut:
    """End what was called off from a framework before its time."""
    ending.end_call_off(
        session,
        call_off_id,
        body.last_night,
        reason=body.reason,
        version=body.version,
        actor=actor,
        at=at,
    )
    return _drawn(signed.call_off(session, call_off_id, actor=actor))
