"""Municipalities' years and their ledger."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.api.schemas.fields import (
    Answer,
    Body,
    Day,
    Long,
    MunicipalityNumber,
    Places,
    UnusedShare,
    UnusedShareExact,
    share,
    share_exact,
)
from workflow.capacity.models import Pause
from workflow.capacity.queries import MunicipalityYear
from workflow.capacity.states import EntryKind, Pool
from workflow.cases.numbers import Numbers

Count = Annotated[int, Field(description="Persons.")]


class PoolOut(Answer):
    """The places of one pool."""

    original_request: Count | None
    adjusted_request: Count | None
    decided_places: Annotated[
        int | None, Field(description="What the council said yes to; null not registered, 0 no.")
    ]
    extra_places: Annotated[int, Field(description="The municipality's own yes to more.")]
    held: Annotated[int, Field(description="Persons places are held for.")]
    settled: Annotated[int, Field(description="Persons with a settlement date in the year.")]
    free: Annotated[int, Field(description="Decided and extra places less held and settled.")]
    overrun: Annotated[int, Field(description="Persons beyond the places, by recorded facts.")]


class YearOut(PoolOut):
    """A municipality's year; the ordinary places stand beside those of unaccompanied minors."""

    municipality_number: MunicipalityNumber
    name: str
    county: str
    year: int
    unused_share: UnusedShare
    unused_share_exact: UnusedShareExact
    minors: PoolOut

    @classmethod
    def of_year(cls, seen: MunicipalityYear) -> "YearOut":
        exact = seen.ordinary.unused_share
        return cls.of(
            seen,
            unused_share=share(exact),
            unused_share_exact=share_exact(exact),
            **{name: getattr(seen.ordinary, name) for name in PoolOut.model_fields},
        )


class PoolIn(Body):
    """What is to be registered; what is left out stays."""

    original_request: Annotated[
        Places | None, Field(description="IMDi's first letter; written once, by its lead.")
    ] = None
    adjusted_request: Annotated[
        Places | None, Field(description="IMDi's later letter; by its lead.")
    ] = None
    decided_places: Annotated[
        Places | None, Field(description="By the municipality, or the lead with a reason.")
    ] = None
    extra_places: Annotated[
        Places, Field(description="By the municipality, or the lead with a reason.")
    ] = 0

    def given(self) -> dict[str, int | None]:
        known = ("original_request", "adjusted_request", "decided_places", "extra_places")
        return {name: getattr(self, name) for name in known if name in self.model_fields_set}


class YearIn(PoolIn):
    minors: Annotated[
        PoolIn | None, Field(description="The same of places for unaccompanied minors.")
    ] = None
    reason: Annotated[
        Long | None, Field(description="The lead's, for what is the municipality's to say.")
    ] = None

    @model_validator(mode="after")
    def something(self) -> "YearIn":
        if not self.given() and not (self.minors and self.minors.given()):
            raise ValueError("nothing is to be registered")
        return self


class AnswersOut(Answer):
    """Questions put in a time, and what came of them; each stands in one of the first five."""

    asked: Annotated[int, Field(description="Cases.")]
    asked_persons: Count
    in_time: Annotated[int, Field(description="Answered on the due day or before.")]
    late: Annotated[int, Field(description="Answered after it.")]
    overdue: Annotated[int, Field(description="Not answered, and the due day has passed.")]
    waiting: Annotated[int, Field(description="Not answered, and there still is time.")]
    taken_back: Annotated[int, Field(description="Withdrawn or ended before an answer.")]
    yes: Annotated[int, Field(description="Of those answered.")]
    yes_persons: Count
    no: Annotated[int, Field(description="Of those answered.")]
    retracted: Annotated[int, Field(description="A yes the municipality took back.")]
    mean_days_to_answer: float | None
    settled: Annotated[int, Field(description="Persons settled in the time.")]
    mean_days_to_settle: Annotated[
        float | None, Field(description="Days from the question to the settlement date.")
    ]


class PlacesThenOut(Answer):
    """The ordinary places at the end of a month."""

    settled: Count
    held: Count
    ceiling: Annotated[int, Field(description="Decided and extra places.")]
    free: Annotated[int, Field(description="Places.")]


class MonthOut(Answer):
    month: Annotated[int, Field(ge=1, le=12)]
    answers: AnswersOut
    places: Annotated[PlacesThenOut | None, Field(description="Null of a month to come.")]


class PauseIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "from_on": "2020-06-01",
                    "until_on": "2020-08-31",
                    "reason": "The adult education centre is closed in the summer.",
                }
            ]
        }
    )

    from_on: Day
    until_on: Annotated[Day | None, Field(description="The last day; open without one.")] = None
    reason: Long


class PauseOut(Answer):
    """A pause the municipality has asked for; it stops nothing by itself."""

    id: int
    from_on: date
    until_on: date | None
    reason: str
    at: datetime
    actor: str
    ended_at: datetime | None
    ended_by: str | None


class NumbersOut(Answer):
    """What a municipality was asked in a year, what it answered and when, its places by month."""

    municipality_number: MunicipalityNumber
    year: int
    in_all: AnswersOut
    months: list[MonthOut]
    pauses: Annotated[list[PauseOut], Field(description="Asked for, of days in the year.")]

    @classmethod
    def of_numbers(cls, number: str, told: Numbers, pauses: list[Pause]) -> "NumbersOut":
        return cls.of(
            told,
            municipality_number=number,
            pauses=[PauseOut.of(one) for one in pauses],
            in_all=AnswersOut.of(told.in_all),
            months=[
                MonthOut.of(
                    one,
                    answers=AnswersOut.of(one.answers),
                    places=PlacesThenOut.of(one.places) if one.places else None,
                )
                for one in told.months
            ],
        )


class LedgerLineOut(Answer):
    id: int
    pool: Pool
    at: datetime
    kind: EntryKind
    persons: Annotated[
        int,
        Field(description="Persons, or places of `decided` and `extra`; given back is negative."),
    ]
    held_change: Count
    settled_change: Count
    ceiling_change: Annotated[int, Field(description="Places.")]
    free_after: Annotated[int, Field(description="Places free after this line.")]
    case_id: Annotated[UUID | None, Field(description="Null also where you may not see the case.")]
    case_number: str | None
    run_id: UUID | None
    actor: str
    reason: str | None
