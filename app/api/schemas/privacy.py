"""Erasure, retention, and who may open a protected address."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.schemas.cases import CaseNumber
from app.api.schemas.fields import LARGEST_ID, Answer, Body, Long
from app.api.schemas.users import UserId
from workflow.cases.states import CaseState, Protection
from workflow.privacy.states import RetentionRule

ErasureId = Annotated[int, Field(strict=True, ge=1, le=LARGEST_ID)]


class ErasureOut(Answer):
    """A case, or one person of it, proposed for erasure; never who that is."""

    id: int
    case_id: UUID
    case_number: CaseNumber
    state: CaseState
    rule: RetentionRule
    persons_count: Annotated[int, Field(description="Persons now in the case.")]
    last_step_on: Annotated[date, Field(description="Day of the last thing that happened to it.")]
    proposed_at: datetime
    person_id: Annotated[UUID | None, Field(description="Only this person; null: the whole case.")]
    proposed_by: Annotated[str | None, Field(description="Null: the daily job.")]


class ApproveErasuresIn(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"erasure_ids": [17]}]})

    erasure_ids: Annotated[
        list[ErasureId],
        Field(min_length=1, max_length=5_000, description="All of them, or none is approved."),
    ]


class ErasuresApproved(Answer):
    """They are erased at once, one at a time."""

    approved: int


class ReasonIn(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Innsynssak pågår til 1. juni"}]}
    )

    reason: Long


class DemandIn(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "Brev av 2. april, bekreftet på telefon"}]}
    )

    reason: Annotated[Long, Field(description="How the demand came, and what it says.")]


class DemandedOut(Answer):
    """The demand waits for a lead's or the administrator's approval."""

    id: int
    person_id: UUID


class RetentionOut(Answer):
    """One rule of how long what is kept."""

    what: str
    months: Annotated[
        int | None, Field(description="0: no longer than that; null: as long as the system stands.")
    ]
    since: str
    ground: str
    by: Annotated[str, Field(description="Who lets go of it.")]


class AccessOut(Answer):
    """A person named for a case with a protected address."""

    id: int
    user_id: int
    given_at: datetime
    given_by: str
    reason: str
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None


class ProtectionOut(Answer):
    """A case's protection and who may open it; nothing else of the case."""

    case_number: CaseNumber
    protection: Protection
    access: list[AccessOut]


class ProtectIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"protection": "confidential", "reason": "Vedtak fra Kripos 3. april"}]
        }
    )

    protection: Protection
    reason: Long


class NamePersonIn(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"user_id": 12, "reason": "Følger opp husstanden"}]}
    )

    user_id: UserId
    reason: Long
