"""Omfördelning: swaps of numbers inside a county, proposed, agreed, confirmed."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.sweden.asked import PARTIES, chosen, options, year_of
from app.pages.visit import Reader, Visit
from workflow.allocation import swaps, targets
from workflow.kernel.errors import DomainError
from workflow.municipalities.sweden import place_of

router = APIRouter(route_class=InOneThread)


@router.get("/omfordelning")
def list_(reader: Reader) -> Response:
    reader.only(*PARTIES)
    return _list(reader)


@router.post("/omfordelning")
def propose(reader: Reader) -> Response:
    """A municipality's proposal to another of its county."""
    actor, form = reader.only(*swaps.WRITES), reader.form
    other = chosen(reader, form, "other")
    persons = form.number("persons", required=True)
    reason = form.text("reason", required=True)
    direction = form.text("direction", required=True)
    if direction not in {None, "give", "take"}:
        form.fault("direction", "choice")
    own, year = actor.municipality_id, year_of(reader, form.typed("year"))
    if other is None or persons is None or own is None or form.errors:
        return _list(reader, status_code=reader.again())
    giver, taker = (own, other.id) if direction == "give" else (other.id, own)
    try:
        with reader.change() as session:
            made = swaps.propose(
                session,
                year=year,
                giver_id=giver,
                taker_id=taker,
                persons=persons,
                reason=reason,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        status = reader.again(refusal, swap__not_in_county="other", swap__too_large="persons")
        return _list(reader, status_code=status)
    return reader.done(f"/omfordelning/{made}", "swap_proposed")


@router.get("/omfordelning/{target_swap_id}")
def one(reader: Reader, target_swap_id: UUID) -> Response:
    reader.only(*PARTIES)
    return _page(reader, target_swap_id)


@router.post("/omfordelning/{target_swap_id}/ja")
def agree(reader: Reader, target_swap_id: UUID) -> Response:
    """The other municipality says yes."""
    actor = reader.only(*PARTIES)
    try:
        with reader.change() as session:
            swaps.agree(session, target_swap_id, version=_read(reader), actor=actor, at=reader.at)
    except DomainError as refusal:
        return _page(reader, target_swap_id, status_code=reader.again(refusal))
    return reader.done(f"/omfordelning/{target_swap_id}", "swap_agreed")


@router.post("/omfordelning/{target_swap_id}/bekrafta")
def confirm(reader: Reader, target_swap_id: UUID) -> Response:
    """The board confirms; the numbers change."""
    actor = reader.only(*PARTIES)
    try:
        with reader.change() as session:
            swaps.confirm(session, target_swap_id, version=_read(reader), actor=actor, at=reader.at)
    except DomainError as refusal:
        return _page(reader, target_swap_id, status_code=reader.again(refusal))
    return reader.done(f"/omfordelning/{target_swap_id}", "swap_confirmed")


@router.post("/omfordelning/{target_swap_id}/nej")
def decline(reader: Reader, target_swap_id: UUID) -> Response:
    """No, and why; or one's own taken back."""
    actor = reader.only(*PARTIES)
    answer = reader.form.text("answer")
    try:
        with reader.change() as session:
            swaps.decline(
                session,
                target_swap_id,
                answer=answer,
                version=_read(reader),
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        status = reader.again(refusal, reason__missing="answer")
        return _page(reader, target_swap_id, status_code=status)
    return reader.done(f"/omfordelning/{target_swap_id}", "swap_ended")


def _read(reader: Visit) -> int:
    """The version that was read; none is a stale one."""
    return next(iter(reader.form.versions()), 0)


def _list(reader: Visit, *, status_code: int = 200) -> Response:
    actor = reader.actor
    year = year_of(reader, reader.form.typed("year") or None)
    own = actor.municipality_id
    county = place_of(reader.session, own).county if own else None
    found = swaps.swaps(reader.session, year=year, actor=actor)
    return reader.page(
        "se/swaps/list.html",
        status_code=status_code,
        year=year,
        open=[one for one in found if one.state in swaps.OPEN],
        over=[one for one in found if one.state not in swaps.OPEN],
        may_propose=actor.role in swaps.WRITES,
        own_target=targets.standing(reader.session, year).get(own) if own else None,
        others=[
            option
            for option in options(reader, county)
            if own is None or option[0] != place_of(reader.session, own).number
        ]
        if actor.role in swaps.WRITES
        else [],
    )


def _page(reader: Visit, swap_id: UUID, *, status_code: int = 200) -> Response:
    actor = reader.actor
    seen = swaps.swap(reader.session, swap_id, actor=actor)
    stand = targets.standing(reader.session, seen.year)
    is_open = seen.state in swaps.OPEN
    writes = actor.role in swaps.WRITES
    confirms = actor.role in swaps.CONFIRMS and actor.county in {None, seen.county}
    return reader.page(
        "se/swaps/one.html",
        status_code=status_code,
        swap=seen,
        giver_target=stand.get(seen.giver.id),
        taker_target=stand.get(seen.taker.id),
        may_agree=is_open
        and writes
        and seen.agreed_at is None
        and actor.municipality_id == seen.answerer_id,
        may_confirm=is_open and confirms and seen.agreed_at is not None,
        may_end=is_open and (writes or confirms),
        is_mine=actor.municipality_id == seen.proposer_id,
    )
