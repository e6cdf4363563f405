"""Undoing a run while its letters still wait: what was is put back, case by case, where it can be.

A case that has moved since stays (`undo.moved`); a place that somebody else has taken stays taken
(`undo.no_room`). Nothing is deleted: history gets a line, decisions are annulled, notices called
back.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Integer, String, Uuid, and_, case, func, select, update
from sqlalchemy.orm import Session

from workflow.capacity.commands import Cause
from workflow.capacity.many import Change, change_held, figures_for_change, without_room
from workflow.capacity.states import EntryKind
from workflow.cases.events import CaseEvent
from workflow.cases.machine import Context
from workflow.cases.many import allow_all, write_all
from workflow.cases.models import Case, Decision, Distribution
from workflow.cases.moves import CaseInHand, many_for_change
from workflow.cases.places import NOWHERE
from workflow.cases.states import CaseState, DistributionState
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.events import Event
from workflow.kernel.outbox import recall
from workflow.redistribution import codes
from workflow.redistribution.models import Run, RunItem
from workflow.redistribution.states import ItemOutcome
from workflow.travel import commands as travel
from workflow.travel.models import Booking
from workflow.travel.states import BookingState
from workflow.vacancies import reservations

#: Columns of the case that a withdrawal empties or sets, and their types in `before`.
_KEPT = {
    "state": (Case.state, String),
    "municipality_id": (Case.municipality_id, Integer),
    "account_id": (Case.account_id, Integer),
    "places_year": (Case.places_year, Integer),
    "vacancy_id": (Case.vacancy_id, Uuid),
    "asked_on": (Case.asked_on, Date),
    "answer_due": (Case.answer_due, Date),
    "settlement_week": (Case.settlement_week, String),
    "placed_on": (Case.placed_on, Date),
    "former_municipality_id": (Case.former_municipality_id, Integer),
    "track": (Case.track, String),
}


def keep_what_was(session: Session, run_id: UUID) -> None:
    """Keep with the run's lines what the undo puts back; before anything is withdrawn."""
    kept: list[Any] = [part for name, (column, _) in _KEPT.items() for part in (name, column)]
    session.execute(
        update(RunItem)
        .where(
            RunItem.run_id == run_id,
            RunItem.outcome == ItemOutcome.WILL_WITHDRAW,
            Case.id == RunItem.case_id,
            Distribution.case_id == Case.id,
            Distribution.closed_at.is_(None),
        )
        .values(
            before=func.jsonb_build_object(
                *kept,
                "was_withdrawn",
                Case.was_withdrawn,
                "distribution_id",
                Distribution.id,
                "distribution_state",
                Distribution.state,
                "booking_id",
                select(Booking.id)
                .where(Booking.case_id == Case.id, Booking.state == BookingState.BOOKED)
                .scalar_subquery(),
            )
        )
        .execution_options(synchronize_session=False)
    )


def undo_withdrawal(session: Session, run: Run, *, actor: Actor, at: datetime) -> None:
    """Restore the withdrawn cases whose places are still there, in the run's own order."""
    items = _items(session, run, ItemOutcome.WITHDRAWN)
    cases = {case.id: case for case in many_for_change(session, items, actor=actor)}
    untouched = [case_id for case_id, item in items.items() if _untouched(cases.get(case_id), item)]
    holds = [
        Change(items[case_id].before["account_id"], case_id, cases[case_id].persons_count)
        for case_id in untouched
    ]
    homes = [items[case_id].before["vacancy_id"] for case_id in untouched]
    reservations.lock(session, [UUID(home) for home in homes if home])
    figures = figures_for_change(session, {hold.account_id for hold in holds})
    no_room = {hold.case_id for hold in without_room(figures, holds)}
    restored = [case_id for case_id in untouched if case_id not in no_room]
    change_held(
        session,
        EntryKind.HOLD,
        [hold for hold in holds if hold.case_id not in no_room],
        cause=Cause(actor, at, run_id=run.id, reason="undo"),
    )
    _restore(session, run, items, [cases[case_id] for case_id in restored], actor=actor, at=at)
    moved = items.keys() - untouched
    _report(session, run, ItemOutcome.RESTORED, restored, moved=moved, no_room=no_room)


def _restore(
    session: Session,
    run: Run,
    items: dict[UUID, Any],
    cases: Sequence[CaseInHand],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    if not cases:
        return
    ids = [case.id for case in cases]
    before = {case_id: items[case_id].before for case_id in ids}
    homes = [
        (UUID(was["vacancy_id"]), case_id) for case_id, was in before.items() if was["vacancy_id"]
    ]
    with_home = reservations.reserve_again(session, homes, actor=actor, at=at)
    session.execute(
        update(Distribution)
        .where(
            Distribution.id == RunItem.before["distribution_id"].astext.cast(Uuid),
            RunItem.run_id == run.id,
            RunItem.case_id.in_(ids),
        )
        .values(
            state=RunItem.before["distribution_state"].astext,
            closed_at=None,
            outcome=None,
            next=None,
            vacancy_id=case(
                (Distribution.case_id.in_(with_home), Distribution.vacancy_id), else_=None
            ),
        )
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Decision)
        .where(Decision.run_id == run.id, Decision.case_id.in_(ids))
        .values(annulled_at=at)
        .execution_options(synchronize_session=False)
    )
    recall(session, run_id=run.id, case_ids=ids, at=at)
    ctx = Context(actor, local_day(at), reason="undo")
    sources = allow_all(cases, "restore", ctx)
    for one in cases:
        one.state = CaseState(before[one.id]["state"])
    travel.reinstate(
        session,
        [case_id for case_id in ids if before[case_id]["booking_id"]],
        actor=actor,
        at=at,
        run_id=run.id,
    )
    kept = {
        name: func.cast(RunItem.before[name].astext, kind)
        if kind is not String
        else RunItem.before[name].astext
        for name, (_, kind) in _KEPT.items()
    }
    kept["vacancy_id"] = case((Case.id.in_(with_home), kept["vacancy_id"]), else_=None)
    write_all(
        session,
        cases,
        "restore",
        sources,
        ctx,
        at=at,
        values=kept | {"was_withdrawn": RunItem.before["was_withdrawn"].as_boolean()},
        values_from=(RunItem.__table__, and_(RunItem.case_id == Case.id, RunItem.run_id == run.id)),
        events=[
            Event(CaseEvent.RESTORED, one.id, before[one.id]["municipality_id"]) for one in cases
        ],
        run_id=run.id,
    )


def undo_redistribution(session: Session, run: Run, *, actor: Actor, at: datetime) -> None:
    """Recall the cases that still wait for the answer the run asked for."""
    items = _items(session, run, ItemOutcome.PLACED)
    found = {case.id: case for case in many_for_change(session, items, actor=actor)}
    untouched = [case_id for case_id, item in items.items() if _untouched(found.get(case_id), item)]
    cases = [found[case_id] for case_id in untouched]
    ctx = Context(actor, local_day(at), reason="undo")
    sources = allow_all(cases, "recall", ctx)
    _give_back(session, run, cases, actor=actor, at=at)
    recall(session, run_id=run.id, case_ids=untouched, at=at)
    write_all(
        session,
        cases,
        "recall",
        sources,
        ctx,
        at=at,
        values=NOWHERE | {"state": CaseState.WITHDRAWN},
        events=[Event(CaseEvent.RECALLED, one.id, items[one.id].municipality_id) for one in cases],
        run_id=run.id,
    )
    moved = items.keys() - untouched
    _report(session, run, ItemOutcome.RECALLED, untouched, moved=moved, no_room=set())


def _give_back(
    session: Session, run: Run, cases: Sequence[CaseInHand], *, actor: Actor, at: datetime
) -> None:
    homes = [(one.vacancy_id, one.id) for one in cases if one.vacancy_id is not None]
    reservations.release(session, homes, actor=actor, at=at, why="undo")
    releases = [
        Change(one.account_id, one.id, -one.held_persons)
        for one in cases
        if one.account_id is not None
    ]
    figures_for_change(session, {release.account_id for release in releases})
    change_held(
        session,
        EntryKind.RELEASE,
        releases,
        cause=Cause(actor, at, run_id=run.id, reason="undo"),
    )
    session.execute(
        update(Distribution)
        .where(
            Distribution.case_id.in_([one.id for one in cases]), Distribution.closed_at.is_(None)
        )
        .values(state=DistributionState.RECALLED, closed_at=at, outcome="undo")
        .execution_options(synchronize_session=False)
    )


def _items(session: Session, run: Run, outcome: ItemOutcome) -> dict[UUID, Any]:
    rows = session.execute(
        select(RunItem.case_id, RunItem.version_after, RunItem.before, RunItem.municipality_id)
        .where(RunItem.run_id == run.id, RunItem.outcome == outcome)
        .order_by(RunItem.position)
    )
    return {row.case_id: row for row in rows}


def _untouched(case: CaseInHand | None, item: Any) -> bool:
    return case is not None and case.version == item.version_after


def _report(
    session: Session,
    run: Run,
    done: ItemOutcome,
    undone: Sequence[UUID],
    *,
    moved: set[UUID],
    no_room: set[UUID],
) -> None:
    lines: tuple[tuple[Any, ItemOutcome, str | None], ...] = (
        (undone, done, None),
        (moved, ItemOutcome.NOT_UNDONE, codes.UNDO_MOVED),
        (no_room, ItemOutcome.NOT_UNDONE, codes.UNDO_NO_ROOM),
    )
    for case_ids, outcome, code in lines:
        if case_ids:
            session.execute(
                update(RunItem)
                .where(RunItem.run_id == run.id, RunItem.case_id.in_(case_ids))
                .values(outcome=outcome, code=code)
                .execution_options(synchronize_session=False)
            )
