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
            "examples": [
                {
                    "kind": "home",
                    "places": 4,
                    "available_from_week": "2020-W24",
                    "rooms": 3,
                    "quarantine": True,
                }
            ]
        }
    )

    kind: VacancyKind
    places: Annotated[int, Field(strict=True, ge=1, le=1000, description="Persons it can take.")]
    available_from_week: WeekField
    available_until_week: Annotated[
        WeekField | None, Field(description="The last week in which somebody can move in.")
    ] = None
    rooms: Annotated[int | None, Field(strict=True, ge=1, le=200, description="Bedrooms.")] = None
    group: Annotated[Group | None, Field(description="Whom it is for; by default anybody.")] = None
    accessible: Annotated[bool, Field(strict=True, description="For who uses a wheelchair.")] = (
        False
    )
    quarantine: Annotated[
        bool, Field(strict=True, description="A household can keep its quarantine there.")
    ] = False
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
    available_until_week: Annotated[WeekField | None, Field(description="Null: nobody has said.")]
    rooms: Annotated[int | None, Field(description="Bedrooms; null: nobody has said.")]
    group: Group | None
    accessible: bool
    quarantine: Annotated[bool, Field(description="Said to be fit for a quarantine.")]
    comment: str | None
    reason_code: ReasonCode | None
    withdrawn_case_id: UUID | None
    case_id: UUID | None
    at: datetime
    fate: Annotated[list[FateOut], Field(description="The first thing first.")]
