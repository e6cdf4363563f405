"""What every command on a case shares: lock it, move it, write history, the event and the audit.

State, version, history, event and audit are written together or not at all, and only here. The lock
is FOR NO KEY UPDATE: who only refers to the case (a preview, close family) does not wait for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from workflow.capacity import commands as capacity
from workflow.capacity.commands import Cause
from workflow.capacity.states import Pool
from workflow.cases import machine, statements
from workflow.cases.machine import Context
from workflow.cases.models import Case
from workflow.cases.queries import BARS, visible, visible_to, whose
from workflow.cases.states import CaseState, EntryStatus, Group, Protection, Track
from workflow.kernel.actor import Actor, Role
from workflow.kernel.audit import Change, Kind, given, given_one, subject
from workflow.kernel.db import table_of
from workflow.kernel.errors import NotFound, Stale
from workflow.kernel.events import Event
from workflow.kernel.expectations import compare
from workflow.kernel.kept import Kept
from workflow.kernel.outbox import message
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
    address_protection: Protection = Protection.NONE
    papers_expire_on: date | None = None

    @property
    def pool(self) -> Pool:
        """The places it takes: those of a protected address stand in nobody's numbers."""
        return pool_of(self.group) if self.is_open else Pool.PROTECTED

    @property
    def is_open(self) -> bool:
        """Its people's address is not protected."""
        return self.address_protection is Protection.NONE

    @property
    def held_persons(self) -> int:
        """Persons the account holds places for: those without a settlement date."""
        return 0 if self.account_id is None else self.persons_count - self.settled_count


def pool_of(group: Group) -> Pool:
    return Pool.MINORS if group is Group.UNACCOMPANIED_MINOR else Pool.ORDINARY


#: The one fact of a step that somebody has written in words of their own.
FREE_TEXT = "text"

_CASES = table_of(Case)
#: The columns of a case in hand, for queries that read it without locking.
in_hand = tuple(Case.__mapper__.columns[field.name] for field in fields(CaseInHand))


_SEEN = _CASES.alias("seen")
#: The version of the case in the snapshot of the statement; the lock gives its last one.
_SEEN_VERSION = select(_SEEN.c.version).where(_SEEN.c.id == _CASES.c.id).scalar_subquery()


@cache
def _locking(role: Role, *beside: ColumnElement[Any]) -> Kept:
    """The lock of one case that an actor of the role may see, with what is read beside it."""
    wanted = select(*in_hand, *beside)
    return Kept(
        wanted.where(_CASES.c.id == bindparam("case_id"), visible_to(role)).with_for_update(
            of=_CASES, key_share=True
        )
    )


def for_change(session: Session, case_id: UUID, *, actor: Actor) -> CaseInHand:
    """The case, locked, if this actor may see it.

    Raises:
        NotFound: no such case, or not one of the actor's.
        Stale: not the version the caller expects, if it does.
    """
    row = _locking(actor.role).row(session, {"case_id": case_id, **whose(actor)})
    if row is None:
        raise NotFound("case")
    case = CaseInHand(*row)
    compare(session, case.id, case.version)
    return case


def for_question(
    session: Session, case_id: UUID, municipality_id: int, *, today: date, actor: Actor
) -> tuple[CaseInHand, str | None, bool]:
    """The case, locked, and what bars it from the municipality: see workflow.cases.queries.BARS.

    Where the lock had to wait, what was read beside the case is older than the case (a no may have
    come), and is read again.

    Raises:
        NotFound: no such case, or not one of the actor's.
    """
    locking = _locking(actor.role, *BARS, _SEEN_VERSION)
    values = {"case_id": case_id, "municipality_id": municipality_id, "today": today}
    while True:
        row = locking.row(session, values | whose(actor))
        if row is None:
            raise NotFound("case")
        *columns, paused_by, declined, seen_version = row
        case = CaseInHand(*columns)
        if case.version == seen_version:
            compare(session, case.id, case.version)
            return case, paused_by, declined


def many_for_change(
    session: Session, case_ids: Iterable[UUID], *, actor: Actor
) -> list[CaseInHand]:
    """Cases locked in the order of their ids; those the actor may not see are missing."""
    wanted = bindparam("case_ids", list(case_ids), type_=ARRAY(Uuid))
    rows = session.execute(
        select(*in_hand)
        .where(_CASES.c.id == any_(wanted), visible(actor))
        .order_by(_CASES.c.id)
        .with_for_update(of=_CASES, key_share=True)
    )
    return [CaseInHand(*row) for row in rows]


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
    changes: Mapping[str, Any] | None = None,
    answer: Mapping[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    event: Event | None = None,
    run_id: UUID | None = None,
) -> None:
    """Write the case as it now is, history, the event and the audit, in one statement.

    Args:
        changes: columns of the case.
        answer: columns of the question that is open to its municipality.

    Raises:
        Stale: the version moved although the row was locked; nothing may be written.
    """
    changes, answer = changes or {}, answer or {}
    values = _step_values(case, trigger, source, ctx, at=at, facts=facts, event=event)
    values["run_id"] = run_id
    values |= _audit_values(
        session, case, trigger, source, ctx, at=at, changes=changes, facts=facts
    )
    for part, columns in (("case", changes), ("answer", answer)):
        values |= {f"{part}_{name}": value for name, value in columns.items()}
    statement = statements.of_step(tuple(changes), tuple(answer), tells=event is not None)
    written = statement.row(session, values)
    if written is None:
        raise Stale("the case changed underneath", case_id=str(case.id))
    _now(case, written[0], changes)


def write_question(
    session: Session,
    case: CaseInHand,
    trigger: str,
    source: CaseState,
    ctx: Context,
    *,
    at: datetime,
    changes: Mapping[str, Any],
    question: Mapping[str, Any],
    facts: dict[str, Any],
    event: Event,
) -> None:
    """Take the places, write the case as it now is, question, history, event and audit, in one.

    Args:
        changes: `municipality_id`, `places_year`, `vacancy_id`, `asked_on`, `answer_due`.
        question: what the question says besides: `again`, `override_reason`, `reasons`,
            `rules_version`. The database adds what it shows.

    Raises:
        NotRegistered, NoneFree: the municipality's year has no room (R16).
        Stale: the version moved although the row was locked; nothing may be written.
    """
    wanted = {
        "municipality_id": changes["municipality_id"],
        "year": changes["places_year"],
        "pool": case.pool,
        "persons": case.persons_count,
    }
    values = (
        _step_values(case, trigger, source, ctx, at=at, facts=facts, event=event)
        | capacity.values_of_hold(**wanted, cause=Cause(ctx.actor, at, case_id=case.id))
        | {f"case_{name}": changes[name] for name in ("vacancy_id", "asked_on", "answer_due")}
        | {f"question_{name}": value for name, value in question.items()}
        | _audit_values(session, case, trigger, source, ctx, at=at, changes=changes, facts=facts)
    )
    written = statements.of_question().row(session, values)
    if written is None:
        raise capacity.why_not_held(session, **wanted)
    account_id, version, _ = written
    if version is None:
        raise Stale("the case changed underneath", case_id=str(case.id))
    _now(case, version, {**changes, "account_id": account_id, "settlement_week": None})


def _step_values(
    case: CaseInHand,
    trigger: str,
    source: CaseState,
    ctx: Context,
    *,
    at: datetime,
    facts: dict[str, Any] | None,
    event: Event | None,
) -> dict[str, Any]:
    values = {
        "of_case": case.id,
        "read_version": case.version,
        "case_state": case.state,
        "at": at,
        "actor": ctx.actor.name,
        "step_actor_role": str(ctx.actor.role),
        "step_trigger": trigger,
        "step_source": str(source),
        "step_reason": ctx.reason,
        "step_facts": facts or {},
    }
    return values if event is None else values | message(event)


def _audit_values(
    session: Session,
    case: CaseInHand,
    trigger: str,
    source: CaseState,
    ctx: Context,
    *,
    at: datetime,
    changes: Mapping[str, Any],
    facts: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """What the audit is told: the columns that change as they were and are, and what was done."""
    told = {name: value for name, value in (facts or {}).items() if name != FREE_TEXT}
    changed = Change(
        subject(Kind.CASE, case.id),
        before={"state": source} | {name: getattr(case, name) for name in changes},
        after={"state": case.state, "version": case.version + 1} | dict(changes) | {"facts": told},
    )
    text = (facts or {}).get(FREE_TEXT)
    reason = ": ".join(part for part in (ctx.reason, text) if part) or None
    return given_one(changed) | given(session, trigger, actor=ctx.actor, at=at, reason=reason)


def _now(case: CaseInHand, version: int, changes: Mapping[str, Any]) -> None:
    case.version = version
    for name, value in changes.items():
        setattr(case, name, value)
