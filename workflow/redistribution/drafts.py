"""A rule set before it is a version: written, tried on last month, proposed, put in force.

Locks: the draft, before what waits for a second person.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from workflow.kernel import audit
from workflow.kernel.actor import READS_ALL_CASES, Actor, Role
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.planning.rule_sets import PlanningRules, from_mapping
from workflow.redistribution import rules
from workflow.redistribution.errors import DraftSettled, NotSimulated
from workflow.redistribution.models import RuleDraft
from workflow.redistribution.rules import NewRuleSet, refuse_malformed
from workflow.redistribution.simulating import on_last_month
from workflow.redistribution.states import DraftState

#: A draft has no version yet.
_NO_VERSION = 0


@dataclass(frozen=True, slots=True)
class DraftSeen:
    id: UUID
    state: DraftState
    valid_from: date
    note: str
    rules: dict[str, Any] = field(hash=False)
    simulation: dict[str, Any] | None = field(hash=False)
    simulated_at: datetime | None
    proposed_at: datetime | None
    proposed_by: str | None
    #: What it became.
    rules_version: int | None
    at: datetime
    actor: str

    @property
    def planning(self) -> PlanningRules:
        return from_mapping(self.rules)


def drafts(session: Session, *, actor: Actor) -> list[DraftSeen]:
    """Every draft, the newest first.

    Raises:
        NotFound: drafts are for those who plan, and for who audits them.
    """
    _reads(actor)
    rows = session.execute(select(*_SEEN).order_by(RuleDraft.at.desc(), RuleDraft.id))
    return [DraftSeen(*row) for row in rows]


def draft(session: Session, draft_id: UUID, *, actor: Actor) -> DraftSeen:
    """Raises NotFound."""
    _reads(actor)
    row = session.execute(select(*_SEEN).where(RuleDraft.id == draft_id)).one_or_none()
    if row is None:
        raise NotFound("rule_draft")
    return DraftSeen(*row)


def write(session: Session, new: NewRuleSet, *, actor: Actor, at: datetime) -> UUID:
    """A new draft; nothing is in force by it.

    Raises:
        NotAllowed: it is the lead's. Invalid.
    """
    _lead(actor)
    refuse_malformed(new, local_day(at))
    made: UUID = session.execute(
        insert(RuleDraft)
        .values(state=DraftState.DRAFT, actor=actor.name, at=at, **_values(new))
        .returning(RuleDraft.id)
    ).scalar_one()
    states = None, DraftState.DRAFT
    _audit(session, made, "draft_rules", states, actor=actor, at=at, reason=new.note)
    return made


def simulate(session: Session, draft_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Try it on last month and keep what came of it.

    Raises:
        NotAllowed; NotFound; NoScores. DraftSettled: it is proposed or in force.
    """
    _lead(actor)
    found = _locked(session, draft_id)
    _refuse_settled(found)
    was = found.state
    outcome = on_last_month(session, from_mapping(found.rules), actor=actor, at=at)
    _update(
        session,
        draft_id,
        state=DraftState.SIMULATED,
        simulation=outcome,
        simulated_at=at,
    )
    _audit(session, draft_id, "simulate_rules", (was, DraftState.SIMULATED), actor=actor, at=at)


def propose(session: Session, draft_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Say that it should come into force; `put_in_force` follows, by two if it takes two.

    Raises:
        NotAllowed; NotFound; NotSimulated. DraftSettled: it is in force.
    """
    _lead(actor)
    found = _locked(session, draft_id)
    if found.state is DraftState.PROPOSED:
        return
    if found.state is DraftState.IN_FORCE:
        raise DraftSettled(state=found.state)
    if found.state is not DraftState.SIMULATED:
        raise NotSimulated
    was = found.state
    _update(session, draft_id, state=DraftState.PROPOSED, proposed_at=at, proposed_by=actor.name)
    _audit(session, draft_id, "propose_rules", (was, DraftState.PROPOSED), actor=actor, at=at)


def put_in_force(session: Session, draft_id: UUID, *, actor: Actor, at: datetime) -> int:
    """Publish a proposed draft as the next version; returns its number.

    Raises:
        NotAllowed; NotFound; Invalid: its day is past. NotSimulated: it is not proposed.
        SecondPersonNeeded. DraftSettled: it is in force already.
    """
    _lead(actor)
    found = _locked(session, draft_id)
    if found.state is DraftState.IN_FORCE:
        raise DraftSettled(state=found.state)
    if found.state is not DraftState.PROPOSED:
        raise NotSimulated
    return rules.put_in_force(session, _new(found), actor=actor, at=at)


def all_at_once(session: Session, new: NewRuleSet, *, actor: Actor, at: datetime) -> UUID:
    """Write a draft, try it and propose it, for who has decided already.

    Raises:
        NotAllowed; Invalid; NoScores.
    """
    made = write(session, new, actor=actor, at=at)
    simulate(session, made, actor=actor, at=at)
    propose(session, made, actor=actor, at=at)
    return made


def reopened(session: Session, draft_id: UUID) -> None:
    """What was proposed has been rejected or taken back: it is simulated, as before."""
    session.execute(
        update(RuleDraft)
        .where(RuleDraft.id == draft_id, RuleDraft.state == DraftState.PROPOSED)
        .values(state=DraftState.SIMULATED, proposed_at=None, proposed_by=None)
        .execution_options(synchronize_session=False)
    )


def _new(found: RuleDraft) -> NewRuleSet:
    planning = from_mapping(found.rules)
    window = planning.vacancy_window
    return NewRuleSet(
        found.valid_from,
        Decimal(window.numerator) / Decimal(window.denominator),
        planning.next_shown,
        found.note,
        planning=replace(planning, version=1),
        draft_id=found.id,
    )


def _values(new: NewRuleSet) -> dict[str, Any]:
    return {
        "valid_from": new.valid_from,
        "rules": new.whole(_NO_VERSION),
        "note": new.note,
    }


_SEEN = (
    RuleDraft.id,
    RuleDraft.state,
    RuleDraft.valid_from,
    RuleDraft.note,
    RuleDraft.rules,
    RuleDraft.simulation,
    RuleDraft.simulated_at,
    RuleDraft.proposed_at,
    RuleDraft.proposed_by,
    RuleDraft.rules_version,
    RuleDraft.at,
    RuleDraft.actor,
)


def _reads(actor: Actor) -> None:
    if actor.role not in READS_ALL_CASES:
        raise NotFound("rule_draft")


def _lead(actor: Actor) -> None:
    if actor.role is not Role.LEAD:
        raise NotAllowed("rules are put in force by IMDi's lead", role=actor.role)


def _locked(session: Session, draft_id: UUID) -> RuleDraft:
    found = session.scalar(
        select(RuleDraft)
        .where(RuleDraft.id == draft_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("rule_draft")
    return found


def _refuse_settled(found: RuleDraft) -> None:
    if found.state in {DraftState.PROPOSED, DraftState.IN_FORCE}:
        raise DraftSettled(state=found.state)


def _update(session: Session, draft_id: UUID, **values: Any) -> None:
    session.execute(
        update(RuleDraft)
        .where(RuleDraft.id == draft_id)
        .values(values)
        .execution_options(synchronize_session="fetch")
    )


def _audit(
    session: Session,
    draft_id: UUID,
    action: str,
    states: tuple[DraftState | None, DraftState],
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
) -> None:
    before, after = states
    was = None if before is None else {"state": before}
    subject = audit.subject(audit.Kind.SETTING, "rule_draft", draft_id)
    change = audit.Change(subject, was, {"state": after})
    audit.record(session, change, action, actor=actor, at=at, reason=reason)
