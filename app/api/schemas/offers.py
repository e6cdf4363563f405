"""What municipalities bring to a plan: weeks and services."""

from typing import Annotated

from pydantic import ConfigDict, Field

from app.api.schemas.fields import Answer, Body, Short, WeekField
from workflow.capacity.offered import MOST_MINUTES, MOST_OFFERS, Offer
from workflow.capacity.states import Service
from workflow.capacity.weekly import MOST_PERSONS, MOST_WEEKS

Persons = Annotated[int, Field(strict=True, ge=0, le=MOST_PERSONS)]
Minutes = Annotated[int, Field(strict=True, ge=0, le=MOST_MINUTES)]


class WeekIn(Body):
    week: WeekField
    persons: Annotated[Persons | None, Field(description="Null takes the bound away.")]


class WeeksIn(Body):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"weeks": [{"week": "2100-W24", "persons": 12}]}]}
    )

    weeks: Annotated[list[WeekIn], Field(min_length=1, max_length=MOST_WEEKS)]


class WeekOut(Answer):
    """One week of a municipality, in persons."""

    week: WeekField
    persons: Annotated[int | None, Field(description="What it can settle; null has no bound.")]
    coming: Annotated[int, Field(description="Who is to come already.")]
    left: Annotated[int | None, Field(description="Below zero: more come than it can settle.")]


class OfferIn(Body):
    service: Service
    language: Annotated[Short, Field(description="Of `language` only: which.")] = ""
    minutes: Annotated[
        Minutes | None, Field(description="Of `specialist_health` only; null: in the municipality.")
    ] = None

    def offer(self) -> Offer:
        return Offer(self.service, self.language, self.minutes)


class OffersIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "services": [
                        {"service": "specialist_health", "minutes": 35},
                        {"service": "language", "language": "tigrinja"},
                    ]
                }
            ]
        }
    )

    services: Annotated[list[OfferIn], Field(max_length=MOST_OFFERS)]


class OfferOut(Answer):
    service: Service
    language: Annotated[str, Field(description="Of `language` only; otherwise empty.")]
    minutes: int | None
