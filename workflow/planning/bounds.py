"""How good any plan can be: relaxations in which a household may be split, solved as flows."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from workflow.planning.instance import Flags, Problem, Whole
from workflow.planning.levels import blocks
from workflow.planning.prices import Scores

#: Units × accounts up to which the flow of the best score is solved: some tenths of a second.
_MOST_ARCS = 20_000
#: Whole numbers that a person's score is rounded up to: sums of 100,000 persons stay below 2⁶³.
_STEPS = 1 << 40


def demand(problem: Problem) -> Whole:
    """Persons per need class, without the units too large for every place they may go to."""
    free = problem.free
    largest = np.where(problem.allowed, free, 0).max(axis=1, initial=0)
    fits = problem.persons <= largest[problem.needs]
    return np.bincount(
        problem.needs[fits], weights=problem.persons[fits], minlength=len(problem.allowed)
    ).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Flow:
    persons: int
    #: Need classes and municipalities that can still be reached from persons without a place.
    open_needs: Flags
    open_municipalities: Flags


def most_persons(persons: Whole, allowed: Flags, room: Whole) -> Flow:
    """The most persons of the need classes that fit, each wherever its class may go."""
    count, municipalities = allowed.shape
    total = int(min(persons.sum(), room.sum()))
    # Arcs between class and municipality never bind, so that a cut goes through their ends only.
    needs, to = np.nonzero(allowed & (persons > 0)[:, None])
    flow = SimpleMaxFlow()
    source, sink = count + municipalities, count + municipalities + 1
    flow.add_arcs_with_capacity(
        np.concatenate([np.full(count, source), needs, np.arange(count, source)]),
        np.concatenate([np.arange(count), to + count, np.full(municipalities, sink)]),
        np.concatenate([persons, persons[needs], room]),
    )
    if total and flow.solve(source, sink) != flow.OPTIMAL:
        raise ArithmeticError("the flow was not solved")
    reached = np.zeros(sink + 1, np.bool_)
    if total:
        reached[flow.get_source_side_min_cut()] = True
    return Flow(flow.optimal_flow() if total else 0, reached[:count], reached[count:source])


def max_placeable(problem: Problem) -> int:
    """Persons: no plan places more."""
    return most_persons(demand(problem), problem.allowed, problem.free).persons


def most_score(problem: Problem, table: Scores) -> float | None:
    """The best score were households splittable, each person worth its part of the household's.

    None where it is too much to solve; then prices alone bound it.
    """
    units, accounts = table.shape
    if not units or not accounts or table.size > _MOST_ARCS or problem.persons.sum() > 100_000:
        return None
    unit, to = np.nonzero(problem.allowed[problem.needs])
    worth = table[unit, to].astype(np.float64) / problem.persons[unit]
    most = float(np.abs(worth).max(initial=0.0))
    if not most:
        return 0.0
    cost = -(np.floor(worth / most * _STEPS).astype(np.int64) + 2)  # rounded up, never down
    sink = units + accounts
    flow = SimpleMinCostFlow()
    for tails, heads, room, costs in (
        (unit, to + units, problem.persons[unit], cost),
        # Who stays without scores nothing.
        (np.arange(units), np.full(units, sink), problem.persons, np.zeros(units, np.int64)),
        (
            np.arange(units, sink),
            np.full(accounts, sink),
            problem.free,
            np.zeros(accounts, np.int64),
        ),
    ):
        flow.add_arcs_with_capacity_and_unit_cost(tails, heads, room, costs)
    flow.set_nodes_supplies(np.arange(units), problem.persons)
    flow.set_node_supply(sink, -int(problem.persons.sum()))
    if flow.solve() != flow.OPTIMAL:
        raise ArithmeticError("the flow was not solved")
    return float(-flow.optimal_cost()) / _STEPS * most


def most_even(problem: Problem, persons: int) -> Whole:
    """Persons per municipality in the most even plan of so many, were households splittable.

    Least Σ used²/places over what a flow can bring about. Webster's method ignoring needs is the
    least of all; where needs forbid it, the cut of the flow tells a set of municipalities that
    gets just what its classes bring, and each side is solved by itself (Groenevelt).
    """
    free, answer = problem.free, np.zeros(len(problem.places), np.int64)
    wanted = demand(problem)
    todo = [(np.arange(len(wanted)), np.flatnonzero(free), persons)]
    while todo:
        needs, among, total = todo.pop()
        if not total or not len(among):
            continue
        even = blocks(problem.used[among], problem.places[among], free[among], 1, total)
        allowed = problem.allowed[np.ix_(needs, among)]
        flow = most_persons(wanted[needs], allowed, even)
        if flow.persons >= total:
            answer[among] = even
            continue
        closed = ~flow.open_municipalities
        theirs = allowed[:, closed].any(axis=1)
        brought = int(wanted[needs[theirs]].sum())
        if closed.all() or not closed.any():
            raise ArithmeticError("a cut that cuts nothing")
        todo.append((needs[theirs], among[closed], brought))
        todo.append((needs[~theirs], among[~closed], total - brought))
    return answer


def rms_deviation_pp(places: Whole, used: Whole) -> float:
    """Deviation of the used share from its mean, weighted by places, in percentage points."""
    has = places > 0
    if not has.any():
        return 0.0
    taken, of = used[has], places[has]
    mean = int(taken.sum()) / int(of.sum())
    squares = (taken / of - mean) ** 2 * of
    return 100 * sqrt(float(np.add.reduce(squares)) / int(of.sum()))


def rms_bound_pp(problem: Problem, persons: int) -> float:
    """No plan that places so many persons is more even."""
    return rms_deviation_pp(problem.places, problem.used + most_even(problem, persons))
