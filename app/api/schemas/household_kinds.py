"""Limits of kinds of households."""

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from app.api.schemas.fields import Answer, Body, Day, Long
from workflow.capacity.kind_limits import MOST, LimitSeen, NewLimit
from workflow.capacity.states import HouseholdKind, KindLimitState


class KindLimitIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "large_family",
                    "most": 0,
                    "from_on": "2100-01-01",
                    "until_on": "2100-12-31",
                    "reason": "No home of more than three bedrooms is to be had this year.",
                }
            ]
        }
    )

    kind: HouseholdKind
    most: Annotated[
        int, Field(strict=True, ge=0, le=MOST, description="Households in the period; 0: none.")
    ]
    from_on: Day
    until_on: Annotated[Day, Field(description="The last day.")]
    reason: Long

    def limit(self) -> NewLimit:
        return NewLimit(self.kind, self.most, self.from_on, self.until_on, self.reason)


class KindAnswerIn(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"confirmed": True}]})

    confirmed: Annotated[bool, Field(strict=True)]
    reason: Annotated[Long | None, Field(description="A no has one.")] = None


class KindLimitOut(Answer):
    """How many households of a kind a municipality wishes to settle, and how it stands."""

    id: int
    kind: HouseholdKind
    most: int
    from_on: date
    until_on: date
    reason: str
    state: Annotated[
        KindLimitState, Field(description="`wished` waits for IMDi; `confirmed` binds the planner.")
    ]
    at: datetime
    actor: str
    answered_at: datetime | None
    answered_by: str | None
    answer: str | None
    ended_at: datetime | None
    ended_by: str | None

    @classmethod
    def of_limit(cls, seen: LimitSeen, today: date) -> "KindLimitOut":
        return cls.of(seen.limit, state=seen.state(today))
