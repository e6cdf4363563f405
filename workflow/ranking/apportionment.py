"""Whole places for shares: the divisor methods and Hamilton's, exact, with minimums and caps.

A divisor method gives out one place at a time: the next goes where weight ÷ d(a) is largest, a
being what it has. d(a) = a is Adams (the largest unused share now), a + 1 Jefferson (the share
after), a + ½ Webster (midway), √(a(a+1)) Huntington–Hill. Ties go to the larger weight, or as
`Ties` says, then to the one listed first.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from heapq import heapify, heappop, heapreplace
from math import floor, isqrt, lcm
from numbers import Rational


class Method(StrEnum):
    ADAMS = "adams"
    JEFFERSON = "jefferson"
    WEBSTER = "webster"
    HAMILTON = "hamilton"
    HUNTINGTON_HILL = "huntington-hill"


class Ties(StrEnum):
    """Who is first where two have the same claim to a place; then whoever is listed first."""

    LARGER = "larger"
    SMALLER = "smaller"
    LISTED = "listed"

    def rank(self, weight: int) -> int:
        """The smaller, the earlier."""
        return {Ties.LARGER: -weight, Ties.SMALLER: weight, Ties.LISTED: 0}[self]


class InfeasibleApportionment(ValueError):
    """No apportionment meets the minimums, the caps and the total at once."""


def apportion(
    method: Method | str,
    weights: Sequence[int | Fraction],
    total: int,
    minimums: Sequence[int] | None = None,
    caps: Sequence[int | None] | None = None,
    *,
    ties: Ties = Ties.LARGER,
) -> list[int]:
    """Split `total` places by `weights`; the answer stands in the order of the weights.

    Minimums are what each has already (residents, settled persons) and count in the total: the
    places are given out from there, and nobody loses any. A cap is the most one may end with, None
    is no cap. Whoever has weight 0 keeps its minimum. Hamilton rounds the quotas λ·weight, held
    within minimum and cap, that sum to the total; without bounds those are the ordinary quotas.

    Raises:
        InfeasibleApportionment: the minimums need more than the total, or the caps leave some over.
        ValueError: malformed: unknown method, a float, a negative number, lists of unequal length.
    """
    chosen = _known(method)
    bounds = _checked(weights, total, minimums, caps)
    if chosen is Method.HAMILTON:
        return _largest_remainders(bounds, total, ties)
    return _highest_averages(DIVISORS[chosen], bounds, total, ties)


@dataclass(frozen=True, slots=True)
class Divisor:
    """A divisor method by its thresholds: place a + 1 is reached where weight·x passes d(a)."""

    #: What orders the thresholds of a weight: d(a)/weight, squared where d is a root.
    threshold: Callable[[int, int], Fraction]
    #: How many places lie strictly before y/2^s, y being weight·x·2^s.
    reached: Callable[[int, int], int]


def _ceil_shift(y: int, s: int) -> int:
    return -(-y >> s)


DIVISORS = {
    Method.ADAMS: Divisor(Fraction, _ceil_shift),
    Method.JEFFERSON: Divisor(
        lambda a, w: Fraction(a + 1, w), lambda y, s: max(0, _ceil_shift(y, s) - 1)
    ),
    Method.WEBSTER: Divisor(
        lambda a, w: Fraction(2 * a + 1, 2 * w),
        lambda y, s: max(0, _ceil_shift(2 * y - (1 << s), s + 1)),
    ),
    # a(a+1) < (y/2^s)² is (2a+1)·2^s < √(4y² + 4^s): the largest odd number below it says how many.
    Method.HUNTINGTON_HILL: Divisor(
        lambda a, w: Fraction(a * (a + 1), w * w),
        lambda y, s: ((isqrt(4 * y * y + (1 << 2 * s) - 1) >> s) + 1) // 2,
    ),
}


@dataclass(frozen=True, slots=True)
class _Bounds:
    #: Whole numbers in the proportion of the weights.
    weights: list[int]
    minimums: list[int]
    caps: list[int]


def _known(method: Method | str) -> Method:
    try:
        return Method(method)
    except ValueError:
        expected = ", ".join(Method)
        raise ValueError(f"unknown method {method!r}, expected one of {expected}") from None


def _checked(
    weights: Sequence[int | Fraction],
    total: int,
    minimums: Sequence[int] | None,
    caps: Sequence[int | None] | None,
) -> _Bounds:
    for weight in weights:
        if not isinstance(weight, Rational) or weight < 0:
            raise ValueError(f"weight {weight!r}, expected an int or Fraction of at least 0")
    if total < 0:
        raise ValueError(f"total {total}, expected at least 0")
    lower = [0] * len(weights) if minimums is None else list(minimums)
    upper = [None] * len(weights) if caps is None else list(caps)
    if not len(weights) == len(lower) == len(upper):
        raise ValueError(f"{len(weights)} weights, {len(lower)} minimums, {len(upper)} caps")
    for minimum, cap in zip(lower, upper, strict=True):
        if minimum < 0 or (cap is not None and cap < 0):
            raise ValueError(f"minimum {minimum}, cap {cap}, expected at least 0")
        if cap is not None and minimum > cap:
            raise InfeasibleApportionment(f"a minimum of {minimum} above its cap of {cap}")
    if sum(lower) > total:
        raise InfeasibleApportionment(f"the minimums need {sum(lower)}, the total is {total}")
    # Nobody can get more than the total; weight 0 gets nothing beyond its minimum.
    reach = [
        minimum if weight == 0 else total if cap is None else min(cap, total)
        for weight, minimum, cap in zip(weights, lower, upper, strict=True)
    ]
    if sum(reach) < total:
        raise InfeasibleApportionment(f"room for {sum(reach)}, the total is {total}")
    scale = lcm(*(weight.denominator for weight in weights))
    return _Bounds([int(weight * scale) for weight in weights], lower, reach)


def _highest_averages(divisor: Divisor, bounds: _Bounds, total: int, ties: Ties) -> list[int]:
    """Jump to a multiplier x just before the total is reached, then give out the rest one by one.

    Every place whose threshold lies below x comes before every other, so the jump is a point on the
    way the greedy rule takes, however minimums and caps cut it. x is a whole number of 2^-s steps,
    so fine that few more than one threshold per weight lie in the last step.
    """
    if not any(bounds.weights):
        return list(bounds.minimums)
    s = sum(bounds.weights).bit_length()

    def reached_at(x: int) -> list[int]:
        return [
            min(cap, max(minimum, divisor.reached(weight * x, s)))
            for weight, minimum, cap in zip(
                bounds.weights, bounds.minimums, bounds.caps, strict=True
            )
        ]

    smallest = min(weight for weight in bounds.weights if weight)
    most, few = ((total + 2) << s) // smallest + 1, len(bounds.weights)
    below, above = 0, min(most, (2 * total << s) // sum(bounds.weights) + 1)
    left = total - sum(bounds.minimums)
    while above < most and (reached := sum(reached_at(above))) <= total:
        below, above, left = above, min(most, 2 * above), total - reached
    # What is left for the queue may be a few for each: to search on costs more.
    while above - below > 1 and left > few:
        middle = (below + above) // 2
        reached = sum(reached_at(middle))
        if reached <= total:
            below, left = middle, total - reached
        else:
            above = middle
    places = reached_at(below)

    def turn(index: int) -> tuple[Fraction, int, int]:
        weight = bounds.weights[index]
        return divisor.threshold(places[index], weight), ties.rank(weight), index

    queue = [turn(i) for i, cap in enumerate(bounds.caps) if places[i] < cap]
    heapify(queue)
    for _ in range(total - sum(places)):
        index = queue[0][2]
        places[index] += 1
        if places[index] == bounds.caps[index]:
            heappop(queue)
        else:
            heapreplace(queue, turn(index))
    return places


def _largest_remainders(bounds: _Bounds, total: int, ties: Ties) -> list[int]:
    minimums, caps = (
        [Fraction(bound) for bound in side] for side in (bounds.minimums, bounds.caps)
    )
    quotas = _held(bounds.weights, Fraction(total), minimums, caps)
    places = [floor(quota) for quota in quotas]
    by_remainder = sorted(
        range(len(quotas)),
        key=lambda i: (places[i] - quotas[i], ties.rank(bounds.weights[i]), i),
    )
    for index in by_remainder[: total - sum(places)]:
        places[index] += 1
    return places


def held_within(
    weights: Sequence[int],
    total: Fraction,
    minimums: Sequence[Fraction],
    caps: Sequence[Fraction],
) -> list[Fraction]:
    """λ·weight held within minimum and cap, with the λ that makes them sum to the total.

    Raises:
        InfeasibleApportionment: no λ does.
    """
    reach = [
        cap if weight else low for weight, low, cap in zip(weights, minimums, caps, strict=True)
    ]
    if any(low > cap for low, cap in zip(minimums, caps, strict=True)):
        raise InfeasibleApportionment("a minimum above its cap")
    if not sum(minimums) <= total <= sum(reach):
        raise InfeasibleApportionment(f"from {sum(minimums)} to {sum(reach)}, the total is {total}")
    return _held(weights, total, minimums, caps)


def _held(
    weights: Sequence[int],
    total: Fraction,
    minimums: Sequence[Fraction],
    caps: Sequence[Fraction],
) -> list[Fraction]:
    def at(level: Fraction) -> list[Fraction]:
        return [
            min(cap, max(minimum, level * weight))
            for weight, minimum, cap in zip(weights, minimums, caps, strict=True)
        ]

    def sum_at(level: Fraction) -> Fraction:
        return sum(at(level), Fraction(0))

    # Between two bends, where someone leaves a minimum or meets a cap, the sum is a straight line.
    bends = sorted(
        {Fraction(0)}
        | {
            bound / weight
            for weight, *both in zip(weights, minimums, caps, strict=True)
            if weight
            for bound in both
        }
    )
    first = bisect_left(bends, total, key=sum_at)
    if first == 0:
        return at(bends[0])
    low, high = bends[first - 1], bends[first]
    at_low, at_high = sum_at(low), sum_at(high)
    return at(low + (high - low) * (total - at_low) / (at_high - at_low))
