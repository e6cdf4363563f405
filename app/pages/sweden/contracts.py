"""Avtal: what is signed, what is called off from frameworks, and what it is to the numbers."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.sweden.agreed import FIELDS, conditions, new_places, preview, time, words
from app.pages.sweden.asked import PARTIES, chosen, county_of, options
from app.pages.visit import Reader, Visit
from workflow.accommodation import (
    contracts,
    ending,
    frameworks,
    objects,
    occupancy,
    signed,
    standing,
)
from workflow.accommodation.contracts import NewContract
from workflow.accommodation.frameworks import NewFramework
from workflow.accommodation.nights import nights
from workflow.accommodation.places import NewPlaces
from workflow.accommodation.states import AccommodationKind, Meals, Term
from workflow.allocation import excess
from workflow.allocation.access import READS_ALL
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError, NotFound
from workflow.municipalities.sweden import COUNTIES

router = APIRouter(route_class=InOneThread)


@router.get("/avtal")
def list_(reader: Reader) -> Response:
    reader.only(*PARTIES)
    return _list(reader)


@router.post("/avtal")
def sign(reader: Reader) -> Response:
    """Places wherever a municipality finds them: seen before and after, with `confirm` signed."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    here, agreed, when = chosen(reader, form, "municipality"), conditions(form), time(form)
    if here is None or agreed is None or when is None:
        return _list(reader, status_code=reader.again())
    new = new_places(form, here.id, when, None)
    if new is None:
        return _list(reader, status_code=reader.again())
    status = 200
    if form.ticked("confirm"):
        try:
            with reader.change() as session:
                made = contracts.sign(session, NewContract(agreed, new), actor=actor, at=reader.at)
            return reader.done(f"/avtal/{made}", "contract_signed")
        except DomainError as refusal:
            status = reader.again(refusal, **FIELDS)
    try:
        title = f"{agreed.supplier}, {here.name}"
        return preview(reader, new, action="/avtal", back="/avtal", title=title, status_code=status)
    except DomainError as refusal:
        return _list(reader, status_code=reader.again(refusal, **FIELDS))


@router.get("/avtal/ramavtal")
def framework(reader: Reader) -> Response:
    reader.only(Role.MIGRATION_OFFICER)
    return _framework(reader)


@router.post("/avtal/ramavtal")
def sign_framework(reader: Reader) -> Response:
    """A framework holds places ready: nothing of it counts yet."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    agreed, when, beds = conditions(form), time(form), form.number("beds", required=True)
    county = form.text("county")
    if agreed is None or when is None or beds is None or form.errors:
        return _framework(reader, status_code=reader.again())
    new = NewFramework(agreed, beds, *when, county=county)
    try:
        with reader.change() as session:
            made = frameworks.sign(session, new, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _framework(reader, status_code=reader.again(refusal))
    return reader.done(f"/avtal/{made}", "contract_signed")


@router.get("/avtal/{accommodation_contract_id}")
def one(reader: Reader, accommodation_contract_id: UUID) -> Response:
    reader.only(*PARTIES)
    return _page(reader, accommodation_contract_id)


@router.post("/avtal/{accommodation_contract_id}/avropa")
def call_off(reader: Reader, accommodation_contract_id: UUID) -> Response:
    """Places of a framework: seen before and after, with `confirm` called off."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    new = _drawn(reader)
    if new is None:
        return _page(reader, accommodation_contract_id, status_code=reader.again())
    address, status = f"/avtal/{accommodation_contract_id}", 200
    if form.ticked("confirm"):
        try:
            with reader.change() as session:
                frameworks.call_off(
                    session, accommodation_contract_id, new, actor=actor, at=reader.at
                )
            return reader.done(address, "called_off")
        except DomainError as refusal:
            status = reader.again(refusal, **FIELDS)
    try:
        held = signed.contract(reader.session, accommodation_contract_id, actor=actor)
        return preview(
            reader,
            new,
            action=f"{address}/avropa",
            back=address,
            title=held.supplier,
            status_code=status,
        )
    except DomainError as refusal:
        status = reader.again(refusal, **FIELDS)
        return _page(reader, accommodation_contract_id, status_code=status)


def _drawn(reader: Visit) -> NewPlaces | None:
    """In an object, or anywhere in a municipality."""
    form = reader.form
    object_id, when = form.id("object_id"), time(form)
    where = None
    if object_id is not None:
        try:
            found = objects.one(reader.session, object_id, actor=reader.actor, at=reader.at)
            where = found.municipality.id
        except NotFound:
            form.fault("object_id", "choice")
    elif here := chosen(reader, form, "municipality"):
        where = here.id
    if where is None or when is None or form.errors:
        return None
    return new_places(form, where, when, object_id)


@router.post("/avtal/{accommodation_contract_id}/avsluta")
def end(reader: Reader, accommodation_contract_id: UUID) -> Response:
    """Before its time, with all that was called off from it."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    last_night, reason = form.day("last_night", required=True), form.text("reason")
    if last_night is None or form.errors:
        return _page(reader, accommodation_contract_id, status_code=reader.again())
    try:
        with reader.change() as session:
            ending.end(
                session,
                accommodation_contract_id,
                last_night,
                reason=reason,
                version=next(iter(form.versions()), 0),
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        status = reader.again(refusal, contract__over="last_night", call_off__occupied="last_night")
        return _page(reader, accommodation_contract_id, status_code=status)
    return reader.done(f"/avtal/{accommodation_contract_id}", "contract_ended")


@router.get("/avrop/{call_off_id}")
def drawn(reader: Reader, call_off_id: UUID) -> Response:
    reader.only(*PARTIES)
    return call_off_page(reader, call_off_id)


@router.post("/avrop/{call_off_id}/avsluta")
def endcall_off_page(reader: Reader, call_off_id: UUID) -> Response:
    """What was called off from a framework, before its time."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    last_night, reason = form.day("last_night", required=True), form.text("reason")
    if last_night is None or form.errors:
        return call_off_page(reader, call_off_id, status_code=reader.again())
    try:
        with reader.change() as session:
            ending.end_call_off(
                session,
                call_off_id,
                last_night,
                reason=reason,
                version=next(iter(form.versions()), 0),
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        status = reader.again(refusal, contract__over="last_night", call_off__occupied="last_night")
        return call_off_page(reader, call_off_id, status_code=status)
    return reader.done(f"/avrop/{call_off_id}", "call_off_ended")


def _list(reader: Visit, *, status_code: int = 200) -> Response:
    actor, county = reader.actor, county_of(reader)
    found = signed.contracts(reader.session, county=county, actor=actor)
    return reader.page(
        "se/contracts/list.html",
        status_code=status_code,
        contracts=found,
        county=county,
        counties=COUNTIES,
        stand=standing.standing(reader.session, reader.today.year, on=reader.today, actor=actor),
        own=actor.municipality_id,
        reads_all=actor.role in READS_ALL,
        buys=actor.role is Role.MIGRATION_OFFICER,
        municipalities=options(reader),
        **_choices(),
    )


def _framework(reader: Visit, *, status_code: int = 200) -> Response:
    return reader.page(
        "se/contracts/framework.html", status_code=status_code, counties=COUNTIES, **_choices()
    )


def _choices() -> dict[str, list[tuple[str, str]]]:
    return {
        "kinds": words(AccommodationKind, "accommodation_kind"),
        "meals": words(Meals, "meals"),
        "terms": words(Term, "term"),
    }


def _page(reader: Visit, contract_id: UUID, *, status_code: int = 200) -> Response:
    actor = reader.actor
    held = signed.contract(reader.session, contract_id, actor=actor)
    drawn = signed.call_offs(reader.session, contract_id=contract_id, actor=actor)
    on = held.clamped(reader.today)
    runs = held.last_night >= reader.today or held.starts_on > reader.today
    buys = actor.role is Role.MIGRATION_OFFICER and runs
    return reader.page(
        "se/contracts/one.html",
        status_code=status_code,
        held=held,
        county_name=COUNTIES.get(held.county or ""),
        call_offs=drawn,
        on=on,
        rows=standing.of_call_offs(reader.session, drawn, on=on, actor=actor),
        said=excess.said_of(reader.session, excess.of_agreement(contract_id), actor=actor),
        may_end=buys,
        may_call_off=buys and held.framework,
        municipalities=options(reader, held.county),
        objects=[
            (str(one.id), f"{one.name}, {one.municipality.name} ({one.beds})")
            for one in objects.objects(
                reader.session, county=held.county, actor=actor, at=reader.at
            )
        ]
        if buys and held.framework
        else [],
        **_choices(),
    )


def call_off_page(reader: Visit, call_off_id: UUID, *, status_code: int = 200) -> Response:
    """One call-off: what it is to the numbers, and what is recorded of its nights."""
    actor = reader.actor
    seen = signed.call_off(reader.session, call_off_id, actor=actor)
    on = max(seen.starts_on, min(reader.today, seen.ends_on))
    buys = actor.role is Role.MIGRATION_OFFICER
    return reader.page(
        "se/contracts/call_off.html",
        status_code=status_code,
        seen=seen,
        on=on,
        rows=standing.of_call_offs(reader.session, [seen], on=on, actor=actor),
        among=[
            one
            for one in signed.call_offs(
                reader.session, municipality_id=seen.municipality.id, actor=actor
            )
            if one.under_id == seen.id
        ],
        slept=[
            (one, nights(seen.beds, [one.slept], *period))
            for one in occupancy.recorded(reader.session, [seen.id], actor=actor)
            for period in ((one.since, one.until),)
        ],
        may_record=buys and seen.starts_on < reader.today and seen.starts_on <= seen.ends_on,
        may_end=buys and seen.framework and seen.ends_on >= reader.today,
    )
