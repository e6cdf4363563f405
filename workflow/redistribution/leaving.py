"""Cases that leave their municipality: by withdrawal, or because they lapse.

Places, home, booking, question, decision, history and notices move together, for one case or
thousands; a run and a single withdrawal are the same code (R06, R11, R14, R35).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, bindparam, insert, update
from sqlalchemy import case as sql_case
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from workflow.capacity.commands import Cause
from workflow.capacity.many import Change, change_held, figures_for_change
from workflow.capacity.states import EntryKind
from workflow.cases.events import CaseEvent
from workflow.cases.machine import Context
from workflow.cases.many import allow_all, write_all
from workflow.cases.models import Case, Decision, Distribution
from workflow.cases.moves import CaseInHand
from workflow.cases.places import NOWHERE
from workflow.cases.states import (
    CAN_ENTER,
    DECIDED,
    CaseState,
    DecisionKind,
    DistributionNext,
    DistributionState,
    LegalGround,
    Track,
)
from workflow.kernel.errors import Invalid
from workflow.kernel.events import Event
from workflow.travel import commands as travel
from workflow.vacancies import reservations


@dataclass(frozen=True, slots=True)
class Leaving:
    """By whom, when and why cases leave; a run's notices wait until `leaves_at`."""

    ctx: Context
    at: datetime
    run_id: UUID | None = None
    leaves_at: datetime | None = None


def ground_of(word: str | None) -> LegalGround | None:
    """The legal ground a word names.

    Raises:
        Invalid: the law knows no such ground.
    """
    if not word:
        return None
    try:
        return LegalGround(word)
    except ValueError:
        raise Invalid(
            "no such legal ground", pointer="/legal_ground", expected=", ".join(LegalGround)
        ) from None


def withdraw_all(session: Session, cases: Sequence[CaseInHand], leaving: Leaving) -> None:
    """Withdraw the cases in hand: nothing is held any more, at once (R11).

    The track is stored: A where every person's entry is known to be possible, else B (R08, R26).
    A placed case gets its reversal decision (R35).
    """
    sources = allow_all(cases, "withdraw", leaving.ctx)
    came_from = {case.id: case.municipality_id for case in cases}
    _reverse_decisions(session, cases, sources, leaving)
    _let_go(session, cases, DistributionState.WITHDRAWN, leaving)
    write_all(
        session,
        cases,
        "withdraw",
        sources,
        leaving.ctx,
        at=leaving.at,
        values=NOWHERE
        | {
            "state": CaseState.WITHDRAWN,
            "former_municipality_id": Case.municipality_id,
            "track": case_track(),
            "was_withdrawn": True,
        },
        facts={
            case.id: {
                "municipality_id": came_from[case.id],
                "track": track_of(case),
                "reversal": sources[case.id] in DECIDED,
            }
            for case in cases
        },
        events=[
            Event(
                CaseEvent.WITHDRAWN,
                case.id,
                came_from[case.id],
                {"track": track_of(case), "reversal": sources[case.id] in DECIDED},
            )
            for case in cases
        ],
        run_id=leaving.run_id,
        leaves_at=leaving.leaves_at,
    )


def lapse_all(session: Session, cases: Sequence[CaseInHand], leaving: Leaving) -> None:
    """The cases lapse: places are freed, a placed one's decision is reversed."""
    sources = allow_all(cases, "lapse", leaving.ctx)
    came_from = {case.id: case.municipality_id for case in cases}
    _reverse_decisions(session, cases, sources, leaving)
    _let_go(session, cases, DistributionState.LAPSED, leaving)
    write_all(
        session,
        cases,
        "lapse",
        sources,
        leaving.ctx,
        at=leaving.at,
        values=NOWHERE | {"state": CaseState.LAPSED},
        facts={case.id: {"municipality_id": came_from[case.id]} for case in cases},
        events=[Event(CaseEvent.LAPSED, case.id, came_from[case.id]) for case in cases],
    )


def track_of(case: CaseInHand) -> Track:
    """A: entry is known to be possible, now or from a date, for every person (R08). Else B."""
    return Track.A if case.entry_status in CAN_ENTER else Track.B


def case_track() -> Any:
    """`track_of` as SQL."""
    return sql_case((Case.entry_status.in_(CAN_ENTER), Track.A), else_=Track.B)


def _reverse_decisions(
    session: Session, cases: Sequence[CaseInHand], sources: dict[UUID, CaseState], leaving: Leaving
) -> None:
    decided = [case for case in cases if sources[case.id] in DECIDED]
    if not decided:
        return
    ctx = leaving.ctx
    session.execute(
        insert(Decision),
        [
            {
                "case_id": case.id,
                "kind": DecisionKind.REVERSAL,
                "municipality_id": case.municipality_id,
                "legal_ground": ctx.legal_ground,
                "reason": ctx.reason,
                "at": leaving.at,
                "actor": ctx.actor.name,
                "run_id": leaving.run_id,
            }
            for case in decided
        ],
    )


def _let_go(
    session: Session, cases: Sequence[CaseInHand], state: DistributionState, leaving: Leaving
) -> None:
    """Bookings are cancelled, places free, homes open, and questions closed as they were."""
    actor, reason, at = leaving.ctx.actor, leaving.ctx.reason, leaving.at
    placed = [case.id for case in cases if case.municipality_id is not None]
    if not placed:
        return
    travel.cancel_for_leaving(
        session,
        placed,
        reason=reason or state,
        actor=actor,
        at=at,
        run_id=leaving.run_id,
        leaves_at=leaving.leaves_at,
    )
    homes = [(case.vacancy_id, case.id) for case in cases if case.vacancy_id is not None]
    reservations.release(session, homes, actor=actor, at=at, why=state)
    releases = [
        Change(case.account_id, case.id, -case.held_persons)
        for case in cases
        if case.account_id is not None and case.held_persons
    ]
    figures_for_change(session, {release.account_id for release in releases})
    change_held(
        session,
        EntryKind.RELEASE,
        releases,
        cause=Cause(actor, at, run_id=leaving.run_id, reason=reason),
    )
    session.execute(
        update(Distribution)
        .where(
            Distribution.case_id == any_(bindparam("placed", placed, type_=ARRAY(Uuid))),
            Distribution.closed_at.is_(None),
            Case.id == Distribution.case_id,
        )
        .values(
            state=state,
            closed_at=at,
            outcome=reason,
            next=sql_case(
                (Case.entry_status.in_(CAN_ENTER), DistributionNext.ASKED_AGAIN_FIRST),
                else_=DistributionNext.WAITS_FOR_ENTRY,
            )
            if state is DistributionState.WITHDRAWN
            else DistributionNext.NONE,
        )
        .execution_options(synchronize_session=False)
    )
