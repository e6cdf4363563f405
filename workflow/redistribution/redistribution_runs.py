"""Putting many withdrawn cases to municipalities again, by the published order.

Each case sees what the earlier ones left, so the order of the input never matters. Preview → token
→ confirm in one transaction → report → undo until the notices leave.

Source: R07, R08, R15, R16, R25, R26, R29.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from workflow.approvals.asked import Approved
from workflow.capacity.commands import Cause
from workflow.capacity.many import change_held, figures_for_change, without_room
from workflow.capacity.states import EntryKind
from workflow.cases.machine import Context, permit_leaves_a_week, refusal_of_trigger, sources
from workflow.cases.models import Case
from workflow.cases.moves import CaseInHand, in_hand, many_for_change
from workflow.cases.queries import OPEN_ADDRESS, listed, paused_by
from workflow.cases.states import CAN_ENTER, Group
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound
from workflow.municipalities.errors import MunicipalityEnded
from workflow.municipalities.models import Municipality
from workflow.planning.progress import Progress, silent
from workflow.planning.rule_sets import Method, PlanningRules
from workflow.redistribution import codes, runs
from workflow.redistribution.asking import REDISTRIBUTE, ask, holds_for
from workflow.redistribution.four_eyes import run_needs_two
from workflow.redistribution.gathering import brought
from workflow.redistribution.homes import tell_of_run
from workflow.redistribution.intention import intended
from workflow.redistribution.kept import Kept, keep_plan
from workflow.redistribution.models import Run, RunItem
from workflow.redistribution.planned import PlannedLine, plan_run
from workflow.redistribution.scores import scores_of
from workflow.redistribution.standing import (
    Municipalities,
    declined_by,
    municipalities,
    to_place,
)
from workflow.redistribution.states import ItemOutcome, RunKind
from workflow.redistribution.undoing import undo_redistribution
from workflow.redistribution.unmet import unmet_since
from workflow.vacancies import reservations
from workflow.vacancies.errors import VacancyTaken
from workflow.vacancies.models import Vacancy
from workflow.vacancies.states import VacancyState

#: What a preview does before and after the planner's own steps, and where there are none.
GATHERING, PLACING, WRITING = "gathering", "placing", "writing"


def preview(
    session: Session,
    *,
    case_ids: Sequence[UUID] | None,
    year: int | None = None,
    method: Method | None = None,
    band: Fraction | None = None,
    progress: Progress = silent,
    actor: Actor,
    at: datetime,
) -> Run:
    """Plan where the cases go, and freeze it with all it was planned from.

    Args:
        case_ids: the cases; None for every one that is ready: withdrawn (or declined after a
            withdrawal), and every person's entry known to be possible.
        year: whose places; the current one by default.
        method: how the cases are planned; what the rule set in force says by default.
        band: of the method score: how far a used share may be from the mean.
        progress: told how far it has come; it stops the preview by raising.

    Raises:
        NotFound: a case of `case_ids` that is not there. Invalid: none at all, or a past year.
        NoScores: the method score, and none were ever brought in.
    """
    today = local_day(at)
    intention = intended(session, year=year, method=method, band=band, actor=actor, at=at)
    year, rules, used = intention.year, intention.rules, intention.scores
    progress(GATHERING, 0)
    cases = _chosen(session, case_ids, actor)
    register = municipalities(session, year=year, on=today)
    refused = _refusals(session, cases, actor, at)
    declined = declined_by(session, [case.id for case in cases], register.number_of)
    by_number = {case.case_number: case for case in cases}
    kept = Kept.of(
        [
            to_place(case, register.number_of, declined.get(case.id, {}))
            for case in cases
            if case.id not in refused
        ],
        register.standings,
        None if used is None else _scores(session, used, cases, rules, actor),
        brought(session, [case for case in cases if case.id not in refused], on=today),
    )
    progress(PLACING, 0)
    planned = plan_run(rules, kept.basis(today), progress)
    progress(WRITING, 0)
    items = [
        _item(position, by_number[line.case_number], line, register)
        | {"input": kept.cases[line.case_number]}
        for position, line in enumerate(planned.lines)
    ]
    items += [
        _excluded(len(items) + position, case, refused[case.id])
        for position, case in enumerate(case for case in cases if case.id in refused)
    ]
    placed = [item for item in items if item["outcome"] is ItemOutcome.WILL_PLACE]
    run_id = runs.save_preview(
        session,
        {
            "kind": RunKind.REDISTRIBUTION,
            "token": token_of_items(year, rules.version, rules.method, items),
            "parameters": {
                "scope": "ready" if case_ids is None else "chosen",
                "method": str(rules.method),
                "year": year,
                "protected": _protected(session) if case_ids is None else 0,
            }
            | ({} if used is None else {"scores": used}),
            "counts": {
                "cases": len(items),
                "persons": sum(item["persons"] for item in items),
                "placed": len(placed),
                "persons_placed": sum(item["persons"] for item in placed),
                "unplaced": len(planned.lines) - len(placed),
                "excluded": len(refused),
            },
            "rules_version": rules.version,
            "at": at,
            "actor": actor.name,
        },
        items,
        actor=actor,
    )
    keep_plan(session, run_id, rules, kept, planned.outcome, on=today)
    return session.get_one(Run, run_id)


def _scores(
    session: Session,
    import_id: int,
    cases: Sequence[CaseInHand],
    rules: PlanningRules,
    actor: Actor,
) -> dict[str, dict[str, float]]:
    ids = [case.id for case in cases]
    found = scores_of(session, import_id, ids, household=rules.household_score, actor=actor)
    return {case.case_number: found.get(case.id, {}) for case in cases}


def token_of_items(
    year: int, version: int, method: Method, items: Iterable[Mapping[str, Any]]
) -> str:
    """A digest of what the preview of a redistribution shows."""
    return runs.token_of(
        [RunKind.REDISTRIBUTION, str(year), str(version), str(method)],
        ((item["case_id"], item["case_version"], item["municipality_id"]) for item in items),
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
    """Ask the municipalities as the preview showed, all or nothing; again changes nothing.

    Raises:
        RunStale: a case moved, a place or a home was taken, a measure began or a municipality
            ended since; `changed` says where. SecondPersonNeeded: the run is large.
    """
    runs.only_imdi(actor)
    run = runs.locked(session, run_id, RunKind.REDISTRIBUTION)
    if not runs.may_confirm(run, token):
        return run
    items = {
        row.case_id: row
        for row in session.execute(
            select(
                RunItem.case_id,
                RunItem.case_version,
                RunItem.municipality_id,
                RunItem.vacancy_id,
                RunItem.passed_over,
                RunItem.persons,
            )
            .where(RunItem.run_id == run.id, RunItem.outcome == ItemOutcome.WILL_PLACE)
            .order_by(RunItem.position)
        )
    }
    found = {case.id: case for case in many_for_change(session, items, actor=actor)}
    cases = [found[case_id] for case_id in items if case_id in found]
    if changed := (
        _moved(items, found)
        or _stopped(session, run, cases, actor, at)
        or _gone(session, items)
        or unmet_since(session, run, cases, items, on=local_day(at))
    ):
        raise runs.stale(changed)
    holds = holds_for(session, run.parameters["year"], cases, items)
    figures = figures_for_change(session, {hold.account_id for hold in holds})
    if full := without_room(figures, holds):
        raise runs.stale(
            [{"case_id": str(hold.case_id), "code": codes.NO_ROOM_LEFT} for hold in full]
        )
    run_needs_two(session, run, len(items), approved, actor=actor)
    change_held(session, EntryKind.HOLD, holds, cause=Cause(actor, at, run_id=run.id))
    ask(session, run, cases, items, holds, actor=actor, at=at, leaves_at=at + undo_window)
    tell_of_run(session, items, actor=actor, at=at)
    session.execute(
        update(RunItem)
        .where(RunItem.run_id == run.id, RunItem.outcome == ItemOutcome.WILL_PLACE)
        .values(outcome=ItemOutcome.PLACED, version_after=RunItem.case_version + 1)
        .execution_options(synchronize_session=False)
    )
    runs.close_confirm(
        session, run, actor=actor, at=at, undo_window=undo_window, year=run.parameters["year"]
    )
    return run


def undo(session: Session, run_id: UUID, *, actor: Actor, at: datetime) -> Run:
    """Recall the cases whose municipality has not answered, until the notices leave.

    Raises:
        NotConfirmed; UndoTooLate.
    """
    runs.only_imdi(actor)
    run = runs.locked(session, run_id, RunKind.REDISTRIBUTION)
    if runs.may_undo(run, at):
        undo_redistribution(session, run, actor=actor, at=at)
        runs.close_undo(session, run, actor=actor, at=at)
    return run


def ready(session: Session, *, actor: Actor) -> list[CaseInHand]:
    """The cases that could be redistributed now, by case number."""
    return _chosen(session, None, actor)


def count(session: Session, case_ids: Sequence[UUID] | None, *, actor: Actor) -> int:
    """How many cases a preview would be about.

    Raises:
        NotFound; Invalid: as the preview would say.
    """
    return len(_chosen(session, case_ids, actor))


#: Withdrawn, or declined after a withdrawal, and everybody's entry known to be possible.
_READY = and_(
    Case.state.in_(sources(REDISTRIBUTE)),
    Case.was_withdrawn,
    Case.group == Group.RESETTLEMENT,
    Case.entry_status.in_(CAN_ENTER),
)


def _protected(session: Session) -> int:
    """Ready cases left out because their address is protected: told to the lead, as a number."""
    return session.scalar(select(func.count()).where(~OPEN_ADDRESS, _READY)) or 0


def _chosen(session: Session, case_ids: Sequence[UUID] | None, actor: Actor) -> list[CaseInHand]:
    chosen = select(*in_hand).where(listed(actor)).order_by(Case.case_number)
    if case_ids is None:
        return [CaseInHand(*row) for row in session.execute(chosen.where(_READY))]
    wanted = set(case_ids)
    if not wanted:
        raise Invalid("name at least one case, or the scope ready", pointer="/case_ids")
    found = [CaseInHand(*row) for row in session.execute(chosen.where(Case.id.in_(wanted)))]
    if len(found) < len(wanted):
        raise NotFound("case")
    return found


def _refusals(
    session: Session, cases: Sequence[CaseInHand], actor: Actor, at: datetime
) -> dict[UUID, str]:
    """Cases that may be put to nobody now, and the code that says why."""
    today = local_day(at)
    measures = {group: paused_by(session, group, today) for group in {case.group for case in cases}}
    refused = {}
    for case in cases:
        ctx = Context(actor, today, paused_by=measures[case.group], asking=True)
        refusal = refusal_of_trigger(case, REDISTRIBUTE, ctx) or permit_leaves_a_week(case, ctx)
        if refusal:
            refused[case.id] = refusal.code
    return refused


def _item(
    position: int, case: CaseInHand, line: PlannedLine, register: Municipalities
) -> dict[str, Any]:
    number = line.municipality_number
    return {
        "case_id": case.id,
        "position": position,
        "outcome": ItemOutcome.UNPLACED if number is None else ItemOutcome.WILL_PLACE,
        "code": line.code,
        "persons": case.persons_count,
        "municipality_id": None if number is None else register.id_of[number],
        "vacancy_id": UUID(line.vacancy_id) if line.vacancy_id else None,
        "reasons": line.reasons,
        "passed_over": line.passed_over,
        "case_version": case.version,
    }


def _excluded(position: int, case: CaseInHand, code: str) -> dict[str, Any]:
    return {
        "case_id": case.id,
        "position": position,
        "outcome": ItemOutcome.EXCLUDED,
        "code": code,
        "persons": case.persons_count,
        "municipality_id": None,
        "vacancy_id": None,
        "reasons": None,
        "passed_over": None,
        "case_version": case.version,
        "input": None,
    }


def _moved(items: dict[UUID, Any], found: dict[UUID, CaseInHand]) -> list[dict[str, Any]]:
    return [
        {"case_id": str(case_id), "code": codes.GONE if case_id not in found else codes.CHANGED}
        for case_id, item in items.items()
        if case_id not in found or found[case_id].version != item.case_version
    ]


def _stopped(
    session: Session, run: Run, cases: Sequence[CaseInHand], actor: Actor, at: datetime
) -> list[dict[str, Any]]:
    """Cases that the calendar or a measure stops since the preview."""
    if run.parameters["year"] < local_day(at).year:
        return [{"case_id": str(case.id), "code": codes.YEAR_PAST} for case in cases]
    return [
        {"case_id": str(case_id), "code": code}
        for case_id, code in _refusals(session, cases, actor, at).items()
    ]


def _gone(session: Session, items: dict[UUID, Any]) -> list[dict[str, Any]]:
    """Municipalities and homes that are no longer there; the homes that are stay locked."""
    living = set(
        session.scalars(
            select(Municipality.id).where(
                Municipality.id.in_({item.municipality_id for item in items.values()}),
                Municipality.valid_to.is_(None),
            )
        )
    )
    homes = [item.vacancy_id for item in items.values() if item.vacancy_id is not None]
    reservations.lock(session, homes)
    still_open = set(
        session.scalars(
            select(Vacancy.id).where(Vacancy.id.in_(homes), Vacancy.state == VacancyState.OPEN)
        )
    )
    codes_of = {
        case_id: MunicipalityEnded.code
        if item.municipality_id not in living
        else VacancyTaken.code
        if item.vacancy_id is not None and item.vacancy_id not in still_open
        else None
        for case_id, item in items.items()
    }
    return [{"case_id": str(case_id), "code": code} for case_id, code in codes_of.items() if code]
