"""Used nights, and what places cost."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import Field

from app.api.schemas.contracts import CallOffOut
from app.api.schemas.fields import Answer, Body, Day, Short, share
from app.api.schemas.sweden import File, PlaceOut, examples
from workflow.accommodation.objects import MOST_BEDS
from workflow.accommodation.states import AccommodationKind
from workflow.accommodation.terms import LONGEST

PlaceNights = Annotated[
    int,
    Field(strict=True, ge=0, le=MOST_BEDS * LONGEST.days, description="In which somebody slept."),
]
Ore = Annotated[int, Field(description="Öre.")]


class OccupancyIn(Body):
    model_config = examples(
        since="2022-05-01", until="2022-05-31", place_nights=90, source="Boendets lista"
    )

    since: Annotated[Day, Field(description="The first night.")]
    until: Annotated[Day, Field(description="The last night; it has been.")]
    place_nights: PlaceNights
    meal_days: Annotated[
        PlaceNights | None,
        Field(description="Of them, days with meals that are paid apart; null is not known."),
    ] = None
    source: Short


class OccupancyFileIn(Body):
    model_config = examples(
        source="Månadslistor",
        table="call_off,since,until,place_nights\n"
        "6f383be6-e557-4c81-ab42-6da9fdee39b3,2022-05-01,2022-05-31,90\n",
    )

    source: Short
    table: Annotated[
        File,
        Field(
            description="A CSV with `call_off,since,until,place_nights`; a line without"
            " place-nights says nothing, `meal_days` may stand beside it, and `municipality`,"
            " `supplier`, `places` are not read."
        ),
    ]


class TakenInOut(Answer):
    lines: Annotated[int, Field(description="Periods recorded.")]


class OccupancyOut(Answer):
    since: date
    until: date
    place_nights: int
    meal_days: int | None
    source: str
    at: datetime
    actor: str


class CostOut(Answer):
    """Of a time."""

    place_nights: Annotated[int, Field(description="There were so many.")]
    known: Annotated[int, Field(description="Of so many it is recorded whether they were used.")]
    used: int
    empty: Annotated[int, Field(description="Known, and not used.")]
    used_share: Annotated[float | None, Field(description="Used of the known, rounded.")]
    committed_ore: Annotated[Ore, Field(description="Öre, of nights that are paid in any case.")]
    when_used_ore: Annotated[Ore, Field(description="Öre, of used nights where only they are.")]
    meals_ore: Annotated[Ore, Field(description="Öre, of meals that are paid apart.")]
    meals_unknown: Annotated[
        int, Field(description="Used nights of which it is not recorded whether there were any.")
    ]
    whole_ore: Annotated[Ore, Field(description="Öre, the three.")]
    empty_ore: Annotated[Ore, Field(description="Öre, of the committed: places that stood empty.")]
    per_used_ore: Annotated[
        int | None, Field(description="Öre for a used night, the empty ones with it, rounded.")
    ]
    per_used_with_meals_ore: Annotated[
        int | None, Field(description="The same with meals that are paid apart.")
    ]

    @classmethod
    def of(cls, source: Any, **beside: Any) -> Self:
        nights, per = source.nights, source.per_used_ore
        with_meals = source.per_used_with_meals_ore
        return cls(
            place_nights=nights.there,
            known=nights.known,
            used=nights.used,
            empty=nights.empty,
            used_share=share(nights.share),
            committed_ore=source.committed_ore,
            when_used_ore=source.when_used_ore,
            meals_ore=source.meals_ore,
            meals_unknown=source.meals_unknown,
            whole_ore=source.whole_ore,
            empty_ore=source.empty_ore,
            per_used_ore=None if per is None else round(per),
            per_used_with_meals_ore=None if with_meals is None else round(with_meals),
            **beside,
        )


class OfCallOffOut(Answer):
    call_off: CallOffOut
    cost: CostOut


class OfKindOut(Answer):
    kind: AccommodationKind
    cost: CostOut


class OfPlaceOut(Answer):
    municipality: PlaceOut
    cost: CostOut


class CostsOut(Answer):
    """Sums count the nights of places among others once, and all that is paid for them."""

    since: date
    until: date
    whole: CostOut
    kinds: list[OfKindOut]
    municipalities: list[OfPlaceOut]
    call_offs: list[OfCallOffOut]
