"""Letters, and what happened to them."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.schemas.fields import Answer, Body, Day, MunicipalityNumber
from workflow.letters.languages import Language
from workflow.letters.states import (
    Channel,
    Delivery,
    LetterKind,
    LetterState,
    Recipient,
    StopReason,
)


class RequestLettersIn(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"year": 2020}]})

    year: Annotated[int, Field(strict=True, ge=1990, le=2100, description="Of the requests.")]


class StopLetterIn(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "wrong_content"}]})

    reason: StopReason


class HandOverIn(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"how": "posted", "on": "2020-03-12"}]}
    )

    how: Literal["handed_over", "posted"]
    on: Annotated[Day, Field(description="Not one to come.")]


class RequestLettersOut(Answer):
    year: int
    made: Annotated[int, Field(description="How many letters now wait to leave.")]


class LetterOut(Answer):
    id: UUID
    kind: LetterKind
    recipient: Recipient
    state: LetterState
    number: Annotated[
        str | None,
        Field(description="In the year's series; null while it waits.", examples=["2020/17"]),
    ]
    municipality_number: MunicipalityNumber
    municipality_name: str
    case_id: UUID | None
    case_number: str | None
    language: Language
    reading_language: Annotated[
        Language | None, Field(description="What a refugee reads below the Norwegian text.")
    ]
    made_at: datetime
    leaves_at: Annotated[datetime, Field(description="When the undo window closes.")]
    sent_at: datetime | None
    channel: Channel | None
    delivery: Annotated[Delivery | None, Field(description="How it fares, as SvarUt tells.")]
    delivery_at: datetime | None
    by_hand: Annotated[bool, Field(description="No channel takes it: a person hands it over.")]
    handed_on: Annotated[date | None, Field(description="The day a person did.")]
    handed_by: str | None
    paper_on: Annotated[
        date | None, Field(description="The day it goes on paper if nobody opens it first.")
    ]
    on_paper: bool
    attempts: int
    fault: Annotated[str | None, Field(description="Code of what last went wrong.")]
    sha256: Annotated[str | None, Field(description="Of the sealed document, in hex.")]


class LetterStepOut(Answer):
    at: datetime
    what: Annotated[str, Field(description="A state, a delivery, or a code of what went wrong.")]
    reason: Annotated[StopReason | None, Field(description="Why it was stopped.")]
    actor: str


class LetterInFullOut(LetterOut):
    steps: Annotated[list[LetterStepOut], Field(description="The first thing first.")]
