"""Swaps of targets inside a county."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.api import API
from app.api.parameters import YearInQuery
from app.api.refusals import changes, refusals
from app.api.schemas.fields import ListOf
from app.api.schemas.sweden import SwapIn, SwapNoIn, SwapOut, SwapStepIn
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.allocation import swaps
from workflow.allocation.states import SwapState
from workflow.kernel.errors import Invalid, NotFound
from workflow.municipalities.sweden import place

router = APIRouter(prefix="/target-swaps", tags=["targets"], route_class=OnceRoute)
_STEP = changes(404, 412, codes="swap.wrong_state swap.too_large reason.missing")


@router.get("", operation_id="listSwaps", responses=refusals(422))
def list_swaps(
    session: ReadSession,
    actor: CurrentActor,
    year: YearInQuery = None,
    state: Annotated[list[SwapState] | None, Query(description="Any of these.")] = None,
) -> ListOf[SwapOut]:
    """A municipality's own, a board's county's, else all; the newest first, in one page."""
    found = swaps.swaps(session, year=year, states=state or (), actor=actor)
    return ListOf(items=[SwapOut.of(one) for one in found])


@router.post(
    "",
    status_code=201,
    operation_id="proposeSwap",
    dependencies=[Once],
    responses=changes(codes="swap.not_in_county swap.too_large targets.missing reason.missing"),
)
def propose(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: SwapIn
) -> SwapOut:
    """One of the two municipalities proposes; the other one agrees, then the board confirms."""
    ids = {}
    for field in ("giver_number", "taker_number"):
        try:
            ids[field] = place(session, getattr(body, field)).id
        except NotFound:
            raise Invalid("no municipality", pointer=f"/{field}") from None
    made = swaps.propose(
        session,
        year=body.year,
        giver_id=ids["giver_number"],
        taker_id=ids["taker_number"],
        persons=body.persons,
        reason=body.reason,
        actor=actor,
        at=at,
    )
    response.headers["location"] = f"{API}/target-swaps/{made}"
    return SwapOut.of(swaps.swap(session, made, actor=actor))


@router.get("/{target_swap_id}", operation_id="getSwap", responses=refusals(404, 422))
def get_swap(session: ReadSession, actor: CurrentActor, target_swap_id: UUID) -> SwapOut:
    """One swap."""
    return SwapOut.of(swaps.swap(session, target_swap_id, actor=actor))


@router.post(
    "/{target_swap_id}/agree", operation_id="agreeSwap", dependencies=[Once], responses=_STEP
)
def agree(
    session: WriteSession, actor: CurrentActor, at: Now, target_swap_id: UUID, body: SwapStepIn
) -> SwapOut:
    """The other municipality says yes."""
    swaps.agree(session, target_swap_id, version=body.version, actor=actor, at=at)
    return SwapOut.of(swaps.swap(session, target_swap_id, actor=actor))


@router.post(
    "/{target_swap_id}/confirm", operation_id="confirmSwap", dependencies=[Once], responses=_STEP
)
def confirm(
    session: WriteSession, actor: CurrentActor, at: Now, target_swap_id: UUID, body: SwapStepIn
) -> SwapOut:
    """The county board confirms: both numbers change, the county's sum does not."""
    swaps.confirm(session, target_swap_id, version=body.version, actor=actor, at=at)
    return SwapOut.of(swaps.swap(session, target_swap_id, actor=actor))


@router.post(
    "/{target_swap_id}/decline", operation_id="declineSwap", dependencies=[Once], responses=_STEP
)
def decline(
    session: WriteSession, actor: CurrentActor, at: Now, target_swap_id: UUID, body: SwapNoIn
) -> SwapOut:
    """The other one or the board says no and why, or who proposed takes it back."""
    swaps.decline(
        session, target_swap_id, answer=body.answer, version=body.version, actor=actor, at=at
    )
    return SwapOut.of(swaps.swap(session, target_swap_id, actor=actor))
