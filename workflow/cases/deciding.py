"""IMDi's settlement decision, on one case or many (the bosettingsvedtak)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from workflow.cases.events import CaseEvent
from workflow.cases.machine import Context
from workflow.cases.models import Decision
from workflow.cases.moves import CaseInHand, allow, for_change, many_for_change, write
from workflow.cases.states import DecisionKind, DistributionState
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
    results: list[tuple[UUID, CaseInHand | DomainError]] = []
    for case_id in wanted:
        if case_id not in found:
            results.append((case_id, NotFound("case")))
            continue
        try:
            results.append((case_id, _decide(session, found[case_id], actor=actor, at=at)))
        except DomainError as refusal:  # raised by the rules, before anything is written
            results.append((case_id, refusal))
    return results


def _decide(session: Session, case: CaseInHand, *, actor: Actor, at: datetime) -> CaseInHand:
    ctx = Context(actor, local_day(at))
    source = allow(case, "decide", ctx)
    session.execute(
        insert(Decision),
        {
            "case_id": case.id,
            "kind": DecisionKind.SETTLEMENT,
            "municipality_id": case.municipality_id,
            "at": at,
            "actor": actor.name,
        },
    )
    write(
        session,
        case,
        "decide",
        source,
        ctx,
        at=at,
        changes={"placed_on": ctx.today},
        answer={"state": DistributionState.PLACED},
        event=Event(
            CaseEvent.PLACED,
            case.id,
            case.municipality_id,
            {"settlement_week": str(case.settlement_week)},
        ),
    )
    return case
