"""The plan with the highest score among those that place most persons, within a band if asked.

Prices say what room is worth; each case goes where its score less the price is best, large ones and
those with most to lose first. Floors are filled by single moves, then cases shift and change places
while the score grows. Floors and ceilings of the band are kept by every move.
"""

from math import ceil, floor

import numpy as np

from workflow.planning.balanced import balance, fix_former, with_fixed
from workflow.planning.instance import Problem, Whole
from workflow.planning.prices import BARRED, Priced, Room, Scores, find_prices, in_order
from workflow.planning.progress import Progress, silent

_PASSES = 6


def score_plan(
    problem: Problem, scores: Scores, *, band: float | None = None, progress: Progress = silent
) -> tuple[Whole, float]:
    """The municipality of each unit (−1: none), and a bound no plan of its kind exceeds.

    Args:
        scores: unit × municipality; BARRED where the unit may not go.
        band: how far a used share may be from the mean, 0.02 = two percentage points; rounded to
            whole persons outwards, and as far as the even plan gets within it.
    """
    even = balance(problem, progress)
    if not scores.size:
        return even, 0.0
    fixed = fix_former(problem)
    rest, movable = with_fixed(problem, fixed)
    start = even[movable]
    values = np.where(rest.allowed[rest.needs], scores[movable], BARRED).astype(np.float32)
    room = _room(rest, start, band)
    priced = find_prices(values, rest.persons, room, progress)
    search = _Search(rest, values, room, priced)
    if not search.start(_persons(rest, start), progress):
        search.start_from(start)
    search.improve(progress)
    answer = fixed.copy()
    answer[movable] = search.at
    of_fixed = np.flatnonzero(fixed >= 0)
    return answer, priced.bound + in_order(scores[of_fixed, fixed[of_fixed]].astype(np.float64))


def _persons(problem: Problem, at: Whole) -> int:
    return int(problem.persons[at >= 0].sum())


def _room(problem: Problem, start: Whole, band: float | None) -> Room:
    if band is None:
        return Room(np.zeros_like(problem.places), problem.free)
    placed = start >= 0
    taken = np.bincount(
        start[placed], weights=problem.persons[placed], minlength=len(problem.places)
    ).astype(np.int64)
    mean = int((problem.used + taken).sum()) / max(1, int(problem.places.sum()))
    least = [floor((mean - band) * p) for p in problem.places.tolist()]
    most = [ceil((mean + band) * p) for p in problem.places.tolist()]
    # Where the even plan is outside, because nothing else was possible, it may stay there.
    return Room(
        np.clip(np.array(least) - problem.used, 0, taken),
        np.maximum(np.clip(np.array(most) - problem.used, 0, problem.free), taken),
    )


class _Search:
    """A plan that gets better: where each unit is, and how many persons each municipality got."""

    def __init__(self, problem: Problem, values: Scores, room: Room, priced: Priced) -> None:
        self.persons = problem.persons
        self.values = values
        self.by_municipality = np.ascontiguousarray(values.T)
        self.room = room
        self.prices = priced.prices.astype(np.float32)
        self.start_from(np.full(len(self.persons), -1, np.int64))

    def start_from(self, at: Whole) -> None:
        self.at = at.copy()
        placed = at >= 0
        self.got = np.bincount(
            at[placed], weights=self.persons[placed], minlength=len(self.room.most)
        ).astype(np.int64)
        self.worth = np.zeros(len(at), np.float32)
        self.worth[placed] = self.values[placed, at[placed]]

    def start(self, persons: int, progress: Progress) -> bool:
        """Each where it is best at these prices; False if that places fewer, or misses a floor."""
        priced = self.values - self.persons.astype(np.float32)[:, None] * self.prices[None, :]
        if priced.shape[1] > 1:
            two = np.partition(priced, -2, axis=1)[:, -2:]
            regret = two[:, 1] - two[:, 0]
        else:
            regret = np.zeros(len(priced), np.float32)
        order = np.lexsort((-regret, -self.persons))
        for done, unit in enumerate(order):
            if done % 1024 == 0:
                progress("placing", done / len(order))
            fits = self.room.most - self.got >= self.persons[unit]
            where = int(np.argmax(np.where(fits, priced[unit], BARRED)))
            if fits[where] and self.values[unit, where] > BARRED / 2:
                self._to(int(unit), where)
        placed = int(self.persons[self.at >= 0].sum())
        return placed >= persons and self._fill_floors(progress)

    def _to(self, unit: int, where: int) -> None:
        before, persons = int(self.at[unit]), int(self.persons[unit])
        if before >= 0:
            self.got[before] -= persons
        self.got[where] += persons
        self.at[unit] = where
        self.worth[unit] = self.values[unit, where]

    def _fill_floors(self, progress: Progress) -> bool:
        short = np.flatnonzero(self.got < self.room.least)
        for done, where in enumerate(short):
            progress("keeping floors", done / len(short))
            while self.got[where] < self.room.least[where]:
                column = self.by_municipality[where]
                spare = (self.got - self.room.least)[self.at]
                may = (self.at >= 0) & (self.at != where) & (column > BARRED / 2)
                may &= (spare >= self.persons) & (
                    self.persons <= self.room.most[where] - self.got[where]
                )
                if not may.any():
                    return False
                loss = (self.worth - column) / self.persons.astype(np.float32)
                self._to(int(np.argmin(np.where(may, loss, np.inf))), int(where))
        return True

    def improve(self, progress: Progress) -> None:
        """Shift and swap those that stand worse than at their best, the worst of them first."""
        size = self.persons.astype(np.float32)
        for turn in range(_PASSES):
            progress("improving", turn / _PASSES)
            best = np.full(len(self.at), BARRED, np.float32)
            for first in range(0, len(self.at), 4096):
                part = slice(first, first + 4096)
                best[part] = (self.values[part] - size[part, None] * self.prices).max(axis=1)
            placed = self.at >= 0
            loss = best - (self.worth - size * self.prices[self.at])
            units = np.flatnonzero(placed & (loss > 1e-6))
            moved = False
            for unit in units[np.argsort(-loss[units], kind="stable")]:
                moved |= self._better(int(unit))
            if not moved:
                break

    def _better(self, unit: int) -> bool:
        here, persons = int(self.at[unit]), int(self.persons[unit])
        gain = self.values[unit] - self.worth[unit]
        spare_here = int(self.got[here] - self.room.least[here])
        free = self.room.most - self.got
        alone = np.where((free >= persons) & (spare_here >= persons), gain, BARRED)
        shift = int(np.argmax(alone))
        # Swaps: only with who stands where this one would gain, or gains most itself.
        there = self.at
        both = gain[there] + self.by_municipality[here] - self.worth
        more = persons - self.persons
        fits = (more <= free[there]) & (-more <= free[here])
        fits &= (more <= spare_here) & (-more <= (self.got - self.room.least)[there])
        swap = int(np.argmax(np.where(fits & (there >= 0) & (there != here), both, BARRED)))
        swaps = fits[swap] and there[swap] >= 0 and there[swap] != here
        if swaps and both[swap] > max(float(alone[shift]), 1e-6):
            target = int(there[swap])
            self._to(unit, target)
            self._to(swap, here)
            return True
        if alone[shift] > 1e-6:
            self._to(unit, shift)
            return True
        return False
