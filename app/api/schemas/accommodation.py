"""Objects to live in, what is offered of them, and how well they lie."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from app.api.schemas.fields import Answer, Body, Day, Long, MunicipalityNumber, Short, share
from app.api.schemas.sweden import PlaceOut, Version, examples
from workflow.accommodation.location import MOST_METRES, MOST_MINUTES, Distance, Feature, Weights
from workflow.accommodation.objects import MOST_BEDS
from workflow.accommodation.states import (
    AccommodationKind,
    Meals,
    Nearby,
    OfferState,
    OwnerKind,
    Standard,
    Term,
)
from workflow.accommodation.terms import MOST_ORE

Ore = Annotated[
    int, Field(strict=True, ge=0, le=MOST_ORE, description="Öre, for one place and one night.")
]
MealOre = Annotated[
    int,
    Field(strict=True, ge=0, le=MOST_ORE, description="Öre a person and day: meals when needed."),
]
Beds = Annotated[int, Field(strict=True, ge=1, le=MOST_BEDS, description="Places to sleep.")]
Metres = Annotated[int, Field(strict=True, ge=0, le=MOST_METRES)]
Minutes = Annotated[int, Field(strict=True, ge=0, le=MOST_MINUTES)]


class DistanceIn(Body):
    metres: Metres | None = None
    minutes: Annotated[
        Minutes | None, Field(description="By foot or public transport; goes before metres.")
    ] = None


class DistancesIn(Body):
    """To the nearest; what is left out is not known."""

    transit: DistanceIn = DistanceIn()
    health_centre: DistanceIn = DistanceIn()
    school: DistanceIn = DistanceIn()
    service: DistanceIn = DistanceIn()

    def read(self) -> dict[Nearby, Distance]:
        return {
            kind: Distance(one.metres, one.minutes)
            for kind in Nearby
            for one in (getattr(self, kind),)
        }


class ObjectIn(Body):
    model_config = examples(
        municipality_number="1780",
        name="Vandrarhemmet",
        owner="municipality",
        standard="house",
        beds=40,
        distances={"transit": {"metres": 300}, "school": {"minutes": 12}},
        provenance="Kommunens erbjudande",
    )

    municipality_number: MunicipalityNumber
    name: Short
    address: Short | None = None
    owner: OwnerKind
    standard: Standard
    beds: Beds
    distances: DistancesIn = DistancesIn()
    provenance: Annotated[Short, Field(description="Where it is known from.")]


class ScoreIn(Body):
    model_config = examples(version=1, points=70, note="Ny busslinje i augusti")

    version: Version
    points: Annotated[
        int | None,
        Field(strict=True, ge=0, le=100, description="Null: as the weights say, again."),
    ]
    note: Long


class BedsIn(Body):
    model_config = examples(version=1, beds=32, reason="Två rum byggs om")

    version: Version
    beds: Beds
    reason: Long


class BedChangeOut(Answer):
    """An object has another number of beds from a day on."""

    on: date
    before: int
    after: int
    reason: str
    at: datetime
    actor: str


class PartOut(Answer):
    """What one thing nearby gives; null is not known."""

    weight: str
    metres: int | None
    minutes: int | None
    value: float | None


class ObjectOut(Answer):
    id: UUID
    municipality: PlaceOut
    name: str
    address: str | None
    owner: OwnerKind
    standard: Standard
    beds: int
    points: Annotated[
        int | None, Field(description="0-100: as said by somebody, else by the weights.")
    ]
    score: Annotated[float | None, Field(description="By the weights, 0-1, over what is known.")]
    known: Annotated[float, Field(description="How much of the weights is known, 0-1.")]
    parts: dict[Nearby, PartOut]
    score_override: int | None
    score_note: str | None
    scored_by: str | None
    provenance: str
    at: datetime
    actor: str
    version: int

    @classmethod
    def of(cls, source: Any, **beside: Any) -> Self:
        parts = {
            kind: PartOut(
                weight=f"{part.weight:f}",
                metres=part.distance.metres,
                minutes=part.distance.minutes,
                value=share(part.value),
            )
            for kind, part in source.score.parts.items()
        }
        told = {
            "score": share(source.score.value),
            "known": float(source.score.known),
            "parts": parts,
            "municipality": PlaceOut.of(source.municipality),
        }
        return super().of(source, **told, **beside)


Weight = Annotated[
    str,
    StringConstraints(pattern=r"^[01](\.[0-9]{1,6})?$", strict=True),
    Field(description="A part of 1, as a decimal.", examples=["0.35"]),
]


class FeatureIn(Body):
    """1 up to the near limit, 0 from the far one."""

    weight: Weight
    near_metres: Metres
    far_metres: Metres
    near_minutes: Minutes
    far_minutes: Minutes

    def read(self) -> Feature:
        return Feature(**{**self.model_dump(), "weight": Decimal(self.weight)})


_NEAR = {
    "weight": "0.25",
    "near_metres": 500,
    "far_metres": 5000,
    "near_minutes": 10,
    "far_minutes": 45,
}


class FeaturesIn(Body):
    transit: FeatureIn
    health_centre: FeatureIn
    school: FeatureIn
    service: FeatureIn


class WeightsIn(Body):
    model_config = examples(
        valid_from="2022-10-01",
        reason="Skolan väger tyngre",
        features={str(kind): _NEAR for kind in Nearby},
    )

    valid_from: Annotated[Day, Field(description="Today or later, and after those stated before.")]
    reason: Long
    features: Annotated[FeaturesIn, Field(description="The weights sum to 1.")]

    def read(self) -> Weights:
        return {kind: getattr(self.features, kind).read() for kind in Nearby}


class FeatureOut(Answer):
    weight: str
    near_metres: int
    far_metres: int
    near_minutes: int
    far_minutes: int


class WeightsOut(Answer):
    features: dict[Nearby, FeatureOut]
    valid_from: Annotated[date | None, Field(description="Null: what the program comes with.")]
    reason: str | None
    at: datetime | None
    actor: str | None

    @classmethod
    def of(cls, source: Any, **beside: Any) -> Self:
        features = {kind: FeatureOut(**one.as_data()) for kind, one in source.features.items()}
        return super().of(source, features=features, **beside)


class OfferIn(Body):
    model_config = examples(
        object_id="4a3f8a0e-0d4b-4f5c-9d2b-1a2b3c4d5e6f",
        kind="procured",
        supplier="Hotell AB",
        beds=30,
        price_ore=34700,
        meals="included",
        term="six_months",
        pay_when_used=False,
        available_from="2022-07-01",
    )

    object_id: UUID
    kind: AccommodationKind
    supplier: Short
    reference: Short | None = None
    beds: Beds
    min_beds: Annotated[
        Beds | None, Field(description="The fewest it may be accepted with; null: nothing is said.")
    ] = None
    price_ore: Ore
    meals: Meals
    meal_ore: MealOre | None = None
    term: Term
    pay_when_used: Annotated[
        bool, Field(strict=True, description="A place costs the nights somebody sleeps there.")
    ]
    available_from: Day
    available_until: Annotated[
        Day | None, Field(description="The last night; null: as long as the term.")
    ] = None


class OfferEndIn(Body):
    model_config = examples(version=1, state="rejected", reason="För dyrt")

    version: Version
    state: Literal[OfferState.REJECTED, OfferState.WITHDRAWN]
    reason: Long


class OfferOut(Answer):
    id: UUID
    accommodation: ObjectOut
    kind: AccommodationKind
    supplier: str
    reference: str | None
    beds: int
    min_beds: int | None
    price_ore: int
    paid_2015_ore: Annotated[
        int | None, Field(description="For such a place in 2015 (Direktupphandling 14).")
    ]
    meals: Meals
    meal_ore: int | None
    term: Term
    pay_when_used: bool
    available_from: date
    available_until: date | None
    state: OfferState
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None
    at: datetime
    actor: str
    version: int

    @classmethod
    def of(cls, source: Any, **beside: Any) -> Self:
        return super().of(source, accommodation=ObjectOut.of(source.object), **beside)
