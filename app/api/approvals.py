"""Four eyes: what waits for a second person, and what has to wait."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from app.api.parameters import Cursor, Limit
from app.api.refusals import changes, refusals
from app.api.schemas.approvals import (
    ApprovalOut,
    ApprovalRuleIn,
    ApprovalRuleOut,
    RejectIn,
)
from app.api.schemas.fields import ListOf
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from app.users import delegations
from workflow.approvals import commands
from workflow.approvals.rules import RULES
from workflow.approvals.states import Action, ApprovalState
from workflow.kernel.errors import NotFound
from workflow.kernel.paging import USUAL_PAGE
from workflow.redistribution import approving, awaiting

router = APIRouter(tags=["four eyes"], route_class=OnceRoute)


@router.get("/approvals", operation_id="listApprovals", responses=refusals(422))
def list_approvals(
    session: ReadSession,
    actor: CurrentActor,
    state: Annotated[list[ApprovalState] | None, Query(description="Any of these.")] = None,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> ListOf[ApprovalOut]:
    """What you may confirm or have prepared yourself, the newest first; the auditor reads all."""
    page = awaiting.approvals(session, states=state or (), limit=limit, after=cursor, actor=actor)
    return ListOf(items=[ApprovalOut.of(one) for one in page.items], next=page.next)


@router.get("/approvals/{approval_id}", operation_id="getApproval", responses=refusals(404, 422))
def get_approval(session: ReadSession, actor: CurrentActor, approval_id: UUID) -> ApprovalOut:
    """One of them."""
    return ApprovalOut.of(awaiting.awaiting(session, approval_id, actor=actor))


@router.post(
    "/approvals/{approval_id}/approve",
    operation_id="approve",
    dependencies=[Once],
    responses=changes(
        404,
        codes="approvals.same_person approvals.delegate_of_preparer approvals.settled "
        "approvals.stale run.stale",
    ),
)
def approve(
    request: Request, session: WriteSession, actor: CurrentActor, at: Now, approval_id: UUID
) -> ApprovalOut:
    """Confirm what another has prepared: it is carried out at once, in both names.

    What its command refuses, or what has changed since, is told, and it goes on waiting.
    """
    seen = awaiting.awaiting(session, approval_id, actor=actor)
    approving.approve(
        session,
        approval_id,
        authority_of=delegations.authority_of(session, seen.prepared_at, actor=actor, at=at),
        actor=actor,
        at=at,
        undo_window=timedelta(minutes=request.app.state.settings.undo_minutes),
    )
    return ApprovalOut.of(awaiting.awaiting(session, approval_id, actor=actor))


@router.post(
    "/approvals/{approval_id}/reject",
    operation_id="reject",
    dependencies=[Once],
    responses=changes(404, codes="approvals.settled reason.missing"),
)
def reject(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    approval_id: UUID,
    body: RejectIn | None = None,
) -> ApprovalOut:
    """Nothing is done: with a reason, or taken back by the one who prepared it."""
    reason = body.reason if body else None
    approving.reject(session, approval_id, reason=reason, actor=actor, at=at)
    return ApprovalOut.of(awaiting.awaiting(session, approval_id, actor=actor))


@router.get("/approval-rules", operation_id="listApprovalRules", responses=refusals(403))
def list_rules(
    request: Request, session: ReadSession, actor: CurrentActor
) -> ListOf[ApprovalRuleOut]:
    """What takes two now, from how much on, and who may be the second person."""
    known = awaiting.approval_rules(session, country=request.app.state.country, actor=actor)
    return ListOf(items=[ApprovalRuleOut.of(rule) for rule in known])


@router.post(
    "/approval-rules/{action}",
    operation_id="changeApprovalRule",
    dependencies=[Once],
    responses=changes(),
)
def change_rule(
    request: Request,
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    action: Action,
    body: ApprovalRuleIn,
) -> ApprovalRuleOut:
    """Say whether an action takes two (the administrator, whom no rule of these binds)."""
    country = request.app.state.country
    if RULES[action].country is not country:
        raise NotFound("approval rule")
    commands.change_rule(
        session, action, needed=body.needed, threshold=body.threshold, actor=actor, at=at
    )
    known = awaiting.approval_rules(session, country=country, actor=actor)
    return ApprovalRuleOut.of(next(rule for rule in known if rule.action is action))
