"""Procurement as steering: offers ranked, plans, a very large need, compensation for numbers."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from app.api import API
from app.api.parameters import YearInPath, YearInQuery
from app.api.refusals import changes, refusals
from app.api.schemas.fields import Day, ListOf
from app.api.schemas.procurement import (
    CompensationOut,
    HeadingOut,
    KeptOut,
    PlanIn,
    PlansOut,
    PricesOut,
    RankedOut,
    RankingOut,
    SurgeOut,
)
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.kernel.calendar import local_day
from workflow.municipalities.sweden import COUNTIES
from workflow.procurement import kept, numbers, offered, planning, steering, surge
from workflow.procurement.compensation import compensate, parse, shipped
from workflow.procurement.kept import NewPlan
from workflow.procurement.market import MOST_ORE, MOST_PLACES, digest
from workflow.procurement.states import Measure
from workflow.procurement.steering import Prices

router = APIRouter(prefix="/procurement", tags=["procurement"], route_class=OnceRoute)

_NIGHT: Final = "Öre for a place and a night"
DayInQuery = Annotated[
    Day | None, Query(description="The day places are counted; by default today.")
]
BedsInQuery = Annotated[int, Query(ge=1, le=MOST_PLACES, description="Places to buy.")]


async def _weighed_by(
    location_ore: Annotated[
        int, Query(ge=0, le=MOST_ORE, description=f"{_NIGHT} for each point of 100 it lies worse.")
    ] = 50,
    evenness_ore: Annotated[
        int, Query(ge=0, le=MOST_ORE, description=f"{_NIGHT} for each percentage point.")
    ] = 100,
    occupancy: Annotated[
        int, Query(ge=1, le=100, description="Of 100 places, those slept in.")
    ] = 100,
    measure: Annotated[Measure, Query(description="Of evenness.")] = Measure.DEVIATIONS,
    *,
    meals: Annotated[
        bool, Query(description="All are given meals, where these are paid apart.")
    ] = False,
) -> Prices:
    return Prices(location_ore, evenness_ore, occupancy, measure, meals)


WeighedBy = Annotated[Prices, Depends(_weighed_by)]
_READS = refusals(403, 422, malformed="procurement.unusable")
_PLANS = refusals(
    *(403, 409, 422),
    codes="procurement.too_few_beds procurement.too_many_plans",
    malformed="procurement.unusable",
)


@router.get("/ranking", operation_id="rankOffers", responses=_READS)
def rank(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    prices: WeighedBy,
    year: YearInQuery = None,
    on: DayInQuery = None,
) -> RankingOut:
    """Open offers by price, location and the municipality's need, and what put them there."""
    day = on or local_day(at)
    market = offered.market(session, year or day.year, on=day, actor=actor, at=at)
    ranked = steering.rank(market, prices)
    return RankingOut(
        year=year or day.year,
        on=day,
        prices=PricesOut.of(prices),
        items=[RankedOut.of(one) for one in ranked],
    )


@router.get("/efficient-plans", operation_id="planPurchase", responses=_PLANS)
def plan(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    prices: WeighedBy,
    beds: BedsInQuery,
    year: YearInQuery = None,
    on: DayInQuery = None,
) -> PlansOut:
    """The efficient plans of so many places, what evenness costs between them, and the best."""
    day = on or local_day(at)
    market = offered.market(session, year or day.year, on=day, actor=actor, at=at)
    found = planning.plan(market, prices, beds)
    sha256 = digest(kept.inputs_of(market, prices, beds))
    return PlansOut.found(found, prices, sha256, year or day.year, day)


@router.get("/surge", operation_id="planSurge", responses=_READS)
def plan_surge(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    prices: WeighedBy,
    beds: BedsInQuery,
    year: YearInQuery = None,
    on: DayInQuery = None,
) -> SurgeOut:
    """A very large need: what is bought first, what it costs, what stays missing where."""
    day = on or local_day(at)
    market = offered.market(session, year or day.year, on=day, actor=actor, at=at)
    found = surge.surge(market, prices, beds)
    return SurgeOut.found(found, prices, year or day.year, day, COUNTIES)


@router.get("/plans", operation_id="listPlans", responses=refusals())
def list_plans(session: ReadSession, actor: CurrentActor) -> ListOf[HeadingOut]:
    """Plans that were kept, the latest first; of Migrationsverket and the auditor."""
    return ListOf(items=[HeadingOut.of(one) for one in kept.kept(session, actor=actor)])


@router.post(
    "/plans",
    status_code=201,
    operation_id="keepPlan",
    dependencies=[Once],
    responses=changes(
        412,
        codes="reason.missing procurement.too_few_beds procurement.too_many_plans",
        malformed="procurement.unusable",
    ),
)
def keep(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: PlanIn
) -> KeptOut:
    """Plan on what there is now and keep it; nothing is bought by it (Migrationsverket)."""
    new = NewPlan(
        body.title,
        body.year,
        body.on,
        body.beds,
        body.prices,
        body.chosen,
        body.reason,
        body.inputs_sha256,
    )
    made = kept.keep(session, new, actor=actor, at=at)
    response.headers["location"] = f"{API}/procurement/plans/{made}"
    return KeptOut.kept(kept.plan(session, made, actor=actor, at=at))


@router.get("/plans/{procurement_plan_id}", operation_id="getPlan", responses=refusals(404, 422))
def get_plan(
    session: ReadSession, actor: CurrentActor, at: Now, procurement_plan_id: UUID
) -> KeptOut:
    """A plan as it was kept, and what has become of the offers it takes."""
    return KeptOut.kept(kept.plan(session, procurement_plan_id, actor=actor, at=at))


@router.get("/compensation/{year}", operation_id="compensateNumbers", responses=refusals(403, 422))
def compensation(session: ReadSession, actor: CurrentActor, year: YearInPath) -> CompensationOut:
    """What each decided number of a year is compensated with, by dated rates, line by line."""
    offered.only_who_reads_offers(actor)
    rates = parse(shipped())
    claims = numbers.claims(session, year, rates, actor=actor)
    return CompensationOut.found(year, compensate(claims, rates))
