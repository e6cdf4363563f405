"""Previews that are made beside the request."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field

from app.api.schemas.fields import Answer
from workflow.redistribution.states import PreparationState


class PreparationOut(Answer):
    id: UUID
    state: PreparationState
    cases: Annotated[int, Field(description="It is about so many, as it was asked for.")]
    part: Annotated[str | None, Field(description="What is under way.", examples=["evening out"])]
    done: Annotated[
        float,
        BeforeValidator(float),
        Field(ge=0, le=1, description="The share of `part` that is done."),
    ]
    run_id: Annotated[UUID | None, Field(description="The preview, once `state` is `done`.")]
    code: Annotated[str | None, Field(description="Why it is `failed`.")]
    detail: str | None
    actor: str
    at: datetime
    ended_at: datetime | None
