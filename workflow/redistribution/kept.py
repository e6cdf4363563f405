"""What a run was planned from: kept with it, and the run planned again from that."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from workflow.kernel.actor import READS_ALL_CASES, Actor
from workflow.kernel.errors import NotFound
from workflow.planning.rule_sets import Method, PlanningRules, from_mapping
from workflow.ranking.board import Municipality as Standing
from workflow.ranking.criteria import CaseToPlace
from workflow.redistribution.brought import Brought
from workflow.redistribution.errors import HouseholdUnsaid, NoScores, PlannerChanged, RunNotKept
from workflow.redistribution.models import Run, RunItem, RunPlan
from workflow.redistribution.planned import RunPlanned, plan_run
from workflow.redistribution.recorded import Basis, basis_from, case_data, digest, standing_data
from workflow.redistribution.scores import latest
from workflow.redistribution.states import ItemOutcome, RunKind, ScoreUnit


@dataclass(frozen=True, slots=True)
class Kept:
    """Cases by their number and municipalities, as JSON keeps them."""

    cases: Mapping[str, dict[str, Any]]
    standings: list[dict[str, Any]]

    @classmethod
    def of(
        cls,
        cases: Sequence[CaseToPlace],
        standings: Sequence[Standing],
        scores: Mapping[str, dict[str, float]] | None,
        brought: Brought,
    ) -> "Kept":
        return cls(
            {
                case.case_number: case_data(
                    case,
                    None if scores is None else scores[case.case_number],
                    brought.of_case(case.case_number),
                )
                for case in cases
            },
            [
                standing_data(one, brought.of_municipality(one.municipality_number))
                for one in standings
            ],
        )

    def basis(self, on: date) -> Basis:
        """Read from what is kept, so that a plan made again starts from just this."""
        return basis_from(on, self.standings, list(self.cases.values()))


def scores_in_use(session: Session, rules: PlanningRules) -> int | None:
    """The import of scores that a plan by these rules uses.

    Raises:
        NoScores: it needs one, and there is none.
        HouseholdUnsaid: they are of persons, and the rules do not say how they become one.
    """
    if rules.method is not Method.SCORE:
        return None
    found = latest(session)
    if found is None:
        raise NoScores
    import_id, unit = found
    if unit is ScoreUnit.PERSON and rules.household_score is None:
        raise HouseholdUnsaid
    return import_id


def keep_plan(
    session: Session,
    run_id: UUID,
    rules: PlanningRules,
    kept: Kept,
    outcome: dict[str, Any] | None,
    *,
    on: date,
) -> None:
    written = rules.to_mapping()
    session.execute(
        insert(RunPlan).values(
            run_id=run_id,
            planner_version=planner_version(rules),
            rules=written,
            standings=kept.standings,
            planned_on=on,
            outcome=outcome,
            inputs_sha256=digest(written, kept.standings, list(kept.cases.values())),
        )
    )


def planner_version(rules: PlanningRules) -> int:
    """Whose answers these are; 0 is the published order, which is the rule set's own."""
    if rules.method is Method.RULE:
        return 0
    from workflow.planning.planner import PLANNER_VERSION  # noqa: PLC0415  loads numpy

    return PLANNER_VERSION


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One case of the run as it stands, and as the plan had it."""

    case_id: UUID
    case_number: str
    municipality_number: str | None
    #: What the plan said, also where a person has chosen otherwise.
    reasons: list[dict[str, Any]] | None
    code: str | None
    overridden: bool


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run, its rules, what it was planned from and what it came to."""

    run_id: UUID
    rules: PlanningRules
    planner_version: int
    basis: Basis
    outcome: Mapping[str, Any] | None = field(hash=False)
    inputs_sha256: str
    #: The digest of what is there now.
    sha256_now: str
    lines: tuple[KeptLine, ...]

    @property
    def intact(self) -> bool:
        return self.inputs_sha256 == self.sha256_now


def kept_run(session: Session, run_id: UUID, *, actor: Actor) -> KeptRun:
    """What a redistribution run was planned from.

    Raises:
        NotFound: no such run, or the actor reads no runs.
        RunNotKept: it was planned before this was kept, or a case has been erased since.
    """
    if actor.role not in READS_ALL_CASES:
        raise NotFound("run")
    found = session.execute(
        select(Run.id, RunPlan)
        .outerjoin(RunPlan, RunPlan.run_id == Run.id)
        .where(Run.id == run_id, Run.kind == RunKind.REDISTRIBUTION)
    ).one_or_none()
    if found is None:
        raise NotFound("run")
    plan: RunPlan | None = found[1]
    rows = session.execute(_LINES.where(RunItem.run_id == run_id)).all()
    missing = sum(row.input is None for row in rows)
    if plan is None or missing:
        raise RunNotKept(missing=missing)
    cases = [row.input for row in rows]
    return KeptRun(
        run_id,
        from_mapping(plan.rules),
        plan.planner_version,
        basis_from(plan.planned_on, plan.standings, cases),
        plan.outcome,
        plan.inputs_sha256,
        digest(plan.rules, plan.standings, cases),
        tuple(_line(row) for row in rows),
    )


def outcome(session: Session, run_id: UUID) -> dict[str, Any] | None:
    """Figures and steps of a run's plan; None of the published order, and of what is not kept."""
    found: dict[str, Any] | None = session.scalar(
        select(RunPlan.outcome).where(RunPlan.run_id == run_id)
    )
    return found


_LINES = (
    select(
        RunItem.case_id,
        RunItem.input,
        RunItem.override,
        RunItem.reasons,
        RunItem.code,
    )
    .where(RunItem.outcome != ItemOutcome.EXCLUDED)
    .order_by(RunItem.position)
)


def _line(row: Any) -> KeptLine:
    planned = row.override["planned"] if row.override else None
    return KeptLine(
        row.case_id,
        row.input["case_number"],
        # By the number it had then: it may have another since.
        row.reasons[0]["municipality_number"] if row.reasons else None,
        planned["reasons"] if planned else row.reasons,
        planned["code"] if planned else row.code if row.reasons is None else None,
        planned is not None,
    )


@dataclass(frozen=True, slots=True)
class Again:
    """A run planned again: the cases whose line is not the same as the one that is kept."""

    planned: RunPlanned
    differing: tuple[str, ...]

    @property
    def same(self) -> bool:
        return not self.differing


def plan_again(session: Session, run_id: UUID, *, actor: Actor) -> Again:
    """Plan a kept run from what was kept, by its own rule set; nothing is changed.

    Raises:
        NotFound; RunNotKept. PlannerChanged: the planner answers otherwise now.
    """
    run = kept_run(session, run_id, actor=actor)
    now = planner_version(run.rules)
    if run.planner_version != now:
        raise PlannerChanged(planned_by=run.planner_version, now=now)
    made = plan_run(run.rules, run.basis)
    again = {line.case_number: line for line in made.lines}
    differing = tuple(
        line.case_number
        for line in run.lines
        if (line.reasons, line.code)
        != (again[line.case_number].reasons, again[line.case_number].code)
    )
    return Again(made, differing)
