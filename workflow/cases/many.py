"""Moving many cases at once: the same state, history, events and audit as one by one, set-based.

The cases are locked (`moves.many_for_change`) and each has passed the rules (`moves.allow`) before.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    String,
    Update,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    insert,
    literal,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from workflow.cases.machine import Context
from workflow.cases.models import Case, CaseStep
from workflow.cases.moves import CaseInHand, allow
from workflow.cases.states import CaseState
from workflow.kernel.audit import Kind, appended, given
from workflow.kernel.db import rows_of, table_of
from workflow.kernel.errors import Stale
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish_all

_CASES = table_of(Case)


def allow_all(cases: Iterable[CaseInHand], trigger: str, ctx: Context) -> dict[UUID, CaseState]:
    """Fire the trigger on each; returns where each came from. The first refusal stops them all."""
    return {case.id: allow(case, trigger, ctx) for case in cases}


def write_all(
    session: Session,
    cases: Sequence[CaseInHand],
    trigger: str,
    sources: Mapping[UUID, CaseState],
    ctx: Context,
    *,
    at: datetime,
    values: Mapping[str, Any],
    values_from: tuple[FromClause, ColumnElement[bool]] | None = None,
    facts: Mapping[UUID, dict[str, Any]] | None = None,
    events: Iterable[Event] = (),
    run_id: UUID | None = None,
    leaves_at: datetime | None = None,
) -> None:
    """Write cases, history, events and audit of one trigger; why a run does it, its own chain says.

    Args:
        values: columns of the case, as values or SQL expressions; over `values_from` where they
            differ from case to case.
        facts: of each case's line of history, by its id.

    Raises:
        Stale: fewer cases were there than are in hand; nothing may be written.
    """
    if not cases:
        return
    ids = [case.id for case in cases]
    change = (
        update(Case)
        .where(Case.id == any_(bindparam("ids", ids, type_=ARRAY(Uuid))))
        .values(version=Case.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if values_from is not None:
        change = change.where(values_from[1])
    told = given(session, trigger, actor=ctx.actor, at=at, reason=None if run_id else ctx.reason)
    if session.execute(_audited(change, values, run_id), told).scalar_one() != len(ids):
        raise Stale("some cases changed underneath", cases=len(ids))
    for case in cases:
        case.version += 1
    _write_history(session, cases, trigger, sources, ctx, at=at, facts=facts or {}, run_id=run_id)
    publish_all(session, events, at=at, leaves_at=leaves_at, run_id=run_id)


def _audited(change: Update, values: Mapping[str, Any], run_id: UUID | None) -> Select[int, int]:
    """The change with its audit: the columns as the statement finds them, and as it leaves them."""
    was = _CASES.alias("was")
    names = sorted({"state", *values})  # the state is told also where it stays
    now = change.returning(_CASES.c.id, _CASES.c.version, *(_CASES.c[name] for name in names)).cte()
    run: dict[str, ColumnElement[Any]]
    run = {} if run_id is None else {"run_id": literal(str(run_id))}
    before = _object({name: was.c[name] for name in names})
    after = _object(run | {name: now.c[name] for name in ("version", *names)})
    entries = appended(
        func.array_agg(literal(f"{Kind.CASE}:").concat(cast(now.c.id, String))),
        func.array_agg(before),
        func.array_agg(after),
    )
    return select(func.count(), entries).select_from(now.join(was, was.c.id == now.c.id))


def _object(values: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    named: Iterable[tuple[ColumnElement[Any], ColumnElement[Any]]]
    named = ((literal_column(f"'{name}'"), value) for name, value in values.items())
    return func.jsonb_build_object(*chain.from_iterable(named))


def _write_history(
    session: Session,
    cases: Sequence[CaseInHand],
    trigger: str,
    sources: Mapping[UUID, CaseState],
    ctx: Context,
    *,
    at: datetime,
    facts: Mapping[UUID, dict[str, Any]],
    run_id: UUID | None,
) -> None:
    columns: dict[str, tuple[Sequence[Any], TypeEngine[Any]]] = {
        "case_id": ([case.id for case in cases], Uuid()),
        "version": ([case.version for case in cases], Integer()),
        "source": ([str(sources[case.id]) for case in cases], String()),
        "dest": ([str(case.state) for case in cases], String()),
        "facts": ([facts.get(case.id, {}) for case in cases], JSONB()),
    }
    step = rows_of("step", columns)
    same = {
        "trigger": literal(trigger),
        "at": literal(at, CaseStep.__table__.c.at.type),
        "actor": literal(ctx.actor.name),
        "actor_role": literal(str(ctx.actor.role)),
        "reason": literal(ctx.reason, String),
        "run_id": literal(run_id, Uuid),
    }
    session.execute(
        insert(CaseStep).from_select(
            [*columns, *same], select(*(step.c[name] for name in columns), *same.values())
        )
    )
