"""The market as it stands in the database: open offers, numbers, and the places there are."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from workflow.accommodation import ledger, lines, offers
from workflow.accommodation.access import READS_OFFERS
from workflow.accommodation.errors import NotTheBuyer
from workflow.accommodation.ledger import Line
from workflow.accommodation.offers import OfferSeen
from workflow.accommodation.standing import standing
from workflow.accommodation.terms import LONGEST, last_night
from workflow.kernel.actor import Actor
from workflow.procurement.market import Bid, Market, Need


def only_who_reads_offers(actor: Actor) -> None:
    """Raises NotTheBuyer: what is offered is secret until it is decided."""
    if actor.role not in READS_OFFERS:
        raise NotTheBuyer("what is offered is Migrationsverket's to read", role=actor.role)


def market(session: Session, year: int, *, on: date, actor: Actor, at: datetime) -> Market:
    """Open offers against a year's numbers and the places there are on a day.

    A municipality without a number has 0. Of an object, the beds nobody has contracted in any part
    of the offer's time are free.

    Raises:
        NotTheBuyer.
    """
    only_who_reads_offers(actor)
    needs = [
        Need(
            one.municipality.number,
            one.stand.target or 0,
            one.stand.procured or 0,
            one.municipality.name,
            one.municipality.county,
        )
        for one in standing(session, year, on=on, actor=actor).municipalities
    ]
    there = _by_object(lines.seen(session, on, on + LONGEST, actor=actor))
    found = offers.offers(session, actor=actor, at=at)
    return Market.of([_bid(one, there.get(one.object.id, []), on) for one in found], needs)


def _by_object(there: Sequence[Line]) -> dict[UUID, list[Line]]:
    found: dict[UUID, list[Line]] = {}
    for one in there:
        if one.object_id is not None:
            found.setdefault(one.object_id, []).append(one)
    return found


def _bid(offer: OfferSeen, there: list[Line], on: date) -> Bid:
    first = max(on, offer.available_from)
    last = last_night(offer.term, first)
    if offer.available_until is not None:
        last = min(last, offer.available_until)
    taken = ledger.most(
        there, lambda day: ledger.taken(there, offer.object.id, day), first, max(first, last)
    )
    return Bid(
        id=str(offer.id),
        code=offer.municipality.number,
        beds=offer.beds,
        price_ore=offer.price_ore,
        object=str(offer.object.id),
        min_beds=offer.min_beds,
        free_beds=0 if last < first else max(0, offer.object.beds - taken),
        points=offer.object.points,
        pay_when_used=offer.pay_when_used,
        meal_ore=offer.meal_ore,
        name=f"{offer.object.name}, {offer.supplier}",
    )
