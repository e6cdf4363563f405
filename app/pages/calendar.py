"""A municipality's arrivals in a calendar of its own: the addresses, and what is read there."""

from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Request, Response

from app import db
from app.acting import DOORKEEPER, acting_of
from app.calendars import feeds, ical
from app.clock import Now
from app.languages import speaking
from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from app.wording import filled, label
from workflow.capacity.commands import WRITES_PLACES
from workflow.kernel.actor import MUNICIPALITY, Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotFound
from workflow.letters.languages import of_municipality
from workflow.municipalities import queries as register
from workflow.travel import worklists
from workflow.travel.seen import ArrivalSeen

router = APIRouter(route_class=InOneThread)

#: What a calendar shows of the past, and of what is to come.
WEEKS_BACK: Final = timedelta(weeks=4)
WEEKS_AHEAD: Final = timedelta(weeks=40)


@router.get("/kommune/ankomster/kalender")
def calendars(reader: Reader) -> Response:
    """The addresses that hold."""
    return _page(reader, reader.only(*MUNICIPALITY))


@router.post("/kommune/ankomster/kalender")
def make(reader: Reader) -> Response:
    """A new address; the answer is the only place it is ever shown."""
    actor = reader.only(*WRITES_PLACES)
    with reader.change() as session:
        secret = feeds.make(session, actor=actor, at=reader.at)
    return _page(reader, actor, address=f"{_outside(reader.request)}/kalender/{secret}.ics")


@router.post("/kommune/ankomster/kalender/{feed_id}/avslutt")
def end(reader: Reader, feed_id: int) -> Response:
    """The address is of no use any more."""
    actor = reader.only(*WRITES_PLACES)
    with reader.change() as session:
        feeds.end(session, feed_id, actor=actor, at=reader.at)
    return reader.done("/kommune/ankomster/kalender", "calendar_feed_ended")


@router.get("/kalender/{secret}.ics")
def calendar(request: Request, at: Now, secret: str) -> Response:
    """What a calendar reads by a secret address, in the municipality's language; nobody's name.

    Raises:
        NotFound: no such address, or it has ended.
    """
    sessions = request.app.state.sessions
    with db.reading(sessions, DOORKEEPER) as session:
        actor = feeds.reader_by(session, secret)
    if actor is None:
        raise NotFound("calendar")
    with db.reading(sessions, acting_of(actor)) as session:
        today = local_day(at)
        municipality = register.by_id(session, actor.municipality_id or 0, actor=actor)
        found = worklists.arrivals_between(
            session,
            today - WEEKS_BACK,
            today + WEEKS_AHEAD,
            municipality_id=actor.municipality_id,
            actor=actor,
        )
    outside = _outside(request)
    with speaking(of_municipality(municipality.letter_language)):
        made = ical.calendar(
            found,
            name=_words("name", municipality=municipality.official_name),
            summary=_summary,
            address=lambda seen: f"{outside}/kommune/bosettinger/{seen.case_id}",
            at=at,
        )
    return Response(made, media_type="text/calendar; charset=utf-8")


def _summary(seen: ArrivalSeen) -> str:
    words = _words("summary", persons=seen.persons_count, case_number=seen.case_number)
    return f"{words}, {seen.flight}" if seen.flight else words


def _words(code: str, **facts: object) -> str:
    return filled(label(code, "calendar"), facts) or ""


def _outside(request: Request) -> str:
    """Where the world meets us."""
    public: str | None = request.app.state.settings.public_url
    return public or str(request.base_url).rstrip("/")


def _page(reader: Visit, actor: Actor, *, address: str | None = None) -> Response:
    return reader.page(
        "arrivals/calendar.html",
        feeds=feeds.feeds(reader.session, actor=actor),
        address=address,
        may_write=actor.role in WRITES_PLACES,
    )
