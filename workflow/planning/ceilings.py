"""The most persons that fit where municipalities take so many households of a kind and no more.

The flow of `bounds`, with a node for each kind in each municipality that counts it: through it
come at most the persons of as many of the largest households, split as they may be.
"""

from collections.abc import Mapping
from itertools import accumulate

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow

from workflow.planning.balanced import with_fixed
from workflow.planning.barriers import kinds_of
from workflow.planning.bounds import max_placeable
from workflow.planning.instance import Prepared, Problem, Whole


def most_persons_of_kinds(prepared: Prepared, held: Whole) -> int:
    """Persons: no plan places more of those that are left to place.

    Args:
        held: the account of each unit that an earlier step put there, −1 for the others.
    """
    rest, movable = with_fixed(prepared.problem, held)
    counted = {kind for one in prepared.accounts for kind in one.municipality.most}
    if not counted:
        return max_placeable(rest)
    flow = _Flow(prepared, rest)
    left = _left(prepared, {int(unit): int(held[unit]) for unit in np.flatnonzero(held >= 0)})
    by_kind: dict[str, list[int]] = {}
    free = rest.free
    largest = np.where(rest.allowed, free, 0).max(axis=1, initial=0)
    for at, unit in enumerate(movable.tolist()):
        if rest.persons[at] <= largest[rest.needs[at]]:
            by_kind.setdefault(_kind(prepared, unit, counted), []).append(at)
    for kind, those in sorted(by_kind.items()):
        flow.add(kind, rest.persons[those], rest.needs[those], left.get(kind, {}))
    return flow.most(free)


def _kind(prepared: Prepared, unit: int, counted: set[str]) -> str:
    """The kind it is counted as; cases that move as one, or of no such kind, are of none."""
    cases = prepared.cases_of(unit)
    own = kinds_of(cases[0], prepared.hard.rules) & counted if len(cases) == 1 else ()
    return min(own, default="")


def _left(prepared: Prepared, stand: Mapping[int, int]) -> dict[str, dict[int, int]]:
    """Kind → account → households it may still take.

    Args:
        stand: unit → the account where an earlier step has put it.
    """
    answer: dict[str, dict[int, int]] = {}
    for index, account in enumerate(prepared.accounts):
        for kind, most in account.municipality.most.items():
            answer.setdefault(kind, {})[index] = most
    for unit, where in stand.items():
        for case in prepared.cases_of(unit):
            for kind in kinds_of(case, prepared.hard.rules) & answer.keys():
                if where in answer[kind]:
                    answer[kind][where] = max(0, answer[kind][where] - 1)
    return answer


class _Flow:
    def __init__(self, prepared: Prepared, rest: Problem) -> None:
        self._flow = SimpleMaxFlow()
        self._allowed = rest.allowed
        self._accounts = len(prepared.accounts)
        self._source, self._sink = self._accounts, self._accounts + 1
        self._nodes = self._accounts + 2

    def add(self, kind: str, persons: Whole, needs: Whole, left: dict[int, int]) -> None:
        """Households of one kind; `left`: account → how many of them it takes at most."""
        sums = [0, *accumulate(sorted(persons.tolist(), reverse=True))]
        count = len(persons)
        root = self._node()
        open_to_all = len(left) < self._accounts
        most = sums[-1] if open_to_all else sums[min(count, sum(left.values()))]
        self._flow.add_arc_with_capacity(self._source, root, most)
        counting = {}
        for account, households in left.items():
            counting[account] = self._node()
            room = sums[min(count, households)]
            self._flow.add_arc_with_capacity(counting[account], account, room)
        wanted = np.bincount(needs, weights=persons, minlength=len(self._allowed)).astype(np.int64)
        for need in np.flatnonzero(wanted).tolist():
            node = self._node()
            self._flow.add_arc_with_capacity(root, node, int(wanted[need]))
            for account in np.flatnonzero(self._allowed[need]).tolist():
                to = counting.get(account, account)
                self._flow.add_arc_with_capacity(node, to, int(wanted[need]))

    def most(self, free: Whole) -> int:
        for account, room in enumerate(free.tolist()):
            self._flow.add_arc_with_capacity(account, self._sink, room)
        if self._flow.solve(self._source, self._sink) != self._flow.OPTIMAL:
            raise ArithmeticError("the flow was not solved")
        return int(self._flow.optimal_flow())

    def _node(self) -> int:
        self._nodes += 1
        return self._nodes - 1
