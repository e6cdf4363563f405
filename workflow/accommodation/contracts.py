"""Contracts of places: signed on an offer, or as agreed.

Lock: the framework or the contract, then the municipality, then the offer.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.orm import Session

from workflow.accommodation import lines, offers, places
from workflow.accommodation.access import only_the_buyer
from workflow.accommodation.models import AccommodationContract
from workflow.accommodation.places import NewPlaces
from workflow.accommodation.states import OfferState
from workflow.accommodation.terms import Conditions, check_places, check_time, last_night
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.errors import Invalid, NotFound
from workflow.municipalities.sweden import place_of


@dataclass(frozen=True, slots=True)
class NewContract:
    """A contract of places that are there, in an object or wherever a municipality finds them."""

    conditions: Conditions
    places: NewPlaces


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What is agreed of an offer beside what it says."""

    starts_on: date
    #: The last night; None: as the offer's term and its time say.
    ends_on: date | None = None
    #: None: all that are offered.
    beds: int | None = None
    reference: str | None = None
    under_id: UUID | None = None
    told_on: date | None = None
    notice_reason: str | None = None
    excess_reason: str | None = None


def sign(session: Session, new: NewContract, *, actor: Actor, at: datetime) -> UUID:
    """Sign a contract; returns its id.

    Raises:
        NotTheBuyer; Invalid; MoreThanTheObject; ObjectFull; UnderFull;
        PlacesInsideNotice, PastTheTarget: nobody says why.
    """
    only_the_buyer(actor)
    return _sign(session, new, None, actor=actor, at=at)


def accept(
    session: Session,
    offer_id: UUID,
    how: Acceptance,
    *,
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> UUID:
    """Sign a contract on an offer, which is accepted by it; returns the contract's id.

    Raises:
        NotTheBuyer; NotFound; OfferIsOver; Stale; else as `sign` does.
    """
    only_the_buyer(actor)
    new = of_offer(session, offer_id, how, actor=actor, at=at)
    lines.lock(session, new.places.municipality_id)
    offers.close(
        session, offer_id, OfferState.ACCEPTED, reason=None, version=version, actor=actor, at=at
    )
    return _sign(session, new, offer_id, actor=actor, at=at)


def of_offer(
    session: Session, offer_id: UUID, how: Acceptance, *, actor: Actor, at: datetime
) -> NewContract:
    """The contract an offer would become. Raises NotFound; Invalid."""
    told = offers.offer(session, offer_id, actor=actor, at=at)
    beds = told.beds if how.beds is None else how.beds
    least = told.min_beds or 1
    if not least <= beds <= told.beds:
        raise Invalid("places of the offer", pointer="/beds", expected=f"{least}-{told.beds}")
    if how.starts_on < told.available_from:
        raise Invalid(
            "before it is there", pointer="/starts_on", expected=f"{told.available_from} or later"
        )
    ends_on = how.ends_on or last_night(told.term, how.starts_on)
    if told.available_until is not None:
        if how.ends_on is not None and how.ends_on > told.available_until:
            raise Invalid(
                "longer than it is there",
                pointer="/ends_on",
                expected=f"{told.available_until} or earlier",
            )
        ends_on = min(ends_on, told.available_until)
    check_time(how.starts_on, ends_on)
    return NewContract(
        Conditions(
            told.kind,
            told.supplier,
            told.price_ore,
            told.meals,
            told.pay_when_used,
            told.meal_ore,
            how.reference or told.reference,
        ),
        NewPlaces(
            told.municipality.id,
            beds,
            how.starts_on,
            ends_on,
            object_id=told.object.id,
            under_id=how.under_id,
            told_on=how.told_on,
            notice_reason=how.notice_reason,
            excess_reason=how.excess_reason,
        ),
    )


def _sign(
    session: Session, new: NewContract, offer_id: UUID | None, *, actor: Actor, at: datetime
) -> UUID:
    new.conditions.check()
    try:
        here = place_of(session, new.places.municipality_id)
    except NotFound:
        raise Invalid("no municipality", pointer="/municipality_number") from None
    check_places(new.places.beds)
    check_time(new.places.starts_on, new.places.ends_on)
    made = write(
        session,
        new.conditions,
        offer_id=offer_id,
        municipality_id=here.id,
        county=here.county,
        beds=new.places.beds,
        starts_on=new.places.starts_on,
        ends_on=new.places.ends_on,
        actor=actor,
        at=at,
    )
    after = {
        "kind": new.conditions.kind,
        "municipality": here.number,
        "beds": new.places.beds,
        "price_ore": new.conditions.price_ore,
        "starts_on": new.places.starts_on,
        "ends_on": new.places.ends_on,
        "offer": offer_id,
    }
    audit.record(
        session, audit.Change(subject(made), after=after), "sign_contract", actor=actor, at=at
    )
    places.open_up(
        session,
        new.places,
        contract_id=made,
        price_ore=new.conditions.price_ore,
        pay_when_used=new.conditions.pay_when_used,
        actor=actor,
        at=at,
    )
    return made


def write(
    session: Session,
    conditions: Conditions,
    *,
    framework: bool = False,
    offer_id: UUID | None = None,
    actor: Actor,
    at: datetime,
    **where_and_when: object,
) -> UUID:
    made = uuid4()
    session.execute(
        insert(AccommodationContract).values(
            id=made,
            kind=conditions.kind,
            framework=framework,
            offer_id=offer_id,
            supplier=conditions.supplier,
            reference=conditions.reference,
            price_ore=conditions.price_ore,
            meals=conditions.meals,
            meal_ore=conditions.meal_ore,
            pay_when_used=conditions.pay_when_used,
            at=at,
            actor=actor.name,
            version=1,
            **where_and_when,
        )
    )
    return made


def subject(contract_id: UUID) -> str:
    return audit.subject(audit.Kind.ACCOMMODATION_CONTRACT, contract_id)
