"""Used nights of call-offs, and what places cost in a time."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from app.api.parameters import CountyInQuery
from app.api.refusals import changes, refusals
from app.api.schemas.contracts import CallOffOut
from app.api.schemas.costs import (
    CostOut,
    CostsOut,
    OccupancyFileIn,
    OccupancyIn,
    OccupancyOut,
    OfCallOffOut,
    OfKindOut,
    OfPlaceOut,
    TakenInOut,
)
from app.api.schemas.fields import Day, ListOf
from app.api.schemas.sweden import PlaceOut
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.accommodation import costs, occupancy, occupancy_file, signed
from workflow.accommodation.nights import Slept
from workflow.accommodation.terms import check_asked
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day

router = APIRouter(tags=["contracts"], route_class=OnceRoute)


@router.get(
    "/call-offs/{call_off_id}/occupancy",
    operation_id="listOccupancy",
    responses=refusals(404, 422),
)
def list_occupancy(
    session: ReadSession, actor: CurrentActor, call_off_id: UUID
) -> ListOf[OccupancyOut]:
    """What is recorded of a call-off, the first nights first."""
    return _recorded(session, call_off_id, actor)


@router.post(
    "/call-offs/{call_off_id}/occupancy",
    operation_id="recordOccupancy",
    dependencies=[Once],
    responses=changes(404, codes="occupancy.recorded", malformed="occupancy.unusable"),
)
def record(
    session: WriteSession, actor: CurrentActor, at: Now, call_off_id: UUID, body: OccupancyIn
) -> ListOf[OccupancyOut]:
    """Record how many nights somebody slept there; the same period again corrects it."""
    slept = Slept(body.since, body.until, body.place_nights, body.meal_days)
    occupancy.record(session, call_off_id, slept, body.source, actor=actor, at=at)
    return _recorded(session, call_off_id, actor)


@router.post(
    "/occupancies",
    operation_id="takeInOccupancy",
    dependencies=[Once],
    responses=changes(malformed="occupancy.file_unusable"),
)
def take_in(
    session: WriteSession, actor: CurrentActor, at: Now, body: OccupancyFileIn
) -> TakenInOut:
    """Record used nights of many call-offs, all of the file or nothing (Migrationsverket)."""
    lines = occupancy_file.take_in(session, body.table.encode(), body.source, actor=actor, at=at)
    return TakenInOut(lines=lines)


def _recorded(session: Session, call_off_id: UUID, actor: Actor) -> ListOf[OccupancyOut]:
    signed.call_off(session, call_off_id, actor=actor)
    found = occupancy.recorded(session, [call_off_id], actor=actor)
    return ListOf(items=[OccupancyOut.of(one) for one in found])


@router.get("/accommodation-costs", operation_id="readAccommodationCosts", responses=refusals(422))
def read_costs(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    since: Annotated[
        Day | None, Query(description="The first night; by default of this year.")
    ] = None,
    until: Annotated[Day | None, Query(description="The last night; by default today's.")] = None,
    county: CountyInQuery = None,
) -> CostsOut:
    """Place-nights and what they cost, by call-off, municipality and way of acquiring."""
    found = costs.costs(session, *_asked(since, until, at), county=county, actor=actor)
    kinds = found.by(lambda one: one.kind)
    where = found.by(lambda one: one.municipality)
    return CostsOut(
        since=found.since,
        until=found.until,
        whole=CostOut.of(found.whole),
        kinds=[OfKindOut(kind=kind, cost=CostOut.of(kinds[kind])) for kind in sorted(kinds)],
        municipalities=[
            OfPlaceOut(municipality=PlaceOut.of(place), cost=CostOut.of(where[place]))
            for place in sorted(where, key=lambda place: place.number)
        ],
        call_offs=[
            OfCallOffOut(
                call_off=CallOffOut.of(
                    one.call_off, municipality=PlaceOut.of(one.call_off.municipality)
                ),
                cost=CostOut.of(one.cost),
            )
            for one in found.call_offs
        ],
    )


def _asked(since: date | None, until: date | None, at: datetime) -> tuple[date, date]:
    last = until or local_day(at)
    first = since or date(last.year, 1, 1)
    check_asked(first, last)
    return first, last
