"""A year in 52 batches, beside what could have been had everything been known beforehand."""

from dataclasses import replace
from time import perf_counter, process_time

import numpy as np
import typer

from app.bench.planning import Shape, invent, invent_another_year, invent_scores
from workflow.planning.ahead import Future, less_prices, prices_ahead
from workflow.planning.instance import Problem, Real, Whole
from workflow.planning.prices import BARRED, Scores
from workflow.planning.progress import silent
from workflow.planning.scored import score_plan

_WEEKS = 52
#: Drawn each week from the year before.
_DRAWN = 1_000


def bench_weeks(*, seed: int = 1, cases: int = 5_000, municipalities: int = 356) -> None:
    """Print the part of the hindsight score that weekly plans have, with prices and without."""
    shape = Shape("weeks", cases, municipalities)
    problem = invent(shape, seed)
    scores = invent_scores(problem, seed)
    at, bound = score_plan(problem, scores)
    hindsight = _score(scores, at)
    earlier = invent_another_year(problem, seed, 1)
    history = invent_scores(earlier, seed, 1)
    alone = _one_by_one(problem, scores, np.argsort(_weeks_of(cases, seed), kind="stable"))
    typer.echo(f"  each case in turn where it is best: {alone / hindsight:.2%} of hindsight")
    for name, past in (("without prices", None), ("with prices", (earlier, history))):
        since = perf_counter(), process_time()
        score, left = one_year(problem, scores, past=past, seed=seed)
        typer.echo(
            f"  {_WEEKS} weeks, {cases:,} × {municipalities:,}, {name}: {score / hindsight:.2%} of "
            f"hindsight ({score / bound:.2%} of its bound); {left} persons unplaced; "
            f"{perf_counter() - since[0]:.1f} s ({process_time() - since[1]:.1f} s CPU)"
        )


def _weeks_of(cases: int, seed: int, weeks: int = _WEEKS) -> Whole:
    return np.random.default_rng([seed, 4]).integers(0, weeks, cases)


def _one_by_one(problem: Problem, scores: Scores, order: Whole) -> float:
    free, total = problem.free, 0.0
    for unit in order:
        persons = problem.persons[unit]
        worth = np.where(free >= persons, scores[unit], BARRED)
        best = int(np.argmax(worth))
        if worth[best] > BARRED / 2:
            free[best] -= persons
            total += float(worth[best])
    return total


def one_year(
    problem: Problem,
    scores: Scores,
    *,
    past: tuple[Problem, Scores] | None,
    weeks: int = _WEEKS,
    seed: int,
) -> tuple[float, int]:
    """The score of all batches together, and the persons left without.

    Args:
        past: cases of another year with their scores, to draw futures from; None looks at today
            alone.
    """
    week_of = _weeks_of(len(problem.persons), seed, weeks)
    used, total, left = problem.used.copy(), 0.0, 0
    prices: Real | None = None
    draw = np.random.default_rng([seed, 5])
    for week in range(weeks):
        units = np.flatnonzero(week_of == week)
        batch = replace(
            problem,
            persons=problem.persons[units],
            needs=problem.needs[units],
            former=problem.former[units],
            used=used,
        )
        values = scores[units]
        worth = values
        if past is not None:
            coming = int(len(week_of) * (weeks - 1 - week) / weeks)
            drawn = draw.integers(0, len(week_of), min(_DRAWN, coming))
            future = Future(past[1][drawn], past[0].persons[drawn], coming)
            prices = prices_ahead(
                values, batch.persons, future, batch.free, progress=silent, before=prices
            )
            worth = less_prices(values, batch.persons, prices)
        at, _ = score_plan(batch, worth)
        placed = at >= 0
        total += _score(values, at)
        left += int(batch.persons[~placed].sum())
        used = used + np.bincount(
            at[placed], weights=batch.persons[placed], minlength=len(used)
        ).astype(np.int64)
    return total, left


def _score(scores: Scores, at: Whole) -> float:
    placed = at >= 0
    return float(scores[placed, at[placed]].sum(dtype=np.float64))
