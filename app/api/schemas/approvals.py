"""What waits for a second person, and when it has to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.schemas.fields import Answer, Body, Day, Long, MunicipalityNumber
from workflow.approvals.states import Action, ApprovalState
from workflow.kernel.actor import Role


class ApprovalOut(Answer):
    id: UUID
    action: Action
    state: ApprovalState
    count: Annotated[int, Field(description="How much it touches: cases, or places in persons.")]
    parameters: Annotated[Mapping[str, Any], Field(description="What will be done.")]
    case_id: UUID | None
    case_number: str | None
    municipality_number: Annotated[
        MunicipalityNumber | None,
        Field(description="Whose second person it takes; null: IMDi's."),
    ]
    municipality_name: str | None
    prepared_at: datetime
    prepared_by: str
    settled_at: datetime | None
    settled_by: str | None
    reason: Annotated[str | None, Field(description="Why it was rejected.")]
    own: Annotated[bool, Field(description="You are among those who prepared it.")]
    may_confirm: Annotated[bool, Field(description="It waits, and you may be its second person.")]


class RejectIn(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Feil dato"}]})

    reason: Annotated[
        Long | None, Field(description="Needed unless you take back what you prepared yourself.")
    ] = None


class ApprovalRuleIn(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"needed": True, "threshold": 50}]})

    needed: Annotated[bool, Field(strict=True)]
    threshold: Annotated[
        int, Field(strict=True, ge=1, le=100_000, description="From how many on, in `unit`.")
    ]


class ApprovalRuleOut(Answer):
    action: Action
    needed: bool
    threshold: int
    unit: Annotated[str | None, Field(description="What is counted; null: it is always one.")]
    roles: Annotated[list[Role], Field(description="Who may be the second person.")]
    changed_at: datetime | None
    changed_by: str | None


class RuleSetIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "valid_from": "2020-07-01",
                    "vacancy_window": 0.1,
                    "next_shown": 5,
                    "note": "Etter høring",
                }
            ]
        }
    )

    valid_from: Annotated[Day, Field(description="Today or later.")]
    vacancy_window: Annotated[
        float,
        Field(
            strict=True,
            ge=0,
            le=1,
            allow_inf_nan=False,
            description="Share of decided places, five decimals at most; 0.1 = 10 %.",
        ),
    ]
    next_shown: Annotated[int, Field(strict=True, ge=0, le=50)]
    note: Long
