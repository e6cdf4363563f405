"""Preparing for a second person, confirming and rejecting; changing what takes two.

Locks: the waiting action, before whatever it acts on.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from workflow.approvals.asked import Approved, Asked
from workflow.approvals.errors import (
    AlreadyWaits,
    ApprovalSettled,
    ApprovalStale,
    DelegateOfPreparer,
    SamePerson,
    SecondPersonNeeded,
)
from workflow.approvals.events import ApprovalEvent
from workflow.approvals.models import Approval, ApprovalRule
from workflow.approvals.rules import RULES
from workflow.approvals.states import Action, ApprovalState
from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, Actor, Role
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, ReasonMissing
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish

#: Largest threshold a rule may have.
LARGEST_THRESHOLD = 100_000


def demand(session: Session, asked: Asked, approved: Approved | None, *, actor: Actor) -> None:
    """Let an action pass that needs no second person, or has one; called before it writes anything.

    Args:
        approved: what the second person is confirming; None where somebody acts alone.

    Raises:
        SecondPersonNeeded: with what to prepare.
        ApprovalStale: what was prepared stood on something else.
    """
    if approved is not None:
        _still(approved.asked, asked)
        return
    if actor.role is Role.SYSTEM:
        return
    rule = session.execute(
        select(ApprovalRule.needed, ApprovalRule.threshold).where(
            ApprovalRule.action == asked.action
        )
    ).one()
    if rule.needed and asked.count >= rule.threshold:
        raise SecondPersonNeeded(asked)


def _still(prepared: Asked, now: Asked) -> None:
    if (prepared.action, prepared.subject) != (now.action, now.subject):
        raise RuntimeError(f"{prepared.subject} was approved, and {now.subject} is carried out")
    was = {**prepared.parameters, **prepared.stands_on}
    now_is = {**now.parameters, **now.stands_on}
    changed = [
        {"what": name, "was": was.get(name), "is": now_is.get(name)}
        for name in sorted(was.keys() | now_is.keys())
        if was.get(name) != now_is.get(name)
    ]
    if changed:
        raise ApprovalStale(changed=changed)


def prepare(session: Session, asked: Asked, *, actor: Actor, at: datetime) -> UUID:
    """Put an action before a second person; returns its id.

    The same again changes nothing; the same person's other wish for the subject takes its place.

    Raises:
        AlreadyWaits: another person has prepared the action on this subject.
    """
    persons = sorted(actor.persons)
    row: dict[str, Any] = {
        "action": asked.action,
        "state": ApprovalState.WAITING,
        "subject": asked.subject,
        "count": asked.count,
        "parameters": dict(asked.parameters),
        "stands_on": dict(asked.stands_on),
        "municipality_id": asked.municipality_id,
        "case_id": asked.case_id,
        "prepared_at": at,
        "prepared_by": actor.name,
        "prepared_role": str(actor.role),
        "prepared_persons": persons,
    }
    made = session.execute(
        upsert(Approval).values(row).on_conflict_do_nothing().returning(Approval.id)
    ).scalar_one_or_none()
    if made is None:
        waiting = session.execute(
            select(Approval)
            .where(
                Approval.action == asked.action,
                Approval.subject == asked.subject,
                Approval.state == ApprovalState.WAITING,
            )
            .with_for_update()
        ).scalar_one_or_none()
        if waiting is None:  # settled in this very moment
            return prepare(session, asked, actor=actor, at=at)
        if waiting.prepared_persons != persons:
            raise AlreadyWaits(approval_id=waiting.id, prepared_by=waiting.prepared_by)
        if (waiting.parameters, waiting.stands_on) == (row["parameters"], row["stands_on"]):
            return waiting.id
        _settle(session, waiting.id, ApprovalState.TAKEN_BACK, actor=actor, at=at)
        made = session.execute(insert(Approval).values(row).returning(Approval.id)).scalar_one()
    after = {"action": asked.action, "approval": made, "count": asked.count}
    audit.record(session, audit.Change(asked.subject, after=after), "prepare", actor=actor, at=at)
    _tell(session, _waits_for(asked), made, asked, at=at)
    return made


def _waits_for(asked: Asked) -> ApprovalEvent:
    """Whom it waits for is whom it tells."""
    if asked.municipality_id is not None:
        return ApprovalEvent.WAITS_IN_MUNICIPALITY
    if Role.MIGRATION_OFFICER in RULES[asked.action].roles:
        return ApprovalEvent.WAITS_IN_AGENCY
    if RULES[asked.action].roles >= DIRECTORATE:
        return ApprovalEvent.WAITS
    return ApprovalEvent.WAITS_FOR_LEAD


def _tell(
    session: Session,
    event: ApprovalEvent,
    approval_id: UUID,
    asked: Asked,
    *,
    persons: Collection[str] = (),
    at: datetime,
) -> None:
    """Those it waits for, or the persons named; a token made on the command line is no person."""
    users = [int(one.removeprefix("user:")) for one in persons if one.startswith("user:")]
    facts: dict[str, Any] = {"approval_id": str(approval_id), "action": str(asked.action)}
    if persons:
        facts["users"] = users
    told = Event(event, asked.case_id, asked.municipality_id, facts)
    publish(session, told, at=at)


def take(
    session: Session,
    approval_id: UUID,
    *,
    authority_of: Collection[str],
    actor: Actor,
) -> Approved | None:
    """The waiting action, locked, where this actor may confirm it; None where it has done so.

    Args:
        authority_of: signs of those whose authority the actor holds, or has held since it was
            prepared.

    Raises:
        NotFound; NotAllowed: others confirm this. ApprovalSettled: it waits no longer.
        SamePerson, DelegateOfPreparer: say who prepared it and who is needed.
    """
    found = _locked(session, approval_id)
    if not may_confirm(found, actor):
        raise NotAllowed("others are the second person of this", role=actor.role)
    if found.state is not ApprovalState.WAITING:
        if found.state is ApprovalState.APPROVED and found.settled_persons == sorted(actor.persons):
            return None
        raise ApprovalSettled(state=found.state, settled_by=found.settled_by or "")
    prepared = set(found.prepared_persons)
    needed = sorted(RULES[found.action].roles)
    if prepared & actor.persons:
        raise SamePerson(prepared_by=found.prepared_by, roles=[str(role) for role in needed])
    if prepared & set(authority_of):
        raise DelegateOfPreparer(
            prepared_by=found.prepared_by, roles=[str(role) for role in needed]
        )
    return Approved(found.id, _asked(found), found.prepared_by, tuple(found.prepared_persons))


def _asked(found: Approval) -> Asked:
    return Asked(
        found.action,
        found.subject,
        found.count,
        found.parameters,
        found.stands_on,
        found.municipality_id,
        found.case_id,
    )


def may_confirm(approval: Approval, actor: Actor) -> bool:
    """Whether the actor's role and organisation are those of the second person."""
    return (
        actor.role in RULES[approval.action].roles
        and actor.municipality_id == approval.municipality_id
    )


def confirmed(session: Session, approved: Approved, *, actor: Actor, at: datetime) -> None:
    """The action has been carried out, in this transaction."""
    _settle(session, approved.id, ApprovalState.APPROVED, actor=actor, at=at)
    after = {"approval": approved.id, "action": approved.asked.action}
    audit.record(
        session, audit.Change(approved.asked.subject, after=after), "approve", actor=actor, at=at
    )
    _tell(
        session,
        ApprovalEvent.APPROVED,
        approved.id,
        approved.asked,
        persons=approved.prepared_persons,
        at=at,
    )


def tell_undone(session: Session, subject: str, *, actor: Actor, at: datetime) -> None:
    """Tell the others who agreed on it that what they agreed on is undone."""
    for found in session.scalars(
        select(Approval).where(
            Approval.subject == subject, Approval.state == ApprovalState.APPROVED
        )
    ):
        agreed = {*found.prepared_persons, *(found.settled_persons or ())}
        others = sorted(agreed - actor.persons)
        if others:
            asked = _asked(found)
            _tell(session, ApprovalEvent.UNDONE, found.id, asked, persons=others, at=at)


def reject(
    session: Session, approval_id: UUID, *, reason: str | None, actor: Actor, at: datetime
) -> None:
    """Nothing is done; a second person says why, the one who prepared it may simply take it back.

    Raises:
        NotFound; NotAllowed; ReasonMissing; ApprovalSettled.
    """
    found = _locked(session, approval_id)
    own = bool(set(found.prepared_persons) & actor.persons)
    if not own and not may_confirm(found, actor):
        raise NotAllowed("others are the second person of this", role=actor.role)
    state = ApprovalState.TAKEN_BACK if own else ApprovalState.REJECTED
    if found.state is state and found.settled_persons == sorted(actor.persons):
        return
    if found.state is not ApprovalState.WAITING:
        raise ApprovalSettled(state=found.state, settled_by=found.settled_by or "")
    if not own and not reason:
        raise ReasonMissing
    _settle(session, found.id, state, reason=reason, actor=actor, at=at)
    audit.record(
        session,
        audit.Change(found.subject, after={"approval": found.id, "state": state}),
        "reject",
        actor=actor,
        at=at,
        reason=reason,
    )
    if not own:
        prepared = found.prepared_persons
        _tell(session, ApprovalEvent.REJECTED, found.id, _asked(found), persons=prepared, at=at)


def change_rule(
    session: Session, action: Action, *, needed: bool, threshold: int, actor: Actor, at: datetime
) -> None:
    """Say whether an action takes two, and from how much on; what waits goes on waiting.

    It is the administrator's, who does none of the actions: whom a rule binds cannot lift it.

    Raises:
        NotAllowed. Invalid: a threshold below one, or beyond anything there is.
    """
    if actor.role is not Role.ADMINISTRATOR:
        raise NotAllowed("the administrator says what takes two", role=actor.role)
    if not 1 <= threshold <= LARGEST_THRESHOLD:
        raise Invalid("no such threshold", pointer="/threshold", expected=f"1-{LARGEST_THRESHOLD}")
    before = session.execute(
        select(ApprovalRule.needed, ApprovalRule.threshold)
        .where(ApprovalRule.action == action)
        .with_for_update()
    ).one()
    if tuple(before) == (needed, threshold):
        return
    session.execute(
        update(ApprovalRule)
        .where(ApprovalRule.action == action)
        .values(needed=needed, threshold=threshold, changed_at=at, changed_by=actor.name)
        .execution_options(synchronize_session=False)
    )
    changed = audit.Change(
        audit.subject(audit.Kind.SETTING, "approval", action),
        before={"needed": before.needed, "threshold": before.threshold},
        after={"needed": needed, "threshold": threshold},
    )
    audit.record(session, changed, "change_rule", actor=actor, at=at)


def _locked(session: Session, approval_id: UUID) -> Approval:
    found = session.scalar(
        select(Approval)
        .where(Approval.id == approval_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("approval")
    return found


def _settle(
    session: Session,
    approval_id: UUID,
    state: ApprovalState,
    *,
    reason: str | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    session.execute(
        update(Approval)
        .where(Approval.id == approval_id)
        .values(
            state=state,
            settled_at=at,
            settled_by=actor.name,
            settled_persons=sorted(actor.persons),
            reason=reason,
        )
        .execution_options(synchronize_session=False)
    )
