"""An event as CloudEvents 1.0 in JSON: the same bytes whenever and to whomever it is told."""

import json
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from app.webhooks.catalogue import BY_EVENT, TEST, type_of
from workflow.kernel.country import Country

SPECIFICATION: Final = "1.0"
MEDIA_TYPE: Final = "application/cloudevents+json"
#: Where ids are unique; relative, as the same deployment has several names.
SOURCE: Final = "/api/v1/events"


def event_id(outbox_id: int) -> str:
    """What receivers know it by, however often it comes and by whichever way."""
    return f"evt_{outbox_id}"


def test_id(delivery_id: int) -> str:
    return f"test_{delivery_id}"


def cloud_event(
    *,
    outbox_id: int,
    position: int,
    event: str,
    case_id: UUID | None,
    municipality_number: str | None,
    facts: dict[str, Any],
    at: datetime,
) -> dict[str, Any]:
    """One event of the catalogue; `sequence` is its position in the feed."""
    published = BY_EVENT[event]
    about = case_id or facts.get(published.subject or "") or municipality_number
    data = {name: facts[name] for name in published.data if name in facts}
    return {
        "specversion": SPECIFICATION,
        "id": event_id(outbox_id),
        "source": SOURCE,
        "type": published.type,
        "subject": None if about is None else str(about),
        "time": _moment(at),
        "sequence": str(position),
        "datacontenttype": "application/json",
        "data": {"municipality_number": municipality_number} | data,
    }


def test_event(delivery_id: int, country: Country, at: datetime) -> dict[str, Any]:
    """What the test button sends; about nothing."""
    return {
        "specversion": SPECIFICATION,
        "id": test_id(delivery_id),
        "source": SOURCE,
        "type": type_of(TEST, country),
        "time": _moment(at),
        "datacontenttype": "application/json",
        "data": {},
    }


def written(event: dict[str, Any]) -> bytes:
    """As it is sent and signed; what is null is left out (CloudEvents 3.1)."""
    told = {name: value for name, value in event.items() if value is not None}
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
