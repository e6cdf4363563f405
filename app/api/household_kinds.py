"""How many households of a kind a municipality wishes to settle, and IMDi's answer."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path

from app.api.offers import own_municipality
from app.api.parameters import NumberInPath
from app.api.refusals import changes, refusals
from app.api.schemas.fields import LARGEST_ID, ListOf
from app.api.schemas.household_kinds import KindAnswerIn, KindLimitIn, KindLimitOut
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.capacity import kind_limits
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotFound

router = APIRouter(
    prefix="/municipalities/{number}/household-kinds",
    tags=["municipalities"],
    route_class=OnceRoute,
)

LimitInPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("", operation_id="listKindLimits", responses=refusals(404, 422))
def list_limits(
    session: ReadSession, actor: CurrentActor, at: Now, number: NumberInPath
) -> ListOf[KindLimitOut]:
    """What a municipality ever wished of kinds of households, the newest first, in one page.

    It is IMDi's, the auditor's and the municipality's own to read; for others it does not exist.
    """
    here = own_municipality(session, number, at, actor)
    today = local_day(at)
    found = kind_limits.limits_of(session, here, actor=actor)
    return ListOf(items=[KindLimitOut.of_limit(one, today) for one in found])


@router.post(
    "",
    status_code=201,
    operation_id="stateKindLimit",
    dependencies=[Once],
    responses=changes(404),
)
def state_limit(
    session: WriteSession, actor: CurrentActor, at: Now, number: NumberInPath, body: KindLimitIn
) -> KindLimitOut:
    """Wish to settle so many of a kind between two days (the municipality), or record it (IMDi).

    A wish binds nothing until IMDi confirms it; what IMDi records holds at once. It binds plans by
    the planner, never the published order nor an officer's own choice.
    """
    here = own_municipality(session, number, at, actor)
    limit_id = kind_limits.state_limit(session, here, body.limit(), actor=actor, at=at)
    return _seen(session, limit_id, here, actor, local_day(at))


@router.post(
    "/{limit_id}/answer",
    operation_id="answerKindLimit",
    dependencies=[Once],
    responses=changes(404),
)
def answer_limit(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    number: NumberInPath,
    limit_id: LimitInPath,
    body: KindAnswerIn,
) -> KindLimitOut:
    """Confirm a wish, or say no to it with a reason (IMDi); it is answered once."""
    here = own_municipality(session, number, at, actor)
    _seen(session, limit_id, here, actor, local_day(at))
    kind_limits.answer(
        session, limit_id, confirmed=body.confirmed, reason=body.reason, actor=actor, at=at
    )
    return _seen(session, limit_id, here, actor, local_day(at))


@router.post(
    "/{limit_id}/end", operation_id="endKindLimit", dependencies=[Once], responses=changes(404)
)
def end_limit(
    session: WriteSession, actor: CurrentActor, at: Now, number: NumberInPath, limit_id: LimitInPath
) -> KindLimitOut:
    """It holds no longer (the municipality, IMDi); ended twice is as once."""
    here = own_municipality(session, number, at, actor)
    _seen(session, limit_id, here, actor, local_day(at))
    kind_limits.end(session, limit_id, actor=actor, at=at)
    return _seen(session, limit_id, here, actor, local_day(at))


def _seen(
    session: ReadSession, limit_id: int, here: int, actor: Actor, today: date
) -> KindLimitOut:
    found = kind_limits.one(session, limit_id, actor=actor)
    if found.limit.municipality_id != here:
        raise NotFound("kind limit")
    return KindLimitOut.of_limit(found, today)
