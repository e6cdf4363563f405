"""Who is signed in, and ending it."""

import logging

from fastapi import APIRouter, Response

from app.clock import machine_time
from app.one_thread import InOneThread
from app.pages.visit import Reader
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
        mine=listing.own(reader.session, cookies.read(reader.request, "session") or ""),
        older=rows[-1].id if len(rows) == listing.AT_ONCE else None,
    )


@router.post("/okter/{session_id}/avslutt")
def end(reader: Reader, session_id: int) -> Response:
    actor = reader.only(Role.ADMINISTRATOR, Role.MUNICIPALITY_ADMINISTRATOR)
    with reader.change() as session:
        listing.end_session(session, session_id, actor=actor)
    log.info("session %s ended by user=%s", session_id, actor.user_id)
    return reader.done("/okter", "session_ended")
