"""A very large need: what is bought first, what it costs, and what stays missing where. Pure.

Each municipality's part of the need is its number's part of all numbers (Webster, whole places),
with the places there are already. Offers are taken one by one in the order of `steering`, looked at
anew after each, against that part, until the need is met or nothing is left to buy.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from heapq import heapify, heappop, heappush
from typing import Final

from workflow.procurement.errors import ProcurementUnusable
from workflow.procurement.market import MOST_PLACES, Bid, Market, Need
from workflow.procurement.meter import measured
from workflow.procurement.steering import Prices, crowding, location, used, usual_points
from workflow.ranking.apportionment import Method, apportion


@dataclass(frozen=True, slots=True)
class Purchase:
    bid: Bid
    beds: int
    compared_ore: Fraction
    #: With everything bought before it.
    beds_in_all: int
    #: For a night, in hundredths of öre.
    night_in_all: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A municipality's or a county's part of the need, and the places there are for it."""

    code: str
    name: str
    county: str
    part: int
    before: int
    bought: int
    #: Of the part, what nobody has offered; a county's is the sum of its municipalities'.
    missing: int
    #: What there is past the part, in the same way.
    past: int


_COUNTED: Final = ("part", "before", "bought", "missing", "past")


@dataclass(frozen=True, slots=True)
class Surge:
    #: Beds to buy beside those there are.
    wanted: int
    purchases: Sequence[Purchase]
    municipalities: Sequence[Missing]
    counties: Sequence[Missing]
    uneven_before: Fraction
    uneven: Fraction

    @property
    def beds(self) -> int:
        return sum(one.beds for one in self.purchases)

    @property
    def missing(self) -> int:
        """Beds nobody offers."""
        return max(0, self.wanted - self.beds)

    @property
    def night_ore(self) -> Fraction:
        return Fraction(self.purchases[-1].night_in_all if self.purchases else 0, 100)

    @property
    def bed_ore(self) -> Fraction | None:
        """For a place and a night."""
        return self.night_ore / self.beds if self.beds else None


def surge(market: Market, prices: Prices, wanted: int) -> Surge:
    """Raises ProcurementUnusable: no need, or no number to share it by."""
    prices.check()
    if not 1 <= wanted <= MOST_PLACES:
        raise ProcurementUnusable("beds", pointer="/beds", expected=f"1-{MOST_PLACES}")
    if not any(one.target for one in market.needs):
        raise ProcurementUnusable("no number to share the need by", pointer="/needs")
    there = sum(one.procured for one in market.needs)
    parts = apportion(Method.WEBSTER, [one.target for one in market.needs], there + wanted)
    shared = [replace(one, target=n) for one, n in zip(market.needs, parts, strict=True)]
    purchases = _bought(market, shared, prices, wanted)
    bought = {one.code: 0 for one in shared}
    for one in purchases:
        bought[one.bid.code] += one.beds
    rows = [_row(one, bought[one.code]) for one in shared]
    targets = [one.target for one in market.needs]
    return Surge(
        wanted,
        purchases,
        rows,
        _counties(rows),
        measured(prices.measure, [one.before for one in rows], targets),
        measured(prices.measure, [one.before + one.bought for one in rows], targets),
    )


def scenarios(market: Market, prices: Prices, wanted: Collection[int]) -> list[Surge]:
    """The same for needs of different size, the smallest first. Raises as `surge`."""
    return [surge(market, prices, beds) for beds in sorted(set(wanted))]


def _bought(market: Market, shared: Sequence[Need], prices: Prices, wanted: int) -> list[Purchase]:
    """In turn; a place in the queue holds until its municipality has got more."""
    usual = usual_points(market.open)
    needs = {one.code: one for one in shared}
    more = dict.fromkeys(needs, 0)
    queue = [_waiting(one, needs, more, prices, usual) for one in market.open]
    heapify(queue)
    bids = {one.id: one for one in market.open}
    taken: list[Purchase] = []
    gone: set[str] = set()
    beds = night = 0
    while queue and beds < wanted:
        compared, _, looked_at, name = heappop(queue)
        bid = bids[name]
        if bid.place in gone:
            continue
        if looked_at != more[bid.code]:
            heappush(queue, _waiting(bid, needs, more, prices, usual))
            continue
        n = max(bid.least, min(bid.most, wanted - beds))
        gone.add(bid.place)
        more[bid.code] += n
        beds, night = beds + n, night + n * prices.night(bid)
        taken.append(Purchase(bid, n, compared, beds, night))
    return taken


def _waiting(
    bid: Bid,
    needs: dict[str, Need],
    more: dict[str, int],
    prices: Prices,
    usual: Fraction,
) -> tuple[Fraction, int, int, str]:
    """Its comparison now, its price, what its municipality had got then, its id."""
    full = crowding(needs[bid.code], more[bid.code] + bid.most)
    compared = used(bid, prices) + location(bid, prices, usual) + prices.evenness_ore * 100 * full
    return compared, bid.price_ore, more[bid.code], bid.id


def _row(need: Need, bought: int) -> Missing:
    there = need.procured + bought
    return Missing(
        need.code,
        need.name,
        need.county,
        need.target,
        need.procured,
        bought,
        missing=max(0, need.target - there),
        past=max(0, there - need.target),
    )


def _counties(rows: Sequence[Missing]) -> list[Missing]:
    found: dict[str, Missing] = {}
    for one in rows:
        before = found.get(one.county, Missing(one.county, "", one.county, 0, 0, 0, 0, 0))
        found[one.county] = replace(
            before,
            **{name: getattr(before, name) + getattr(one, name) for name in _COUNTED},
        )
    return [found[code] for code in sorted(found)]
