"""The dialogue log: written, answered, followed up, and who is silent."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.shelf import opens_with, shelf
from app.pages.sweden.asked import PARTIES, county_of, options
from app.pages.visit import Reader, Visit
from app.saved_views.lists import SavedList
from workflow.dialogue import log
from workflow.dialogue.log import NewEntry
from workflow.dialogue.states import ContactChannel, Party
from workflow.kernel.errors import DomainError, NotFound
from workflow.municipalities.sweden import COUNTIES, place

router = APIRouter(route_class=InOneThread)


@router.get("/dialog")
def list_(reader: Reader) -> Response:
    reader.only(*PARTIES)
    if onward := opens_with(reader, SavedList.DIALOGUE):
        return reader.go(onward)
    return _list(reader)


@router.post("/dialog")
def write(reader: Reader) -> Response:
    """A contact is written down."""
    actor, form = reader.only(*log.WRITES), reader.form
    held_on = form.day("held_on", required=True)
    party = form.choice("party", Party, required=True)
    channel = form.choice("channel", ContactChannel, required=True)
    participants = form.text("participants", required=True)
    proposal = form.text("proposal", required=True)
    follow_up_on = form.day("follow_up_on")
    municipality_id = _municipality(reader)
    if (
        held_on is None
        or party is None
        or channel is None
        or participants is None
        or proposal is None
        or form.errors
    ):
        return _list(reader, status_code=reader.again())
    new = NewEntry(
        held_on=held_on,
        party=party,
        channel=channel,
        participants=participants,
        proposal=proposal,
        county=form.text("county"),
        municipality_id=municipality_id,
        answer=form.text("answer"),
        follow_up_on=follow_up_on,
    )
    try:
        with reader.change() as session:
            made = log.write(session, new, actor=actor, at=reader.at)
    except DomainError as refusal:
        status = reader.again(refusal, dialogue__in_future="held_on")
        return _list(reader, status_code=status)
    return reader.done(f"/dialog/{made}", "dialogue_written")


def _municipality(reader: Visit) -> int | None:
    number = reader.form.text("municipality")
    if number is None:
        return None
    try:
        return place(reader.session, number.split()[0]).id
    except NotFound:
        reader.form.fault("municipality", "choice")
        return None


@router.get("/dialog/{dialogue_entry_id}")
def one(reader: Reader, dialogue_entry_id: UUID) -> Response:
    reader.only(*PARTIES)
    return _page(reader, dialogue_entry_id)


@router.post("/dialog/{dialogue_entry_id}/svar")
def answer(reader: Reader, dialogue_entry_id: UUID) -> Response:
    actor = reader.only(*PARTIES)
    text = reader.form.text("answer")
    try:
        with reader.change() as session:
            log.answer(
                session,
                dialogue_entry_id,
                text,
                version=_read(reader),
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        status = reader.again(refusal, reason__missing="answer")
        return _page(reader, dialogue_entry_id, status_code=status)
    return reader.done(f"/dialog/{dialogue_entry_id}", "dialogue_answered")


@router.post("/dialog/{dialogue_entry_id}/uppfoljd")
def follow_up(reader: Reader, dialogue_entry_id: UUID) -> Response:
    actor = reader.only(*PARTIES)
    try:
        with reader.change() as session:
            log.follow_up(
                session, dialogue_entry_id, version=_read(reader), actor=actor, at=reader.at
            )
    except DomainError as refusal:
        return _page(reader, dialogue_entry_id, status_code=reader.again(refusal))
    return reader.done(f"/dialog/{dialogue_entry_id}", "dialogue_followed_up")


def _read(reader: Visit) -> int:
    return next(iter(reader.form.versions()), 0)


def _days(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None


def _list(reader: Visit, *, status_code: int = 200) -> Response:
    actor, county = reader.actor, county_of(reader)
    days = reader.asked("dagar", _days)
    days = log.SILENT_DAYS if days is None else days
    counties = {actor.county: COUNTIES[actor.county]} if actor.county else COUNTIES
    return reader.page(
        "se/dialogue/list.html",
        status_code=status_code,
        entries=log.entries(reader.session, county=county, actor=actor),
        silent=log.silent(reader.session, days=days, on=reader.today, actor=actor),
        shelf=shelf(reader, SavedList.DIALOGUE),
        days=days,
        county=county,
        counties=COUNTIES,
        may_write=actor.role in log.WRITES,
        own_counties=list(counties.items()),
        municipalities=options(reader, actor.county),
    )


def _page(reader: Visit, entry_id: UUID, *, status_code: int = 200) -> Response:
    actor = reader.actor
    seen = log.entry(reader.session, entry_id, actor=actor)
    within = actor.county in {None, seen.county}
    return reader.page(
        "se/dialogue/one.html",
        status_code=status_code,
        entry=seen,
        county_name=COUNTIES.get(seen.county or ""),
        may_answer=actor.role in log.ANSWERS and within and seen.answer is None,
        may_follow_up=actor.role in log.WRITES
        and within
        and seen.follow_up_on is not None
        and seen.followed_up_at is None,
    )
