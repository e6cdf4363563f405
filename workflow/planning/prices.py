"""A price per person and municipality, and the bound on any plan's score that follows from it.

For any prices, every case at its best municipality less the price of its persons there, plus the
price of all room, is at least the score of every plan: Lagrange's relaxation, which is the dual of
the flow of persons from cases to municipalities. The prices are walked towards the least such
bound. Only sums in a fixed order and comparisons are used, so every machine walks alike.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workflow.planning.instance import Real, Whole
from workflow.planning.progress import Progress

Scores = npt.NDArray[np.float32]
#: What a municipality that a case may not go to is worth to it.
BARRED = np.float32(-1e30)

#: What a product and a difference in single precision lose at most, with room to spare.
_PRECISION = 2.0**-21
_SAMPLE = 4_000
_STEPS = 140
_STEPS_IN_FULL = 25


@dataclass(frozen=True, slots=True)
class Room:
    """Persons a municipality must and may get; parts of one where a sample stands for all."""

    least: Whole | Real
    most: Whole | Real


@dataclass(frozen=True, slots=True)
class Priced:
    #: Per person; below zero where the least is what binds.
    prices: Real
    #: No plan within the room has a higher score.
    bound: float


def find_prices(scores: Scores, persons: Whole, room: Room, progress: Progress) -> Priced:
    """Prices from a sample first where there are many cases, then from all of them."""
    nought = np.zeros(scores.shape[1])
    if not scores.size:
        return Priced(nought, 0.0)
    whole = _Market(scores, persons, room.least.astype(np.float64), room.most.astype(np.float64))
    every = -(-len(persons) // _SAMPLE)
    if every <= 1:
        return _walk(whole, nought, progress, steps=_STEPS)
    in_part = persons[::every]
    share = int(in_part.sum()) / max(1, int(persons.sum()))
    part = _Market(
        np.ascontiguousarray(scores[::every]), in_part, whole.least * share, whole.most * share
    )
    near = _walk(part, nought, progress, steps=_STEPS).prices
    return _walk(whole, near, progress, steps=_STEPS_IN_FULL, first_step=0.2)


def walk_prices(
    scores: Scores,
    persons: Whole,
    room: Room,
    start: Real,
    progress: Progress,
    *,
    steps: int,
    first_step: float,
) -> Priced:
    """So many steps from prices that are near already."""
    market = _Market(scores, persons, room.least.astype(np.float64), room.most.astype(np.float64))
    return _walk(market, start, progress, steps=steps, first_step=first_step)


@dataclass(frozen=True, slots=True)
class _Market:
    scores: Scores
    persons: Whole
    least: Real
    most: Real


def _walk(
    market: _Market, prices: Real, progress: Progress, *, steps: int, first_step: float = 1.0
) -> Priced:
    scores, persons, least, most = market.scores, market.persons, market.least, market.most
    best = Priced(prices, np.inf)
    size = persons.astype(np.float32)[:, None]
    spread = _spread(scores, persons)
    work = np.empty_like(scores)
    direction = np.zeros_like(prices)
    for step in range(steps):
        progress("pricing", step / steps)
        np.multiply(size, prices.astype(np.float32)[None, :], out=work)
        np.subtract(scores, work, out=work)
        chosen = work.argmax(axis=1)
        value = (
            scores[np.arange(len(persons)), chosen] - persons * prices.astype(np.float32)[chosen]
        )
        goes = value > 0
        # Summed in one order; what single precision may have lost of each is added, so that it
        # stays a bound.
        largest = np.abs(scores[np.arange(len(persons)), chosen][goes]).max(initial=0)
        lost = float(largest + np.abs(prices).max() * persons.max(initial=0)) * _PRECISION
        total = in_order(value[goes].astype(np.float64)) + lost * int(goes.sum())
        bound = total + in_order(np.maximum(prices, 0) * most + np.minimum(prices, 0) * least)
        if bound < best.bound:
            best = Priced(prices, bound)
        taken = np.bincount(chosen[goes], weights=persons[goes], minlength=len(prices))
        beyond = np.maximum(taken - most, 0) + np.minimum(taken - least, 0)
        wanted = np.where(prices > 0, taken - most, np.where(prices < 0, taken - least, beyond))
        direction = 0.6 * direction + np.clip(wanted / np.maximum(most, 1.0), -1, 1)
        moved = prices + first_step * spread * 0.04 / (1 + step * 0.06) * direction
        # At nought neither least nor most binds: a price stops there before its sign changes.
        prices = np.where(moved * prices < 0, 0.0, moved)
    return best


def in_order(values: Real) -> float:
    """The sum, added one after the other, so that every machine rounds alike."""
    return float(np.add.accumulate(values)[-1]) if len(values) else 0.0


def _spread(scores: Scores, persons: Whole) -> float:
    """How much a person's score differs from one municipality to another, by and large."""
    first = scores[:200]
    allowed = first > BARRED / 2
    if not allowed.any():
        return 1.0
    high = np.where(allowed, first, -np.inf).max(axis=1)
    low = np.where(allowed, first, np.inf).min(axis=1)
    per_person = ((high - low) / persons[:200])[allowed.any(axis=1)]
    return float(np.sort(per_person)[len(per_person) // 2]) or 1.0
