"""The even plan: Webster's key midway, scarce cases then large first, then shift and swap.

In the order of design: former municipality on track A, most persons placed, evenness. Each case
goes where (used + persons/2) / places is smallest: the key of Webster's apportionment, midway.
A case without a place gets one by an ejection chain: others move over until there is room. At last
cases shift and change places while that makes the used shares more even.
"""

import numpy as np

from workflow.planning.instance import Problem, Whole
from workflow.planning.levels import blocks
from workflow.planning.progress import Progress, silent
from workflow.planning.standing import Standing

#: Municipalities tried as the other end of a move, the most promising first.
_TRIED = 40
_PASSES = 60


def fix_former(problem: Problem, kept: Whole | None = None) -> Whole:
    """The account of each unit that goes back where it was (R08), −1 for the others.

    Args:
        kept: units that stand already, and are in the answer.
    """
    fixed = np.full(len(problem.persons), -1, np.int64) if kept is None else kept.copy()
    taken = np.bincount(
        fixed[fixed >= 0], weights=problem.persons[fixed >= 0], minlength=len(problem.places)
    ).astype(np.int64)
    free = problem.free - taken
    for unit in np.flatnonzero((problem.former >= 0) & (fixed < 0)):
        where, persons = int(problem.former[unit]), int(problem.persons[unit])
        if problem.allowed[problem.needs[unit], where] and free[where] >= persons:
            fixed[unit] = where
            free[where] -= persons
    return fixed


def with_fixed(problem: Problem, fixed: Whole) -> tuple[Problem, Whole]:
    """What is left to plan once some units stand, and which units those are."""
    stands = fixed >= 0
    taken = np.bincount(
        fixed[stands], weights=problem.persons[stands], minlength=len(problem.places)
    ).astype(np.int64)
    movable = np.flatnonzero(~stands)
    rest = Problem(
        problem.persons[movable],
        problem.needs[movable],
        problem.allowed,
        problem.places,
        problem.used + taken,
        np.full(len(movable), -1, np.int64),
        problem.ceiling,
    )
    return rest, movable


def balance(problem: Problem, progress: Progress = silent) -> Whole:
    """The municipality of each unit, −1 where it gets none."""
    answer = fix_former(problem)
    rest, movable = with_fixed(problem, answer)
    standing = Standing(rest, np.arange(len(movable)))
    fill(standing, progress)
    eject(standing, progress)
    even_out(standing, progress)
    answer[movable] = standing.places_of_units()
    return answer


def fill(standing: Standing, progress: Progress) -> None:
    """Every kind by Webster's key, scarce ones first, then large ones."""
    problem, free = standing.problem, standing.problem.free
    within = problem.allowed @ free
    everywhere = int(free.sum())
    # Half of all places or more is not scarce; a quarter is twice as scarce as a half.
    scarce = np.array([(everywhere // max(1, int(open_to))).bit_length() for open_to in within])
    order = np.lexsort((within[standing.needs], -standing.sizes, -scarce[standing.needs]))
    for done, kind in enumerate(order):
        if done % 64 == 0:
            progress("placing", done / len(order))
        room = np.maximum(0, problem.top - standing.used) * standing.allowed[:, kind]
        size, waiting = int(standing.sizes[kind]), int(standing.waiting[kind])
        standing.put_many(int(kind), blocks(standing.used, problem.places, room, size, waiting))


def eject(standing: Standing, progress: Progress) -> None:
    """Make room for those without a place, the largest first, by moving others."""
    kinds = np.flatnonzero(standing.waiting > 0)
    kinds = kinds[np.argsort(-standing.sizes[kinds], kind="stable")]
    for done, kind in enumerate(kinds):
        progress("making room", done / len(kinds))
        while standing.waiting[kind] > 0 and _make_room(standing, int(kind)):
            pass


def _make_room(standing: Standing, kind: int) -> bool:
    size = int(standing.sizes[kind])
    free = np.maximum(0, standing.problem.top - standing.used)
    open_to = np.flatnonzero(standing.allowed[:, kind] & (standing.problem.free >= size))
    for municipality in open_to[np.argsort(-free[open_to], kind="stable")][:_TRIED]:
        if _gather(standing, int(municipality), size):
            standing.put(kind, int(municipality))
            return True
    return False


def _gather(standing: Standing, municipality: int, size: int) -> bool:
    """Move persons out until so many places are free; all is put back where that fails."""
    made = []
    while (needed := size - standing.free(municipality)) > 0:
        free = np.maximum(0, standing.problem.top - standing.used)
        free[municipality] = 0
        others = np.flatnonzero(free)
        for other in others[np.argsort(-free[others], kind="stable")][: 4 * _TRIED]:
            between = standing.moves(municipality, int(other))
            most = int(free[other])
            # Just enough is best, a little more does, less is a step on the way.
            wanted = [*range(needed, most + 1), *range(min(needed - 1, most), 0, -1)]
            move = next((m for persons in wanted if (m := between.of(persons))), None)
            if move is not None:
                standing.make(municipality, int(other), move)
                made.append((int(other), move))
                break
        else:
            for other, move in reversed(made):
                standing.make(other, municipality, move)
            return False
    return True


def even_out(standing: Standing, progress: Progress) -> None:
    """Shift and swap while Σ used²/places gets smaller."""
    places = standing.problem.places
    open_to = np.flatnonzero(standing.problem.places > 0)
    for turn in range(_PASSES):
        progress("evening out", turn / _PASSES)
        down = (2 * standing.used[open_to] - 1) / places[open_to]
        up = (2 * standing.used[open_to] + 1) / places[open_to]
        donors = open_to[np.argsort(-down, kind="stable")]
        takers = open_to[np.argsort(up, kind="stable")]
        if not sum(_relieve(standing, int(donor), takers, i) for i, donor in enumerate(donors)):
            break


def _relieve(standing: Standing, donor: int, takers: Whole, rank: int) -> bool:
    """One move out of the donor that makes the shares more even, to the emptiest that can."""
    places, used = standing.problem.places, standing.used
    # The fullest meets the emptiest: both lists are in order, and earlier donors used its head.
    near = takers[max(0, rank - _TRIED // 2) : rank + _TRIED]
    high, of = int(used[donor]), int(places[donor])
    if not standing.counts[donor].any():
        return False
    room = np.maximum(0, standing.problem.top[near] - used[near])
    helps = (2 * high - 1) / of > (2 * used[near] + 1) / places[near] + 1e-12
    for taker in near[helps & (room > 0)]:
        low, to = int(used[taker]), int(places[taker])
        best = (high * to - low * of) / (of + to)
        most = min(int(2 * best - 1e-9), standing.free(int(taker)), standing.width - 1)
        between = standing.moves(donor, int(taker))
        for persons in sorted(range(1, most + 1), key=lambda d: (abs(d - best), d)):
            if move := between.of(persons):
                standing.make(donor, int(taker), move)
                return True
    return False
