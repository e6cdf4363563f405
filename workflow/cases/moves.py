"""What every command on a case shares: lock it, move it, write its line of history and the event.

State, version, history and event are written together or not at all, and only here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from workflow.capacity.states import Pool
from workflow.cases import machine
from workflow.cases.machine import Context
from workflow.cases.models import Case, CaseStep
from workflow.cases.queries import visible
from workflow.cases.states import CaseState, EntryStatus, Group, Track
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound, Stale
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.kernel.weeks import Week


@dataclass(slots=True)
class CaseInHand:
    """A case locked for change: the columns the rules and commands read."""

    id: UUID
    case_number: str
    group: Group
    state: CaseState
    version: int
    persons_count: int
    settled_count: int
    entry_status: EntryStatus
    entry_from_on: date | None
    permit_expires_on: date | None
    reception_centre: str | None
    departure_country: str | None
    needs: list[str]
    municipality_id: int | None
    account_id: int | None
    places_year: int | None
    vacancy_id: UUID | None
    asked_on: date | None
    answer_due: date | None
    settlement_week: Week | None
    placed_on: date | None
    former_municipality_id: int | None
    track: Track | None
    was_withdrawn: bool

    @property
    def pool(self) -> Pool:
        return pool_of(self.group)

    @property
    def held_persons(self) -> int:
        """Persons the account holds places for: those without a settlement date."""
        return 0 if self.account_id is None else self.persons_count - self.settled_count


def pool_of(group: Group) -> Pool:
    return Pool.MINORS if group is Group.UNACCOMPANIED_MINOR else Pool.ORDINARY


#: The columns of a case in hand, for queries that read it without locking.
in_hand = tuple(getattr(Case, field.name) for field in fields(CaseInHand))
#: Written by every step; the rest as the step changes it.
_STEP = insert(CaseStep.__table__)  # type: ignore[arg-type]  # a Table at run time


def for_change(session: Session, case_id: UUID, *, actor: Actor) -> CaseInHand:
    """The case, locked, if this actor may see it.

    Raises:
        NotFound: no such case, or not one of the actor's.
    """
    row = session.execute(
        select(*in_hand).where(Case.id == case_id, visible(actor)).with_for_update(of=Case)
    ).one_or_none()
    if row is None:
        raise NotFound("case")
    return CaseInHand(*row)


def many_for_change(
    session: Session, case_ids: Iterable[UUID], *, actor: Actor
) -> list[CaseInHand]:
    """Cases locked in the order of their ids; those the actor may not see are missing."""
    rows = session.execute(
        select(*in_hand)
        .where(Case.id.in_(list(case_ids)), visible(actor))
        .order_by(Case.id)
        .with_for_update(of=Case)
    )
    return [CaseInHand(*row) for row in rows]


def take_step(
    session: Session,
    case: CaseInHand,
    trigger: str,
    ctx: Context,
    *,
    at: datetime,
    changes: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    event: Event | None = None,
) -> None:
    """Fire the trigger, then write case, history and event.

    For commands that must touch other rows between the rules and the write: `allow`, then `write`.
    """
    source = allow(case, trigger, ctx)
    write(session, case, trigger, source, ctx, at=at, changes=changes, facts=facts, event=event)


def allow(case: CaseInHand, trigger: str, ctx: Context) -> CaseState:
    """Fire the trigger on the case in hand; returns the state it came from, or raises."""
    source = case.state
    machine.fire(case, trigger, ctx)
    return source


def write(
    session: Session,
    case: CaseInHand,
    trigger: str,
    source: CaseState,
    ctx: Context,
    *,
    at: datetime,
    changes: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    event: Event | None = None,
    run_id: UUID | None = None,
) -> None:
    """Write the case as it now is, the line of history and the event.

    Raises:
        Stale: the version moved although the row was locked; nothing may be written.
    """
    changes = changes or {}
    changed = session.execute(
        update(Case)
        .where(Case.id == bindparam("in_case"), Case.version == bindparam("in_version"))
        .values(state=case.state, version=Case.version + 1, **changes)
        .returning(Case.version)
        .execution_options(synchronize_session=False),
        {"in_case": case.id, "in_version": case.version},
    ).scalar_one_or_none()
    if changed is None:
        raise Stale("the case changed underneath", case_id=str(case.id))
    case.version = changed
    for name, value in changes.items():
        setattr(case, name, value)
    session.execute(
        _STEP,
        {
            "case_id": case.id,
            "version": changed,
            "at": at,
            "actor": ctx.actor.name,
            "actor_role": ctx.actor.role,
            "trigger": trigger,
            "source": source,
            "dest": case.state,
            "reason": ctx.reason,
            "facts": facts or {},
            "run_id": run_id,
        },
    )
    if event is not None:
        publish(session, event, at=at, run_id=run_id)
