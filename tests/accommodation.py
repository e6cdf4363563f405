"""Places to live in a Swedish deployment to test with; made by commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.acting import SYSTEM, acting_of
from tests.swedish import NOW, agency, sweden
from workflow.accommodation import objects, offers
from workflow.accommodation.location import Distance
from workflow.accommodation.objects import NewObject
from workflow.accommodation.offers import NewOffer
from workflow.accommodation.states import (
    AccommodationKind,
    Meals,
    Nearby,
    OwnerKind,
    Standard,
    Term,
)
from workflow.kernel.actor import Actor

FROM = date(2022, 7, 1)
NEAR = {Nearby.TRANSIT: Distance(metres=300), Nearby.SCHOOL: Distance(minutes=60)}


def an_object(session: Session, number: str = "1780", beds: int = 40, **other: Any) -> UUID:
    new = NewObject(
        **{
            "municipality_id": sweden(session)[number],
            "name": "Vandrarhemmet",
            "owner": OwnerKind.PRIVATE,
            "standard": Standard.HOUSE,
            "beds": beds,
            "provenance": "Anbud",
            "distances": NEAR,
        }
        | other
    )
    return objects.add(session, new, actor=agency(), at=NOW)


def new_offer(object_id: UUID, **other: Any) -> NewOffer:
    return NewOffer(
        **{
            "object_id": object_id,
            "kind": AccommodationKind.PROCURED,
            "supplier": "Hotell AB",
            "beds": 30,
            "price_ore": 34_700,
            "meals": Meals.INCLUDED,
            "term": Term.SIX_MONTHS,
            "pay_when_used": False,
            "available_from": FROM,
        }
        | other
    )


def an_offer(session: Session, object_id: UUID, **other: Any) -> UUID:
    return offers.make(session, new_offer(object_id, **other), actor=agency(), at=NOW)


@contextmanager
def as_in_the_database(session: Session, actor: Actor) -> Iterator[None]:
    """What the database itself shows somebody, in a savepoint of the transaction."""
    nobody = "SELECT set_config('bosetting.county','',true),"
    nobody += "set_config('bosetting.municipality','',true)"
    with session.begin_nested():
        session.execute(text(nobody))
        session.execute(text(acting_of(actor).context))
        yield
        session.execute(text(SYSTEM.context))
