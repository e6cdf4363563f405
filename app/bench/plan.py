"""How long a plan takes, beside the least any such plan could take on the same machine."""

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import heapify, heapreplace
from itertools import pairwise
from random import Random
from time import perf_counter

import typer

from workflow.ranking.board import Municipality, Places
from workflow.ranking.criteria import CaseToPlace, RuleSet
from workflow.ranking.fit import Vacancy
from workflow.ranking.plan import Plan, plan

RUN_ON = date(2020, 4, 20)

#: Part of the municipalities asked in 2020 → at most so many places: IMDi's published requests.
_PLACES = ((0.0, 10), (0.25, 12), (0.5, 17), (0.75, 28), (0.95, 80), (1.0, 210))
#: Persons in a household → how many of a hundred: assumed, a mean of about three and a half.
_HOUSEHOLDS = {1: 28, 2: 12, 3: 13, 4: 15, 5: 13, 6: 9, 7: 5, 8: 2, 9: 2, 10: 1}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is planned at once."""

    name: str
    cases: int
    municipalities: int


SIZES = (
    Size("the withdrawn cases of March 2020", 215, 211),
    Size("a year of large arrivals", 30_000, 356),
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Wall seconds, the shortest of the repeats."""

    size: Size
    plan: Plan
    plan_seconds: float
    bound_seconds: float

    @property
    def ratio(self) -> float:
        return self.plan_seconds / self.bound_seconds


def bench_plan(sizes: Sequence[Size] = SIZES) -> None:
    """Print seconds and ratio for each size."""
    typer.echo(
        "plan: beside sorting the cases and taking the best of as many whole numbers off a heap"
    )
    for size in sizes:
        measured = measure(size)
        placed = len(measured.plan.placed)
        typer.echo(
            f"  {size.cases:,} cases × {size.municipalities} municipalities ({size.name}): "
            f"{measured.plan_seconds:.3f} s, {measured.ratio:.0f} × the bound "
            f"of {measured.bound_seconds * 1000:.2f} ms; {placed:,} placed"
        )


def measure(size: Size, *, repeats: int = 3) -> Measured:
    """Plan and bound by turns, on the same invented cases and municipalities."""
    random = Random(2020)  # noqa: S311 - the same cases every time, no secrets
    cases = _cases(random, size)
    municipalities = _municipalities(random, size, sum(case.persons for case in cases))
    rules = RuleSet(version=1)
    made = plan(cases, municipalities, rules, on=RUN_ON)
    plan_seconds, bound_seconds = [], []
    for _ in range(repeats):
        plan_seconds.append(_seconds(lambda: plan(cases, municipalities, rules, on=RUN_ON)))
        bound_seconds.append(_seconds(lambda: _least_work(size)))
    return Measured(size, made, min(plan_seconds), min(bound_seconds))


def _least_work(size: Size) -> None:
    """What no plan of single cases can do without: their order, and one best municipality each."""
    queue = [(case * 7_919) % size.cases for case in range(size.cases)]
    queue.sort()
    best = [-((number * 104_729) << 40) for number in range(size.municipalities)]
    heapify(best)
    for case in queue:
        heapreplace(best, best[0] + (case << 30))


def _cases(random: Random, size: Size) -> list[CaseToPlace]:
    """A third on each track, a tenth declined somewhere, permits running out over half a year."""
    persons = random.choices(list(_HOUSEHOLDS), list(_HOUSEHOLDS.values()), k=size.cases)
    return [
        CaseToPlace(
            persons_of_case,
            (track := random.choice(["A", "B", None])),
            _number(random.randrange(size.municipalities)) if track else None,
            excluded=(
                {_number(random.randrange(size.municipalities)): "case.declined_here"}
                if random.random() < 0.1
                else {}
            ),
            case_number=f"2020-{index:06d}",
            permit_expires_on=RUN_ON + timedelta(days=random.randint(30, 210)),
            group="resettlement",
        )
        for index, persons_of_case in enumerate(persons)
    ]


def _municipalities(random: Random, size: Size, persons: int) -> list[Municipality]:
    """Spread as the requests of 2020, a tenth more places than persons; a third report a home."""
    decided = [_places(index / (size.municipalities - 1)) for index in range(size.municipalities)]
    random.shuffle(decided)
    scale = max(1.0, 1.1 * persons / sum(decided))
    return [
        Municipality(
            _number(index),
            {"ordinary": Places(round(places * scale), round(places * scale))},
            RUN_ON - timedelta(days=random.randint(1, 90)),
            [Vacancy(f"home-{index}", random.randint(1, 8))] if index % 3 == 0 else [],
        )
        for index, places in enumerate(decided)
    ]


def _number(index: int) -> str:
    return f"{301 + index:04d}"


def _places(part: float) -> int:
    """Places of the municipality that so large a part of the others do not exceed."""
    for (from_part, low), (to_part, high) in pairwise(_PLACES):
        if part <= to_part:
            return round(low + (high - low) * (part - from_part) / (to_part - from_part))
    raise ValueError(f"part {part}, expected 0 to 1")


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    started = perf_counter()
    work()
    return perf_counter() - started
