"""Another municipality than the plan's for one case of a preview: why, and what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound, ReasonMissing
from workflow.municipalities.models import Municipality
from workflow.planning.barriers import NOT_REGISTERED
from workflow.planning.explained import Cost, WhyHere, WhyNot
from workflow.planning.rule_sets import Method
from workflow.ranking.board import Municipality as Standing
from workflow.ranking.criteria import CaseToPlace
from workflow.ranking.fit import best_fit
from workflow.redistribution import runs
from workflow.redistribution.brought import CaseBrings
from workflow.redistribution.errors import OverrideBarred, OverrideNoRoom, RunNotPreview
from workflow.redistribution.kept import KeptRun, kept_run, planner_version
from workflow.redistribution.models import Run, RunItem
from workflow.redistribution.planned import Lives, chosen_line, lives_by, record_of
from workflow.redistribution.redistribution_runs import token_of_items
from workflow.redistribution.states import ItemOutcome, PlanReason, RunKind, RunState
from workflow.redistribution.to_planner import told


@dataclass(frozen=True, slots=True)
class CaseInRun:
    """Why a case of a run is where it is, and why it is not in a named other municipality."""

    case_number: str
    municipality_number: str | None
    here: WhyHere
    not_there: WhyNot | None
    override: Mapping[str, Any] | None = field(default=None, hash=False)
    #: Cases that go where it goes.
    with_it: tuple[str, ...] = ()


def case_in_run(
    session: Session, run_id: UUID, case_id: UUID, *, instead: str | None, actor: Actor
) -> CaseInRun:
    """What a run says of one case; nothing is changed.

    Args:
        instead: number of the municipality to ask about.

    Raises:
        NotFound: no such run, case in it, or municipality; or the actor reads no runs.
        RunNotKept.
    """
    run = kept_run(session, run_id, actor=actor)
    line = next((one for one in run.lines if one.case_id == case_id), None)
    if line is None:
        raise NotFound("case")
    asked = _asked(run)
    not_there = None
    if instead is not None:
        if all(one.municipality_number != instead for one in run.basis.standings):
            raise NotFound("municipality")
        not_there = told(asked.why_not(line.case_number, instead), run.basis.brought)
    kept = session.execute(
        select(RunItem.override).where(RunItem.run_id == run_id, RunItem.case_id == case_id)
    ).scalar_one()
    with_it = [case.case_number for case in _as_one(run, line.case_number)[1:]]
    return CaseInRun(
        line.case_number,
        line.municipality_number,
        asked.why_here(line.case_number),
        not_there,
        kept,
        tuple(with_it),
    )


def _asked(run: KeptRun) -> Any:
    from workflow.planning.asking import Asked  # noqa: PLC0415  loads numpy

    at = {line.case_number: line.municipality_number for line in run.lines}
    return Asked(record_of(run.rules, run.basis, at, planner_version(run.rules)))


def override(
    session: Session,
    run_id: UUID,
    case_id: UUID,
    *,
    municipality_number: str,
    reason: str | None,
    actor: Actor,
    at: datetime,
) -> Cost:
    """Put one case of a preview elsewhere; all others stay. The plan's own choice takes it back.

    With it go those it is to be in one municipality with, where the plan knows ties.
    The preview has another token afterwards: who confirms has seen the change.

    Raises:
        NotFound: no such run, case in it, or municipality. NotAllowed. ReasonMissing.
        RunNotPreview: it is confirmed or undone. RunNotKept.
        OverrideBarred: a hard rule is against it. OverrideNoRoom: the run fills it with others.
    """
    runs.only_imdi(actor)
    run = runs.locked(session, run_id, RunKind.REDISTRIBUTION)
    if run.state is not RunState.PREVIEW:
        raise RunNotPreview(state=run.state)
    if not reason:
        raise ReasonMissing
    kept = kept_run(session, run_id, actor=actor)
    line = next((one for one in kept.lines if one.case_id == case_id), None)
    standing = next(
        (one for one in kept.basis.standings if one.municipality_number == municipality_number),
        None,
    )
    if line is None:
        raise NotFound("case")
    if standing is None:
        raise NotFound("municipality")
    cases = _as_one(kept, line.case_number)
    _refuse_no_room(kept, cases, standing)
    asked: WhyNot = _asked(kept).why_not(line.case_number, municipality_number)
    answer = told(asked, kept.basis.brought)
    if answer.barriers:
        raise OverrideBarred(
            municipality=municipality_number, because=[one.code for one in answer.barriers]
        )
    if answer.cost is None or answer.moved:
        raise OverrideNoRoom(
            municipality=municipality_number,
            persons=sum(case.persons for case in cases),
            free=_left(kept, cases, standing, cases[0].pool),
        )
    by_hand = {
        "reason": reason,
        "by": actor.name,
        "at": at.isoformat(),
        "cost": cost_data(answer.cost),
    }
    case_of = {one.case_number: one.case_id for one in kept.lines}
    lives = lives_by(kept.rules, kept.basis)
    for case in cases:
        item = _item(session, run_id, case_of[case.case_number])
        brings = kept.basis.brought.of_case(case.case_number)
        _put(session, item, case, standing, lives, brings=brings, by_hand=by_hand)
    _renew(session, run)
    after = {"case_id": case_id, "municipality": municipality_number, "cases": len(cases)}
    changed = audit.Change(
        audit.subject(audit.Kind.RUN, run_id),
        {"municipality": line.municipality_number},
        after | {"cost": cost_data(answer.cost)},
    )
    audit.record(session, changed, "override", actor=actor, at=at, reason=reason)
    return answer.cost


def _as_one(kept: KeptRun, case_number: str) -> list[CaseToPlace]:
    """The case, and those it is to be in one municipality with."""
    word = kept.basis.brought.of_case(case_number).related
    if kept.rules.method is Method.RULE:
        word = None
    return sorted(
        (
            case
            for case in kept.basis.cases
            if case.case_number == case_number
            or (word and kept.basis.brought.of_case(case.case_number).related == word)
        ),
        key=lambda case: case.case_number != case_number,
    )


def _item(session: Session, run_id: UUID, case_id: UUID) -> RunItem:
    return session.scalars(
        select(RunItem).where(RunItem.run_id == run_id, RunItem.case_id == case_id)
    ).one()


def _put(
    session: Session,
    item: RunItem,
    case: CaseToPlace,
    standing: Standing,
    lives: Lives,
    *,
    brings: CaseBrings,
    by_hand: Mapping[str, Any],
) -> None:
    """There, or back where the plan had it."""
    was = item.override["planned"] if item.override else _planned(item)
    if _id_of(session, standing.municipality_number) == was["municipality_id"]:
        _take_back(session, item, was)
    else:
        by_hand = {**by_hand, "planned": was}
        _write(session, item, case, standing, lives, brings=brings, by_hand=by_hand)


def cost_data(cost: Cost) -> dict[str, Any]:
    """What the plan is worse by: persons, percentage points, score."""
    return {
        "persons": cost.persons,
        "deviation_pp": round(cost.deviation_pp, 6),
        "score": None if cost.score is None else round(cost.score, 6),
    }


def _refuse_no_room(kept: KeptRun, cases: Sequence[CaseToPlace], standing: Standing) -> None:
    number = standing.municipality_number
    for pool in sorted({case.pool for case in cases}):
        places = standing.places.get(pool)
        if places is None or places.decided_places is None:
            raise OverrideBarred(municipality=number, because=[NOT_REGISTERED])
        persons = sum(case.persons for case in cases if case.pool == pool)
        left = _left(kept, cases, standing, pool)
        if not places.decided_places or left < persons:
            raise OverrideNoRoom(municipality=number, persons=persons, free=left)


def _left(kept: KeptRun, cases: Sequence[CaseToPlace], standing: Standing, pool: str) -> int:
    """Places that the other cases of the run leave there."""
    at = {line.case_number: line.municipality_number for line in kept.lines}
    going = {case.case_number for case in cases}
    others = sum(
        one.persons
        for one in kept.basis.cases
        if one.case_number not in going
        and one.pool == pool
        and at[one.case_number] == standing.municipality_number
    )
    return standing.places[pool].free - others


def _planned(item: RunItem) -> dict[str, Any]:
    return {
        "municipality_id": item.municipality_id,
        "vacancy_id": None if item.vacancy_id is None else str(item.vacancy_id),
        "code": item.code,
        "reasons": item.reasons,
    }


def _id_of(session: Session, number: str) -> int:
    found = session.scalar(
        select(Municipality.id).where(
            Municipality.number == number, Municipality.valid_to.is_(None)
        )
    )
    if found is None:
        raise NotFound("municipality")
    return found


def _homes_taken(session: Session, run_id: UUID, case_id: UUID) -> set[str]:
    """Homes that the run's other cases use."""
    rows = session.scalars(
        select(RunItem.vacancy_id).where(
            RunItem.run_id == run_id,
            RunItem.case_id != case_id,
            RunItem.vacancy_id.is_not(None),
        )
    )
    return {str(vacancy_id) for vacancy_id in rows}


def _take_back(session: Session, item: RunItem, was: Mapping[str, Any]) -> None:
    _update(
        session,
        item,
        outcome=ItemOutcome.WILL_PLACE,
        code=was["code"],
        municipality_id=was["municipality_id"],
        vacancy_id=_free_home(session, item, was["vacancy_id"]),
        reasons=was["reasons"],
        override=None,
    )


def _free_home(session: Session, item: RunItem, vacancy_id: str | None) -> UUID | None:
    """The plan's home, unless another case has been put into it since."""
    if vacancy_id is None or vacancy_id in _homes_taken(session, item.run_id, item.case_id):
        return None
    return UUID(vacancy_id)


def _write(
    session: Session,
    item: RunItem,
    case: CaseToPlace,
    standing: Standing,
    lives: Lives,
    *,
    brings: CaseBrings,
    by_hand: dict[str, Any],
) -> None:
    taken = _homes_taken(session, item.run_id, item.case_id)
    left = [one for one in standing.vacancies if one.vacancy_id not in taken]
    home = best_fit([one for one in left if lives(case.case_number, one.vacancy_id)], case)
    _update(
        session,
        item,
        outcome=ItemOutcome.WILL_PLACE,
        code=None,
        municipality_id=_id_of(session, standing.municipality_number),
        vacancy_id=None if home is None else UUID(home.vacancy_id),
        reasons=[chosen_line(case, standing, str(PlanReason.OVERRIDE), {}, brings=brings)],
        override=by_hand,
    )


def _update(session: Session, item: RunItem, **values: Any) -> None:
    session.execute(
        update(RunItem)
        .where(RunItem.run_id == item.run_id, RunItem.case_id == item.case_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )
    session.expire(item)


def _renew(session: Session, run: Run) -> None:
    """Token and counts of what the preview shows now."""
    rows = session.execute(
        select(
            RunItem.case_id,
            RunItem.case_version,
            RunItem.municipality_id,
            RunItem.outcome,
            RunItem.persons,
            (func.jsonb_typeof(RunItem.override) == "object").label("overridden"),
        )
        .where(RunItem.run_id == run.id)
        .order_by(RunItem.position)
    ).all()
    placed = [row for row in rows if row.outcome is ItemOutcome.WILL_PLACE]
    counts = run.counts | {
        "placed": len(placed),
        "persons_placed": sum(row.persons for row in placed),
        "unplaced": sum(row.outcome is ItemOutcome.UNPLACED for row in rows),
        "overridden": sum(bool(row.overridden) for row in rows),
    }
    token = token_of_items(
        run.parameters["year"],
        run.rules_version or 0,
        Method(run.parameters["method"]),
        [row._asdict() for row in rows],
    )
    session.execute(
        update(Run)
        .where(Run.id == run.id)
        .values(token=token, counts=counts)
        .execution_options(synchronize_session=False)
    )
    session.refresh(run)
