"""Prices for today's batch that leave room for those who come later, learned from sampled futures.

A place that many of the sampled cases want has a price today, though it is free: a case takes it
only where its score there is worth more than what the place is worth later.
"""

from dataclasses import dataclass

import numpy as np

from workflow.planning.instance import Real, Whole
from workflow.planning.prices import BARRED, Room, Scores, walk_prices
from workflow.planning.progress import Progress

_STEPS = 140
#: Once there are prices of the week before.
_STEPS_ON = 40


@dataclass(frozen=True, slots=True)
class Future:
    """Cases drawn from those that may come: units × accounts, like those of the batch."""

    values: Scores
    persons: Whole
    #: How many cases the drawn ones stand for.
    stands_for: int


def prices_ahead(
    values: Scores,
    persons: Whole,
    future: Future,
    free: Whole,
    *,
    progress: Progress,
    before: Real | None = None,
) -> Real:
    """Per person and account, never below nought.

    Args:
        before: the prices of the batch before, to start from.
    """
    drawn = len(future.persons)
    if not drawn or not future.stands_for:
        return np.zeros(len(free))
    # The batch counts as much as the drawn ones do.
    every = max(1, round(future.stands_for / drawn))
    part = min(1.0, drawn / future.stands_for)
    together = np.concatenate([values[::every], future.values])
    sizes = np.concatenate([persons[::every], future.persons])
    most = free * part
    room = Room(np.zeros(len(free)), np.asarray(most, np.float64))
    steps = _STEPS if before is None else _STEPS_ON
    first = 1.0 if before is None else 0.3
    start = np.zeros(len(free)) if before is None else before
    priced = walk_prices(together, sizes, room, start, progress, steps=steps, first_step=first)
    prices: Real = np.maximum(0.0, priced.prices)
    return prices


def less_prices(values: Scores, persons: Whole, prices: Real) -> Scores:
    """What each municipality is worth to each unit beyond what its places are worth later."""
    cost = persons.astype(np.float32)[:, None] * prices.astype(np.float32)[None, :]
    answer: Scores = np.where(values > BARRED / 2, values - cost, BARRED).astype(np.float32)
    return answer
