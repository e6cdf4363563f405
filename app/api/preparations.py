"""Previews of redistributions that are made beside the request: watched, left, stopped."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.api.refusals import Responses, changes, refusals
from app.api.schemas.preparations import PreparationOut
from app.clock import Now
from app.db import ReadSession, WriteSession, reading, who_asks
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from app.watching import watched
from workflow.redistribution import preparing
from workflow.redistribution.preparing import PreparationSeen

router = APIRouter(tags=["runs"], route_class=OnceRoute)


_EVENTS: Final[Responses] = {
    200: {
        "description": "Server-sent events; the last one is named `ended`.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get("/run-preparations", operation_id="listRunPreparations", responses=refusals())
def list_preparations(session: ReadSession, actor: CurrentActor) -> list[PreparationOut]:
    """The previews that are being made now, the newest first (IMDi, auditor)."""
    return [PreparationOut.of(seen) for seen in preparing.under_way(session, actor=actor)]


@router.get(
    "/run-preparations/{preparation_id}",
    operation_id="getRunPreparation",
    responses=refusals(404, 422),
)
def get_preparation(
    session: ReadSession, actor: CurrentActor, preparation_id: UUID
) -> PreparationOut:
    """How far one has come."""
    return PreparationOut.of(preparing.one(session, preparation_id, actor=actor))


@router.get(
    "/run-preparations/{preparation_id}/events",
    operation_id="watchRunPreparation",
    response_class=Response,
    responses=refusals(404, 422) | _EVENTS,
)
def watch_preparation(
    request: Request, session: ReadSession, actor: CurrentActor, preparation_id: UUID
) -> Response:
    """The same each time it is something else, until it has ended or a minute has passed.

    Come again then; nothing is missed, for each event says all there is.
    """
    preparing.one(session, preparation_id, actor=actor)
    sessions, acting = request.app.state.sessions, who_asks(request)()

    def look() -> PreparationSeen:
        with reading(sessions, acting) as looking:
            return preparing.one(looking, preparation_id, actor=actor)

    return watched(look, lambda seen: PreparationOut.of(seen).model_dump_json())


@router.post(
    "/run-preparations/{preparation_id}/stop",
    operation_id="stopRunPreparation",
    dependencies=[Once],
    responses=changes(404),
)
def stop_preparation(
    session: WriteSession, actor: CurrentActor, at: Now, preparation_id: UUID
) -> PreparationOut:
    """Nobody waits for it any longer; one that has ended is as it is."""
    preparing.stop(session, preparation_id, actor=actor, at=at)
    return PreparationOut.of(preparing.one(session, preparation_id, actor=actor))
