"""Offers ranked by price, by how well they lie and by what the municipality needs. Pure, exact.

Everything is put in kronor for a place and a night, by two stated prices:

    compared = price of a night somebody sleeps there
             + location · (100 - points)
             + evenness · per cent of the number there are places for, with the offer

A place in a fuller municipality compares dearer, so that a cheap offer where the number is filled
loses to a dearer one where it is not, as soon as the difference is worth its stated price.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any, Final, Self

from workflow.procurement.errors import ProcurementUnusable
from workflow.procurement.market import MOST_ORE, MOST_POINTS, Bid, Market, Need
from workflow.procurement.meter import Meter
from workflow.procurement.states import Measure

#: Twice full is as full as it gets, and so is any place where there is no number.
FULLEST: Final = Fraction(2)
_ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Prices:
    """What is weighed, for a place and a night. Zero leaves it out."""

    #: For each point an object lies worse than the best there can be.
    location_ore: int = 50
    #: For each percentage point: ranked, of the municipality's fill; planned, of the measure.
    evenness_ore: int = 100
    #: Of a hundred places, those that are slept in.
    occupancy: int = 100
    measure: Measure = Measure.DEVIATIONS
    #: Whether all who sleep there are given meals, where these are paid for themselves.
    meals: bool = False

    def check(self) -> None:
        """Raises ProcurementUnusable."""
        for name, most, least in (
            ("location_ore", MOST_ORE, 0),
            ("evenness_ore", MOST_ORE, 0),
            ("occupancy", 100, 1),
        ):
            if not least <= getattr(self, name) <= most:
                raise ProcurementUnusable(
                    "outside what it can be", pointer=f"/{name}", expected=f"{least}-{most}"
                )

    def as_data(self) -> dict[str, Any]:
        told = asdict(self) | {"measure": str(self.measure)}
        if not self.meals:
            del told["meals"]
        return told

    def night(self, bid: Bid) -> int:
        """What a bed of it costs a night, in hundredths of öre."""
        return bid.night(self.occupancy, meals=self.meals)

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Self:
        return cls(**{**told, "measure": Measure(told["measure"])})


@dataclass(frozen=True, slots=True)
class Ranked:
    """An offer in its place, and everything that put it there; in öre for a place and a night."""

    bid: Bid
    need: Need
    rank: int
    #: The price for each night somebody sleeps there.
    used_ore: Fraction
    location_ore: Fraction
    evenness_ore: Fraction
    #: How far the number is filled without it and with it; None: no number.
    fill_before: Fraction | None
    fill_after: Fraction | None
    #: Of its beds, those past the number.
    past: int
    #: The measure of the whole country with it, less without it.
    change: Fraction
    #: Taken instead of as many beds of the cheapest offer, what one percentage point of the measure
    #: costs for a night; None where it is no evener, or no dearer.
    point_ore: Fraction | None
    #: The price of evenness at which it draws level with the first; None: at none above zero.
    level_ore: Fraction | None

    @property
    def compared_ore(self) -> Fraction:
        return self.used_ore + self.location_ore + self.evenness_ore


def rank(market: Market, prices: Prices) -> list[Ranked]:
    """Every offer that can be taken, the best first; equals by need, then by id."""
    prices.check()
    bids = market.open
    if not bids:
        return []
    usual = usual_points(bids)
    cheapest = min(bids, key=lambda one: (used(one, prices), one.id))
    rows = [_looked_at(one, market, prices, usual, cheapest) for one in bids]
    rows.sort(key=_order)
    first = rows[0]
    return [
        replace(one, rank=at, level_ore=_level(one, first)) for at, one in enumerate(rows, start=1)
    ]


def used(bid: Bid, prices: Prices) -> Fraction:
    """Öre for a night somebody sleeps there: an empty place that is paid for makes it dearer."""
    return Fraction(prices.night(bid), prices.occupancy)


def usual_points(bids: Sequence[Bid]) -> Fraction:
    """What is not known is taken to be as the others are; where nothing is, as good as can be."""
    known = [one.points for one in bids if one.points is not None]
    return Fraction(sum(known), len(known)) if known else Fraction(MOST_POINTS)


def location(bid: Bid, prices: Prices, usual: Fraction) -> Fraction:
    points = usual if bid.points is None else Fraction(bid.points)
    return prices.location_ore * (MOST_POINTS - points)


def crowding(need: Need, more: int, number: int | None = None) -> Fraction:
    """How full a municipality is with so many more: 0 is empty, 1 is full, FULLEST the most."""
    target = need.target if number is None else number
    if not target:
        return FULLEST
    return min(FULLEST, Fraction(need.procured + more, target))


def _looked_at(bid: Bid, market: Market, prices: Prices, usual: Fraction, cheapest: Bid) -> Ranked:
    need, beds = market.by_code[bid.code], bid.most
    here, there = market.index[bid.code], market.index[cheapest.code]
    before, with_it, instead = _three(market.needs, here, there, beds, prices.measure)
    dearer = used(bid, prices) - used(cheapest, prices)
    return Ranked(
        bid,
        need,
        0,
        used(bid, prices),
        location(bid, prices, usual),
        prices.evenness_ore * 100 * crowding(need, beds),
        need.fill(),
        need.fill(beds),
        past=beds - min(beds, need.remaining),
        change=with_it - before,
        point_ore=(
            dearer * beds / (100 * (instead - with_it))
            if dearer > 0 and instead > with_it
            else None
        ),
        level_ore=None,
    )


def _three(
    needs: Sequence[Need], here: int, there: int, beds: int, measure: Measure
) -> tuple[Fraction, Fraction, Fraction]:
    """The measure as it stands, with the beds here, and with them there."""
    moving = sorted({here, there})
    meter = Meter(needs, moving, measure)

    def value(at: int | None) -> Fraction:
        return meter.value([beds if one == at else 0 for one in moving])

    return value(None), value(here), value(there)


def _order(one: Ranked) -> tuple[Fraction, Fraction, int, str]:
    return one.compared_ore, crowding(one.need, one.bid.most), one.bid.price_ore, one.bid.id


def _level(one: Ranked, first: Ranked) -> Fraction | None:
    dearer = (one.used_ore + one.location_ore) - (first.used_ore + first.location_ore)
    emptier = crowding(first.need, first.bid.most) - crowding(one.need, one.bid.most)
    if dearer <= 0 or emptier <= 0:
        return None
    return dearer / (100 * emptier)
