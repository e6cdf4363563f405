"""What a plan amounts to, held against the best any plan could do, step by step of the order."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from workflow.planning.balanced import with_fixed
from workflow.planning.bounds import most_score, rms_bound_pp, rms_deviation_pp
from workflow.planning.ceilings import most_persons_of_kinds
from workflow.planning.dwellings import most_matched
from workflow.planning.explained import StepTaken
from workflow.planning.instance import Flags, Prepared, Problem, Whole
from workflow.planning.prices import Room, Scores, find_prices, in_order
from workflow.planning.progress import Progress
from workflow.planning.rule_sets import Method, PlanningRules, Step


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
class Placement:
    #: The account of each unit, −1 where it has none.
    at: Whole
    #: The same for those that an earlier step than evenness put there, −1 for the others.
    held: Whole
    #: No plan that leaves those where they are scores more; None where nobody looked.
    score_bound: float | None = None


def used_after(problem: Problem, at: Whole) -> Whole:
    placed = at >= 0
    got = np.bincount(
        at[placed], weights=problem.persons[placed], minlength=len(problem.places)
    ).astype(np.int64)
    used: Whole = problem.used + got
    return used


def score_of(table: Scores, at: Whole) -> float:
    placed = at >= 0
    return in_order(table[placed, at[placed]].astype(np.float64))


def measure(
    prepared: Prepared,
    placement: Placement,
    rules: PlanningRules,
    table: Scores | None,
    progress: Progress,
) -> Figures:
    problem, at = prepared.problem, placement.at
    placed = at >= 0
    used = used_after(problem, at)
    rest, movable = with_fixed(problem, placement.held)
    deviation = rms_deviation_pp(problem.places, used)
    even = rms_bound_pp(rest, int(problem.persons[movable][at[movable] >= 0].sum()))
    shares = [
        Fraction(u, p) for u, p in zip(used.tolist(), problem.places.tolist(), strict=True) if p
    ]
    score, bound = None, placement.score_bound
    if table is not None:
        score = score_of(table, at)
        if bound is None:
            bound = _score_bound(problem, table, progress)
        elif (rest_of_it := most_score(rest, table[movable])) is not None:
            bound = min(bound, rest_of_it + score_of(table, placement.held))
        bound = max(bound, score)  # rounding alone
    gap = deviation - even
    if rules.method is Method.SCORE and score is not None and bound is not None:
        gap = (bound - score) / abs(bound) if bound else 0.0
    return Figures(
        placed_cases=sum(len(prepared.units[i]) for i in np.flatnonzero(placed)),
        placed_persons=int(problem.persons[placed].sum()),
        unplaced_cases=sum(len(prepared.units[i]) for i in np.flatnonzero(~placed)),
        max_placeable_persons=most_persons_of_kinds(prepared, np.full_like(at, -1)),
        rms_deviation_pp=deviation,
        rms_bound_pp=even,
        max_share=float(max(shares)) if shares else None,
        min_share=float(min(shares)) if shares else None,
        score=score,
        score_bound=bound if table is not None else None,
        gap=gap,
    )


def _score_bound(problem: Problem, table: Scores, progress: Progress) -> float:
    room = Room(np.zeros_like(problem.free), problem.free)
    by_prices = find_prices(table, problem.persons, room, progress).bound
    by_flow = most_score(problem, table)
    return by_prices if by_flow is None else min(by_prices, by_flow)


def steps_of(
    prepared: Prepared,
    placement: Placement,
    rules: PlanningRules,
    figures: Figures,
    *,
    homes: int,
    table: Scores | None,
    progress: Progress,
) -> tuple[StepTaken, ...]:
    """Each step with its value, its bound and what it would have come to alone."""
    problem, at, held = prepared.problem, placement.at, placement.held
    given = int(problem.persons[held >= 0].sum())
    fits: Flags = np.asarray(problem.allowed.any(axis=1))[problem.needs]
    anywhere = float(problem.persons[fits].sum())
    former = np.flatnonzero((problem.former >= 0) & (problem.former == at))
    most_former = _most_former(problem)
    free_of_all = float(rms_bound_pp(problem, figures.placed_persons))
    most_homes = float(most_matched(prepared))
    with_held = float(most_matched(prepared, held)) if given else most_homes
    alone = figures.score_bound
    if table is not None and (rules.band is not None or given):
        alone = max(_score_bound(problem, table, progress), figures.score or 0.0)
        if figures.score_bound is not None:
            alone = max(alone, figures.score_bound)
    return (
        # Whoever no municipality may take: the most this step could place is everybody.
        StepTaken(Step.NEEDS, True, anywhere, anywhere, float(problem.persons.sum())),
        StepTaken(
            Step.FORMER,
            Step.FORMER in rules.steps,
            float(problem.persons[former].sum()),
            most_former,
            most_former,
        ),
        StepTaken(
            Step.PERSONS,
            True,
            float(figures.placed_persons),
            float(given + most_persons_of_kinds(prepared, held)),
            float(figures.max_placeable_persons),
        ),
        StepTaken(
            Step.BALANCE,
            True,
            figures.rms_deviation_pp,
            figures.rms_bound_pp,
            min(free_of_all, figures.rms_bound_pp),
        ),
        StepTaken(Step.HOMES, Step.HOMES in rules.steps, float(homes), with_held, most_homes),
        StepTaken(
            Step.SCORE, rules.method is Method.SCORE, figures.score, figures.score_bound, alone
        ),
        StepTaken(Step.TIES, True, None, None, None),
    )


def _most_former(problem: Problem) -> float:
    """Persons of track A who fit back where they were, whoever's turn it is: an exact sum each."""
    total = 0
    claims = np.flatnonzero(problem.former >= 0)
    may = problem.allowed[problem.needs[claims], problem.former[claims]]
    claims = claims[may]
    for where in np.unique(problem.former[claims]).tolist():
        free = int(problem.free[where])
        sums = 1
        for persons in problem.persons[claims[problem.former[claims] == where]].tolist():
            sums |= sums << int(persons)
        total += (sums & ((1 << (free + 1)) - 1)).bit_length() - 1
    return float(total)
