"""Homes and capacity the municipalities report, and what became of each report."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.schemas.fields import Answer, Body, Long, MunicipalityNumber, WeekField
from workflow.cases.states import Group
from workflow.vacancies.states import Fate, ReasonCode, VacancyKind, VacancyState


class VacancyIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "home", "places": 4, "available_from_week": "2020-W24"}]
        }
    )

    kind: VacancyKind
    places: Annotated[int, Field(strict=True, ge=1, le=1000, description="Persons it can take.")]
    available_from_week: WeekField
    group: Annotated[Group | None, Field(description="Whom it is for; by default anybody.")] = None
    accessible: Annotated[bool, Field(strict=True, description="For who uses a wheelchair.")] = (
        False
    )
    comment: Long | None = None
    reason_code: Annotated[ReasonCode | None, Field(description="Why it stands free.")] = None
    withdrawn_case_id: Annotated[
        UUID | None, Field(description="The withdrawn case whose home it was.")
    ] = None


class CloseVacancyIn(Body):
    reason: Long | None = None


class FateOut(Answer):
    at: datetime
    what: Fate
    case_id: UUID | None
    why: Annotated[str | None, Field(description="The criterion it was passed over on, a reason.")]


class VacancyOut(Answer):
    id: UUID
    municipality_number: MunicipalityNumber
    municipality_name: str
    kind: VacancyKind
    state: VacancyState
    places: Annotated[int, Field(description="Persons it can take.")]
    available_from_week: WeekField
    group: Group | None
    accessible: bool
    comment: str | None
    reason_code: ReasonCode | None
    withdrawn_case_id: UUID | None
    case_id: UUID | None
    at: datetime
    fate: Annotated[list[FateOut], Field(description="The first thing first.")]
