"""Who meets a household, and the checklist around its arrival."""

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field

from app.api.schemas.fields import Answer, Body, Day, Short
from workflow.travel.checklist import Duty, Phase


class MeetIn(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"who": "Bosettingskontoret, vakt"}]})

    who: Annotated[
        Short, Field(description="A name and a number, of the municipality's own people.")
    ]


class MeetingOut(Answer):
    who: str
    at: datetime
    actor: str
    booking_version: Annotated[int, Field(description="Of the travel when it was said.")]
    stands: Annotated[bool, Field(description="The travel has not changed since.")]


class DutyIn(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"done_on": "2020-04-03"}]})

    done_on: Annotated[Day | None, Field(description="Not in the future; null: not done.")]


class DutyOut(Answer):
    duty: Duty
    phase: Phase
    due_on: Annotated[date, Field(description="Moves with the travel until they have come.")]
    done_on: date | None
