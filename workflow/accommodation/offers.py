"""Offers: places of an object at a price, made, rejected, withdrawn."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from workflow.accommodation import objects
from workflow.accommodation.access import offers_of, only_the_buyer
from workflow.accommodation.errors import MoreThanTheObject, OfferIsOver
from workflow.accommodation.models import AccommodationObject, AccommodationOffer
from workflow.accommodation.objects import ObjectSeen
from workflow.accommodation.states import AccommodationKind, Meals, OfferState, Term
from workflow.accommodation.terms import check_price, paid_2015
from workflow.allocation.access import in_full
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing, Stale
from workflow.municipalities.sweden import Place

OVER: Final = frozenset({OfferState.REJECTED, OfferState.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class NewOffer:
    object_id: UUID
    kind: AccommodationKind
    supplier: str
    beds: int
    price_ore: int
    meals: Meals
    term: Term
    pay_when_used: bool
    available_from: date
    available_until: date | None = None
    meal_ore: int | None = None
    reference: str | None = None
    #: The fewest it may be accepted with.
    min_beds: int | None = None


@dataclass(frozen=True, slots=True)
class OfferSeen:
    id: UUID
    object: ObjectSeen
    kind: AccommodationKind
    supplier: str
    reference: str | None
    beds: int
    min_beds: int | None
    price_ore: int
    meals: Meals
    meal_ore: int | None
    term: Term
    pay_when_used: bool
    available_from: date
    available_until: date | None
    state: OfferState
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str | None
    at: datetime
    actor: str
    version: int

    @property
    def municipality(self) -> Place:
        return self.object.municipality

    @property
    def paid_2015_ore(self) -> int | None:
        """For such a place in 2015."""
        return paid_2015(self.object.standard, self.meals)


def make(session: Session, new: NewOffer, *, actor: Actor, at: datetime) -> UUID:
    """Write an offer down; returns its id.

    Raises:
        NotTheBuyer; Invalid; MoreThanTheObject.
    """
    only_the_buyer(actor)
    row = session.execute(
        select(
            AccommodationObject.beds,
            AccommodationObject.municipality_id,
            AccommodationObject.county,
        ).where(AccommodationObject.id == new.object_id, in_full(AccommodationObject, actor))
    ).one_or_none()
    if row is None:
        raise Invalid("no such object", pointer="/object_id")
    _check(new)
    if new.beds > row[0]:
        raise MoreThanTheObject("the object has fewer beds", beds=row[0], offered=new.beds)
    made = uuid4()
    session.execute(
        insert(AccommodationOffer).values(
            id=made,
            object_id=new.object_id,
            municipality_id=row[1],
            county=row[2],
            kind=new.kind,
            supplier=new.supplier,
            reference=new.reference,
            beds=new.beds,
            min_beds=new.min_beds,
            price_ore=new.price_ore,
            meals=new.meals,
            meal_ore=new.meal_ore,
            term=new.term,
            pay_when_used=new.pay_when_used,
            available_from=new.available_from,
            available_until=new.available_until,
            state=OfferState.OPEN,
            at=at,
            actor=actor.name,
            version=1,
        )
    )
    after = {
        "object": str(new.object_id),
        "kind": new.kind,
        "beds": new.beds,
        "price_ore": new.price_ore,
        "term": new.term,
    }
    changed = audit.Change(subject(made), after=after)
    audit.record(session, changed, "make_offer", actor=actor, at=at)
    return made


def _check(new: NewOffer) -> None:
    if not new.supplier:
        raise Invalid("who offers", pointer="/supplier")
    if new.beds <= 0:
        raise Invalid("places", pointer="/beds", expected="at least 1")
    if new.min_beds is not None and not 0 < new.min_beds <= new.beds:
        raise Invalid("the fewest of those", pointer="/min_beds", expected=f"1-{new.beds}")
    check_price(new.price_ore, new.meals, new.meal_ore)
    if new.available_until is not None and new.available_until < new.available_from:
        raise Invalid("until before from", pointer="/available_until")


def end(
    session: Session,
    offer_id: UUID,
    state: OfferState,
    *,
    reason: str | None,
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Reject an offer, or note that it was withdrawn, and why.

    Raises:
        NotTheBuyer; NotFound; OfferIsOver; ReasonMissing; Stale; Invalid: no way to end one.
    """
    only_the_buyer(actor)
    if not reason:
        raise ReasonMissing
    if state not in OVER:
        raise Invalid("rejected or withdrawn", pointer="/state")
    close(session, offer_id, state, reason=reason, version=version, actor=actor, at=at)


def close(
    session: Session,
    offer_id: UUID,
    state: OfferState,
    *,
    reason: str | None,
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """An open offer becomes accepted, rejected or withdrawn. Raises as `end` does."""
    row = session.execute(
        select(AccommodationOffer.state, AccommodationOffer.version)
        .where(AccommodationOffer.id == offer_id, offers_of(actor))
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("offer")
    if version is not None and row[1] != version:
        raise Stale("the offer has changed since it was read", version=row[1])
    if row[0] is not OfferState.OPEN:
        raise OfferIsOver("the offer is not open", state=row[0])
    session.execute(
        update(AccommodationOffer)
        .where(AccommodationOffer.id == offer_id)
        .values(
            state=state,
            ended_at=at,
            ended_by=actor.name,
            end_reason=reason,
            version=row[1] + 1,
        )
        .execution_options(synchronize_session=False)
    )
    changed = audit.Change(subject(offer_id), before={"state": row[0]}, after={"state": state})
    audit.record(session, changed, "end_offer", reason=reason, actor=actor, at=at)


def offers(
    session: Session,
    *,
    states: Collection[OfferState] = (OfferState.OPEN,),
    county: str | None = None,
    municipality_id: int | None = None,
    object_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> list[OfferSeen]:
    """Those the actor sees, the newest first; `states` empty is all of them.

    Each with its object, scored by the weights that hold today.
    """
    wanted = select(AccommodationOffer.__table__).where(offers_of(actor))
    if states:
        wanted = wanted.where(AccommodationOffer.state.in_(states))
    if county is not None:
        wanted = wanted.where(AccommodationOffer.county == county)
    if municipality_id is not None:
        wanted = wanted.where(AccommodationOffer.municipality_id == municipality_id)
    if object_id is not None:
        wanted = wanted.where(AccommodationOffer.object_id == object_id)
    rows = session.execute(
        wanted.order_by(AccommodationOffer.at.desc(), AccommodationOffer.id)
    ).all()
    ids = wanted.with_only_columns(AccommodationOffer.object_id).order_by(None)
    known = objects.seen_of(session, ids, local_day(at))
    return [_seen(row, known) for row in rows]


def offer(session: Session, offer_id: UUID, *, actor: Actor, at: datetime) -> OfferSeen:
    """Raises NotFound."""
    row = session.execute(
        select(AccommodationOffer.__table__).where(
            AccommodationOffer.id == offer_id, offers_of(actor)
        )
    ).one_or_none()
    if row is None:
        raise NotFound("offer")
    only = select(AccommodationOffer.object_id).where(AccommodationOffer.id == offer_id)
    return _seen(row, objects.seen_of(session, only, local_day(at)))


def subject(offer_id: UUID) -> str:
    return audit.subject(audit.Kind.ACCOMMODATION_OFFER, offer_id)


_COLUMNS: Final = tuple(column.name for column in AccommodationOffer.__table__.columns)
_OF_THE_OBJECT: Final = frozenset({"object_id", "municipality_id", "county"})


def _seen(row: Any, known: dict[UUID, ObjectSeen]) -> OfferSeen:
    told = dict(zip(_COLUMNS, row, strict=True))
    here = known[told["object_id"]]
    return OfferSeen(object=here, **{k: v for k, v in told.items() if k not in _OF_THE_OBJECT})
