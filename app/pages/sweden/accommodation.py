"""Boenden: what there is to live in, how well it lies, and what is offered and signed of it."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.form import Form
from app.pages.sweden.agreed import ore, words
from app.pages.sweden.asked import PARTIES, chosen, county_of, options
from app.pages.visit import Reader, Visit
from app.wording import explain
from workflow.accommodation import beds, ledger, lines, objects, offers, signed, weights
from workflow.accommodation.access import offers_read_by
from workflow.accommodation.errors import WeightsUnusable
from workflow.accommodation.location import Distance, Feature, Weights, weight_of
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
from workflow.allocation.access import READS_ALL
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError, Invalid
from workflow.municipalities.sweden import COUNTIES

router = APIRouter(route_class=InOneThread)
_LIMITS: Final = ("near_metres", "far_metres", "near_minutes", "far_minutes")


@router.get("/boenden")
def list_(reader: Reader) -> Response:
    reader.only(*PARTIES)
    return _list(reader)


@router.post("/boenden")
def add(reader: Reader) -> Response:
    """An object, with what is known of what is near."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    here = chosen(reader, form, "municipality")
    name, provenance = form.text("name", required=True), form.text("provenance", required=True)
    owner = form.choice("owner", OwnerKind, required=True)
    standard = form.choice("standard", Standard, required=True)
    places = form.number("beds", required=True)
    distances = _distances(form)
    if (
        here is None
        or name is None
        or provenance is None
        or owner is None
        or standard is None
        or places is None
        or form.errors
    ):
        return _list(reader, status_code=reader.again())
    new = NewObject(
        here.id, name, owner, standard, places, provenance, distances, form.text("address")
    )
    try:
        with reader.change() as session:
            made = objects.add(session, new, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _list(reader, status_code=reader.again(refusal))
    return reader.done(f"/boenden/{made}", "accommodation_added")


def _distances(form: Form) -> dict[Nearby, Distance]:
    return {
        kind: Distance(form.number(f"{kind}_metres"), form.number(f"{kind}_minutes"))
        for kind in Nearby
    }


@router.get("/boenden/vikter")
def weights_page(reader: Reader) -> Response:
    """What counts how much in where an object lies; no secret."""
    reader.only(*PARTIES)
    return _weights(reader)


@router.post("/boenden/vikter")
def state_weights(reader: Reader) -> Response:
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    valid_from, reason = form.day("valid_from", required=True), form.text("reason", required=True)
    features = {kind: one for kind in Nearby if (one := _feature(form, kind)) is not None}
    if valid_from is None or reason is None or form.errors:
        return _weights(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            weights.state(
                session, features, valid_from=valid_from, reason=reason, actor=actor, at=reader.at
            )
    except WeightsUnusable as refusal:
        where = refusal.pointer.removeprefix("/features").strip("/").replace("/", "_")
        form.errors[where or f"{next(iter(Nearby))}_weight"] = str(explain(refusal))
        return _weights(reader, status_code=reader.again(refusal))
    except DomainError as refusal:
        status = reader.again(refusal, location_weights__stand="valid_from")
        return _weights(reader, status_code=status)
    return reader.done("/boenden/vikter", "weights_stated")


def _feature(form: Form, kind: Nearby) -> Feature | None:
    name = f"{kind}_weight"
    text = form.text(name)
    weight = None if text is None else weight_of(text)
    if weight is None:
        form.fault(name, "weight", "weight")
    limits = []
    for limit in _LIMITS:
        found = form.number(f"{kind}_{limit}")
        if found is None:
            form.errors.pop(f"{kind}_{limit}", None)
            form.fault(f"{kind}_{limit}", "number", limit)
        limits.append(found or 0)
    return None if weight is None else Feature(weight, *limits)


@router.get("/boenden/{accommodation_id}")
def one(reader: Reader, accommodation_id: UUID) -> Response:
    reader.only(*PARTIES)
    return _page(reader, accommodation_id)


@router.post("/boenden/{accommodation_id}/lage")
def score(reader: Reader, accommodation_id: UUID) -> Response:
    """How well it lies, said by somebody, and why; no points leave it to the weights again."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    points, note = form.number("points"), form.text("note", required=True)
    if note is None or form.errors:
        return _page(reader, accommodation_id, status_code=reader.again())
    try:
        with reader.change() as session:
            objects.override(
                session,
                accommodation_id,
                points,
                note=note,
                version=next(iter(form.versions()), 0),
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _page(reader, accommodation_id, status_code=reader.again(refusal))
    return reader.done(f"/boenden/{accommodation_id}", "accommodation_scored")


@router.post("/boenden/{accommodation_id}/platser")
def change_beds(reader: Reader, accommodation_id: UUID) -> Response:
    """More or fewer beds from today on, and why."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    many, reason = form.number("beds_now", required=True), form.text("reason", required=True)
    if many is None or reason is None or form.errors:
        return _page(reader, accommodation_id, status_code=reader.again())
    try:
        with reader.change() as session:
            beds.change(
                session,
                accommodation_id,
                many,
                reason=reason,
                version=next(iter(form.versions()), 0),
                actor=actor,
                at=reader.at,
            )
    except Invalid:
        form.fault("beds_now", "other_beds")
        return _page(reader, accommodation_id, status_code=reader.again())
    except DomainError as refusal:
        status = reader.again(refusal, accommodation__beds_contracted="beds_now")
        return _page(reader, accommodation_id, status_code=status)
    return reader.done(f"/boenden/{accommodation_id}", "beds_changed")


@router.post("/boenden/{accommodation_id}/erbjudande")
def make_offer(reader: Reader, accommodation_id: UUID) -> Response:
    """So many places of it at a price."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    new = _offer(form, accommodation_id)
    if new is None or form.errors:
        return _page(reader, accommodation_id, status_code=reader.again())
    try:
        with reader.change() as session:
            made = offers.make(session, new, actor=actor, at=reader.at)
    except DomainError as refusal:
        status = reader.again(refusal, accommodation__too_many_beds="beds")
        return _page(reader, accommodation_id, status_code=status)
    return reader.done(f"/erbjudanden/{made}", "offer_made")


def _offer(form: Form, object_id: UUID) -> NewOffer | None:
    kind = form.choice("accommodation_kind", AccommodationKind, required=True)
    supplier, places = form.text("supplier", required=True), form.number("beds", required=True)
    price, meals = ore(form, "price", required=True), form.choice("meals", Meals, required=True)
    min_beds, meal_ore = (
        form.number("min_beds"),
        ore(form, "meal_price", required=meals is Meals.WHEN_NEEDED),
    )
    term = form.choice("term", Term, required=True)
    since, until = form.day("available_from", required=True), form.day("available_until")
    if (
        kind is None
        or supplier is None
        or places is None
        or price is None
        or meals is None
        or term is None
        or since is None
    ):
        return None
    return NewOffer(
        object_id=object_id,
        kind=kind,
        supplier=supplier,
        beds=places,
        price_ore=price,
        meals=meals,
        term=term,
        pay_when_used=form.ticked("pay_when_used"),
        available_from=since,
        available_until=until,
        meal_ore=meal_ore if meals is Meals.WHEN_NEEDED else None,
        reference=form.text("reference"),
        min_beds=min_beds,
    )


def _list(reader: Visit, *, status_code: int = 200) -> Response:
    actor, county = reader.actor, county_of(reader)
    found = objects.objects(reader.session, county=county, actor=actor, at=reader.at)
    there = lines.seen(reader.session, reader.today, reader.today, actor=actor)
    return reader.page(
        "se/accommodation/list.html",
        status_code=status_code,
        reads_all=actor.role in READS_ALL,
        objects=found,
        taken={one.id: ledger.taken(there, one.id, reader.today) for one in found},
        county=county,
        counties=COUNTIES,
        buys=actor.role is Role.MIGRATION_OFFICER,
        municipalities=options(reader),
        owners=words(OwnerKind, "owner_kind"),
        standards=words(Standard, "standard"),
        nearby=[str(kind) for kind in Nearby],
    )


def _weights(reader: Visit, *, status_code: int = 200) -> Response:
    held: Weights = weights.in_force(reader.session, reader.today).features
    return reader.page(
        "se/accommodation/weights.html",
        status_code=status_code,
        held=held,
        stated=weights.stated(reader.session),
        limits=_LIMITS,
        buys=reader.actor.role is Role.MIGRATION_OFFICER,
    )


def _page(reader: Visit, object_id: UUID, *, status_code: int = 200) -> Response:
    actor = reader.actor
    seen = objects.one(reader.session, object_id, actor=actor, at=reader.at)
    there = lines.seen(reader.session, reader.today, reader.today, actor=actor)
    return reader.page(
        "se/accommodation/one.html",
        status_code=status_code,
        object=seen,
        taken=ledger.taken(there, object_id, reader.today),
        changes=beds.changes(reader.session, object_id, actor=actor),
        offers=offers.offers(
            reader.session, states=(), object_id=object_id, actor=actor, at=reader.at
        ),
        reads_offers=offers_read_by(actor),
        call_offs=signed.call_offs(reader.session, object_id=object_id, actor=actor),
        buys=actor.role is Role.MIGRATION_OFFICER,
        kinds=words(AccommodationKind, "accommodation_kind"),
        meals=words(Meals, "meals"),
        terms=words(Term, "term"),
    )
