"""A very large need."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.procurement.markets import NEEDS, markets
from workflow.procurement.errors import ProcurementUnusable
from workflow.procurement.market import Bid, Market, Need
from workflow.procurement.steering import Prices
from workflow.procurement.surge import surge


def test_what_is_bought_first_is_looked_at_anew_after_each():
    bids = [Bid(f"{code}-{at}", code, 30, 20_000) for code in ("1780", "1784") for at in (1, 2)]
    needs = [Need("1780", 100, 0), Need("1784", 100, 0)]

    found = surge(Market.of(bids, needs), Prices(), 90)

    assert [one.bid.id for one in found.purchases] == ["1780-1", "1784-1", "1780-2"]
    assert [one.beds_in_all for one in found.purchases] == [30, 60, 90]
    assert found.night_ore == 90 * 20_000


def test_what_nobody_offers_stays_missing_in_each_municipality_and_county():
    found = surge(Market.of([Bid("a", "1784", 60, 25_000)], NEEDS), Prices(), 500)

    assert (found.beds, found.missing) == (60, 440)
    # 230 there and 500 to buy, by Webster for the numbers 36, 227, 0 and 133.
    assert {one.code: one.part for one in found.municipalities} == {
        "1715": 66,
        "1780": 419,
        "1782": 0,
        "1784": 245,
    }
    assert {one.code: one.missing for one in found.municipalities}["1784"] == 245 - 10 - 60
    assert [(one.code, one.missing) for one in found.counties] == [("17", 440)]


def test_the_last_offer_is_taken_in_part_where_it_may():
    bids = [Bid("whole", "1784", 50, 10_000), Bid("parts", "1780", 50, 30_000, min_beds=5)]
    needs = [Need("1780", 100), Need("1784", 100)]

    found = surge(Market.of(bids, needs), Prices(), 60)

    assert [(one.bid.id, one.beds) for one in found.purchases] == [("whole", 50), ("parts", 10)]


@given(markets(), st.integers(1, 90))
@settings(max_examples=15, deadline=None)
def test_the_books_of_a_surge_balance(market, wanted):
    if not any(one.target for one in market.needs):
        with pytest.raises(ProcurementUnusable):
            surge(market, Prices(), wanted)
        return

    found = surge(market, Prices(), wanted)

    there = sum(one.procured for one in market.needs)
    assert sum(one.part for one in found.municipalities) == there + wanted
    assert sum(one.bought for one in found.municipalities) == found.beds
    assert len({one.bid.place for one in found.purchases}) == len(found.purchases)
    for level in (found.municipalities, found.counties):
        short = sum(one.missing for one in level) - sum(one.past for one in level)
        assert short == wanted - found.beds
    if found.missing:
        left = {one.place for one in market.open} - {one.bid.place for one in found.purchases}
        assert not left
    nights = sum(
        (Fraction(one.bid.night(100) * one.beds, 100) for one in found.purchases), Fraction(0)
    )
    assert found.night_ore == nights
