"""What a decision of targets would change."""

from datetime import date
from typing import Annotated

from pydantic import Field

from app.api.schemas.fields import Answer
from app.api.schemas.sweden import ChangeOut, Exact
from workflow.allocation.states import VersionKind


class ReckonedOut(Answer):
    share: Annotated[Exact, Field(description="Of the whole, before anything is taken off.")]
    credit: Annotated[Exact, Field(description="Persons taken off for who is there.")]


class ExpectedOut(ChangeOut):
    earliest_on: Annotated[
        date, Field(description="The first day a raised number may hold without a reason.")
    ]
    now: Annotated[
        ReckonedOut | None, Field(description="What the number comes of; null: of no run.")
    ]
    then: Annotated[
        ReckonedOut | None, Field(description="The same of the run that was decided last.")
    ]


class CountySumOut(Answer):
    code: str
    name: str
    before: Annotated[int | None, Field(description="Of the whole county; null: no numbers yet.")]
    after: int
    changes: Annotated[int, Field(description="Municipalities whose number changes.")]


class OutlookOut(Answer):
    """What a decision would change; nothing is decided."""

    year: int
    kind: VersionKind
    reason: str | None
    before: Annotated[int | None, Field(description="Of the country; null: no numbers yet.")]
    after: int
    counties: list[CountySumOut]
    changes: Annotated[list[ExpectedOut], Field(description="Since the last version.")]
    raised: Annotated[int, Field(description="Municipalities whose number is raised.")]
    inside_notice: Annotated[int, Field(description="Of them, inside their notice period.")]
    earliest_on: Annotated[
        date | None, Field(description="The first day inside nobody's notice period.")
    ]
