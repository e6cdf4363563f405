"""Plans of so many beds, against all there are."""

from fractions import Fraction
from itertools import product
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.procurement.markets import FULL_AND_EMPTY, NEEDS, markets
from workflow.procurement import efficient as every_one
from workflow.procurement.errors import ProcurementUnusable, TooFewBeds, TooManyPlans
from workflow.procurement.market import Bid, Market, Need
from workflow.procurement.meter import measured
from workflow.procurement.planning import plan
from workflow.procurement.solved import solve
from workflow.procurement.states import Measure, Method
from workflow.procurement.steering import Prices


def all_plans(market, prices):
    """(night, uneven, beds) of every plan there is, by nothing but the rules."""
    choices = [[0, *(range(one.least, one.most + 1) if one.open else ())] for one in market.bids]
    for beds in product(*choices):
        bought = [(bid, n) for bid, n in zip(market.bids, beds, strict=True) if n]
        if len({bid.place for bid, _ in bought}) < len(bought):
            continue
        placed = [
            one.procured + sum(n for bid, n in bought if bid.code == one.code)
            for one in market.needs
        ]
        yield (
            sum(n * bid.night(prices.occupancy) for bid, n in bought),
            measured(prices.measure, placed, [one.target for one in market.needs]),
            sum(beds),
        )


def dominated(one, others):
    return any(x != one and x[0] <= one[0] and x[1] <= one[1] and x[2] >= one[2] for x in others)


MEASURES = st.sampled_from(Measure)


def compare_with_all(market, measure, slept, data):
    if not market.capacity:
        return
    prices = Prices(measure=measure, occupancy=slept)
    wanted = data.draw(st.integers(1, market.capacity))

    found = plan(market, prices, wanted)

    most = wanted + max(one.least for one in market.open) - 1
    there = {one for one in all_plans(market, prices) if wanted <= one[2] <= most}
    told = [(one.plan.night, one.plan.uneven, one.plan.beds) for one in found.steps]
    assert found.method is Method.EXACT
    assert sorted(told) == sorted(one for one in there if not dominated(one, there))
    least = min(
        Fraction(night, 100 * wanted) + 100 * prices.evenness_ore * u for night, u, _ in there
    )
    assert found.steps[found.best].compared_ore == least


def compare_weighted(market, data):
    if not market.capacity:
        return
    prices = Prices(occupancy=90)
    wanted = data.draw(st.integers(1, market.capacity))
    most = wanted + max(one.least for one in market.open) - 1

    found = solve(market, prices, wanted, most)

    told = [(one.night, one.uneven, one.beds) for one in found]
    there = {one for one in all_plans(market, prices) if wanted <= one[2] <= most}
    assert told
    assert set(told) <= there
    for one in told:
        assert not dominated(one, {x for x in there if x[2] == one[2]})
    fewest = min(beds for _, _, beds in there)
    assert min(told)[0] <= min(night for night, _, beds in there if beds == fewest)
    assert min(u for _, u, _ in told) <= min(u for _, u, beds in there if beds == fewest)


@given(markets(most=4), MEASURES, st.sampled_from([100, 80]), st.data())
@settings(max_examples=20, deadline=None)
def test_the_efficient_plans_are_those_of_going_through_them_all(market, measure, slept, data):
    compare_with_all(market, measure, slept, data)


@given(markets(most=4), st.data())
@settings(max_examples=15, deadline=None)
def test_what_is_found_by_weights_is_efficient_among_plans_of_as_many_beds(market, data):
    compare_weighted(market, data)


@pytest.mark.trial
@given(markets(most=6), MEASURES, st.sampled_from([100, 80]), st.data())
@settings(max_examples=300, deadline=None)
def test_many_small_markets_by_going_through_them_all(market, measure, slept, data):
    compare_with_all(market, measure, slept, data)
    compare_weighted(market, data)


@given(markets(), st.data())
@settings(max_examples=10, deadline=None)
def test_no_object_is_bought_twice_and_no_bed_that_is_not_free(market, data):
    if not market.capacity:
        return
    wanted = data.draw(st.integers(1, market.capacity))
    bids = {one.id: one for one in market.bids}

    for step in plan(market, Prices(), wanted).steps:
        taken = step.plan.taken
        assert len({bids[name].place for name in taken}) == len(taken)
        assert all(bids[name].least <= n <= bids[name].most for name, n in taken.items())
        assert sum(taken.values()) == step.plan.beds >= wanted


def test_evenness_has_a_price_from_one_plan_to_the_next():
    found = plan(FULL_AND_EMPTY, Prices(), 30)

    cheap, dear = found.steps[:2]
    assert (dict(cheap.plan.taken), dict(dear.plan.taken)) == ({"cheap": 30}, {"dear": 30})
    evener = cheap.plan.uneven - dear.plan.uneven
    assert dear.point_ore == Fraction(14_800 * 30) / (100 * evener)


@pytest.mark.parametrize(("evenness_ore", "chosen"), [(0, "cheap"), (1_000, "dear")])
def test_the_best_plan_is_chosen_at_the_stated_price(evenness_ore, chosen):
    found = plan(FULL_AND_EMPTY, Prices(evenness_ore=evenness_ore), 30)

    assert dict(found.chosen.taken) == {chosen: 30}


def test_beds_nobody_asked_for_are_no_reason_to_choose_a_plan():
    """The many beds cost less apiece, and nine times as many as are wanted cost more."""
    bids = [Bid("few", "1784", 10, 20_000), Bid("many", "1715", 90, 10_000)]

    found = plan(Market.of(bids, NEEDS), Prices(evenness_ore=0), 10)

    assert dict(found.chosen.taken) == {"few": 10}


def test_more_than_is_offered_cannot_be_planned():
    with pytest.raises(TooFewBeds) as refused:
        plan(FULL_AND_EMPTY, Prices(), 61)

    assert refused.value.facts == {"offered": 60, "wanted": 61}


def test_none_cannot_be_planned():
    with pytest.raises(ProcurementUnusable):
        plan(FULL_AND_EMPTY, Prices(), 0)


@pytest.fixture
def none_gone_through(monkeypatch):
    monkeypatch.setattr(every_one, "MOST_SPREADS", 0)


@pytest.mark.usefixtures("none_gone_through")
def test_a_large_market_has_plans_by_one_measure_and_says_how_they_were_found():
    found = plan(FULL_AND_EMPTY, Prices(), 30)

    nights = [step.plan.night for step in found.steps]
    assert found.method is Method.SUPPORTED
    assert nights == sorted(nights)
    assert [dict(step.plan.taken) for step in found.steps[:2]] == [{"cheap": 30}, {"dear": 30}]


@pytest.mark.usefixtures("none_gone_through")
def test_a_large_market_is_not_planned_by_another_measure():
    with pytest.raises(TooManyPlans):
        plan(FULL_AND_EMPTY, Prices(measure=Measure.GINI), 30)


@pytest.mark.trial
def test_the_country_is_planned_in_seconds_and_the_same_each_time():
    needs = [Need(f"{at:04}", 20 + 37 * at % 400, 11 * at % 60) for at in range(290)]
    bids = [
        Bid(f"B{at:04}", f"{at * 7 % 290:04}", 10 + 7 * at % 120, 9_000 + 1_700 * (at * 13 % 17))
        for at in range(900)
    ]
    market = Market.of(bids, needs)
    begun = process_time()

    found = plan(market, Prices(), 5_000)

    assert process_time() - begun < 30
    assert found.method is Method.SUPPORTED
    assert len(found.steps) > 10
    assert all(step.plan.beds >= 5_000 for step in found.steps)
    assert plan(market, Prices(), 5_000) == found
