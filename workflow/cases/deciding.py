"""IMDi's settlement decision, on one case or many (the bosettingsvedtak)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, insert, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from workflow.cases.events import CaseEvent
from workflow.cases.machine import Context
from workflow.cases.many import write_all
from workflow.cases.models import Decision, Distribution
from workflow.cases.moves import CaseInHand, allow, for_change, many_for_change, write
from workflow.cases.states import CaseState, DecisionKind, DistributionState
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import DomainError, NotFound
from workflow.kernel.events import Event


def decide(session: Session, case_id: UUID, *, actor: Actor, at: datetime) -> CaseInHand:
    """IMDi's settlement decision: the case is placed, and the municipality sees the folder."""
    return _decide(session, for_change(session, case_id, actor=actor), actor=actor, at=at)


def decide_many(
    session: Session, case_ids: Iterable[UUID], *, actor: Actor, at: datetime
) -> list[tuple[UUID, CaseInHand | DomainError]]:
    """Decide each of the cases; one that is refused stays as it is and says why."""
    wanted = list(dict.fromkeys(case_ids))
    found = {case.id: case for case in many_for_change(session, wanted, actor=actor)}
    ctx = Context(actor, local_day(at))
    results: list[tuple[UUID, CaseInHand | DomainError]] = []
    sources: dict[UUID, CaseState] = {}
    for case_id in wanted:
        if case_id not in found:
            results.append((case_id, NotFound("case")))
            continue
        try:
            sources[case_id] = allow(found[case_id], "decide", ctx)
            results.append((case_id, found[case_id]))
        except DomainError as refusal:
            results.append((case_id, refusal))
    _decide_all(session, [found[case_id] for case_id in sources], sources, ctx, at=at)
    return results


def _decide_all(
    session: Session,
    cases: Sequence[CaseInHand],
    sources: Mapping[UUID, CaseState],
    ctx: Context,
    *,
    at: datetime,
) -> None:
    """The decisions, and the questions they answer, in a statement each."""
    if not cases:
        return
    session.execute(insert(Decision), [_decision(case, ctx, at) for case in cases])
    ids = bindparam("ids", [case.id for case in cases], type_=ARRAY(Uuid))
    session.execute(
        update(Distribution)
        .where(Distribution.case_id == any_(ids), Distribution.closed_at.is_(None))
        .values(state=DistributionState.PLACED)
        .execution_options(synchronize_session=False)
    )
    write_all(
        session,
        cases,
        "decide",
        sources,
        ctx,
        at=at,
        values={"state": CaseState.PLACED, "placed_on": ctx.today},
        events=[_placed(case) for case in cases],
    )
    for case in cases:
        case.placed_on = ctx.today


def _decide(session: Session, case: CaseInHand, *, actor: Actor, at: datetime) -> CaseInHand:
    ctx = Context(actor, local_day(at))
    source = allow(case, "decide", ctx)
    session.execute(insert(Decision), _decision(case, ctx, at))
    write(
        session,
        case,
        "decide",
        source,
        ctx,
        at=at,
        changes={"placed_on": ctx.today},
        answer={"state": DistributionState.PLACED},
        event=_placed(case),
    )
    return case


def _decision(case: CaseInHand, ctx: Context, at: datetime) -> dict[str, Any]:
    return {
        "case_id": case.id,
        "kind": DecisionKind.SETTLEMENT,
        "municipality_id": case.municipality_id,
        "at": at,
        "actor": ctx.actor.name,
    }


def _placed(case: CaseInHand) -> Event:
    told = {"settlement_week": str(case.settlement_week)}
    return Event(CaseEvent.PLACED, case.id, case.municipality_id, told)
