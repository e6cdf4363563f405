"""Notices, whom messages go to beside them, and how each fares."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from app.api.schemas.fields import LARGEST_ID, Answer, Body, MunicipalityNumber, Short
from app.deliveries import By, Fate
from notifications.states import Channel, Language, Timing, Topic


class NotificationOut(Answer):
    id: int
    message: Annotated[str, Field(examples=["asked"])]
    case_id: UUID | None
    case_number: str | None
    at: datetime
    read_at: datetime | None
    read_by: str | None


class ReadUntilIn(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"until": 1916}]})

    until: Annotated[
        int,
        Field(
            strict=True,
            ge=1,
            le=LARGEST_ID,
            description="The newest notice you have seen: what came later stays unread.",
        ),
    ]


class ReadOut(Answer):
    read: Annotated[int, Field(description="How many were unread until now.")]


class RecipientIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "topic": "requests",
                    "channel": "email",
                    "address": "flyktning@kommune.example",
                    "timing": "at_once",
                    "language": "nn",
                }
            ]
        }
    )

    topic: Annotated[
        Topic | None,
        Field(description="Null: the post office, which gets what nobody is chosen for."),
    ] = None
    channel: Channel = Channel.EMAIL
    address: Annotated[Short, Field(description="E-mail, or a telephone number with its country.")]
    timing: Annotated[Timing | None, Field(description="Null: as the topic usually goes.")] = None
    language: Annotated[
        Language | None, Field(description="Null: the municipality's language of letters.")
    ] = None


class RecipientOut(Answer):
    id: int
    topic: Topic | None
    channel: Channel
    address: str
    language: Language
    timing: Timing | None


class UnreachableOut(Answer):
    municipality_number: MunicipalityNumber
    name: str
    topics: Annotated[list[Topic], Field(description="Nobody would be told of these by e-mail.")]
    at_all: Annotated[bool, Field(description="It has no address at all.")]

    @classmethod
    def of(cls, source: object, **beside: Any) -> Self:
        number = getattr(source, "number", None)
        return super().of(source, **{"municipality_number": number} | beside)


class DeliveryOut(Answer):
    id: Annotated[str, Field(description="Of a webhook with `w` before it.", examples=["17", "w4"])]
    way: By
    message: Annotated[
        str, Field(description="An event's type where `way` is `event` or `webhook`.")
    ]
    address: str | None
    webhook_id: UUID | None
    state: Fate
    attempts: int
    next_try_at: datetime | None
    fault: Annotated[str | None, Field(examples=["email.away"])]
    at: datetime
    sent_at: Annotated[datetime | None, Field(description="Sent, or delivered to a webhook.")]
