"""What is told of places: to the municipality they are in and to its county's board."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from workflow.accommodation.events import AccommodationEvent
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish, publish_all
from workflow.municipalities.sweden import Place


class Ended(NamedTuple):
    """A call-off as it stands after it was ended."""

    id: UUID
    contract_id: UUID
    municipality_id: int
    county: str
    beds: int
    ends_on: date


def of_object(
    session: Session,
    event: AccommodationEvent,
    object_id: UUID,
    here: Place,
    *,
    at: datetime,
    **facts: Any,
) -> None:
    told = {"object_id": str(object_id), "counties": [here.county], **facts}
    publish(session, Event(event, None, here.id, told), at=at)


def agreed(
    session: Session,
    call_off_id: UUID,
    contract_id: UUID,
    here: Place,
    *,
    inside_notice: bool,
    at: datetime,
    **facts: Any,
) -> None:
    """Places begin there; told as such where that is inside the municipality's notice period."""
    event = AccommodationEvent.AGREED_EARLY if inside_notice else AccommodationEvent.AGREED
    told = {
        "call_off_id": str(call_off_id),
        "contract_id": str(contract_id),
        "counties": [here.county],
        **facts,
    }
    publish(session, Event(event, None, here.id, told), at=at)


def ended(session: Session, call_offs: Iterable[Ended], *, at: datetime) -> None:
    events = [
        Event(
            AccommodationEvent.ENDED,
            None,
            one.municipality_id,
            {
                "call_off_id": str(one.id),
                "contract_id": str(one.contract_id),
                "beds": one.beds,
                "ends_on": one.ends_on.isoformat(),
                "counties": [one.county],
            },
        )
        for one in call_offs
    ]
    publish_all(session, events, at=at)
