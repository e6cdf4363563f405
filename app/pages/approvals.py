"""What waits for a second person: listed, confirmed, rejected; and what has to wait."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.shelf import opens_with, shelf
from app.pages.sorting import sort_of
from app.pages.visit import Reader, Visit
from app.saved_views.lists import SavedList
from app.users import delegations
from workflow.allocation.four_eyes import prepared
from workflow.allocation.outlook import Outlook, outlook
from workflow.approvals import commands
from workflow.approvals.errors import SecondPersonNeeded
from workflow.approvals.rules import RULES, confirmed_by
from workflow.approvals.states import Action, ApprovalState
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError, NotFound
from workflow.redistribution import approving, awaiting

router = APIRouter(route_class=InOneThread)

#: Who may be the second person of something, or reads of all.
_FOR: Final = (*(role for role in Role if confirmed_by(role)), Role.AUDITOR, Role.TRAVEL_OFFICER)
_RULES_FOR: Final = (Role.ADMINISTRATOR, Role.AUDITOR, Role.LEAD, Role.MIGRATION_OFFICER)


def put_before_another(reader: Visit, needed: SecondPersonNeeded) -> Response:
    """What takes two is prepared, and the reader sees it waiting."""
    with reader.change() as session:
        made = commands.prepare(session, needed.asked, actor=reader.actor, at=reader.at)
    return reader.done(f"/godkjenninger/{made}", "approval_waits", tone="info")


@router.get("/godkjenninger")
def approvals(reader: Reader, cursor: str | None = None) -> Response:
    actor = reader.only(*_FOR)
    if onward := opens_with(reader, SavedList.APPROVALS):
        return reader.go(onward)
    states = reader.filtered("state", ApprovalState)
    sort = sort_of(reader, awaiting.COLUMNS)
    found = awaiting.approvals(reader.session, states=states, sort=sort, after=cursor, actor=actor)
    return reader.page(
        "approvals/list.html",
        approvals=found.items,
        next=found.next,
        sort=sort,
        shelf=shelf(reader, SavedList.APPROVALS),
    )


@router.get("/godkjenninger/{approval_id}")
def approval(reader: Reader, approval_id: UUID) -> Response:
    return _page(reader, approval_id)


@router.post("/godkjenninger/{approval_id}/godkjenn")
def approve(reader: Reader, approval_id: UUID) -> Response:
    """The second person confirms, and it is carried out."""
    actor = reader.only(*_FOR)
    minutes = reader.request.app.state.settings.undo_minutes
    try:
        with reader.change() as session:
            seen = awaiting.awaiting(session, approval_id, actor=actor)
            approving.approve(
                session,
                approval_id,
                authority_of=delegations.authority_of(
                    session, seen.prepared_at, actor=actor, at=reader.at
                ),
                actor=actor,
                at=reader.at,
                undo_window=timedelta(minutes=minutes),
            )
    except DomainError as refusal:
        return _page(reader, approval_id, status_code=reader.again(refusal), refusal=refusal)
    return reader.done(f"/godkjenninger/{approval_id}", "approval_confirmed")


@router.post("/godkjenninger/{approval_id}/avvis")
def reject(reader: Reader, approval_id: UUID) -> Response:
    """Nothing is done; who prepared it may simply take it back."""
    actor = reader.only(*_FOR)
    try:
        with reader.change() as session:
            approving.reject(
                session,
                approval_id,
                reason=reader.form.text("reason"),
                actor=actor,
                at=reader.at,
            )
            state = awaiting.awaiting(session, approval_id, actor=actor).state
    except DomainError as refusal:
        return _page(reader, approval_id, status_code=reader.again(refusal))
    return reader.done(f"/godkjenninger/{approval_id}", f"approval_{state}")


@router.get("/to-personer")
def rules(reader: Reader) -> Response:
    """What takes two, and from how much on."""
    reader.only(*_RULES_FOR)
    return _rules_page(reader)


@router.post("/to-personer/{action}")
def change_rule(reader: Reader, action: Action) -> Response:
    actor = reader.only(Role.ADMINISTRATOR)
    if RULES[action].country is not reader.country:
        raise NotFound("approval rule")
    threshold = reader.form.number("threshold", required=True)
    if threshold is None or reader.form.errors:
        return _rules_page(reader, status_code=reader.again(), changed=action)
    try:
        with reader.change() as session:
            commands.change_rule(
                session,
                action,
                needed=reader.form.ticked("needed"),
                threshold=threshold,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _rules_page(reader, status_code=reader.again(refusal), changed=action)
    return reader.done("/to-personer", "approval_rule_changed")


def _page(
    reader: Visit,
    approval_id: UUID,
    *,
    status_code: int = 200,
    refusal: DomainError | None = None,
) -> Response:
    actor = reader.only(*_FOR)
    seen = awaiting.awaiting(reader.session, approval_id, actor=actor)
    return reader.page(
        "approvals/page.html",
        status_code=status_code,
        approval=seen,
        outlook=_outlook(reader, seen),
        changed=(refusal.facts.get("changed") or []) if refusal else [],
    )


def _outlook(reader: Visit, seen: awaiting.ApprovalSeen) -> Outlook | None:
    """What a decision of targets that waits would change today."""
    if seen.action is not Action.TARGETS or seen.state is not ApprovalState.WAITING:
        return None
    year, numbers, decision = prepared(seen.parameters)
    return outlook(reader.session, year, numbers, decision, actor=reader.actor)


def _rules_page(
    reader: Visit, *, status_code: int = 200, changed: Action | None = None
) -> Response:
    return reader.page(
        "approvals/rules.html",
        status_code=status_code,
        rules=awaiting.approval_rules(reader.session, country=reader.country, actor=reader.actor),
        may_change=reader.actor.role is Role.ADMINISTRATOR,
        changed=changed,
    )
