"""Where units stand while a plan is made: how many of each kind are in each municipality.

Units with the same needs and persons are one kind: they are interchangeable, so a move is of any of
them, and which of them it was is settled at the end, in the order of their turns.
"""

from dataclasses import dataclass

import numpy as np

from workflow.planning.instance import MOST_CELLS, Problem, TooLarge, Whole


@dataclass(frozen=True, slots=True)
class Move:
    """One unit of a kind goes over, and where `back` is set, one of that kind comes back."""

    out: int
    back: int | None


class Standing:
    """Counts by municipality and kind, without the units that stand fixed."""

    def __init__(self, problem: Problem, movable: Whole) -> None:
        self.problem = problem
        width = int(problem.persons.max(initial=0)) + 1
        packed = problem.needs[movable] * width + problem.persons[movable]
        kinds, self.kind_of = np.unique(packed, return_inverse=True)
        self.movable = movable
        self.sizes: Whole = kinds % width
        self.needs: Whole = kinds // width
        if len(kinds) * len(problem.places) > MOST_CELLS:
            raise TooLarge(f"{len(kinds):,} kinds of cases × {len(problem.places):,}")
        self.waiting: Whole = np.bincount(self.kind_of, minlength=len(kinds)).astype(np.int64)
        self.allowed = np.ascontiguousarray(problem.allowed[self.needs].T)
        self.counts = np.zeros((len(problem.places), len(kinds)), np.int32)
        self.used = problem.used.copy()
        self.width = width

    def free(self, municipality: int) -> int:
        return int(max(0, self.problem.top[municipality] - self.used[municipality]))

    def put(self, kind: int, municipality: int, count: int = 1) -> None:
        self.counts[municipality, kind] += count
        self.waiting[kind] -= count
        self.used[municipality] += count * int(self.sizes[kind])

    def put_many(self, kind: int, counts: Whole) -> None:
        self.counts[:, kind] += counts.astype(np.int32)
        self.waiting[kind] -= int(counts.sum())
        self.used += counts * int(self.sizes[kind])

    def moves(self, source: int, target: int) -> "Between":
        return Between(self, source, target)

    def make(self, source: int, target: int, move: Move) -> None:
        """Carry out a move; the same with source and target exchanged undoes it."""
        self._carry(source, target, move.out)
        if move.back is not None:
            self._carry(target, source, move.back)

    def _carry(self, source: int, target: int, kind: int) -> None:
        size = int(self.sizes[kind])
        self.counts[source, kind] -= 1
        self.counts[target, kind] += 1
        self.used[source] -= size
        self.used[target] += size

    def places_of_units(self) -> Whole:
        """The municipality of each movable unit, −1 where it has none; earlier turns first."""
        answer = np.full(len(self.movable), -1, np.int64)
        in_kinds = np.argsort(self.kind_of, kind="stable")
        ends = np.cumsum(np.bincount(self.kind_of, minlength=len(self.sizes)))
        where = np.arange(len(self.counts))
        start = 0
        for kind, end in enumerate(ends):
            stands = np.repeat(where, self.counts[:, kind])
            answer[in_kinds[start : start + len(stands)]] = stands
            start = int(end)
        return answer


class Between:
    """What can move from one municipality to another, by the persons it moves on balance."""

    def __init__(self, standing: Standing, source: int, target: int) -> None:
        self._standing = standing
        self._out = (standing.counts[source] > 0) & standing.allowed[target]
        self._back = (standing.counts[target] > 0) & standing.allowed[source]
        self._sizes_out = np.zeros(standing.width, np.bool_)
        self._sizes_out[standing.sizes[self._out]] = True
        self._sizes_back = np.zeros(standing.width, np.bool_)
        self._sizes_back[standing.sizes[self._back]] = True
        self._sizes_back[0] = True

    def of(self, persons: int) -> Move | None:
        """The move of just so many persons with the smallest households, if there is one."""
        if not 0 < persons < len(self._sizes_out):
            return None
        pairs = self._sizes_out[persons:] & self._sizes_back[: len(self._sizes_out) - persons]
        back = int(np.argmax(pairs))
        if not pairs[back]:
            return None
        sizes = self._standing.sizes
        out = int(np.argmax(self._out & (sizes == back + persons)))
        return Move(out, int(np.argmax(self._back & (sizes == back))) if back else None)
