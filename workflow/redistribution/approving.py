"""The second person: what waits is confirmed and carried out in one transaction.

Locks: the waiting action, then as its own command locks. Two who confirm at the same moment follow
one another, and the second finds it settled.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from workflow.allocation import targets
from workflow.allocation.four_eyes import prepared
from workflow.approvals import commands as approvals
from workflow.approvals.asked import Approved
from workflow.approvals.states import Action
from workflow.capacity import commands as capacity
from workflow.capacity.commands import Cause, YearChange
from workflow.capacity.states import Pool
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.planning.rule_sets import from_mapping
from workflow.redistribution import commands, drafts, redistribution_runs, rules, withdrawal_runs
from workflow.redistribution.awaiting import awaiting
from workflow.redistribution.states import RunKind

Carry = Callable[[Session, Approved, Actor, datetime, timedelta], object]


def approve(
    session: Session,
    approval_id: UUID,
    *,
    authority_of: Collection[str],
    actor: Actor,
    at: datetime,
    undo_window: timedelta,
) -> None:
    """Confirm what another has prepared, and do it; the same person again changes nothing.

    Args:
        authority_of: signs (`Actor.persons`) of those whose authority this person holds, or has
            held since it was prepared.

    Raises:
        NotFound; NotAllowed; SamePerson; DelegateOfPreparer; ApprovalSettled.
        ApprovalStale, RunStale: what it stands on has changed; `changed` says what.
        and whatever its command refuses.
    """
    awaiting(session, approval_id, actor=actor)
    approved = approvals.take(session, approval_id, authority_of=authority_of, actor=actor)
    if approved is None:
        return
    carry = _CARRIES_OUT[approved.asked.action]
    carry(session, approved, actor.confirming(approved.prepared_by), at, undo_window)
    approvals.confirmed(session, approved, actor=actor, at=at)


def reject(
    session: Session, approval_id: UUID, *, reason: str | None, actor: Actor, at: datetime
) -> None:
    """Say no to what another has prepared, or take back what one has prepared oneself.

    Raises:
        NotFound; NotAllowed; ReasonMissing; ApprovalSettled.
    """
    seen = awaiting(session, approval_id, actor=actor)
    approvals.reject(session, approval_id, reason=reason, actor=actor, at=at)
    if seen.action is Action.RULE_SET and (draft_id := seen.parameters.get("draft_id")):
        drafts.reopened(session, UUID(draft_id))


def _run(
    session: Session, approved: Approved, actor: Actor, at: datetime, undo_window: timedelta
) -> object:
    told = approved.asked.parameters
    kind = RunKind(told["kind"])
    confirm = (withdrawal_runs if kind is RunKind.WITHDRAWAL else redistribution_runs).confirm
    return confirm(
        session,
        UUID(told["run_id"]),
        told["token"],
        approved=approved,
        actor=actor,
        at=at,
        undo_window=undo_window,
    )


def _rule_set(
    session: Session, approved: Approved, actor: Actor, at: datetime, undo_window: timedelta
) -> object:
    told = approved.asked.parameters
    new = rules.NewRuleSet(
        date.fromisoformat(told["valid_from"]),
        Decimal(told["vacancy_window"]),
        told["next_shown"],
        told["note"],
        from_mapping(told["rules"]) if "rules" in told else rules.PUBLISHED,
        draft_id=UUID(told["draft_id"]) if told.get("draft_id") else None,
    )
    return rules.put_in_force(session, new, approved=approved, actor=actor, at=at)


def _extra_places(
    session: Session, approved: Approved, actor: Actor, at: datetime, undo_window: timedelta
) -> object:
    told = approved.asked.parameters
    return capacity.register_year(
        session,
        municipality_id=told["municipality_id"],
        year=told["year"],
        pool=Pool(told["pool"]),
        change=YearChange(**told["change"]),
        cause=Cause(actor, at, reason=told["reason"]),
        on=local_day(at),
        approved=approved,
    )


def _reversal(
    session: Session, approved: Approved, actor: Actor, at: datetime, undo_window: timedelta
) -> object:
    told, case_id = approved.asked.parameters, approved.asked.case_id
    assert case_id is not None  # noqa: S101  a reversal is of a case
    if told["step"] == "lapse":
        return commands.lapse(
            session, case_id, reason=told["reason"], approved=approved, actor=actor, at=at
        )
    return commands.withdraw(
        session,
        case_id,
        reason=told["reason"],
        legal_ground=told["legal_ground"],
        approved=approved,
        actor=actor,
        at=at,
    )


def _targets(
    session: Session, approved: Approved, actor: Actor, at: datetime, undo_window: timedelta
) -> object:
    year, numbers, decision = prepared(approved.asked.parameters)
    return targets.decide(session, year, numbers, decision, approved=approved, actor=actor, at=at)


_CARRIES_OUT: Final[Mapping[Action, Carry]] = {
    Action.RUN: _run,
    Action.RULE_SET: _rule_set,
    Action.EXTRA_PLACES: _extra_places,
    Action.REVERSAL: _reversal,
    Action.TARGETS: _targets,
}
