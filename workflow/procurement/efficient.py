"""Every efficient plan of a small market, gone through one by one. Pure, exact.

A plan is efficient where no other costs no more, is no less even, and has no fewer beds, without
being the same in all three. Of plans alike in all three the one that lies best is kept, then the
first by the ids of its bids.
"""

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from math import prod
from typing import Any, Self

from workflow.procurement.market import Bid, Market
from workflow.procurement.meter import Meter
from workflow.procurement.steering import Prices, usual_points

#: More spreads over municipalities than this are not gone through.
MOST_SPREADS = 60_000
#: Different sums of beds within one municipality, and steps to find them.
MOST_STEPS = 400_000


@dataclass(frozen=True, slots=True)
class Plan:
    """Beds by bid, and what they come to."""

    taken: Mapping[str, int]
    beds: int
    #: For a night, in hundredths of öre.
    night: int
    uneven: Fraction
    #: The points of each bed, put together; what is not known counts as the others do.
    points: Fraction

    @property
    def night_ore(self) -> Fraction:
        return Fraction(self.night, 100)

    @property
    def bed_ore(self) -> Fraction:
        """For a bed and a night."""
        return self.night_ore / self.beds if self.beds else Fraction(0)

    def as_data(self) -> dict[str, Any]:
        """As JSON: fractions as text."""
        return {
            "taken": dict(self.taken),
            "beds": self.beds,
            "night": self.night,
            "uneven": str(self.uneven),
            "points": str(self.points),
        }

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        exact = {name: Fraction(told[name]) for name in ("uneven", "points")}
        return cls(**{**told, **exact})


#: Cost, minus points, ids: the cheapest first, then the best lying one.
Way = tuple[int, Fraction, tuple[tuple[str, int], ...]]


def efficient(market: Market, prices: Prices, at_least: int, at_most: int) -> list[Plan] | None:
    """The efficient plans of so many beds, the cheapest first; None: too many to go through."""
    by_municipality = sums(market, prices)
    if by_municipality is None:
        return None
    codes = sorted(by_municipality)
    choices = [sorted(by_municipality[code]) for code in codes]
    if prod(len(one) for one in choices) > MOST_SPREADS:
        return None
    meter = Meter(market.needs, [market.index[code] for code in codes], prices.measure)
    return undominated(
        _plan(
            [by_municipality[code][n] for code, n in zip(codes, spread, strict=True)],
            sum(spread),
            meter.value(spread),
        )
        for spread in _spreads(choices, at_least, at_most)
    )


def undominated(plans: Iterable[Plan]) -> list[Plan]:
    """Those no other is at least as good as in cost, evenness and beds; the cheapest first."""
    kept: list[Plan] = []
    # By evenness: of all cheaper plans, how many beds there were at most at each level.
    front: list[tuple[Fraction, int]] = []
    ordered = sorted(plans, key=_order)
    for _, alike in groupby(ordered, key=lambda one: (one.night, one.uneven, one.beds)):
        plan = next(alike)
        if any(uneven <= plan.uneven and beds >= plan.beds for uneven, beds in front):
            continue
        kept.append(plan)
        front = [one for one in front if not (one[0] >= plan.uneven and one[1] <= plan.beds)]
        insort(front, (plan.uneven, plan.beds))
    return kept


def sums(market: Market, prices: Prices) -> dict[str, dict[int, Way]] | None:
    """By municipality and by beds there: the cheapest way to them; None: too many."""
    usual = usual_points(market.open)
    found: dict[str, dict[int, Way]] = {}
    steps = 0
    for bids in market.places.values():
        code = bids[0].code
        before = found.get(code, {0: (0, Fraction(0), ())})
        after = dict(before)
        for bid in bids:
            points = usual if bid.points is None else Fraction(bid.points)
            night = prices.night(bid)
            steps += len(before) * (bid.most - bid.least + 1)
            if steps > MOST_STEPS:
                return None
            for n in range(bid.least, bid.most + 1):
                for beds, (cost, worse, taken) in before.items():
                    way = (cost + n * night, worse - n * points, (*taken, (bid.id, n)))
                    if beds + n not in after or way < after[beds + n]:
                        after[beds + n] = way
        found[code] = after
    return found


def _spreads(
    choices: Sequence[Sequence[int]], at_least: int, at_most: int
) -> Iterator[tuple[int, ...]]:
    """One sum of each municipality, of so many beds in all."""
    ahead = [0]
    for one in reversed(choices):
        ahead.append(ahead[-1] + one[-1])
    ahead.reverse()

    def further(at: int, beds: int, chosen: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        if at == len(choices):
            yield chosen
            return
        for n in choices[at]:
            if beds + n > at_most:
                break
            if beds + n + ahead[at + 1] >= at_least:
                yield from further(at + 1, beds + n, (*chosen, n))

    return further(0, 0, ())


def _plan(ways: Sequence[Way], beds: int, uneven: Fraction) -> Plan:
    return Plan(
        dict(sorted(one for way in ways for one in way[2])),
        beds,
        sum(way[0] for way in ways),
        uneven,
        -sum((way[1] for way in ways), Fraction(0)),
    )


def _order(plan: Plan) -> tuple[int, Fraction, int, Fraction, list[tuple[str, int]]]:
    return plan.night, plan.uneven, -plan.beds, -plan.points, sorted(plan.taken.items())


def bids_of(market: Market, plan: Plan) -> list[tuple[Bid, int]]:
    return [(one, plan.taken[one.id]) for one in market.bids if one.id in plan.taken]
