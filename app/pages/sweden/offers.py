"""Erbjudanden: what Migrationsverket has been offered, looked at, accepted, rejected."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.sweden.agreed import FIELDS, preview, words
from app.pages.sweden.asked import STATE, county_of
from app.pages.visit import Reader, Visit
from workflow.accommodation import contracts, offers, places, standing
from workflow.accommodation.contracts import Acceptance
from workflow.accommodation.offers import OVER, OfferSeen
from workflow.accommodation.places import Outlook
from workflow.accommodation.standing import Row
from workflow.accommodation.states import OfferState
from workflow.kernel.actor import MUNICIPALITY, Role
from workflow.kernel.errors import DomainError
from workflow.municipalities.sweden import COUNTIES

router = APIRouter(route_class=InOneThread)
#: A municipality reads those it has made itself.
READERS: Final = (*STATE, *MUNICIPALITY)


@router.get("/erbjudanden")
def list_(reader: Reader) -> Response:
    actor, county = reader.only(*READERS), county_of(reader)
    states = reader.filtered("lage", OfferState) or [OfferState.OPEN]
    return reader.page(
        "se/offers/list.html",
        offers=offers.offers(
            reader.session, states=states, county=county, actor=actor, at=reader.at
        ),
        state=states[0],
        states=words(OfferState, "offer_state"),
        county=county,
        counties=COUNTIES,
    )


@router.get("/erbjudanden/{accommodation_offer_id}")
def one(reader: Reader, accommodation_offer_id: UUID) -> Response:
    reader.only(*READERS)
    return _page(reader, accommodation_offer_id)


@router.post("/erbjudanden/{accommodation_offer_id}/anta")
def accept(reader: Reader, accommodation_offer_id: UUID) -> Response:
    """See what accepting would come to; with `confirm`, sign."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    how = _acceptance(reader)
    if how is None or form.errors:
        return _page(reader, accommodation_offer_id, status_code=reader.again())
    address = f"/erbjudanden/{accommodation_offer_id}"
    sure = form.ticked("confirm")
    try:
        if sure:
            with reader.change() as session:
                made = contracts.accept(
                    session,
                    accommodation_offer_id,
                    how,
                    version=next(iter(form.versions()), 0),
                    actor=actor,
                    at=reader.at,
                )
            return reader.done(f"/avtal/{made}", "contract_signed")
    except DomainError as refusal:
        status = reader.again(refusal, **FIELDS)
    else:
        status = 200
    try:
        told = offers.offer(reader.session, accommodation_offer_id, actor=actor, at=reader.at)
        new = contracts.of_offer(
            reader.session, accommodation_offer_id, how, actor=actor, at=reader.at
        )
        return preview(
            reader,
            new.places,
            action=f"{address}/anta",
            back=address,
            title=f"{told.object.name}, {told.supplier}",
            status_code=status,
        )
    except DomainError as refusal:
        return _page(reader, accommodation_offer_id, status_code=reader.again(refusal, **FIELDS))


@router.post("/erbjudanden/{accommodation_offer_id}/avsluta")
def end(reader: Reader, accommodation_offer_id: UUID) -> Response:
    """No, or taken back by who made it; and why."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    state, reason = form.choice("state", OfferState, required=True), form.text("reason")
    if state is None or form.errors:
        return _page(reader, accommodation_offer_id, status_code=reader.again())
    try:
        with reader.change() as session:
            offers.end(
                session,
                accommodation_offer_id,
                state,
                reason=reason,
                version=next(iter(form.versions()), 0),
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _page(reader, accommodation_offer_id, status_code=reader.again(refusal))
    return reader.done(f"/erbjudanden/{accommodation_offer_id}", "offer_ended")


def _acceptance(reader: Visit) -> Acceptance | None:
    form = reader.form
    starts_on = form.day("starts_on", required=True)
    ends_on, told_on = form.day("ends_on"), form.day("told_on")
    beds, under_id = form.number("beds"), form.id("under_id")
    if starts_on is None:
        return None
    return Acceptance(
        starts_on,
        ends_on,
        beds,
        reference=form.text("reference"),
        under_id=under_id,
        told_on=told_on,
        notice_reason=form.text("notice_reason"),
        excess_reason=form.text("excess_reason"),
    )


def _page(reader: Visit, offer_id: UUID, *, status_code: int = 200) -> Response:
    actor = reader.actor
    seen = offers.offer(reader.session, offer_id, actor=actor, at=reader.at)
    buys = actor.role is Role.MIGRATION_OFFICER and seen.state is OfferState.OPEN
    outlook, rows = _ahead(reader, seen) if buys else (None, [])
    return reader.page(
        "se/offers/one.html",
        status_code=status_code,
        offer=seen,
        buys=buys,
        outlook=outlook,
        rows=rows,
        first=max(seen.available_from, reader.today),
        ends=[(code, text) for code, text in words(OfferState, "offer_state") if code in OVER],
    )


def _ahead(reader: Visit, seen: OfferSeen) -> tuple[Outlook | None, list[Row]]:
    """What all of it would come to, as soon as it is there; nothing where it cannot be signed."""
    first = max(seen.available_from, reader.today)
    try:
        new = contracts.of_offer(
            reader.session, seen.id, Acceptance(first), actor=reader.actor, at=reader.at
        )
        outlook = places.outlook(reader.session, new.places, at=reader.at)
    except DomainError:
        return None, []
    return outlook, standing.of_outlook(reader.session, outlook, actor=reader.actor)
