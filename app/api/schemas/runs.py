"""Withdrawal and redistribution of many cases, and the rules they follow."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from app.api.schemas.fields import Answer, Body, Day, Long, MunicipalityNumber, Year
from workflow.cases.states import CaseState, EntryStatus, Group, LegalGround
from workflow.planning.rule_sets import Method
from workflow.ranking.criteria import Criterion
from workflow.redistribution.states import ItemOutcome, RunKind, RunState


class WithdrawalRunIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "before": "2020-03-12",
                    "reason": "Innreise er ikke mulig",
                    "legal_ground": "conditions_failed",
                }
            ]
        }
    )

    before: Annotated[
        Day | None,
        Field(description="Cases asked for strictly before this day; or give `case_ids`."),
    ] = None
    case_ids: Annotated[list[UUID] | None, Field(min_length=1, max_length=5000)] = None
    reason: Long
    legal_ground: Annotated[
        LegalGround | None, Field(description="Needed where placed cases are among them.")
    ] = None
    group: Annotated[Group, Field(description="Only `resettlement` is withdrawn in runs.")] = (
        Group.RESETTLEMENT
    )


class RedistributionRunIn(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"scope": "ready", "method": "rule"}]}
    )

    scope: Annotated[
        Literal["ready"] | None, Field(description="Every case that is ready; or give `case_ids`.")
    ] = None
    case_ids: Annotated[list[UUID] | None, Field(min_length=1, max_length=5000)] = None
    method: Annotated[
        Method | None,
        Field(description="How it is planned; by default as the rules in force say: `rule`."),
    ] = None
    band: Annotated[
        float | None,
        Field(
            strict=True,
            ge=0,
            le=1,
            allow_inf_nan=False,
            description="Of `score`: how far a used share may be from the mean; 0.02 = two points.",
        ),
    ] = None
    year: Annotated[Year | None, Field(description="Whose places; by default the current.")] = None

    @model_validator(mode="after")
    def one_way(self) -> "RedistributionRunIn":
        if (self.scope is None) == (self.case_ids is None):
            raise ValueError("give scope or case_ids, and not both")
        return self


class TokenIn(Body):
    token: Annotated[
        str,
        Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$", description="Of the run."),
    ]


class RunOut(Answer):
    id: UUID
    kind: RunKind
    state: RunState
    token: Annotated[str, Field(description="Confirms what this preview shows and nothing else.")]
    counts: Annotated[
        dict[str, int], Field(description="Cases and persons.", examples=[{"cases": 215}])
    ]
    year: int
    before: date | None
    reason: str | None
    legal_ground: LegalGround | None
    scope: str | None
    method: Annotated[Method | None, Field(description="Of a redistribution: how it is planned.")]
    rules_version: int | None
    at: datetime
    actor: str
    confirmed_at: datetime | None
    confirmed_by: str | None
    undo_until: Annotated[datetime | None, Field(description="Letters and notices leave then.")]
    undone_at: datetime | None
    undone_by: str | None


class RunItemOut(Answer):
    position: int
    case_id: UUID
    case_number: str
    group: Group
    state: Annotated[CaseState, Field(description="Of the case, as it is now.")]
    entry_status: EntryStatus
    outcome: ItemOutcome
    code: Annotated[str | None, Field(description="Why it is outside, unplaced or not undone.")]
    persons: int
    municipality_number: Annotated[
        MunicipalityNumber | None, Field(description="Where it stood, or where it is put.")
    ]
    municipality_name: str | None
    vacancy_id: UUID | None
    reversal: Annotated[bool, Field(description="A settlement decision is reversed.")]
    reasons: Annotated[
        list[dict[str, Any]] | None, Field(description="The chosen municipality and the next.")
    ]
    override: Annotated[
        dict[str, Any] | None,
        Field(description="Another choice than the plan's: reason, by, cost, and what it said."),
    ]


class RuleSetOut(Answer):
    version: int
    valid_from: date
    vacancy_window: Annotated[
        float,
        Field(description="How far below the best share a fitting vacancy goes first; 0.1 = 10 %."),
    ]
    next_shown: int
    note: str
    actor: str
    at: datetime
    criteria: Annotated[list[Criterion], Field(description="In the order they are applied.")]
    rules: Annotated[
        dict[str, Any], Field(description="Every word of it, the method of apportionment by name.")
    ]


class RulesOut(Answer):
    in_force: RuleSetOut
    items: Annotated[list[RuleSetOut], Field(description="Every version, the newest first.")]
