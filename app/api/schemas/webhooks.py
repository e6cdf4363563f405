"""Webhooks, what each was told, and events as CloudEvents 1.0."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from app.api.schemas.fields import Answer, Body
from app.webhooks.catalogue import BY_EVENT, BY_TYPE, PUBLISHED_IN, TEST, type_of
from app.webhooks.queries import AttemptSeen, DeliverySeen, WebhookSeen
from app.webhooks.states import DeliveryState, Fault, Off
from workflow.kernel.country import Country
from workflow.kernel.errors import Invalid

EventType = StrEnum("EventType", {one: one for one in BY_TYPE})  # type: ignore[misc]
#: In the document of another country one of its own stands instead.
EXAMPLE = "no.bosetting.case.distributed.v1"

Address = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000, pattern=r"^https?://[\x21-\x7e]+$"),
    Field(
        description="https, on the public internet, without user name or password.",
        examples=["https://fagsystem.example.no/bosetting"],
    ),
]
Types = Annotated[
    list[EventType],
    Field(
        max_length=len(BY_TYPE),
        description="Types of events (docs/events.md); none: all.",
        examples=[[EXAMPLE]],
    ),
]


class WebhookIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"url": "https://fagsystem.example.no/bosetting", "events": [EXAMPLE]}]
        }
    )

    url: Address
    events: Types = []

    def names_in(self, country: Country) -> list[str]:
        """The events as the outbox names them.

        Raises:
            Invalid: the country has no such event.
        """
        here = {one.type: one.event for one in PUBLISHED_IN[country]}
        for place, one in enumerate(self.events):
            if one not in here:
                raise Invalid("an event of another country", pointer=f"/events/{place}")
        return [here[one] for one in self.events]


class WebhookOut(Answer):
    id: UUID
    url: str
    events: Annotated[list[str], Field(description="None: all.", examples=[[EXAMPLE]])]
    at: datetime
    off_at: Annotated[datetime | None, Field(description="Since when nothing is sent.")]
    off_why: Annotated[Off | None, Field(description="`gone`: the receiver answered 410.")]
    secret_before_until: Annotated[
        datetime | None, Field(description="Until then the secret before signs as well.")
    ]
    failures: Annotated[int, Field(description="Attempts in a row that came to nothing.")]
    waiting: Annotated[int, Field(description="Deliveries that are not settled.")]
    dead: Annotated[int, Field(description="Deliveries given up; each can be replayed.")]

    @classmethod
    def seen(cls, webhook: WebhookSeen, **beside: Any) -> "WebhookOut":
        return cls.of(webhook, events=[BY_EVENT[one].type for one in webhook.events], **beside)


class WebhookSecretOut(WebhookOut):
    secret: Annotated[
        str | None,
        Field(
            description="`whsec_` and the key in base64; shown once, null in a repeated answer.",
            examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        ),
    ]


class AttemptOut(Answer):
    number: int
    at: datetime
    milliseconds: int
    status: Annotated[int | None, Field(description="HTTP status; null without an answer.")]
    fault: Fault | None

    @classmethod
    def seen(cls, tried: AttemptSeen) -> "AttemptOut":
        return cls.of(tried)


class WebhookDeliveryOut(Answer):
    id: int
    event_id: Annotated[
        str,
        Field(description="The same in every attempt (`webhook-id`).", examples=["evt_4711"]),
    ]
    type: Annotated[str, Field(examples=[EXAMPLE])]
    state: DeliveryState
    at: datetime
    delivered_at: datetime | None
    next_try_at: datetime | None
    fault: Annotated[Fault | None, Field(description="Why the last attempt came to nothing.")]
    attempts: Annotated[list[AttemptOut], Field(description="The first one first.")]

    @classmethod
    def seen(cls, delivery: DeliverySeen, country: Country) -> "WebhookDeliveryOut":
        named = type_of(TEST, country) if delivery.type == TEST else BY_EVENT[delivery.type].type
        return cls.of(
            delivery,
            event_id=delivery.event_id,
            type=named,
            attempts=[AttemptOut.seen(one) for one in delivery.tried],
        )


class CloudEventOut(Answer):
    """CloudEvents 1.0, with `sequence` as its extension of that name."""

    specversion: Annotated[str, Field(examples=["1.0"])]
    id: Annotated[str, Field(examples=["evt_4711"])]
    source: Annotated[str, Field(examples=["/api/v1/events"])]
    type: Annotated[str, Field(examples=[EXAMPLE])]
    subject: Annotated[
        str | None, Field(description="The id of the case or report, or a municipality's number.")
    ]
    time: Annotated[str, Field(examples=["2020-06-09T11:05:00Z"])]
    sequence: Annotated[str, Field(description="Its position in the feed.", examples=["17"])]
    datacontenttype: Annotated[str, Field(examples=["application/json"])]
    data: Annotated[dict[str, Any], Field(examples=[{"municipality_number": "5006"}])]


class FeedOut(Answer):
    items: list[CloudEventOut]
    next: Annotated[
        int | None, Field(description="Give it as `after` for what follows; null at the end.")
    ]
    last: Annotated[
        int, Field(description="Give it as `after` the next time you ask, also at the end.")
    ]
