"""Offers ranked by price, location and need."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.procurement.markets import FULL_AND_EMPTY, NEEDS, markets
from workflow.procurement.errors import ProcurementUnusable
from workflow.procurement.market import Bid, Market
from workflow.procurement.steering import Prices, rank, used


def order(market, **prices):
    return [one.bid.id for one in rank(market, Prices(**prices))]


def test_a_cheap_offer_where_the_number_is_filled_loses_at_a_stated_price_of_evenness():
    assert order(FULL_AND_EMPTY, evenness_ore=0) == ["cheap", "dear"]
    assert order(FULL_AND_EMPTY, evenness_ore=250) == ["dear", "cheap"]


def test_the_price_at_which_an_offer_draws_level_is_where_the_order_turns():
    level = rank(FULL_AND_EMPTY, Prices(evenness_ore=0))[1].level_ore

    # 148 kr for 250/227 - 40/133 of a number, in percentage points.
    assert level == Fraction(14_800, 100) / (Fraction(250, 227) - Fraction(40, 133))
    assert order(FULL_AND_EMPTY, evenness_ore=int(level)) == ["cheap", "dear"]
    assert order(FULL_AND_EMPTY, evenness_ore=int(level) + 1) == ["dear", "cheap"]


def test_a_percentage_point_costs_what_the_same_beds_cost_more_for_what_they_make_evener():
    dear = next(one for one in rank(FULL_AND_EMPTY, Prices()) if one.bid.id == "dear")

    def share(*placed):
        return sum(
            abs(a - Fraction(sum(placed) * one.target, 396))
            for a, one in zip(placed, NEEDS, strict=True)
        ) / sum(placed)

    evener = share(250, 10, 0, 0) - share(220, 40, 0, 0)
    assert dear.point_ore == Fraction(14_800 * 30) / (100 * evener)
    assert dear.change == share(220, 40, 0, 0) - share(220, 10, 0, 0)


def test_a_better_place_is_worth_its_stated_price_and_an_unknown_one_is_as_the_others():
    bids = [Bid(name, "1784", 10, 20_000, points=p) for name, p in (("far", 20), ("near", 90))]
    market = Market.of([*bids, Bid("new", "1784", 10, 20_000)], NEEDS)

    assert order(market, location_ore=50) == ["near", "new", "far"]
    assert [one.location_ore for one in rank(market, Prices())] == [500, 2250, 4000]


def test_an_empty_bed_that_is_paid_for_makes_the_used_one_dearer():
    held, used_only = Bid("a", "1784", 10, 20_000), Bid("b", "1784", 10, 24_000, pay_when_used=True)

    assert used(held, Prices(occupancy=80)) == 25_000
    assert used(used_only, Prices(occupancy=80)) == 24_000


def test_where_there_is_no_number_a_place_is_as_crowded_as_can_be():
    market = Market.of([Bid("a", "1782", 5, 10_000)], NEEDS)

    (only,) = rank(market, Prices(evenness_ore=100))

    assert (only.evenness_ore, only.fill_after, only.past) == (20_000, None, 5)


@given(markets(), st.integers(0, 500), st.integers(0, 300))
@settings(max_examples=10)
def test_the_ranking_is_whole_in_order_and_the_same_however_the_file_is(market, location, evenness):
    prices = Prices(location_ore=location, evenness_ore=evenness)

    ranked = rank(market, prices)

    assert {one.bid.id for one in ranked} == {one.id for one in market.open}
    assert [one.rank for one in ranked] == list(range(1, len(ranked) + 1))
    compared = [one.compared_ore for one in ranked]
    assert compared == sorted(compared)
    assert rank(Market.of(market.bids[::-1], market.needs[::-1]), prices) == ranked


@given(markets(), st.data())
@settings(max_examples=10)
def test_an_offer_made_cheaper_never_falls(market, data):
    bids = [one for one in market.open if one.price_ore >= 100]
    if not bids:
        return
    bid = data.draw(st.sampled_from(bids))
    cheaper = [
        replace(one, price_ore=one.price_ore - 100) if one is bid else one for one in market.bids
    ]

    before, after = order(market), order(Market.of(cheaper, market.needs))

    assert after.index(bid.id) <= before.index(bid.id)


@pytest.mark.parametrize("prices", [{"occupancy": 0}, {"location_ore": -1}, {"evenness_ore": -1}])
def test_a_price_that_cannot_be_is_refused(prices):
    with pytest.raises(ProcurementUnusable):
        rank(FULL_AND_EMPTY, Prices(**prices))
