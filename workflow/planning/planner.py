"""One plan by one method, with its reasons, its figures and the bounds they are held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from workflow.planning import reasons
from workflow.planning.balanced import balance, fix_former, silent, with_fixed
from workflow.planning.bounds import max_placeable, rms_bound_pp, rms_deviation_pp
from workflow.planning.inputs import Case, Municipality, ScoreTable
from workflow.planning.instance import (
    Prepared,
    Problem,
    Progress,
    Whole,
    prepare,
)
from workflow.planning.prices import BARRED, Room, Scores, find_prices, in_order
from workflow.planning.reasons import Line
from workflow.planning.rule_sets import Method
from workflow.planning.scored import score_plan
from workflow.ranking import plan as ranking_plan
from workflow.ranking.board import Municipality as RankedMunicipality
from workflow.ranking.board import Places
from workflow.ranking.criteria import CaseToPlace, RuleSet
from workflow.ranking.fit import Vacancy


@dataclass(frozen=True, slots=True)
class Figures:
    """Deviation and its bound in percentage points; score figures are None without scores."""

    placed_cases: int
    placed_persons: int
    unplaced_cases: int
    max_placeable_persons: int
    rms_deviation_pp: float
    rms_bound_pp: float
    max_share: float | None
    min_share: float | None
    score: float | None
    score_bound: float | None
    #: To the bound of what the method aims at: a part of the score's, else percentage points.
    gap: float


@dataclass(frozen=True, slots=True)
class Outcome:
    #: In the order of the turns.
    lines: tuple[Line, ...]
    figures: Figures


def make_plan(
    cases: Sequence[Case],
    municipalities: Sequence[Municipality],
    method: Method,
    *,
    scores: ScoreTable | None = None,
    band: float | None = None,
    in_file_order: bool = False,
    rules: RuleSet | None = None,
    progress: Progress = silent,
) -> Outcome:
    """A municipality or a reason for each case; what hard rules allow is in the cases themselves.

    Args:
        band: for the score: how far a used share may be from the mean, 0.02 = two points.
        in_file_order: turns as the cases are given, not by the published order.
        rules: the rule set of the method `rule`; the design's own where none is given.

    Raises:
        ValueError: the same case or municipality twice; `score` without scores.
        TooLarge: memory does not hold it.
    """
    if method is Method.RULE:
        lines = _by_rule(
            cases, municipalities, rules or RuleSet(version=1), in_file_order=in_file_order
        )
        # The published rule knows no related cases: each has its turn.
        prepared = prepare(
            [_alone(case) for case in cases], municipalities, in_file_order=in_file_order
        )
        at = _where(prepared, lines)
        fixed = np.full_like(at, -1)
        table, bound = _score_table(prepared, scores), None
    else:
        prepared = prepare(cases, municipalities, in_file_order=in_file_order)
        fixed = fix_former(prepared.problem)
        table = _score_table(prepared, scores)
        if method is Method.BALANCED:
            at, bound = balance(prepared.problem, progress), None
        elif table is None:
            raise ValueError("the method score needs scores")
        else:
            at, bound = score_plan(prepared.problem, table, band=band, progress=progress)
        lines = _lines(prepared, at, fixed, method)
    return Outcome(
        lines,
        _figures(prepared, at, fixed, method=method, table=table, bound=bound, progress=progress),
    )


def _alone(case: Case) -> Case:
    return Case(
        case.case_number,
        case.persons,
        case.former_municipality_number,
        case.track,
        case.expires_on,
        case.allowed,
    )


def _by_rule(
    cases: Sequence[Case],
    municipalities: Sequence[Municipality],
    rules: RuleSet,
    *,
    in_file_order: bool,
) -> tuple[Line, ...]:
    numbers = [one.municipality_number for one in municipalities]
    excluded = {
        allowed: {n: reasons.NOT_ALLOWED for n in numbers if n not in allowed}
        for allowed in {case.allowed for case in cases}
        if allowed is not None
    }
    # A run has a day of its own, after every distribution there was.
    known = [d for one in municipalities if (d := one.last_distribution_on) is not None]
    made = ranking_plan.plan(
        [
            CaseToPlace(
                case.persons,
                case.track,
                case.former_municipality_number,
                excluded=excluded[case.allowed] if case.allowed is not None else {},
                case_number=case.case_number,
                permit_expires_on=case.expires_on,
            )
            for case in cases
        ],
        [
            RankedMunicipality(
                one.municipality_number,
                {"ordinary": Places(one.free, one.places)},
                one.last_distribution_on,
                [
                    Vacancy(f"{one.municipality_number}-{index:04d}", places)
                    for index, places in enumerate(one.vacancies)
                ],
            )
            for one in municipalities
        ],
        rules,
        on=max(known) + timedelta(days=1) if known else date(1, 1, 2),
        in_order_given=in_file_order,
    )
    return tuple(reasons.of_rule(planned) for planned in made.cases)


def _where(prepared: Prepared, lines: Sequence[Line]) -> Whole:
    index_of = {one.municipality_number: i for i, one in enumerate(prepared.municipalities)}
    return np.array([index_of.get(line.municipality_number or "", -1) for line in lines], np.int64)


def _score_table(prepared: Prepared, scores: ScoreTable | None) -> Scores | None:
    """Unit × municipality; what related cases score they score together."""
    if scores is None:
        return None
    problem = prepared.problem
    unit_of = {
        prepared.cases[i].case_number: u for u, unit in enumerate(prepared.units) for i in unit
    }
    index_of = {one.municipality_number: i for i, one in enumerate(prepared.municipalities)}
    table = np.zeros((len(problem.persons), len(problem.places)), np.float32)
    for (case, municipality), score in scores.items():
        if case in unit_of and municipality in index_of:
            table[unit_of[case], index_of[municipality]] += score
    return np.where(problem.allowed[problem.needs], table, BARRED).astype(np.float32)


def _lines(prepared: Prepared, at: Whole, fixed: Whole, method: Method) -> tuple[Line, ...]:
    problem, answer = prepared.problem, {}
    rest, movable = with_fixed(problem, fixed)
    left = int(problem.persons[at < 0].sum())
    reached = bool(left) and _placed_all_it_could(rest, at[movable])
    why = reasons.SCORE if method is Method.SCORE else reasons.BALANCE
    for index, unit in enumerate(prepared.units):
        where = int(at[index])
        number = prepared.municipalities[where].municipality_number if where >= 0 else None
        facts: dict[str, int] = {}
        if number is not None:
            code = reasons.FORMER if fixed[index] >= 0 else why
        else:
            code, facts = _why_none(problem, index, reached=reached)
            if len(unit) > 1:
                facts["related_cases"] = len(unit)
        answer.update({i: Line(prepared.cases[i].case_number, number, code, facts) for i in unit})
    return tuple(answer[i] for i in range(len(prepared.cases)))


def _placed_all_it_could(rest: Problem, at: Whole) -> bool:
    """As many persons as any plan places that leaves the former municipalities as they are."""
    return int(rest.persons[at >= 0].sum()) == max_placeable(rest)


def _why_none(problem: Problem, unit: int, *, reached: bool) -> tuple[str, dict[str, int]]:
    allowed, persons = problem.allowed[problem.needs[unit]], int(problem.persons[unit])
    if not allowed.any():
        return reasons.NOWHERE_ALLOWED, {}
    largest = int(problem.free[allowed].max())
    if largest < persons:
        return reasons.TOO_LARGE, {"persons": persons, "free": largest}
    return (reasons.FULL if reached else reasons.NOT_FOUND), {"persons": persons}


def _figures(
    prepared: Prepared,
    at: Whole,
    fixed: Whole,
    *,
    method: Method,
    table: Scores | None,
    bound: float | None,
    progress: Progress,
) -> Figures:
    problem, placed = prepared.problem, at >= 0
    used = problem.used + np.bincount(
        at[placed], weights=problem.persons[placed], minlength=len(problem.places)
    ).astype(np.int64)
    persons = int(problem.persons[placed].sum())
    rest, movable = with_fixed(problem, fixed)
    deviation = rms_deviation_pp(problem.places, used)
    even = rms_bound_pp(rest, int(problem.persons[movable][at[movable] >= 0].sum()))
    shares = [
        Fraction(u, p) for u, p in zip(used.tolist(), problem.places.tolist(), strict=True) if p
    ]
    score = None
    if table is not None:
        score = in_order(table[placed, at[placed]].astype(np.float64))
        if bound is None:
            room = Room(np.zeros_like(problem.free), problem.free)
            bound = find_prices(table, problem.persons, room, progress).bound
    gap = deviation - even
    if method is Method.SCORE and score is not None and bound is not None:
        gap = (bound - score) / abs(bound) if bound else 0.0
    return Figures(
        placed_cases=sum(len(prepared.units[i]) for i in np.flatnonzero(placed)),
        placed_persons=persons,
        unplaced_cases=sum(len(prepared.units[i]) for i in np.flatnonzero(~placed)),
        max_placeable_persons=max_placeable(problem),
        rms_deviation_pp=deviation,
        rms_bound_pp=even,
        max_share=float(max(shares)) if shares else None,
        min_share=float(min(shares)) if shares else None,
        score=score,
        score_bound=bound,
        gap=gap,
    )
