"""Who is signed in, and ending it."""

import logging

from fastapi import APIRouter, Response

from app.clock import machine_time
from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from app.signin import cookies, listing, sessions
from workflow.kernel.actor import Role

log = logging.getLogger(__name__)
router = APIRouter(route_class=InOneThread)


@router.get("/okter")
def all_sessions(reader: Reader, before: int | None = None) -> Response:
    actor = reader.only(Role.ADMINISTRATOR, Role.MUNICIPALITY_ADMINISTRATOR)
    rows = listing.sessions_open(
        reader.session,
        limits=sessions.limits_of(reader.request.app.state.settings),
        before=before,
        actor=actor,
        at=machine_time(),
    )
    return reader.page(
        "sessions/list.html",
        rows=rows,
        mine=listing.own(reader.session, _cookie(reader)),
        older=rows[-1].id if len(rows) == listing.AT_ONCE else None,
    )


@router.get("/profil/okter")
def own_sessions(reader: Reader) -> Response:
    """Where one is signed in oneself."""
    rows = listing.own_sessions(
        reader.session,
        limits=sessions.limits_of(reader.request.app.state.settings),
        actor=reader.actor,
        at=machine_time(),
    )
    return reader.page(
        "sessions/own.html", rows=rows, mine=listing.own(reader.session, _cookie(reader))
    )


@router.post("/profil/okter/avslutt-andre")
def end_others(reader: Reader) -> Response:
    """One is signed in here only."""
    with reader.change() as session:
        ended = listing.end_others(session, _cookie(reader), actor=reader.actor)
    log.info("%s other sessions ended by user=%s", ended, reader.actor.user_id)
    return reader.done("/profil/okter", "other_sessions_ended", sessions=ended)


@router.post("/profil/okter/{session_id}/avslutt")
def end_own(reader: Reader, session_id: int) -> Response:
    with reader.change() as session:
        listing.end_own(session, session_id, actor=reader.actor)
    log.info("session %s ended by user=%s", session_id, reader.actor.user_id)
    return reader.done("/profil/okter", "session_ended")


def _cookie(reader: Visit) -> str:
    return cookies.read(reader.request, "session") or ""


@router.post("/okter/{session_id}/avslutt")
def end(reader: Reader, session_id: int) -> Response:
    actor = reader.only(Role.ADMINISTRATOR, Role.MUNICIPALITY_ADMINISTRATOR)
    with reader.change() as session:
        listing.end_session(session, session_id, actor=actor)
    log.info("session %s ended by user=%s", session_id, actor.user_id)
    return reader.done("/okter", "session_ended")
