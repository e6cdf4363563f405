"""A preview that is made beside the request: its page can be left and comes back, and stops it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.db import reading, who_asks
from app.languages import language, speaking
from app.one_thread import InOneThread
from app.pages.visit import Reader
from app.watching import watched
from app.wording import label
from workflow.kernel.actor import DIRECTORATE, READS_ALL_CASES, Actor
from workflow.planning.rule_sets import Method
from workflow.redistribution import preparing, redistribution_runs
from workflow.redistribution.preparing import PreparationSeen

router = APIRouter(route_class=InOneThread)

PATH = "/fordeling/forberedelser"


#: Cases that are planned while the reader waits; more are planned beside the request.
AT_ONCE: Final = 50


def preview(
    session: Session,
    *,
    case_ids: Sequence[UUID] | None,
    method: Method | None,
    actor: Actor,
    at: datetime,
) -> str:
    """The address of a preview of a redistribution, or of its page while it is made.

    Raises:
        Whatever `redistribution_runs.preview` does.
    """
    asked: Any = {"case_ids": case_ids, "method": method, "actor": actor, "at": at}
    if redistribution_runs.count(session, case_ids, actor=actor) > AT_ONCE:
        return f"{PATH}/{preparing.prepare(session, **asked)}"
    return f"/fordeling/{redistribution_runs.preview(session, **asked).id}"


@router.get(f"{PATH}/{{preparation_id}}")
def preparation(reader: Reader, preparation_id: UUID) -> Response:
    """How far it has come; once it is done, the preview."""
    actor = reader.only(*READS_ALL_CASES)
    seen = preparing.one(reader.session, preparation_id, actor=actor)
    if seen.run_id is not None:
        return reader.go(f"/fordeling/{seen.run_id}")
    return reader.page(
        "runs/preparation.html",
        seen=seen,
        under_way=under_way(seen),
        path=PATH,
        may=actor.role in DIRECTORATE,
    )


@router.get(f"{PATH}/{{preparation_id}}/hendelser")
def events(reader: Reader, preparation_id: UUID) -> Response:
    """The same for the page's script, as it happens."""
    actor = reader.only(*READS_ALL_CASES)
    preparing.one(reader.session, preparation_id, actor=actor)
    sessions, acting = reader.request.app.state.sessions, who_asks(reader.request)()
    spoken = language()

    def look() -> PreparationSeen:
        with reading(sessions, acting) as session:
            return preparing.one(session, preparation_id, actor=actor)

    def told(seen: PreparationSeen) -> str:
        with speaking(spoken):
            done = None if seen.part is None else float(seen.done)
            return json.dumps({"part": under_way(seen), "done": done})

    return watched(look, told)


@router.post(f"{PATH}/{{preparation_id}}/stopp")
def stop(reader: Reader, preparation_id: UUID) -> Response:
    """Nobody waits for it any longer."""
    actor = reader.only(*DIRECTORATE)
    with reader.change() as session:
        preparing.stop(session, preparation_id, actor=actor, at=reader.at)
    return reader.go(f"{PATH}/{preparation_id}")


def under_way(seen: PreparationSeen) -> str:
    """What is done at the moment, in the reader's words."""
    if seen.part is None:
        return label(seen.state, "preparation_state")
    return label(seen.part.replace(" ", "_"), "planning_part")
