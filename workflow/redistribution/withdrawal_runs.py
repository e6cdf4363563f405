"""Withdrawing resettlement cases: all distributed before a day, or those chosen.

Preview → frozen selection with a token → confirm in one transaction → report → undo until the
letters leave. Source: R01–R06, R11, R14, R35.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Uuid, any_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from workflow.approvals.asked import Approved
from workflow.cases import machine
from workflow.cases.errors import LegalGroundMissing, OnlyWithdrawalRuns
from workflow.cases.machine import Context
from workflow.cases.models import Case
from workflow.cases.moves import CaseInHand, many_for_change, pool_of
from workflow.cases.queries import OPEN_ADDRESS, listed
from workflow.cases.states import DECIDED, HOLDING, Group
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing
from workflow.municipalities.models import Municipality
from workflow.redistribution import codes, runs
from workflow.redistribution.four_eyes import run_needs_two
from workflow.redistribution.leaving import Leaving, ground_of, withdraw_all
from workflow.redistribution.models import Run, RunItem
from workflow.redistribution.states import ItemOutcome, RunKind
from workflow.redistribution.undoing import keep_what_was, undo_withdrawal

#: The states a withdrawal can take a case from, as the table of the case's life has them.
WITHDRAWABLE = machine.sources("withdraw")


def preview(
    session: Session,
    *,
    before: date | None = None,
    case_ids: Sequence[UUID] | None = None,
    reason: str,
    legal_ground: str | None,
    group: Group = Group.RESETTLEMENT,
    actor: Actor,
    at: datetime,
) -> Run:
    """Show what a withdrawal would do, and freeze the selection.

    Selected: every resettlement case that has not arrived and whose current distribution was made
    strictly before `before` (R03, R06). The other cases that hold places are listed with why not.

    Args:
        before: the cut-off; not with `case_ids`.
        case_ids: the cases, instead of all before a day; those no withdrawal takes are listed with
            why not.

    Raises:
        OnlyWithdrawalRuns: another group (R31). ReasonMissing.
        NotFound: a chosen case is not there.
        Invalid: a day in the future, no day and no cases, or both; or no such legal ground.
        LegalGroundMissing: placed cases are among them; their decisions are reversed on a ground.
    """
    runs.only_imdi(actor)
    if group is not Group.RESETTLEMENT:
        raise OnlyWithdrawalRuns(group=group)
    if not reason:
        raise ReasonMissing
    ground = ground_of(legal_ground)
    today = local_day(at)
    _refuse_reach(before, case_ids, today)
    holding = _holding(session) if case_ids is None else _chosen(session, case_ids, actor)
    selected = [row for row in holding if _why_outside(row, before) is None]
    reversals = [row for row in selected if row.state in DECIDED]
    if reversals and ground is None:
        raise LegalGroundMissing
    parameters = {
        **({"scope": "chosen"} if before is None else {"before": before.isoformat()}),
        "group": str(group),
        "reason": reason,
        "legal_ground": ground,
        "year": today.year,
        "protected": 0 if before is None else _protected(session, before),
    }
    items = [_item(position, row, before) for position, row in enumerate(holding)]
    run_id = runs.save_preview(
        session,
        {
            "kind": RunKind.WITHDRAWAL,
            "token": _token(before, selected),
            "parameters": parameters,
            "counts": {
                "cases": len(selected),
                "persons": sum(row.persons_count for row in selected),
                "places_freed": sum(row.persons_count - row.settled_count for row in selected),
                "reversal_decisions": len(reversals),
                "excluded": len(holding) - len(selected),
            },
            "at": at,
            "actor": actor.name,
        },
        items,
        actor=actor,
    )
    return session.get_one(Run, run_id)


@dataclass(frozen=True, slots=True)
class Reach:
    """What a withdrawal with a cut-off would concern."""

    counts: dict[str, int]
    #: Places it would free, by municipality number and pool.
    freed: dict[tuple[str, str], int]


def reach(session: Session, before: date) -> Reach:
    """What a withdrawal of every case asked for before a day would concern; nothing is written."""
    selected = [row for row in _holding(session) if _why_outside(row, before) is None]
    register = session.execute(select(Municipality.id, Municipality.number))
    number_of = {row.id: row.number for row in register}
    freed: Counter[tuple[str, str]] = Counter()
    for row in selected:
        if row.municipality_id is not None:
            key = number_of[row.municipality_id], str(pool_of(row.group))
            freed[key] += row.persons_count - row.settled_count
    return Reach(
        {
            "cases": len(selected),
            "persons": sum(row.persons_count for row in selected),
            "places_freed": sum(freed.values()),
            "reversal_decisions": sum(row.state in DECIDED for row in selected),
        },
        dict(freed),
    )


def confirm(
    session: Session,
    run_id: UUID,
    token: str,
    *,
    approved: Approved | None = None,
    actor: Actor,
    at: datetime,
    undo_window: timedelta,
) -> Run:
    """Withdraw the frozen selection, all or nothing; the same token again changes nothing.

    Raises:
        RunStale: the selection is no longer what the preview showed; `changed` says which cases.
        Invalid: another token. RunEnded: the run was undone.
        SecondPersonNeeded: the run is large.
    """
    runs.only_imdi(actor)
    run = runs.locked(session, run_id, RunKind.WITHDRAWAL)
    if not runs.may_confirm(run, token):
        return run
    before = _cut_off(run)
    expected = {
        row.case_id: row.case_version
        for row in session.execute(
            select(RunItem.case_id, RunItem.case_version).where(
                RunItem.run_id == run.id, RunItem.outcome == ItemOutcome.WILL_WITHDRAW
            )
        )
    }
    cases = many_for_change(session, expected, actor=actor)
    if changed := _changed(session, expected, cases, before):
        raise runs.stale(changed)
    run_needs_two(session, run, len(expected), approved, actor=actor)
    keep_what_was(session, run.id)
    ctx = Context(
        actor,
        local_day(at),
        reason=run.parameters["reason"],
        legal_ground=run.parameters["legal_ground"],
    )
    withdraw_all(session, cases, Leaving(ctx, at, run_id=run.id, leaves_at=at + undo_window))
    session.execute(
        update(RunItem)
        .where(RunItem.run_id == run.id, RunItem.outcome == ItemOutcome.WILL_WITHDRAW)
        .values(outcome=ItemOutcome.WITHDRAWN, version_after=RunItem.case_version + 1)
        .execution_options(synchronize_session=False)
    )
    runs.close_confirm(
        session, run, actor=actor, at=at, undo_window=undo_window, year=run.parameters["year"]
    )
    return run


def _refuse_reach(before: date | None, case_ids: Sequence[UUID] | None, today: date) -> None:
    if (before is None) == (case_ids is None) or case_ids == []:
        raise Invalid("a cut-off, or cases", pointer="/before", expected="one of before, case_ids")
    if before is not None and before > latest_cut_off(today):
        raise Invalid(
            "the cut-off lies in the future",
            pointer="/before",
            expected=f"{latest_cut_off(today)} or earlier",
        )


def latest_cut_off(today: date) -> date:
    """Cases are taken from strictly before the cut-off: tomorrow takes those of today too."""
    return today + timedelta(days=1)


def _cut_off(run: Run) -> date | None:
    """None: the run is of chosen cases."""
    before: str | None = run.parameters.get("before")
    return None if before is None else date.fromisoformat(before)


def undo(session: Session, run_id: UUID, *, actor: Actor, at: datetime) -> Run:
    """Put the cases back where they were, until the letters leave; each line says what came of it.

    Raises:
        NotConfirmed; UndoTooLate.
    """
    runs.only_imdi(actor)
    run = runs.locked(session, run_id, RunKind.WITHDRAWAL)
    if runs.may_undo(run, at):
        undo_withdrawal(session, run, actor=actor, at=at)
        runs.close_undo(session, run, actor=actor, at=at)
    return run


_READ = (
    Case.id,
    Case.case_number,
    Case.version,
    Case.state,
    Case.group,
    Case.persons_count,
    Case.settled_count,
    Case.municipality_id,
    Case.asked_on,
)


def _holding(session: Session) -> list[Row[Any]]:
    """Every case that holds places, by case number; a protected address is in no run."""
    wanted = select(*_READ).where(Case.state.in_(HOLDING), OPEN_ADDRESS)
    return list(session.execute(wanted.order_by(Case.case_number)))


def _chosen(session: Session, case_ids: Sequence[UUID], actor: Actor) -> list[Row[Any]]:
    """The chosen cases, by case number; one of a protected address is none that is there."""
    wanted = bindparam("case_ids", list(dict.fromkeys(case_ids)), type_=ARRAY(Uuid))
    found = select(*_READ).where(Case.id == any_(wanted), listed(actor))
    rows: list[Row[Any]] = list(session.execute(found.order_by(Case.case_number)))
    if len(rows) != len(set(case_ids)):
        raise NotFound("case")
    return rows


def _protected(session: Session, before: date) -> int:
    """Cases left out because their address is protected: told to the lead, as a number only."""
    return (
        session.scalar(
            select(func.count()).where(
                ~OPEN_ADDRESS,
                Case.group == Group.RESETTLEMENT,
                Case.state.in_(WITHDRAWABLE),
                Case.asked_on < before,
            )
        )
        or 0
    )


def _why_outside(row: Row[Any], before: date | None) -> str | None:
    """Why a case that holds places is not withdrawn; None when it is."""
    if row.group is not Group.RESETTLEMENT:
        return codes.NOT_RESETTLEMENT
    if row.state not in HOLDING:
        return codes.HOLDS_NOTHING
    if row.state not in WITHDRAWABLE:
        return codes.ALREADY_ARRIVED
    # Strictly before: the cut-off day itself is not included (R03).
    if before is not None and row.asked_on >= before:
        return codes.AFTER_CUT_OFF
    return None


def _item(position: int, row: Row[Any], before: date | None) -> dict[str, Any]:
    code = _why_outside(row, before)
    return {
        "case_id": row.id,
        "position": position,
        "outcome": ItemOutcome.WILL_WITHDRAW if code is None else ItemOutcome.EXCLUDED,
        "code": code,
        "persons": row.persons_count,
        "municipality_id": row.municipality_id,
        "reversal": code is None and row.state in DECIDED,
        "case_version": row.version,
    }


def _token(before: date | None, selected: Iterable[Row[Any]]) -> str:
    return runs.token_of(
        [RunKind.WITHDRAWAL, before.isoformat() if before else "chosen"],
        ((row.id, row.version) for row in selected),
    )


def _changed(
    session: Session, expected: dict[UUID, int], cases: list[CaseInHand], before: date | None
) -> list[dict[str, Any]]:
    """What has moved since the preview: cases changed, gone, or newly within the selection."""
    found = {case.id: case for case in cases}
    changed: list[dict[str, Any]] = [
        {
            "case_id": str(case_id),
            "code": codes.GONE if case_id not in found else codes.CHANGED,
            "state": found[case_id].state if case_id in found else None,
        }
        for case_id, version in expected.items()
        if case_id not in found or found[case_id].version != version
    ]
    if before is None:
        return changed
    now = session.execute(
        select(Case.id, Case.state).where(
            Case.group == Group.RESETTLEMENT,
            Case.state.in_(WITHDRAWABLE),
            Case.asked_on < before,
            OPEN_ADDRESS,
        )
    )
    changed += [
        {"case_id": str(row.id), "code": codes.NEW, "state": row.state}
        for row in now
        if row.id not in expected
    ]
    return changed
