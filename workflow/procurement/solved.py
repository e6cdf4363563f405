"""Efficient plans of a market too large to go through one by one. Pure, exact in whole numbers.

With the beds in all fixed, both the cost and the deviations Σ|T·aᵢ - B·tᵢ| are sums over
municipalities (aᵢ places there, tᵢ its number, T numbers and B places in all), so that one pass
over municipalities and beds finds the least of q · cost + p · deviations. With p and q above zero
that plan is efficient among all plans of as many beds. The weights are found as one goes (Aneja
and Nair): first the cheapest and the evenest, then what lies between two neighbours, where the
most is to be had. Plans that no weights reach are not found; those found are proven.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import gcd
from typing import Final

import numpy as np
from numpy.typing import NDArray

from workflow.procurement.efficient import Plan, undominated
from workflow.procurement.market import Bid, Market
from workflow.procurement.meter import Meter
from workflow.procurement.states import Measure
from workflow.procurement.steering import Prices, usual_points

#: Plans of one number of beds.
MOST_PLANS: Final = 7
#: Sums stay below it; what cannot be reached lies at it.
_FAR: Final = 1 << 61

Whole = NDArray[np.int64]


def solve(market: Market, prices: Prices, at_least: int, at_most: int) -> list[Plan]:
    """Efficient plans by the deviations' share: of the fewest beds, the most, and between them."""
    made = _Solver(market, prices)
    plans = [
        plan for beds in _levels(made.reachable(at_least, at_most)) for plan in _between(made, beds)
    ]
    return undominated(made.plan(one.taken) for one in plans)


@dataclass(frozen=True, slots=True)
class _Found:
    taken: dict[str, int]
    cost: int
    apart: int


def _levels(reachable: Sequence[int]) -> list[int]:
    return sorted({reachable[0], reachable[len(reachable) // 2], reachable[-1]})


def _between(made: "_Solver", beds: int) -> list[_Found]:
    """The cheapest and the evenest, then whatever lies below the line of two neighbours."""
    cheapest, evenest = made.extremes(beds)
    line = [cheapest] if cheapest == evenest else [cheapest, evenest]
    tried: set[tuple[int, int]] = set()
    while len(line) < MOST_PLANS:
        gaps = [
            (after.cost - before.cost, before.apart - after.apart, at)
            for at, (before, after) in enumerate(pairwise(line))
            if (before.cost, after.cost) not in tried
        ]
        if not gaps:
            break
        dearer, evener, at = max(gaps, key=lambda gap: (gap[0] * gap[1], -gap[2]))
        before, after = line[at], line[at + 1]
        tried.add((before.cost, after.cost))
        if dearer <= 0 or evener <= 0:
            continue
        found = made.least(beds, by_cost=evener, by_evenness=dearer)
        if before.cost < found.cost < after.cost and after.apart < found.apart < before.apart:
            line.insert(at + 1, found)
    return line


class _Solver:
    """One market; the cheapest way to each sum of beds in each municipality is found once."""

    def __init__(self, market: Market, prices: Prices) -> None:
        self._needs = market.needs
        self._bids = {one.id: one for one in market.open}
        self._nights = {one.id: prices.night(one) for one in market.open}
        usual = usual_points(market.open)
        self._points = {
            one.id: usual if one.points is None else Fraction(one.points) for one in market.open
        }
        groups: dict[str, list[list[Bid]]] = {}
        for bids in market.places.values():
            groups.setdefault(bids[0].code, []).append(bids)
        self._codes = sorted(groups)
        #: Prices have a measure in common, which keeps the sums small.
        self._unit = gcd(*self._nights.values()) or 1
        self._ways = [
            _Ways(groups[code], {name: n // self._unit for name, n in self._nights.items()})
            for code in self._codes
        ]
        self._meter = Meter(
            market.needs, [market.index[code] for code in self._codes], Measure.DEVIATIONS
        )
        self._here = [market.by_code[code] for code in self._codes]
        self._targets = sum(one.target for one in market.needs)
        self._before = sum(one.procured for one in market.needs)

    def reachable(self, at_least: int, at_most: int) -> list[int]:
        """The sums of beds there are plans of; `at_most` is so far off that there is one."""
        sums = 1
        for one in self._ways:
            shifted = 0
            for n in one.sums:
                shifted |= sums << int(n)
            sums = shifted & ((1 << (at_most + 1)) - 1)
        return [n for n in range(at_least, at_most + 1) if sums >> n & 1]

    def extremes(self, beds: int) -> tuple[_Found, _Found]:
        """The cheapest, then evenest, and the evenest, then cheapest, as far as numbers reach."""
        most = self._most(beds)
        return (
            self.least(beds, by_cost=most[1] + 1, by_evenness=1),
            self.least(beds, by_cost=1, by_evenness=most[0] + 1),
        )

    def least(self, beds: int, *, by_cost: int, by_evenness: int) -> _Found:
        """The plan of so many beds with the least weighted sum; the first of those alike."""
        by_cost, by_evenness = self._scaled(beds, by_cost, by_evenness)
        best = np.full(beds + 1, _FAR, dtype=np.int64)
        best[0] = 0
        picked: list[NDArray[np.int32]] = []
        for ways, off in zip(self._ways, self._off(beds), strict=True):
            after = np.full(beds + 1, _FAR, dtype=np.int64)
            pick = np.zeros(beds + 1, dtype=np.int32)
            worth = by_cost * ways.cost[ways.sums] + by_evenness * off
            for n, value in zip(ways.sums.tolist(), worth.tolist(), strict=True):
                if n > beds:
                    break
                reached = best[: beds + 1 - n] + value
                better = reached < after[n:]
                after[n:][better] = reached[better]
                pick[n:][better] = n
            best = np.minimum(after, _FAR)
            picked.append(pick)
        return self._found(beds, picked)

    def plan(self, taken: dict[str, int]) -> Plan:
        more = dict.fromkeys(self._codes, 0)
        for name, n in taken.items():
            more[self._bids[name].code] += n
        return Plan(
            taken,
            sum(taken.values()),
            sum(n * self._nights[name] for name, n in taken.items()),
            self._meter.value([more[code] for code in self._codes]),
            sum((n * self._points[name] for name, n in taken.items()), Fraction(0)),
        )

    def _off(self, beds: int) -> Iterator[Whole]:
        """How far each sum leaves its municipality from an even part, in T-ths of a place."""
        people = self._before + beds
        for ways, need in zip(self._ways, self._here, strict=True):
            yield np.abs(self._targets * (ways.sums + need.procured) - people * need.target)

    def _most(self, beds: int) -> tuple[int, int]:
        """The most there can be of cost and of deviations, in all municipalities."""
        cost = sum(int(one.cost[one.sums].max()) for one in self._ways)
        return cost, sum(int(one.max()) for one in self._off(beds))

    def _scaled(self, beds: int, by_cost: int, by_evenness: int) -> tuple[int, int]:
        """Weights in the same relation, so small that no sum comes near _FAR."""
        cost, apart = self._most(beds)
        shared = gcd(by_cost, by_evenness)
        by_cost, by_evenness = by_cost // shared, by_evenness // shared
        too_large = -(-2 * (by_cost * cost + by_evenness * apart) // _FAR)
        if too_large <= 1:
            return by_cost, by_evenness
        return max(1, by_cost // too_large), max(1, by_evenness // too_large)

    def _found(self, beds: int, picked: Sequence[NDArray[np.int32]]) -> _Found:
        taken: dict[str, int] = {}
        left, cost, apart = beds, 0, 0
        for ways, need, pick in zip(
            reversed(self._ways), reversed(self._here), reversed(picked), strict=True
        ):
            n = int(pick[left])
            left -= n
            cost += int(ways.cost[n])
            apart += abs(self._targets * (n + need.procured) - (self._before + beds) * need.target)
            taken |= ways.taken(n)
        return _Found(taken, cost, apart)


class _Ways:
    """The cheapest way to each sum of beds in one municipality, of each object one bid at most."""

    def __init__(self, groups: Sequence[Sequence[Bid]], nights: dict[str, int]) -> None:
        most = sum(max(bid.most for bid in bids) for bids in groups)
        self.cost: Whole = np.full(most + 1, _FAR, dtype=np.int64)
        self.cost[0] = 0
        self._groups = groups
        self._picked: list[tuple[NDArray[np.int32], NDArray[np.int32]]] = []
        for bids in groups:
            before, which = self.cost.copy(), np.zeros(most + 1, dtype=np.int32)
            how_many = np.zeros(most + 1, dtype=np.int32)
            for at, bid in enumerate(bids):
                for n in range(bid.least, bid.most + 1):
                    reached = before[: most + 1 - n] + n * nights[bid.id]
                    better = reached < self.cost[n:]
                    self.cost[n:][better] = reached[better]
                    which[n:][better] = at
                    how_many[n:][better] = n
            self._picked.append((which, how_many))
        #: The sums there are, the fewest first.
        self.sums: Whole = np.flatnonzero(self.cost < _FAR)

    def taken(self, beds: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for bids, (which, how_many) in zip(
            reversed(self._groups), reversed(self._picked), strict=True
        ):
            if n := int(how_many[beds]):
                found[bids[which[beds]].id] = n
                beds -= n
        return found
