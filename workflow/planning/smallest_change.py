"""After a withdrawal: who is planned stays, and where room must be made, as few as can be move.

A case without a place first takes one that is free; then one other moves, then two, then as many as
it takes. Each is looked for in every municipality before the next.
"""

from itertools import combinations

import numpy as np

from workflow.planning.instance import Problem, Whole
from workflow.planning.progress import Progress

#: Most that move for one.
_MOST = 6
#: Municipalities, and cases in each, that are tried where more than one moves.
_TRIED = 40


def keep(problem: Problem, before: Whole) -> Whole:
    """Where each unit stays: −1 for those that may no longer be there, and for the new ones."""
    answer = np.full(len(before), -1, np.int64)
    free = problem.free
    for unit in np.flatnonzero(before >= 0).tolist():
        where, persons = int(before[unit]), int(problem.persons[unit])
        if problem.allowed[problem.needs[unit], where] and free[where] >= persons:
            answer[unit] = where
            free[where] -= persons
    return answer


class _Moves:
    def __init__(self, problem: Problem, at: Whole, held: Whole) -> None:
        self.problem, self.at = problem, at
        self.free = problem.free - np.bincount(
            at[at >= 0], weights=problem.persons[at >= 0], minlength=len(problem.places)
        ).astype(np.int64)
        self.held = held >= 0

    def put(self, unit: int, where: int) -> None:
        persons = self.problem.persons[unit]
        if self.at[unit] >= 0:
            self.free[self.at[unit]] += persons
        self.free[where] -= persons
        self.at[unit] = where

    def roomiest(self, unit: int, *, but: int = -1) -> int:
        """Where it fits with the largest share left over; −1 where there is none."""
        problem = self.problem
        fits = problem.allowed[problem.needs[unit]] & (self.free >= problem.persons[unit])
        if but >= 0:
            fits[but] = False
        share = np.where(fits, self.free / np.maximum(1, problem.places), -1)
        best = int(np.argmax(share))
        return best if fits[best] else -1

    def movable(self, where: int) -> list[int]:
        """Those there, the smallest first."""
        units = np.flatnonzero((self.at == where) & ~self.held)
        smallest = units[np.argsort(self.problem.persons[units], kind="stable")]
        answer: list[int] = smallest.tolist()
        return answer


def make_room(problem: Problem, at: Whole, held: Whole, progress: Progress) -> Whole:
    """The same plan with as many of the others placed as can be, the larger first.

    Args:
        held: what may not move, −1 for what may.
    """
    moves = _Moves(problem, at.copy(), held)
    waiting = np.flatnonzero(at < 0)
    order = waiting[np.argsort(-problem.persons[waiting], kind="stable")].tolist()
    failed: set[tuple[int, int]] = set()
    for done, unit in enumerate(order):
        progress("making room", done / len(order))
        alike = int(problem.needs[unit]), int(problem.persons[unit])
        if alike in failed:
            continue
        if (where := moves.roomiest(unit)) >= 0:
            moves.put(unit, where)
        elif not _by_moves(moves, unit):
            failed.add(alike)
            continue
        failed.clear()
    return moves.at


def _by_moves(moves: _Moves, unit: int) -> bool:
    problem = moves.problem
    allowed = problem.allowed[problem.needs[unit]] & (problem.free >= problem.persons[unit])
    near = np.flatnonzero(allowed)
    near = near[np.argsort(-moves.free[near], kind="stable")]
    for count in range(1, _MOST + 1):
        tried = near.tolist() if count == 1 else near[:_TRIED].tolist()
        if any(_with(moves, unit, where, count) for where in tried):
            return True
    return False


def _with(moves: _Moves, unit: int, where: int, count: int) -> bool:
    """Put it there by `count` others moving: out, or out and one of them in."""
    lacking = int(moves.problem.persons[unit] - moves.free[where])
    there = moves.movable(where)
    if count > 2:
        return len(there) >= count and _all_out(moves, unit, where, there, count)
    for leaving in combinations(there[:_TRIED], count):
        if sum(int(moves.problem.persons[v]) for v in leaving) >= lacking and _out(
            moves, unit, where, leaving
        ):
            return True
    return count == 2 and _exchange(moves, unit, where, there, lacking)


def _out(moves: _Moves, unit: int, where: int, leaving: tuple[int, ...]) -> bool:
    gone: list[int] = []
    # The largest first, or a smaller one takes its only room.
    for other in sorted(leaving, key=lambda v: -int(moves.problem.persons[v])):
        to = moves.roomiest(other, but=where)
        if to < 0:
            for back in gone:
                moves.put(back, where)
            return False
        moves.put(other, to)
        gone.append(other)
    moves.put(unit, where)
    return True


def _all_out(moves: _Moves, unit: int, where: int, there: list[int], count: int) -> bool:
    lacking = int(moves.problem.persons[unit] - moves.free[where])
    sizes = moves.problem.persons
    for last in range(count, len(there) + 1):
        leaving = tuple(there[last - count : last])
        if sum(int(sizes[v]) for v in leaving) >= lacking and _out(moves, unit, where, leaving):
            return True
    return False


def _exchange(moves: _Moves, unit: int, where: int, there: list[int], lacking: int) -> bool:
    """A larger one goes out and a smaller one comes in for it."""
    problem = moves.problem
    others = np.flatnonzero((moves.at >= 0) & (moves.at != where) & ~moves.held)
    others = others[problem.allowed[problem.needs[others], where]]
    for out in there:
        target = moves.at[others]
        less = int(problem.persons[out]) - problem.persons[others]
        fits = (less >= lacking) & (moves.free[target] >= less)
        fits &= problem.allowed[problem.needs[out], target]
        if fits.any():
            back = int(others[int(np.argmax(fits))])
            to = int(moves.at[back])
            moves.put(back, where)
            moves.put(out, to)
            moves.put(unit, where)
            return True
    return False
