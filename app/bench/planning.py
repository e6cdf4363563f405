"""How near the best possible the plans are, and how long they take: instances invented by seed."""

from dataclasses import dataclass, replace
from math import log2
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from time import perf_counter, process_time

import numpy as np
import typer

from app.planning_output import write_text
from app.plots import line_plot
from workflow.planning.balanced import balance
from workflow.planning.bounds import max_placeable, rms_bound_pp, rms_deviation_pp
from workflow.planning.instance import Problem, Whole
from workflow.planning.prices import BARRED, Scores
from workflow.planning.scored import score_plan

#: Persons in a household, of a hundred: a mean of 2.6.
_HOUSEHOLDS = np.array([34, 24, 16, 11, 7, 4, 2.5, 1.5]) / 100
_NEED_CLASSES = 67
_COMPATIBLE = 0.81
_COUNTIES = 11


@dataclass(frozen=True, slots=True)
class Shape:
    name: str
    cases: int
    municipalities: int
    #: Part of all places used when every case is placed.
    full: float = 0.88
    #: Half of the cases may only go to one county.
    tied: bool = False


BALANCE = (
    Shape("balance", 5_000, 356),
    Shape("balance", 30_000, 356),
    Shape("tight", 5_000, 356, 0.98, tied=True),
    Shape("tight", 5_000, 356, 0.99, tied=True),
    Shape("tight", 5_000, 356, 1.0, tied=True),
)
SCORE = (
    (Shape("score", 5_000, 356), None),
    (Shape("band ±2 %, score", 5_000, 356), 0.02),
    (Shape("score", 30_000, 356), None),
)
GROWTH = tuple(
    Shape("all of the EU" if part == 1 else f"1/{part} of it", 1_700_000 // part, 90_000 // part)
    for part in (16, 8, 4, 2, 1)
)


def bench_planning(*, seed: int = 1) -> None:
    """Print, for each instance, seconds and the distance to the bound of the same run."""
    for shape in BALANCE:
        _print_balance(shape, seed)
    for shape, band in SCORE:
        _print_score(shape, band, seed)
    print_memory()


def bench_growth(*, seed: int = 1, plot: Path | None = None) -> None:
    """Up to all of the EU; the plot is of CPU seconds by n log m, beside a straight line."""
    across, seconds = [0.0], [0.0]
    for shape in GROWTH:
        seconds.append(_print_balance(shape, seed))
        across.append(shape.cases * log2(shape.municipalities) / 1e6)
    print_memory()
    if plot is not None:
        straight = [seconds[-1] * each / across[-1] for each in across]
        lines = {"measured": seconds, "in proportion to n log₂ m": straight}
        title = "CPU seconds of an even plan, by n log₂ m in millions (n cases, m municipalities)"
        write_text(plot, line_plot(title, [round(each, 1) for each in across], lines) + "\n")


def print_memory() -> None:
    gigabytes = getrusage(RUSAGE_SELF).ru_maxrss / 1e6
    typer.echo(f"  at most {gigabytes:.2f} GB, the instances themselves included")


def _print_balance(shape: Shape, seed: int) -> float:
    """CPU seconds of the plan alone, without its bounds."""
    problem = invent(shape, seed)
    since = perf_counter(), process_time()
    at = balance(problem)
    cpu = process_time() - since[1]
    seconds = _since(*since)
    used, persons = _used(problem, at)
    rms = rms_deviation_pp(problem.places, used)
    bound = rms_bound_pp(problem, persons)
    left, least = (int(problem.persons.sum()) - each for each in (persons, max_placeable(problem)))
    typer.echo(
        f"  {shape.name}: {shape.cases:,} × {shape.municipalities:,}, {shape.full:.0%} full: "
        f"{seconds}; deviation {rms:.4f} pp, bound {bound:.4f} (+{rms - bound:.4f}); "
        f"{left} persons unplaced, bound {least}"
    )
    return cpu


def _print_score(shape: Shape, band: float | None, seed: int) -> None:
    problem = invent(shape, seed)
    scores = invent_scores(problem, seed)
    since = perf_counter(), process_time()
    at, bound = score_plan(problem, scores, band=band)
    seconds = _since(*since)
    placed = at >= 0
    score = float(scores[placed, at[placed]].sum(dtype=np.float64))
    left = int(problem.persons[~placed].sum())
    typer.echo(
        f"  {shape.name}: {shape.cases:,} × {shape.municipalities:,}: {seconds}; "
        f"score {score:,.1f}, bound {bound:,.1f}, gap {(bound - score) / bound:.4%}; "
        f"{left} persons unplaced"
    )


def _since(started: float, used: float) -> str:
    """Wall and CPU: on a shared machine the first says little."""
    return f"{perf_counter() - started:.2f} s ({process_time() - used:.2f} s CPU)"


def _used(problem: Problem, at: Whole) -> tuple[Whole, int]:
    placed = at >= 0
    got = np.bincount(
        at[placed], weights=problem.persons[placed], minlength=len(problem.places)
    ).astype(np.int64)
    return problem.used + got, int(got.sum())


def invent_another_year(problem: Problem, seed: int, year: int) -> Problem:
    """Other cases of the same kind for the same municipalities."""
    random = np.random.default_rng([seed, 3, year])
    count = len(problem.persons)
    return replace(
        problem,
        persons=random.choice(np.arange(1, 9), size=count, p=_HOUSEHOLDS).astype(np.int64),
        needs=random.integers(0, _NEED_CLASSES, count),
    )


def invent(shape: Shape, seed: int) -> Problem:
    """Lognormal places with a median of 30 at 5,000 × 356, 5–50 % used, scaled to be so full."""
    random = np.random.default_rng(seed)
    persons = random.choice(np.arange(1, 9), size=shape.cases, p=_HOUSEHOLDS).astype(np.int64)
    needs = random.integers(0, _NEED_CLASSES, shape.cases)
    earlier = random.uniform(0.05, 0.5, shape.municipalities)
    raw = 30 * np.exp(random.normal(0, 0.9, shape.municipalities))
    scale = persons.sum() / (raw * (shape.full - earlier)).sum()
    places = np.maximum(4, np.round(raw * scale)).astype(np.int64)
    used = np.floor(places * earlier).astype(np.int64)
    # What rounding left too much or too little was used earlier.
    order = np.argsort(-places, kind="stable")
    more = round(shape.full * int(places.sum())) - int(used.sum()) - int(persons.sum())
    used[order] += more // len(order) + (np.arange(len(order)) < more % len(order))
    used = np.clip(used, 0, places)
    allowed = random.random((_NEED_CLASSES, shape.municipalities)) < _COMPATIBLE
    if shape.tied:
        county = random.integers(0, _COUNTIES, shape.municipalities)
        allowed = np.vstack([allowed, county[None, :] == np.arange(_COUNTIES)[:, None]])
        by_county = np.bincount(county, weights=places - used, minlength=_COUNTIES)
        chosen = random.choice(_COUNTIES, shape.cases, p=by_county / by_county.sum())
        needs = np.where(random.random(shape.cases) < 0.5, _NEED_CLASSES + chosen, needs)
    return Problem(persons, needs, allowed, places, used, np.full(shape.cases, -1, np.int64))


def invent_scores(problem: Problem, seed: int, year: int = 0) -> Scores:
    """Like a chance of work per person: the household's, the municipality's, their match's part.

    Another year has other households in the same municipalities.
    """
    random = np.random.default_rng([seed, 2])
    cases, municipalities = len(problem.persons), len(problem.places)
    household = random.normal(0, 1, (cases, 1))
    place = random.normal(0, 0.5, (1, municipalities))
    match = random.normal(0, 0.5, (len(problem.allowed), municipalities))
    if year:
        random = np.random.default_rng([seed, 2, year])
        household = random.normal(0, 1, (cases, 1))
    logit = (
        household + place + match[problem.needs] + random.normal(0, 0.6, (cases, municipalities))
    )
    scores = problem.persons[:, None] / (1 + np.exp(-logit))
    answer: Scores = np.where(problem.allowed[problem.needs], scores, BARRED).astype(np.float32)
    return answer
