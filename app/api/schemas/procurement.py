"""Offers weighed, plans of what is bought, a very large need, compensation for numbers.

Money is öre; what is not a whole number of it is told rounded and as an exact fraction.
"""

from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from app.api.schemas.fields import (
    Answer,
    Body,
    Day,
    Long,
    Short,
    Year,
    share,
    share_exact,
)
from app.api.schemas.sweden import examples
from workflow.accommodation.states import OfferState
from workflow.procurement.compensation import Amount, Compensation
from workflow.procurement.efficient import Plan
from workflow.procurement.kept import PlanKept
from workflow.procurement.market import MOST_ORE, MOST_PLACES
from workflow.procurement.planning import Plans, Step
from workflow.procurement.states import Measure, Method
from workflow.procurement.steering import Prices, Ranked
from workflow.procurement.surge import Purchase, Surge

Ore = Annotated[int, Field(strict=True, ge=0, le=MOST_ORE)]
Exact = Annotated[str | None, Field(description="As a fraction.", examples=["7/20"])]
Rounded = Annotated[float | None, Field(description="Rounded to six decimals.")]
Sha256 = Annotated[str, Field(description="Of the canonical JSON of what it is made of.")]


class PricesOut(Answer):
    location_ore: int
    evenness_ore: int
    occupancy: int
    measure: Measure
    meals: Annotated[bool, Field(description="Meals that are paid apart are reckoned with.")]


class RankedOut(Answer):
    """Everything in öre for a place and a night; `compared` is the sum of the three before it."""

    rank: int
    offer_id: UUID
    name: str
    municipality_number: str
    beds: int
    points: int | None
    price_ore: int
    used_ore: Rounded
    location_ore: Rounded
    evenness_ore: Rounded
    compared_ore: Rounded
    compared_ore_exact: Exact
    target: int
    procured: int
    remaining: int
    past: Annotated[int, Field(description="Of its beds, those past the number.")]
    fill_before: Rounded
    fill_after: Rounded
    change: Annotated[float | None, Field(description="Of the measure of the whole country.")]
    point_ore: Annotated[
        float | None,
        Field(description="What a percentage point of the measure costs with it, for a night."),
    ]
    level_ore: Annotated[
        float | None,
        Field(description="The price of evenness at which it is level with the first."),
    ]

    @classmethod
    def of(cls, source: Any, **beside: Any) -> Self:
        one: Ranked = source
        exact = (
            *("used_ore", "location_ore", "evenness_ore", "compared_ore", "fill_before"),
            *("fill_after", "change", "point_ore", "level_ore"),
        )
        return cls(
            rank=one.rank,
            offer_id=UUID(one.bid.id),
            name=one.bid.name,
            municipality_number=one.bid.code,
            beds=one.bid.most,
            points=one.bid.points,
            price_ore=one.bid.price_ore,
            compared_ore_exact=share_exact(one.compared_ore),
            target=one.need.target,
            procured=one.need.procured,
            remaining=one.need.remaining,
            past=one.past,
            **_rounded(one, *exact),
        )


class RankingOut(Answer):
    year: int
    on: date
    prices: PricesOut
    items: list[RankedOut]


class TakenOut(Answer):
    offer_id: UUID
    beds: int


class StepOut(Answer):
    """An efficient plan: for a night, and for a bed and a night."""

    beds: int
    night_ore: Rounded
    night_ore_exact: Exact
    bed_ore: Rounded
    uneven: Rounded
    uneven_exact: Exact
    compared_ore: Annotated[
        float | None, Field(description="A wanted bed's cost and the stated price of unevenness.")
    ]
    point_ore: Annotated[
        float | None,
        Field(description="What a percentage point evener than the last on the line costs."),
    ]
    on_line: bool
    offers: list[TakenOut]

    @classmethod
    def of(cls, source: Any, **beside: Any) -> Self:
        step: Step = source
        plan: Plan = step.plan
        return cls(
            beds=plan.beds,
            night_ore_exact=share_exact(plan.night_ore),
            uneven_exact=share_exact(plan.uneven),
            on_line=step.on_line,
            offers=[
                TakenOut(offer_id=UUID(name), beds=n) for name, n in sorted(plan.taken.items())
            ],
            **_rounded(plan, "night_ore", "bed_ore", "uneven"),
            **_rounded(step, "compared_ore", "point_ore"),
        )


class PlansOut(Answer):
    """The efficient plans, the cheapest first; `best` and `chosen` are places among them."""

    year: int
    on: date
    wanted: int
    prices: PricesOut
    inputs_sha256: Sha256
    method: Method
    uneven_before: Rounded
    best: int
    steps: list[StepOut]

    @classmethod
    def found(cls, plans: Plans, prices: Prices, sha256: str, year: int, on: date) -> Self:
        return cls(
            year=year,
            on=on,
            wanted=plans.wanted,
            prices=PricesOut.of(prices),
            inputs_sha256=sha256,
            method=plans.method,
            uneven_before=share(plans.uneven_before),
            best=plans.best,
            steps=[StepOut.of(one) for one in plans.steps],
        )


class PlanIn(Body):
    model_config = examples(
        title="Platser i juli",
        year=2022,
        on="2022-07-01",
        beds=30,
        location_ore=50,
        evenness_ore=100,
        occupancy=90,
        measure="deviations_share",
    )

    title: Short
    year: Year
    on: Annotated[Day, Field(description="The day places are counted.")]
    beds: Annotated[int, Field(strict=True, ge=1, le=MOST_PLACES)]
    location_ore: Ore = 50
    evenness_ore: Ore = 100
    occupancy: Annotated[int, Field(strict=True, ge=1, le=100)] = 100
    measure: Measure = Measure.DEVIATIONS
    meals: Annotated[
        bool, Field(strict=True, description="All are given meals, where these are paid apart.")
    ] = False
    chosen: Annotated[
        int | None, Field(strict=True, ge=0, le=MOST_PLACES, description="Null: the best.")
    ] = None
    reason: Annotated[Long | None, Field(description="Why another one than the best.")] = None
    inputs_sha256: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9a-f]{64}$",
            description="Of what was looked at: refused if it has changed. Null: whatever is now.",
        ),
    ] = None

    @property
    def prices(self) -> Prices:
        return Prices(
            self.location_ore, self.evenness_ore, self.occupancy, self.measure, self.meals
        )


class HeadingOut(Answer):
    id: UUID
    title: str
    year: int
    day: date
    wanted: int
    sha256: Sha256
    at: datetime
    actor: str


class BoughtOut(Answer):
    offer_id: UUID
    name: str
    municipality_number: str
    beds: int
    price_ore: int
    state: Annotated[OfferState | None, Field(description="Of the offer now.")]


class KeptOut(PlansOut):
    """A plan as it was kept."""

    id: UUID
    title: str
    chosen: int
    reason: str | None
    whole: Annotated[bool, Field(description="Whether the inputs still give their digest.")]
    bought: list[BoughtOut]
    at: datetime
    actor: str

    @classmethod
    def kept(cls, one: PlanKept) -> Self:
        heading = one.heading
        found = PlansOut.found(one.plans, one.prices, heading.sha256, heading.year, heading.day)
        return cls(
            **dict(found),
            id=heading.id,
            title=heading.title,
            chosen=one.chosen,
            reason=one.reason,
            whole=one.whole,
            bought=[
                BoughtOut(
                    offer_id=UUID(taken.bid.id),
                    name=taken.bid.name,
                    municipality_number=taken.bid.code,
                    beds=taken.beds,
                    price_ore=taken.bid.price_ore,
                    state=None if taken.offer is None else taken.offer.state,
                )
                for taken in one.bought
            ],
            at=heading.at,
            actor=heading.actor,
        )


class PurchaseOut(Answer):
    offer_id: UUID
    municipality_number: str
    beds: int
    compared_ore: Rounded
    beds_in_all: int
    night_ore_in_all: Rounded

    @classmethod
    def of(cls, source: Any, **beside: Any) -> Self:
        one: Purchase = source
        return cls(
            offer_id=UUID(one.bid.id),
            municipality_number=one.bid.code,
            beds=one.beds,
            beds_in_all=one.beds_in_all,
            night_ore_in_all=share(Fraction(one.night_in_all, 100)),
            **_rounded(one, "compared_ore"),
        )


class MissingOut(Answer):
    code: str
    name: str
    county: str
    part: int
    before: int
    bought: int
    missing: int
    past: int


class SurgeOut(Answer):
    """What is bought in turn, and what stays missing."""

    year: int
    on: date
    prices: PricesOut
    wanted: int
    beds: int
    missing: int
    night_ore: Rounded
    uneven_before: Rounded
    uneven: Rounded
    purchases: list[PurchaseOut]
    counties: list[MissingOut]
    municipalities: list[MissingOut]

    @classmethod
    def found(
        cls, one: Surge, prices: Prices, year: int, on: date, names: Mapping[str, str]
    ) -> Self:
        def missing(rows: Any) -> list[MissingOut]:
            return [MissingOut.of(row, name=row.name or names.get(row.code, "")) for row in rows]

        return cls(
            year=year,
            on=on,
            prices=PricesOut.of(prices),
            wanted=one.wanted,
            beds=one.beds,
            missing=one.missing,
            purchases=[PurchaseOut.of(row) for row in one.purchases],
            counties=missing(one.counties),
            municipalities=missing(one.municipalities),
            **_rounded(one, "night_ore", "uneven_before", "uneven"),
        )


class AmountOut(Answer):
    municipality_number: str
    name: str
    version: Annotated[int, Field(description="The decision of the number.")]
    number: int
    places: Annotated[int, Field(description="Beyond the highest number before.")]
    since: date
    rate_ore: int
    amount_ore: int
    source: str

    @classmethod
    def of(cls, source: Any, **beside: Any) -> Self:
        one: Amount = source
        return cls(
            municipality_number=one.claim.code,
            name=one.claim.name,
            version=one.claim.line,
            number=one.claim.quantity,
            places=one.quantity,
            since=one.since,
            rate_ore=one.rate.ore,
            amount_ore=one.ore,
            source=one.rate.source,
        )


class CompensationOut(Answer):
    year: int
    amount_ore: int
    lines: list[AmountOut]

    @classmethod
    def found(cls, year: int, one: Compensation) -> Self:
        lines = [AmountOut.of(row) for row in one.amounts]
        return cls(year=year, amount_ore=one.ore, lines=lines)


def _rounded(source: Plan | Step | Ranked | Purchase | Surge, *names: str) -> dict[str, Any]:
    return {name: share(getattr(source, name)) for name in names}
