"""Many cases at once, withdrawn or redistributed: preview, confirm by token, undo."""

from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse

from app.api import API
from app.api.parameters import RESPOND_ASYNC, Cursor, Limit, Prefer, prefers_async
from app.api.refusals import Responses, changes, refusals
from app.api.schemas.fields import ListOf
from app.api.schemas.preparations import PreparationOut
from app.api.schemas.runs import (
    RedistributionRunIn,
    RunItemOut,
    RunOut,
    TokenIn,
    WithdrawalRunIn,
)
from app.approving import WAITS, Waiting
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.kernel.actor import Actor
from workflow.kernel.paging import USUAL_PAGE
from workflow.redistribution import preparing, queries, redistribution_runs, withdrawal_runs
from workflow.redistribution.models import Run
from workflow.redistribution.states import ItemOutcome, RunKind, RunState

router = APIRouter(tags=["runs"], route_class=OnceRoute)


_MADE_BESIDE: Final[Responses] = {
    202: {
        "model": PreparationOut,
        "description": "It is made beside the request; `Location` says how far it has come.",
    }
}


@router.post(
    "/withdrawal-runs",
    status_code=201,
    operation_id="previewWithdrawalRun",
    dependencies=[Once],
    responses=changes(404, codes="group.not_resettlement legal_ground.missing reason.missing"),
)
def preview_withdrawal(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    response: Response,
    body: WithdrawalRunIn,
) -> RunOut:
    """Show what withdrawing resettlement cases would do: those asked for before a day, or some.

    Nothing changes; the selection is frozen under the token. Counts are of cases and persons.
    """
    run = withdrawal_runs.preview(
        session,
        before=body.before,
        case_ids=body.case_ids,
        reason=body.reason,
        legal_ground=body.legal_ground,
        group=body.group,
        actor=actor,
        at=at,
    )
    response.headers["location"] = f"{API}/withdrawal-runs/{run.id}"
    return RunOut.of(queries.run(session, run.id, kind=RunKind.WITHDRAWAL, actor=actor))


@router.post(
    "/redistribution-runs",
    status_code=201,
    operation_id="previewRedistributionRun",
    dependencies=[Once],
    response_model=RunOut,
    responses=changes(404, codes="scores.none") | _MADE_BESIDE,
)
def preview_redistribution(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    response: Response,
    body: RedistributionRunIn,
    prefer: Prefer = None,
) -> RunOut | Response:
    """Show where withdrawn cases would go by the rules in force, or another method (IMDi).

    Nothing changes; the plan is frozen under the token. Counts are of cases and persons. What may
    take long is asked for with `Prefer: respond-async`.
    """
    if prefers_async(prefer):
        return _prepare(session, body, actor, at)
    run = redistribution_runs.preview(
        session,
        case_ids=body.case_ids,
        year=body.year,
        method=body.method,
        band=None if body.band is None else Fraction(str(body.band)),
        actor=actor,
        at=at,
    )
    response.headers["location"] = f"{API}/redistribution-runs/{run.id}"
    return RunOut.of(queries.run(session, run.id, kind=RunKind.REDISTRIBUTION, actor=actor))


def _prepare(
    session: Session, body: RedistributionRunIn, actor: Actor, at: datetime
) -> JSONResponse:
    preparation_id = preparing.prepare(
        session,
        case_ids=body.case_ids,
        year=body.year,
        method=body.method,
        band=None if body.band is None else Fraction(str(body.band)),
        actor=actor,
        at=at,
    )
    seen = preparing.one(session, preparation_id, actor=actor)
    return JSONResponse(
        PreparationOut.of(seen).model_dump(mode="json"),
        202,
        headers={
            "location": f"{API}/run-preparations/{preparation_id}",
            "preference-applied": RESPOND_ASYNC,
        },
    )


def _add_run(
    path: str,
    kind: RunKind,
    named: str,
    confirm: Callable[..., Run],
    undo: Callable[..., Run],
) -> None:
    """What both kinds of run share, under the path of each."""

    @router.get(path, operation_id=f"list{named}s", responses=refusals(422))
    def list_runs(
        session: ReadSession,
        actor: CurrentActor,
        state: Annotated[list[RunState] | None, Query(description="Any of these.")] = None,
        limit: Limit = USUAL_PAGE,
        cursor: Cursor = None,
    ) -> ListOf[RunOut]:
        """The runs, the newest first (IMDi, auditor)."""
        page = queries.runs(
            session, kind, states=state or (), limit=limit, after=cursor, actor=actor
        )
        return ListOf(items=[RunOut.of(run) for run in page.items], next=page.next)

    @router.get(f"{path}/{{run_id}}", operation_id=f"get{named}", responses=refusals(404, 422))
    def get_run(session: ReadSession, actor: CurrentActor, run_id: UUID) -> RunOut:
        """One run as it stands."""
        return RunOut.of(queries.run(session, run_id, kind=kind, actor=actor))

    @router.get(
        f"{path}/{{run_id}}/items",
        operation_id=f"list{named}Items",
        responses=refusals(404, 422),
    )
    def list_items(
        session: ReadSession,
        actor: CurrentActor,
        run_id: UUID,
        outcome: Annotated[list[ItemOutcome] | None, Query(description="Any of these.")] = None,
        limit: Limit = USUAL_PAGE,
        cursor: Cursor = None,
    ) -> ListOf[RunItemOut]:
        """One line for each case, in the run's own order."""
        page = queries.items(
            session,
            run_id,
            kind=kind,
            outcomes=outcome or (),
            limit=limit,
            after=cursor,
            actor=actor,
        )
        return ListOf(items=[RunItemOut.of(item) for item in page.items], next=page.next)

    @router.post(
        f"{path}/{{run_id}}/confirm",
        operation_id=f"confirm{named}",
        dependencies=[Once],
        response_model=RunOut,
        responses=changes(404, codes="run.stale run.undone approvals.waits_already") | WAITS,
    )
    def confirm_run(
        request: Request,
        session: WriteSession,
        actor: CurrentActor,
        at: Now,
        run_id: UUID,
        body: TokenIn,
    ) -> RunOut | Response:
        """Do what the preview showed, all or nothing; again with the same token changes nothing.

        Where anything has moved since, `run.stale` says what. A large run may take two.
        """
        window = timedelta(minutes=request.app.state.settings.undo_minutes)
        waiting = Waiting(session, actor, at)
        with waiting.or_waits():
            confirm(session, run_id, body.token, actor=actor, at=at, undo_window=window)
        if waiting.ids:
            return waiting.answer()
        return RunOut.of(queries.run(session, run_id, kind=kind, actor=actor))

    @router.post(
        f"{path}/{{run_id}}/undo",
        operation_id=f"undo{named}",
        dependencies=[Once],
        responses=changes(404, codes="run.not_confirmed undo.too_late"),
    )
    def undo_run(session: WriteSession, actor: CurrentActor, at: Now, run_id: UUID) -> RunOut:
        """Put back what can be put back, until the letters leave; each line says how it went."""
        undo(session, run_id, actor=actor, at=at)
        return RunOut.of(queries.run(session, run_id, kind=kind, actor=actor))


_add_run(
    "/withdrawal-runs",
    RunKind.WITHDRAWAL,
    "WithdrawalRun",
    withdrawal_runs.confirm,
    withdrawal_runs.undo,
)
_add_run(
    "/redistribution-runs",
    RunKind.REDISTRIBUTION,
    "RedistributionRun",
    redistribution_runs.confirm,
    redistribution_runs.undo,
)
