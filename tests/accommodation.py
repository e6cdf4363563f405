"""Places to live in a Swedish deployment to test with; made by commands."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.acting import SYSTEM, acting_of
from tests.swedish import NOW, YEAR, agency, sweden
from workflow.accommodation import contracts, frameworks, inventory, objects, occupancy, offers
from workflow.accommodation import signed as signed_queries
from workflow.accommodation.contracts import NewContract
from workflow.accommodation.frameworks import NewFramework
from workflow.accommodation.inventory import NewInventory
from workflow.accommodation.location import Distance
from workflow.accommodation.nights import Slept
from workflow.accommodation.objects import NewObject
from workflow.accommodation.offers import NewOffer
from workflow.accommodation.places import NewPlaces
from workflow.accommodation.states import (
    AccommodationKind,
    Meals,
    Nearby,
    OwnerKind,
    Standard,
    Term,
)
from workflow.accommodation.terms import Conditions
from workflow.kernel.actor import Actor
from workflow.procurement import kept
from workflow.procurement.kept import NewPlan
from workflow.procurement.steering import Prices

FROM, LAST = date(2022, 7, 1), date(2022, 12, 31)
LONG = {"ends_on": date(2025, 6, 30)}
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


def conditions(**other: Any) -> Conditions:
    return Conditions(
        **{
            "kind": AccommodationKind.DIRECT_AWARD,
            "supplier": "Stugbyn AB",
            "price_ore": 19_900,
            "meals": Meals.SELF_CATERING,
            "pay_when_used": False,
        }
        | other
    )


def new_places(session: Session, number: str = "1780", beds: int = 30, **other: Any) -> NewPlaces:
    """From July till the end of the year; Karlstad's are told on the first of June."""
    return NewPlaces(
        **{
            "municipality_id": sweden(session)[number],
            "beds": beds,
            "starts_on": FROM,
            "ends_on": LAST,
        }
        | other
    )


def signed(
    session: Session,
    number: str = "1780",
    beds: int = 30,
    *,
    on: Conditions | None = None,
    **other: Any,
) -> UUID:
    """A contract of places anywhere in a municipality, or of an object's."""
    new = NewContract(on or conditions(), new_places(session, number, beds, **other))
    return contracts.sign(session, new, actor=agency(), at=NOW)


def drawn(session: Session, contract_id: UUID) -> UUID:
    """The one call-off of a contract that is no framework."""
    (one,) = signed_queries.call_offs(session, contract_id=contract_id, actor=agency())
    return one.id


def a_framework(session: Session, beds: int = 50, **other: Any) -> UUID:
    terms = conditions(kind=AccommodationKind.PROCURED, price_ore=30_000)
    new = NewFramework(**{"conditions": terms, "beds": beds, "starts_on": FROM} | LONG | other)
    return frameworks.sign(session, new, actor=agency(), at=NOW)


def called_off(session: Session, framework_id: UUID, *place: Any, **other: Any) -> UUID:
    new = new_places(session, *place, **other)
    return frameworks.call_off(session, framework_id, new, actor=agency(), at=NOW)


def accommodation_of(session: Session, number: str, mark: str, *, at: datetime) -> dict[str, Any]:
    """A house of a municipality, offered, signed for past its number, and slept in; ids by part."""
    here = an_object(session, number, name=mark, provenance=mark)
    why = {"excess_reason": mark, "notice_reason": mark, "starts_on": NOW.date()}
    made = signed(session, number, 41, on=conditions(supplier=mark), **why)
    there = drawn(session, made)
    night = Slept(NOW.date(), NOW.date(), 33)
    occupancy.record(session, there, night, mark, actor=agency(), at=at)
    line = a_line(session, number[:2], number, mark)
    return {
        "inventory_row_id": line,
        "inventory_id": inventory.row(session, line, actor=agency()).inventory_id,
        "accommodation_id": here,
        "accommodation_offer_id": an_offer(session, here, supplier=mark),
        "accommodation_contract_id": made,
        "call_off_id": there,
    }


INVENTORY = """municipality,name,owner,standard,beds,transit_metres,note
1784,Pensionatet,private,house_shared,24,900,
1780,Gamla skolan,municipality,house,40,,Kök finns
1782,Regementet,state,house,120,,
1780,Campingen,private,tent,,,"Öppet maj till september"
1880,I ett annat län,municipality,house,10,,
"""


def an_inventory(session: Session, county: str = "17", file: str = INVENTORY) -> int:
    sweden(session)
    new = NewInventory(county, "Länsstyrelsen", date(2022, 3, 25))
    return inventory.take_in(session, new, file.encode(), actor=agency(), at=NOW)


def a_line(session: Session, county: str = "17", number: str = "1780", name: str = "Huset") -> int:
    """One that waits, of an inventory of its own."""
    file = f"municipality,name,owner,standard,beds,note\n{number},{name},private,house,9,{uuid4()}"
    made = an_inventory(session, county, file)
    (one,) = inventory.rows(session, made, actor=agency())
    return one.id


def a_plan(session: Session, **other: Any) -> dict[str, UUID]:
    """Of what is offered, five places, kept; by the name it has in addresses."""
    told = {"title": "Juli", "year": YEAR, "day": NOW.date(), "wanted": 5, "prices": Prices()}
    made = kept.keep(session, NewPlan(**told | other), actor=agency(), at=NOW)
    return {"procurement_plan_id": made}


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
