"""A run's lines by any rule set: the published order, or the planner's balance or score.

The planner sees what the published order sees: the same cases, barred from the same municipalities
by the same codes, the same free places and homes. numpy and OR-Tools are loaded when it is used.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from workflow.cases.states import TieReach
from workflow.kernel.weeks import Week
from workflow.planning import reasons as words
from workflow.planning.barriers import HardRules
from workflow.planning.explained import Record, StepTaken
from workflow.planning.progress import Progress, silent
from workflow.planning.rule_sets import Method, PlanningRules
from workflow.ranking.board import Municipality as Standing
from workflow.ranking.criteria import CaseToPlace, Fact
from workflow.ranking.fit import Vacancy, best_fit, fits
from workflow.ranking.plan import plan, turn
from workflow.ranking.shares import unused_share
from workflow.redistribution.brought import NOTHING, CaseBrings
from workflow.redistribution.passing_over import passed_over
from workflow.redistribution.proposals import line_data
from workflow.redistribution.recorded import Basis
from workflow.redistribution.standing import as_data
from workflow.redistribution.states import PlanReason
from workflow.redistribution.to_planner import barred_by_needs, planner_inputs

if TYPE_CHECKING:
    from workflow.planning.planner import Outcome


@dataclass(frozen=True, slots=True)
class PlannedLine:
    """What the plan says of one case."""

    case_number: str
    municipality_number: str | None
    #: Why it has none.
    code: str | None
    vacancy_id: str | None
    #: The chosen municipality and the next ones, as they are kept; None without a municipality.
    reasons: list[dict[str, Any]] | None
    #: Homes that fitted it and are not used, with the criterion.
    passed_over: list[dict[str, str]] | None = None


@dataclass(frozen=True, slots=True)
class RunPlanned:
    #: In the order of the turns.
    lines: tuple[PlannedLine, ...]
    #: Figures and steps with bound and what each gave up; None of the published order.
    outcome: dict[str, Any] | None = field(default=None, hash=False)


def plan_run(rules: PlanningRules, basis: Basis, progress: Progress = silent) -> RunPlanned:
    """The lines of a run; the same rules and basis give the same. `progress` stops it by raising.

    Raises:
        ValueError: the method score without scores.
    """
    if rules.method is Method.RULE:
        return RunPlanned(_by_order(rules, basis, partial(progress, "placing")))
    made = _planner_outcome(rules, basis, progress)
    return RunPlanned(_by_planner(made, basis, rules), outcome_data(made))


def outcome_of(rules: PlanningRules, basis: Basis) -> dict[str, Any]:
    """Figures and steps of a plan by any method, the published order's too."""
    return outcome_data(_planner_outcome(rules, basis))


def _planner_outcome(rules: PlanningRules, basis: Basis, progress: Progress = silent) -> "Outcome":
    from workflow.planning.planner import plan_by  # noqa: PLC0415  loads numpy

    inputs = planner_inputs(basis, rules)
    if not basis.cases:  # nobody to score
        inputs = replace(inputs, scores={})
    return plan_by(rules, inputs, progress)


def _by_order(
    rules: PlanningRules, basis: Basis, told: Callable[[float], None]
) -> tuple[PlannedLine, ...]:
    basis = barred_by_needs(rules, basis)
    made = plan(basis.cases, basis.standings, rules.published_order, on=basis.on, told=told)
    homes: dict[str, list[dict[str, str]]] = defaultdict(list)
    for one in passed_over(made, basis.standings):
        homes[one.case_number].append({"vacancy_id": one.vacancy_id, "why": one.why})
    return tuple(
        PlannedLine(
            line.case.case_number,
            line.municipality_number,
            line.code,
            line.vacancy_id,
            [line_data(ranked) for ranked in line.items] or None,
            homes.get(line.case.case_number),
        )
        for line in made.cases
    )


def _by_planner(made: "Outcome", basis: Basis, rules: PlanningRules) -> tuple[PlannedLine, ...]:
    standing_of = {one.municipality_number: one for one in basis.standings}
    case_of = {case.case_number: case for case in basis.cases}
    lives = lives_by(rules, basis)
    home_of = _homes(made, case_of, standing_of, lives)
    by_case = {line.case_number: line for line in made.lines}
    answer = []
    for case in sorted(basis.cases, key=turn):
        line = by_case[case.case_number]
        number = line.municipality_number
        if number is None:
            answer.append(PlannedLine(case.case_number, None, line.code, None, None))
            continue
        answer.append(
            PlannedLine(
                case.case_number,
                number,
                None,
                home_of.get(case.case_number),
                [
                    chosen_line(
                        case,
                        standing_of[number],
                        line.code,
                        line.facts,
                        brings=basis.brought.of_case(case.case_number),
                        week=line.week,
                    )
                ],
            )
        )
    return tuple(_with_homes_passed_over(answer, case_of, basis, home_of, lives))


def chosen_line(
    case: CaseToPlace,
    standing: Standing,
    code: str,
    facts: Mapping[str, Fact],
    *,
    brings: CaseBrings = NOTHING,
    week: date | None = None,
) -> dict[str, Any]:
    """A municipality that a plan or a person chose, as it stood before the run."""
    places = standing.places[case.pool]
    share = unused_share(places.free, places.decided_places)
    former = code == words.FORMER
    told = {"former_municipality_number": case.former_municipality_number} if former else facts
    stood: dict[str, Fact] = {"free": places.free, "decided_places": places.decided_places}
    reasons = [
        _reason(code, standing.municipality_number if former else True, told, decisive=True),
        _reason("unused_share", share, stood),
        *_together(brings),
    ]
    return {
        "rank": 1,
        "municipality_number": standing.municipality_number,
        "free": places.free,
        "decided_places": places.decided_places,
        "unused_share": as_data(share),
        "reasons": reasons,
        **_week(week),
    }


def _reason(
    criterion: str, value: Fact, facts: Mapping[str, Fact], *, decisive: bool = False
) -> dict[str, Any]:
    return {
        "criterion": criterion,
        "value": as_data(value),
        "facts": as_data(dict(facts)),
        "decisive": decisive,
        "compared_with": None,
        "other_value": None,
    }


def _together(brings: CaseBrings) -> list[dict[str, Any]]:
    """With how many it is to be, never which: whoever is asked reads it too."""
    reach = TieReach.ONE if brings.related else TieReach.NEAR
    found = []
    if brings.together:
        facts: dict[str, Fact] = {"related_cases": brings.together, "reach": str(reach)}
        found.append(_reason(f"together_{reach}", brings.together, facts))
    if brings.beside:
        found.append(_reason("beside", len(brings.beside), {"related_cases": len(brings.beside)}))
    return found


def _week(monday: date | None) -> dict[str, Any]:
    """The settlement week that the plan has for it, where the rules plan weeks."""
    return {} if monday is None else {"week": str(Week.of(monday))}


#: Whether a case, by its number, can live in a home, by its id.
Lives: TypeAlias = Callable[[str, str], bool]


def lives_by(rules: PlanningRules, basis: Basis) -> Lives:
    """What the rules say of homes beside the published fit: rooms, quarantine, the last week.

    The published order asks for none of it.
    """
    if rules.method is Method.RULE:
        return lambda case_number, home_id: True
    inputs = planner_inputs(basis, rules)
    hard = HardRules.of(inputs, rules)
    cases = {case.case_number: case for case in inputs.cases}
    homes = {home.home_id: home for home in inputs.homes}
    municipalities = {one.municipality_number: one for one in inputs.municipalities}

    def lives(case_number: str, home_id: str) -> bool:
        case, home = cases[case_number], homes[home_id]
        needed = hard.needs_home(case, municipalities[home.municipality_number])
        return hard.fits(home, case, needed)

    return lives


def _homes(
    made: "Outcome",
    case_of: Mapping[str, CaseToPlace],
    standing_of: Mapping[str, Standing],
    lives: Lives,
) -> dict[str, str]:
    """The planner's homes where the published fit agrees, else the best that is left."""
    open_homes: dict[str, dict[str, Vacancy]] = {
        number: {home.vacancy_id: home for home in one.vacancies}
        for number, one in standing_of.items()
    }
    chosen: dict[str, str] = {}
    for line in made.lines:
        if line.municipality_number is not None and line.home_id is not None:
            home = open_homes[line.municipality_number].get(line.home_id)
            if home is not None and fits(home, case_of[line.case_number]):
                chosen[line.case_number] = line.home_id
                del open_homes[line.municipality_number][line.home_id]
    for line in made.lines:
        if line.municipality_number is None or line.case_number in chosen:
            continue
        left = open_homes[line.municipality_number]
        may = [
            home
            for home in left.values()
            if lives(line.case_number, home.vacancy_id) and _until_then(home, line.week)
        ]
        if (best := best_fit(may, case_of[line.case_number])) is not None:
            chosen[line.case_number] = best.vacancy_id
            del left[best.vacancy_id]
    return chosen


def _until_then(home: Vacancy, monday: date | None) -> bool:
    """Whether somebody can still move in in the week of the plan, where it plans weeks."""
    return monday is None or home.available_until_on is None or monday <= home.available_until_on


def _with_homes_passed_over(
    lines: Sequence[PlannedLine],
    case_of: Mapping[str, CaseToPlace],
    basis: Basis,
    home_of: Mapping[str, str],
    lives: Lives,
) -> list[PlannedLine]:
    """Each unused home is told once: of the first case it fitted that went elsewhere, and why."""
    used = set(home_of.values())
    told: dict[str, list[dict[str, str]]] = defaultdict(list)
    for one in basis.standings:
        for home in one.vacancies:
            if home.vacancy_id in used:
                continue
            lost = next(
                (
                    line
                    for line in lines
                    if line.municipality_number not in {None, one.municipality_number}
                    and one.municipality_number not in case_of[line.case_number].excluded
                    and _has_room(one, case_of[line.case_number])
                    and fits(home, case_of[line.case_number])
                    and lives(line.case_number, home.vacancy_id)
                ),
                None,
            )
            if lost is not None and lost.reasons is not None:
                why = lost.reasons[0]["reasons"][0]["criterion"]
                told[lost.case_number].append({"vacancy_id": home.vacancy_id, "why": why})
    return [
        PlannedLine(
            line.case_number,
            line.municipality_number,
            line.code,
            line.vacancy_id,
            line.reasons,
            told.get(line.case_number),
        )
        for line in lines
    ]


def _has_room(one: Standing, case: CaseToPlace) -> bool:
    places = one.places.get(case.pool)
    return places is not None and bool(places.decided_places) and places.free >= case.persons


def outcome_data(made: "Outcome") -> dict[str, Any]:
    """Figures and steps as JSON keeps them; deviations in percentage points."""
    return {"figures": asdict(made.figures), "steps": [_step(step) for step in made.steps]}


def _step(step: StepTaken) -> dict[str, Any]:
    return {
        "step": str(step.step),
        "on": step.on,
        "value": step.value,
        "bound": step.bound,
        "gave_up": step.gave_up,
        "missing": step.missing,
    }


def record_of(
    rules: PlanningRules, basis: Basis, at: Mapping[str, str | None], planner_version: int
) -> Record:
    """A run as the planner takes it up to answer: where each case is now."""
    return Record(
        planner_version,
        rules,
        planner_inputs(basis, rules),
        tuple(
            words.Line(case.case_number, at[case.case_number], str(PlanReason.BALANCE))
            for case in sorted(basis.cases, key=turn)
        ),
    )
