"""Contracts about accommodation, what is called off, and what it is to the targets."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from app.api.schemas.accommodation import Beds, MealOre, Ore
from app.api.schemas.fields import Answer, Body, Day, Long, MunicipalityNumber, Short
from app.api.schemas.sweden import CountyCode, PlaceOut, Version, examples
from workflow.accommodation.states import AccommodationKind, Meals, Term
from workflow.accommodation.terms import MOST_PLACES

Places = Annotated[int, Field(strict=True, ge=1, le=MOST_PLACES, description="Places.")]
LastNight = Annotated[Day | None, Field(description="The last night; or a `term` instead of it.")]


class ExplainedIn(Body):
    """What new places have to say of themselves."""

    under_id: Annotated[
        UUID | None,
        Field(description="The call-off whose places these are among; not counted beside it."),
    ] = None
    told_on: Annotated[
        Day | None, Field(description="When the municipality was told; null: today.")
    ] = None
    notice_reason: Annotated[
        Long | None, Field(description="Why they begin inside the notice period.")
    ] = None
    excess_reason: Annotated[
        Long | None, Field(description="Why they go past the municipality's number.")
    ] = None


class PlacesIn(ExplainedIn):
    municipality_number: Annotated[
        MunicipalityNumber | None, Field(description="Null: the object's.")
    ] = None
    object_id: Annotated[
        UUID | None, Field(description="Null: wherever the municipality finds them.")
    ] = None
    beds: Beds
    starts_on: Annotated[Day, Field(description="The first night.")]
    ends_on: LastNight = None
    term: Term | None = None


class ConditionsIn(Body):
    kind: AccommodationKind
    supplier: Short
    reference: Short | None = None
    price_ore: Ore
    meals: Meals
    meal_ore: MealOre | None = None
    pay_when_used: Annotated[
        bool, Field(strict=True, description="A place costs the nights somebody sleeps there.")
    ]


class ContractIn(ConditionsIn, PlacesIn):
    model_config = examples(
        kind="municipal_agreement",
        supplier="Karlstads kommun",
        municipality_number="1780",
        beds=20,
        price_ore=30000,
        meals="self_catering",
        pay_when_used=False,
        starts_on="2022-07-01",
        term="one_year",
    )


class FrameworkIn(ConditionsIn):
    model_config = examples(
        kind="procured",
        supplier="Hotell AB",
        county="17",
        beds=200,
        price_ore=34700,
        meals="included",
        pay_when_used=True,
        starts_on="2022-07-01",
        term="three_years",
    )

    municipality_number: Annotated[
        MunicipalityNumber | None, Field(description="Null: of a county, or of the country.")
    ] = None
    county: CountyCode | None = None
    beds: Annotated[Places, Field(description="The most that may be called off at a time.")]
    starts_on: Day
    ends_on: LastNight = None
    term: Term | None = None


class CallOffIn(PlacesIn):
    model_config = examples(
        municipality_number="1780",
        beds=30,
        starts_on="2022-07-01",
        term="six_months",
    )

    price_ore: Annotated[
        Ore | None, Field(description="No dearer than the framework; null: as it says.")
    ] = None


class AcceptIn(ExplainedIn):
    model_config = examples(version=1, starts_on="2022-07-01")

    version: Version
    starts_on: Annotated[Day, Field(description="The first night.")]
    ends_on: Annotated[
        Day | None, Field(description="The last night; null: by the offer's term and time.")
    ] = None
    beds: Annotated[Beds | None, Field(description="Null: all that are offered.")] = None
    reference: Short | None = None


class EndIn(Body):
    model_config = examples(version=1, last_night="2022-08-31", reason="Uppsagt av leverantören")

    version: Version
    last_night: Annotated[Day, Field(description="Before the first night: none at all.")]
    reason: Long


class StandOut(Answer):
    """Null: not decided, or not the reader's."""

    target: Annotated[int | None, Field(description="Persons of the year's number.")]
    procured: Annotated[int | None, Field(description="Places counted that day.")]
    remaining: int | None
    past: int
    share: Annotated[float | None, Field(description="Procured of the target, rounded.")]

    @classmethod
    def of(cls, source: Any, **beside: Any) -> Self:
        rounded = None if source.share is None else round(float(source.share), 4)
        return super().of(source, share=rounded, **beside)


class OfMunicipalityOut(Answer):
    municipality: PlaceOut
    stand: StandOut


class OfCountyOut(Answer):
    code: str
    name: str
    stand: StandOut


class StandingOut(Answer):
    year: int
    on: date
    country: StandOut
    counties: list[OfCountyOut]
    municipalities: list[OfMunicipalityOut]


class RowOut(Answer):
    """A municipality by its number, a county by its digits, or `country`."""

    code: str
    name: str
    before: StandOut
    after: StandOut

    @classmethod
    def of(cls, source: Any, **beside: Any) -> Self:
        stands = {"before": StandOut.of(source.before), "after": StandOut.of(source.after)}
        return super().of(source, **stands, **beside)


class ContractOut(Answer):
    id: UUID
    kind: AccommodationKind
    framework: bool
    offer_id: UUID | None
    municipality: PlaceOut | None
    county: str | None
    supplier: str
    reference: str | None
    beds: int
    price_ore: int
    meals: Meals
    meal_ore: int | None
    pay_when_used: bool
    starts_on: date
    ends_on: Annotated[date, Field(description="As it was signed.")]
    ended_on: date | None
    end_reason: str | None
    at: datetime
    actor: str
    version: int


class CallOffOut(Answer):
    id: UUID
    contract_id: UUID
    kind: AccommodationKind
    supplier: str
    framework: bool
    municipality: PlaceOut
    object_id: UUID | None
    object_name: str | None
    under_id: UUID | None
    beds: int
    price_ore: int
    meal_ore: Annotated[int | None, Field(description="Of meals that are paid apart.")]
    pay_when_used: bool
    starts_on: date
    ends_on: Annotated[date, Field(description="The last night as it stands.")]
    told_on: date
    notice_reason: str | None
    end_reason: str | None
    at: datetime
    actor: str
    version: int


class ExcessOut(Answer):
    year: int
    persons: int
    reason: str


class ContractInFullOut(ContractOut):
    call_offs: list[CallOffOut]
    excess: Annotated[list[ExcessOut], Field(description="Why it goes past a number.")]
    on: Annotated[date, Field(description="The day of the rows: today, or its nearest.")]
    rows: Annotated[list[RowOut], Field(description="Without the contract, and with it.")]


class OutlookOut(Answer):
    """What would come of an offer, were it accepted."""

    starts_on: date
    ends_on: date
    beds: int
    earliest_on: Annotated[date, Field(description="The first night that needs no word of why.")]
    inside_notice: bool
    past: Annotated[dict[int, int], Field(description="By year: places past the number.")]
    rows: list[RowOut]
