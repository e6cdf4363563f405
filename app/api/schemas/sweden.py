"""The register, targets, swaps, counts and dialogue of a Swedish deployment."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, PlainSerializer, StringConstraints

from app.api.schemas.fields import (
    LARGEST_ID,
    MOST,
    Answer,
    Body,
    Day,
    Long,
    MunicipalityNumber,
    Persons,
    Short,
    Year,
    no_control,
)
from workflow.allocation.states import SwapState, VersionKind
from workflow.dialogue.states import ContactChannel, Party

#: A file as text.
File = Annotated[
    str,
    StringConstraints(min_length=1, max_length=400_000, strict=True),
    AfterValidator(no_control),
]
CountyCode = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{2}$", strict=True),
    Field(description="Two digits of a county.", examples=["17"]),
]
Id = Annotated[int, Field(strict=True, ge=1, le=LARGEST_ID)]
Version = Annotated[
    int, Field(strict=True, ge=1, le=1_000_000, description="Of what was read; another is stale.")
]
Exact = Annotated[Decimal, PlainSerializer(lambda number: f"{number:f}", return_type=str)]


def examples(**body: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [body]})


class CountyOut(Answer):
    code: str
    name: str
    municipalities: int


class PlaceOut(Answer):
    """A municipality of Sweden."""

    number: str
    name: str
    county: str
    county_name: Annotated[str, Field(description="Of the county.")]


class NumberIn(Body):
    municipality_number: MunicipalityNumber
    persons: Persons


class TargetsIn(Body):
    model_config = examples(
        kind="first",
        told_on="2022-06-01",
        effective_on="2022-07-01",
        numbers=[{"municipality_number": "1780", "persons": 227}],
    )

    kind: Annotated[VersionKind, Field(description="`swap` comes from swaps only.")]
    told_on: Annotated[Day, Field(description="The day the municipalities are told.")]
    effective_on: Annotated[Day, Field(description="The first day the numbers hold.")]
    numbers: Annotated[
        list[NumberIn] | None,
        Field(min_length=1, max_length=400, description="Who is not in it keeps its number."),
    ] = None
    run_id: Annotated[UUID | None, Field(description="Numbers of a run, instead of these.")] = None
    reason: Annotated[Long | None, Field(description="Needed but for the first.")] = None
    may_raise: Annotated[
        bool, Field(strict=True, description="In a revision: raised numbers are meant.")
    ] = False
    notice_reason: Annotated[
        Long | None, Field(description="Why a raised number holds inside the notice period.")
    ] = None


class ChangeOut(Answer):
    municipality: PlaceOut
    before: int | None
    after: int
    carried: int
    inside_notice: bool


class VersionOut(Answer):
    id: int
    year: int
    number: int
    kind: VersionKind
    run_id: UUID | None
    reason: str | None
    notice_reason: str | None
    told_on: date
    effective_on: date
    at: datetime
    actor: str
    changes: Annotated[int, Field(description="Municipalities whose number it changed.")]
    persons: Annotated[int, Field(description="The sum of what it changed.")]


class VersionWithChangesOut(VersionOut):
    changed: list[ChangeOut]


class FillOut(Answer):
    target: int | None
    in_the_number: Annotated[int | None, Field(description="Null: hidden, or not counted.")]
    own_housing: int | None
    remaining: int | None
    past: int
    share: Annotated[float | None, Field(description="Of the target, rounded.")]

    @classmethod
    def of(cls, source: Any, **beside: Any) -> Self:
        share = None if source.share is None else round(float(source.share), 4)
        return cls(
            target=source.target,
            in_the_number=source.in_the_number,
            own_housing=source.own_housing,
            remaining=source.remaining,
            past=source.past,
            share=share,
            **beside,
        )


class MunicipalityFillOut(FillOut):
    municipality: PlaceOut
    excess_reason: str | None


class CountyFillOut(FillOut):
    code: str
    name: str


class TargetsOut(Answer):
    year: int
    counted_on: date | None
    country: FillOut
    counties: list[CountyFillOut]
    municipalities: list[MunicipalityFillOut]
    evenness: Annotated[
        dict[str, float] | None, Field(description="By measure, when people were last counted.")
    ]


class CarryIn(Body):
    model_config = examples(municipality_number="1780", persons=-3, reason="Räknefel i april")

    municipality_number: MunicipalityNumber
    persons: Annotated[int, Field(strict=True, ge=-MOST, le=MOST, description="More, or fewer.")]
    reason: Long


class CarryOut(Answer):
    municipality: PlaceOut
    persons: int
    reason: str
    at: datetime
    actor: str
    version_id: Annotated[int | None, Field(description="Where it was added; null: it waits.")]


class NoticeIn(Body):
    model_config = examples(days=42)

    days: Annotated[int, Field(strict=True, ge=0, le=366, description="Days told beforehand.")]


class NoticeOut(Answer):
    municipality: PlaceOut
    days: int


class ExcessIn(Body):
    model_config = examples(municipality_number="1780", reason="Anhöriga flyttade med")

    municipality_number: MunicipalityNumber
    reason: Long


class CountIn(Body):
    model_config = examples(
        day="2022-06-01",
        source="Migrationsverket",
        table="code,legal_basis,permit,unaccompanied,housing,persons\n"
        "1780,temporary_protection,1,0,municipal,12\n",
    )

    day: Day
    source: Short
    table: Annotated[
        File, Field(description="CSV: code, legal_basis, permit, unaccompanied, housing, persons.")
    ]


class CountOut(Answer):
    id: int
    day: date
    source: str
    sha256: str
    evenness: dict[str, float] | None
    at: datetime
    actor: str


class SwapIn(Body):
    model_config = examples(
        year=2022,
        giver_number="1780",
        taker_number="1784",
        persons=5,
        reason="Vi har lediga lägenheter",
    )

    year: Year
    giver_number: MunicipalityNumber
    taker_number: MunicipalityNumber
    persons: Annotated[int, Field(strict=True, ge=1, le=MOST, description="Persons.")]
    reason: Long


class SwapStepIn(Body):
    model_config = examples(version=1)

    version: Version


class SwapNoIn(Body):
    model_config = examples(version=1, answer="Ryms inte")

    version: Version
    answer: Annotated[Long | None, Field(description="Needed, but to take one's own back.")] = None


class SwapOut(Answer):
    id: UUID
    year: int
    county: str
    giver: PlaceOut
    taker: PlaceOut
    persons: int
    state: SwapState
    reason: str
    proposed_at: datetime
    proposed_by: str
    agreed_at: datetime | None
    agreed_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    answer: str | None
    version_id: Annotated[int | None, Field(description="The version that changed the numbers.")]
    version: int


class DialogueIn(Body):
    model_config = examples(
        held_on="2022-06-01",
        party="municipality",
        channel="telephone",
        municipality_number="1780",
        participants="Karin Kommun",
        proposal="Tjugo platser till i augusti",
    )

    held_on: Day
    party: Party
    channel: ContactChannel
    county: CountyCode | None = None
    municipality_number: MunicipalityNumber | None = None
    participants: Long
    proposal: Long
    answer: Long | None = None
    follow_up_on: Day | None = None


class DialogueAnswerIn(Body):
    model_config = examples(version=1, text="Det går bra")

    version: Version
    text: Long


class DialogueOut(Answer):
    id: UUID
    held_on: date
    party: Party
    channel: ContactChannel
    county: str | None
    municipality: PlaceOut | None
    participants: str
    proposal: str
    answer: str | None
    answered_at: datetime | None
    answered_by: str | None
    follow_up_on: date | None
    followed_up_at: datetime | None
    followed_up_by: str | None
    at: datetime
    actor: str
    version: int


class SilenceOut(Answer):
    municipality: PlaceOut
    last_on: Annotated[date | None, Field(description="Null: never.")]
    days: int | None
