"""Transport from a reception centre: planned by the centre, answered by the municipality."""

from uuid import UUID

from fastapi import APIRouter

from app.api.refusals import changes, refusals
from app.api.schemas.transport import AnswerTransportIn, PlanTransportIn, TransportOut
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.kernel.errors import NotFound
from workflow.travel import transport

router = APIRouter(prefix="/cases/{case_id}/transport", tags=["travel"], route_class=OnceRoute)


@router.get("", operation_id="getTransport", responses=refusals(404, 422))
def get_transport(session: ReadSession, actor: CurrentActor, case_id: UUID) -> TransportOut:
    """How the household comes from its centre; 404 also where nothing is planned."""
    found = transport.transport(session, case_id, actor=actor)
    if found is None:
        raise NotFound("transport")
    return TransportOut.of(found)


@router.put(
    "",
    operation_id="planTransport",
    responses=changes(404, 412, codes="transport.not_from_centre state.wrong travel.in_past"),
)
def plan(
    session: WriteSession, actor: CurrentActor, at: Now, case_id: UUID, body: PlanTransportIn
) -> TransportOut:
    """The centre says when and how they come; the municipality is told and answers anew."""
    transport.plan(
        session,
        case_id,
        arrives_at=body.arrives_at,
        means=body.means,
        note=body.note,
        version=body.version,
        actor=actor,
        at=at,
    )
    return get_transport(session, actor, case_id)


@router.post(
    "/answer",
    operation_id="answerTransport",
    dependencies=[Once],
    responses=changes(
        404, 412, codes="transport.not_from_centre transport.none state.wrong reason.missing"
    ),
)
def answer(
    session: WriteSession, actor: CurrentActor, at: Now, case_id: UUID, body: AnswerTransportIn
) -> TransportOut:
    """The municipality agrees to the plan, or says what would be better."""
    transport.answer(
        session,
        case_id,
        agreed=body.agreed,
        text=body.text,
        version=body.version,
        actor=actor,
        at=at,
    )
    return get_transport(session, actor, case_id)
