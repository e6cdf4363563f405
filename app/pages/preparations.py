"""A preview that is made beside the request: its page can be left and comes back, and stops it."""

import json
from uuid import UUID

from fastapi import APIRouter, Response

from app.db import reading, who_asks
from app.languages import language, speaking
from app.one_thread import InOneThread
from app.pages.visit import Reader
from app.watching import watched
from app.wording import label
from workflow.kernel.actor import DIRECTORATE, READS_ALL_CASES
from workflow.redistribution import preparing
from workflow.redistribution.preparing import PreparationSeen

router = APIRouter(route_class=InOneThread)

PATH = "/fordeling/forberedelser"


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
