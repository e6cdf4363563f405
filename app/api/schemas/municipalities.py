"""Municipalities' years and their ledger."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from app.api.schemas.fields import (
    Answer,
    Body,
    Long,
    MunicipalityNumber,
    Places,
    UnusedShare,
    UnusedShareExact,
    share,
    share_exact,
)
from workflow.capacity.queries import MunicipalityYear
from workflow.capacity.states import EntryKind, Pool

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
