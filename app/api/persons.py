"""A person's own access (GDPR art. 15, 20): who opened the folder, and all that is kept."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.api.refusals import refusals
from app.api.schemas.fields import ListOf
from app.api.schemas.persons import EverythingOut, OpeningOut
from app.clock import Now
from app.db import WriteSession
from app.one_thread import InOneThread
from app.signin import CurrentActor
from workflow.cases import folders
from workflow.privacy import export

router = APIRouter(tags=["cases"], route_class=InOneThread)


@router.get(
    "/persons/{person_id}/openings",
    operation_id="listOpenings",
    responses=refusals(403, 404, 422),
)
def list_openings(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, person_id: UUID
) -> ListOf[OpeningOut]:
    """Who has opened the person's folder, the first one first, in one page (IMDi).

    Reading it is itself put on record, as the person's own access.
    """
    response.headers["cache-control"] = "no-store"
    seen = folders.openings_of_person(session, person_id, actor=actor, at=at)
    return ListOf(items=[OpeningOut.of(one) for one in seen.openings])


@router.get(
    "/persons/{person_id}/everything",
    operation_id="getEverything",
    responses=refusals(403, 404, 422),
)
def get_everything(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, person_id: UUID
) -> EverythingOut:
    """All that is kept about the person, every row and column (IMDi).

    Reading it is itself put on record, as the person's own access.
    """
    response.headers["cache-control"] = "no-store"
    return EverythingOut.model_validate(export.of_person(session, person_id, actor=actor, at=at))
