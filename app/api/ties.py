"""Which cases are related, and how near to each other they are to be settled."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.api.cases import KIND, moved
from app.api.refusals import changes_as_read, refusals
from app.api.schemas.cases import CaseMoved
from app.api.schemas.fields import ListOf
from app.api.schemas.ties import TieIn, TieOut
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.etag import IfMatch
from app.idempotency import OnceRoute
from app.signin import CurrentActor
from workflow.cases import ties
from workflow.cases.preconditions import still_at
from workflow.cases.ties import Tie

router = APIRouter(prefix="/cases/{case_id}/ties", tags=["cases"], route_class=OnceRoute)


@router.get("", operation_id="listTies", responses=refusals(404, 422))
def list_ties(session: ReadSession, actor: CurrentActor, case_id: UUID) -> ListOf[TieOut]:
    """The case's ties to other cases you may see, by case number, in one page."""
    seen = ties.ties(session, case_id, actor=actor)
    return ListOf(items=[TieOut.of(one) for one in seen])


@router.put(
    "/{related_case_id}",
    operation_id="tieCases",
    responses=changes_as_read(codes="state.wrong"),
)
def tie_cases(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    as_read: IfMatch,
    response: Response,
    case_id: UUID,
    related_case_id: UUID,
    body: TieIn,
) -> CaseMoved:
    """Tie two cases, or change what they are to each other (IMDi, UDI). It stands on both.

    A plan settles those of reach `one` in one municipality or not at all, and brings those `near`
    to one county; the published order takes each case by itself.
    """
    still_at(session, case_id, as_read.numbers(KIND), actor=actor)
    new = Tie(body.kind, body.reach, body.strength)
    case = ties.tie(session, case_id, related_case_id, new, actor=actor, at=at)
    return moved(response, case)


@router.delete("/{related_case_id}", operation_id="untieCases", responses=changes_as_read())
def untie_cases(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    as_read: IfMatch,
    response: Response,
    case_id: UUID,
    related_case_id: UUID,
) -> CaseMoved:
    """The two cases are nothing to each other; done twice is as once (IMDi, UDI)."""
    still_at(session, case_id, as_read.numbers(KIND), actor=actor)
    case = ties.untie(session, case_id, related_case_id, actor=actor, at=at)
    return moved(response, case)
