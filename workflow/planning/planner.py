"""One plan by one rule set, with its reasons, its figures and the bounds they are held against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from workflow.planning import reasons
from workflow.planning.ahead import Future, less_prices, prices_ahead
from workflow.planning.balanced import balance, fix_former, with_fixed
from workflow.planning.barriers import calendar_of
from workflow.planning.bounds import max_placeable
from workflow.planning.by_rule import by_rule
from workflow.planning.dwellings import Fate, exchange, fates
from workflow.planning.explained import StepTaken
from workflow.planning.figures import Figures, Placement, measure, steps_of
from workflow.planning.inputs import Case, Home, Inputs, Municipality, ScoreTable
from workflow.planning.instance import Prepared, Problem, Whole, prepare
from workflow.planning.prices import BARRED, Scores, in_order
from workflow.planning.progress import Progress, silent
from workflow.planning.reasons import Line
from workflow.planning.repair import put_right
from workflow.planning.roster import Roster
from workflow.planning.rule_sets import Method, PlanningRules, Step
from workflow.planning.score_grid import ScoreGrid
from workflow.planning.scored import score_plan
from workflow.planning.smallest_change import keep, make_room
from workflow.planning.together import Bonds, bring_near

#: Raised whenever the same inputs and rules would give another plan.
PLANNER_VERSION = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    #: In the order of the turns.
    lines: tuple[Line, ...]
    figures: Figures
    steps: tuple[StepTaken, ...]
    rules: PlanningRules
    #: What becomes of each home, by its id.
    homes: Mapping[str, Fate] = field(default_factory=dict)
    #: Cases that the plan in force had elsewhere, and that have a municipality in both.
    changed: int = 0


@dataclass(frozen=True, slots=True)
class _Made:
    prepared: Prepared
    placement: Placement
    #: Unit → why it stayed without, or came where it is.
    why: Mapping[int, str]
    weeks: Mapping[str, int]
    homes: Mapping[str, Home]


def make_plan(
    cases: Sequence[Case],
    municipalities: Sequence[Municipality],
    method: Method,
    *,
    scores: ScoreTable | None = None,
    band: float | None = None,
    in_file_order: bool = False,
    progress: Progress = silent,
) -> Outcome:
    """A plan by the method alone, without weeks; see `plan_by`.

    Args:
        band: for the score: how far a used share may be from the mean, 0.02 = two points.
    """
    rules = PlanningRules(1, method, band=None if band is None else Fraction(str(band)))
    inputs = Inputs(tuple(cases), tuple(municipalities), scores=scores, in_file_order=in_file_order)
    return plan_by(rules, inputs, progress)


def plan_by(rules: PlanningRules, inputs: Inputs, progress: Progress = silent) -> Outcome:
    """A municipality or a reason for each case.

    Args:
        progress: told how far it has come; it stops the plan by raising.

    Raises:
        ValueError: the same case or municipality twice; `score` without scores.
        TooLarge: memory does not hold it.
    """
    made, lines = _place(rules, inputs, progress)
    return _outcome(made, lines, rules, inputs, progress)


def place(rules: PlanningRules, inputs: Inputs, progress: Progress = silent) -> tuple[Line, ...]:
    """The lines of `plan_by` alone, without the bounds, which take as long again."""
    return _place(rules, inputs, progress)[1]


def _place(
    rules: PlanningRules, inputs: Inputs, progress: Progress
) -> tuple[_Made, tuple[Line, ...]]:
    if rules.method is Method.SCORE and inputs.scores is None:
        raise ValueError("the method score needs scores")
    if rules.method is Method.RULE:
        return _by_rule(rules, inputs)
    bonds = Bonds.of(inputs, rules)
    while True:
        made = _plan_once(rules, bonds.narrowed(inputs), progress)
        lines = _lines(made, rules, inputs, bonds.apart())
        if not bonds.broken(lines):
            break
    if bonds.bonds:
        # Bounds are those of every plan, whatever targets were tried in this one.
        free = replace(made.placement, score_bound=None)
        made = replace(made, prepared=prepare(inputs, rules), placement=free)
    return made, lines


def _by_rule(rules: PlanningRules, inputs: Inputs) -> tuple[_Made, tuple[Line, ...]]:
    # The published rule knows no related cases: each has its turn; nor weeks: they are answered.
    alone = replace(inputs, cases=tuple(replace(c, related=None) for c in inputs.cases))
    prepared = prepare(replace(alone, on=None), rules)
    kept = keep(prepared.problem, _before(prepared, inputs))
    lines = by_rule(_without(alone, prepared, kept), rules)
    where = {line.case_number: line.municipality_number for line in lines}
    index_of = {(one.number, one.pool): i for i, one in enumerate(prepared.accounts)}
    at = kept.copy()
    for unit in np.flatnonzero(kept < 0).tolist():
        case = prepared.cases_of(unit)[0]
        at[unit] = index_of.get((where[case.case_number] or "", case.pool), -1)
    stays = {
        prepared.cases_of(unit)[0].case_number: prepared.accounts[int(kept[unit])].number
        for unit in np.flatnonzero(kept >= 0).tolist()
    }
    by_number = {line.case_number: line for line in lines}
    ordered = tuple(
        Line(case.case_number, stays[case.case_number], reasons.KEPT)
        if case.case_number in stays
        else by_number[case.case_number]
        for case in prepared.cases
    )
    all_homes = {home.home_id: home for home in inputs.homes}
    homes = {line.case_number: all_homes[line.home_id] for line in ordered if line.home_id}
    return _Made(prepared, Placement(at, kept), {}, {}, homes), ordered


def _without(inputs: Inputs, prepared: Prepared, kept: Whole) -> Inputs:
    """The cases that are not kept, and municipalities with the kept ones in them."""
    stays = np.flatnonzero(kept >= 0).tolist()
    gone = {prepared.cases_of(unit)[0].case_number for unit in stays}
    more: dict[tuple[str, str], int] = {}
    for unit in stays:
        account = prepared.accounts[int(kept[unit])]
        key = account.number, account.pool
        more[key] = more.get(key, 0) + int(prepared.problem.persons[unit])
    return replace(
        inputs,
        cases=tuple(case for case in inputs.cases if case.case_number not in gone),
        municipalities=tuple(
            replace(
                one,
                used=one.used + more.get((one.municipality_number, "ordinary"), 0),
                minors_used=one.minors_used + more.get((one.municipality_number, "minors"), 0),
            )
            for one in inputs.municipalities
        ),
    )


def _before(prepared: Prepared, inputs: Inputs) -> Whole:
    """Where the plan in force has each unit; −1 where its cases are not all in one place."""
    index_of = {(one.number, one.pool): i for i, one in enumerate(prepared.accounts)}
    answer = np.full(len(prepared.units), -1, np.int64)
    for unit in range(len(prepared.units)) if inputs.before else ():
        cases = prepared.cases_of(unit)
        named = {inputs.before.get(case.case_number) for case in cases}
        number = named.pop() if len(named) == 1 else None
        if number is not None:
            answer[unit] = index_of.get((number, cases[0].pool), -1)
    return answer


def _plan_once(rules: PlanningRules, inputs: Inputs, progress: Progress) -> _Made:
    prepared = prepare(inputs, rules)
    table = score_table(prepared, inputs.scores)
    before = _before(prepared, inputs)
    ahead = _beyond_later(prepared, inputs, rules, table, progress)
    placement = _draft(prepared, before, rules, table if ahead is None else ahead, progress)
    if ahead is not None:
        placement = replace(placement, score_bound=None)
    worth = table.astype(np.float64) if table is not None and _by_score(rules) else None
    roster = Roster(prepared, placement.at, placement.held)
    why: dict[int, str] = {}
    if roster.binds:
        why = put_right(roster, progress, worth)
    near = bring_near(roster, rules, worth)
    if Step.HOMES in rules.steps and inputs.homes:
        exchange(roster, progress, worth)
    weeks, homes = roster.weeks_and_homes() if _asks_grounds(roster) else ({}, {})
    held = np.where(roster.held, roster.at, -1)
    same = np.array_equal(held, placement.held)
    after = Placement(roster.at, held, placement.score_bound if same else None)
    return _Made(prepared, after, why | dict.fromkeys(near, reasons.NEAR), weeks, homes)


def _beyond_later(
    prepared: Prepared,
    inputs: Inputs,
    rules: PlanningRules,
    table: Scores | None,
    progress: Progress,
) -> Scores | None:
    """What each place is worth beyond what those expected later would have it for."""
    if table is None or not _by_score(rules) or not inputs.expected:
        return None
    # The cases themselves stay among the expected, so that the pools are the same.
    coming = prepare(replace(inputs, cases=inputs.expected, expected=inputs.cases), rules)
    drawn = score_table(coming, inputs.scores)
    if drawn is None:
        return None
    stand_for = len(inputs.expected) if inputs.stand_for is None else inputs.stand_for
    problem = prepared.problem
    future = Future(drawn, coming.problem.persons, stand_for)
    prices = prices_ahead(table, problem.persons, future, problem.free, progress=progress)
    return less_prices(table, problem.persons, prices)


def _by_score(rules: PlanningRules) -> bool:
    return rules.method is Method.SCORE


def _asks_grounds(roster: Roster) -> bool:
    return any(ground.binds or ground.has_weeks for ground in roster.grounds.values())


def _draft(
    prepared: Prepared,
    before: Whole,
    rules: PlanningRules,
    table: Scores | None,
    progress: Progress,
) -> Placement:
    """By places and needs alone: who stays, who goes back, then everybody else by the method."""
    problem = prepared.problem
    kept = keep(problem, before)
    held = fix_former(problem, kept)
    rest, movable = with_fixed(problem, held)
    at = held.copy()
    bound = None
    if rules.method is Method.SCORE and table is not None:
        band = None if rules.band is None else float(rules.band)
        at[movable], bound = score_plan(rest, table[movable], band=band, progress=progress)
        stands = np.flatnonzero(held >= 0)
        bound += in_order(table[stands, held[stands]].astype(np.float64))
    else:
        at[movable] = balance(rest, progress)
    if (at < 0).any() and (kept >= 0).any():
        # Those that stay may make room; those that went back to their former municipality do not.
        back = np.where(kept >= 0, -1, held)
        at = make_room(problem, at, back, progress)
        held = np.where(at == held, held, -1)
        bound = None
    return Placement(at, held, bound)


def score_table(prepared: Prepared, scores: ScoreTable | None) -> Scores | None:
    """Unit × account; what related cases score they score together."""
    if scores is None:
        return None
    problem = prepared.problem
    if isinstance(scores, ScoreGrid):
        table = _from_grid(prepared, scores)
        table[~problem.allowed[problem.needs]] = BARRED
        return table
    unit_of = {
        prepared.cases[i].case_number: u for u, unit in enumerate(prepared.units) for i in unit
    }
    index_of: dict[str, list[int]] = {}
    for index, account in enumerate(prepared.accounts):
        index_of.setdefault(account.number, []).append(index)
    table = np.zeros((len(problem.persons), len(problem.places)), np.float32)
    for (case, municipality), score in scores.items():
        if case in unit_of and municipality in index_of:
            table[unit_of[case], index_of[municipality]] += score
    return np.where(problem.allowed[problem.needs], table, BARRED).astype(np.float32)


def _from_grid(prepared: Prepared, grid: ScoreGrid) -> Scores:
    numbers = [account.number for account in prepared.accounts]
    table = np.zeros((len(prepared.units), len(numbers)), np.float32)
    unit_of = np.empty(len(prepared.cases), np.int64)
    for unit, members in enumerate(prepared.units):
        unit_of[list(members)] = unit
    for first in range(0, len(unit_of), 4096):
        names = [case.case_number for case in prepared.cases[first : first + 4096]]
        part = grid.among(names, numbers).astype(np.float32)
        np.add.at(table, unit_of[first : first + 4096], part)
    return table


def _outcome(
    made: _Made, lines: tuple[Line, ...], rules: PlanningRules, inputs: Inputs, progress: Progress
) -> Outcome:
    table = score_table(made.prepared, inputs.scores)
    placement = made.placement
    if rules.method is Method.RULE and not inputs.before:
        placement = Placement(placement.at, np.full_like(placement.at, -1))
    figures = measure(made.prepared, placement, rules, table, progress)
    return Outcome(
        lines,
        figures,
        steps_of(
            made.prepared,
            placement,
            rules,
            figures,
            homes=len(made.homes),
            table=table,
            progress=progress,
        ),
        rules,
        fates(made.prepared, dict(made.homes)),
        sum(
            line.municipality_number is not None
            and inputs.before.get(line.case_number) not in {None, line.municipality_number}
            for line in lines
        ),
    )


def _lines(
    made: _Made, rules: PlanningRules, inputs: Inputs, apart: Mapping[str, int]
) -> tuple[Line, ...]:
    prepared, at = made.prepared, made.placement.at
    calendar = calendar_of(inputs, rules)
    rest, movable = with_fixed(prepared.problem, made.placement.held)
    reached = bool((at < 0).any()) and _placed_all_it_could(rest, at[movable])
    answer: dict[int, Line] = {}
    for unit, members in enumerate(prepared.units):
        where = int(at[unit])
        for i in members:
            case = prepared.cases[i]
            if where >= 0:
                week = made.weeks.get(case.case_number)
                home = made.homes.get(case.case_number)
                number = prepared.accounts[where].number
                code, facts = _why_here(made, unit, number, inputs.before.get(case.case_number))
                answer[i] = Line(
                    case.case_number,
                    number,
                    code or (reasons.SCORE if _by_score(rules) else reasons.BALANCE),
                    facts,
                    None if week is None else calendar.monday(week),
                    home.home_id if home else None,
                )
                continue
            code, more = _why_none(made, unit, reached=reached)
            if case.case_number in apart:
                code, more = reasons.RELATED_APART, {"related_cases": apart[case.case_number]}
            elif len(members) > 1:
                more["related_cases"] = len(members)
            answer[i] = Line(case.case_number, None, code, more)
    return tuple(answer[i] for i in range(len(prepared.cases)))


def _why_here(
    made: _Made, unit: int, number: str, before: str | None
) -> tuple[str | None, dict[str, str]]:
    """None: by the method's own step."""
    held, problem = made.placement.held, made.prepared.problem
    if before == number:
        return reasons.KEPT, {}
    if held[unit] >= 0 and held[unit] == problem.former[unit]:
        return reasons.FORMER, {}
    if before is not None:
        return reasons.MOVED, {"from": before}
    return made.why.get(unit), {}


def _placed_all_it_could(rest: Problem, at: Whole) -> bool:
    """As many persons as any plan places that leaves those held as they are."""
    return int(rest.persons[at >= 0].sum()) == max_placeable(rest)


def _why_none(made: _Made, unit: int, *, reached: bool) -> tuple[str, dict[str, int]]:
    problem = made.prepared.problem
    allowed, persons = problem.allowed[problem.needs[unit]], int(problem.persons[unit])
    if not allowed.any():
        return reasons.NOWHERE_ALLOWED, {}
    largest = int(problem.free[allowed].max())
    if largest < persons:
        return reasons.TOO_LARGE, {"persons": persons, "free": largest}
    if unit in made.why:
        return made.why[unit], {"persons": persons}
    return (reasons.FULL if reached else reasons.NOT_FOUND), {"persons": persons}
