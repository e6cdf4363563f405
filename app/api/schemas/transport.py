"""Transport from a reception centre."""

from datetime import datetime
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from app.api.schemas.fields import Answer, Body, Long, Moment
from workflow.travel.states import Means
from workflow.travel.transport import LONGEST_NOTE

Note = Annotated[Long, StringConstraints(max_length=LONGEST_NOTE)]


class PlanTransportIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"arrives_at": "2020-06-09T13:05:00+02:00", "means": "train"}]
        }
    )

    arrives_at: Moment
    means: Means
    note: Note | None = None
    version: Annotated[
        int | None,
        Field(strict=True, ge=1, le=1_000_000, description="Of the plan read; null for the first."),
    ] = None


class AnswerTransportIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"agreed": False, "text": "Kontoret er stengt", "version": 1}]
        }
    )

    agreed: Annotated[bool, Field(strict=True)]
    text: Annotated[Note | None, Field(description="Needed where it is not agreed.")] = None
    version: Annotated[int, Field(strict=True, ge=1, le=1_000_000, description="Of the plan.")]


class TransportOut(Answer):
    arrives_at: datetime
    means: Means
    note: str | None
    at: datetime
    actor: str
    agreed: Annotated[bool | None, Field(description="Null: no answer to this version yet.")]
    answer: str | None
    answered_at: datetime | None
    answered_by: str | None
    version: int
