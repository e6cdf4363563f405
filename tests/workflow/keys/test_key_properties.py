"""What holds of every key, whatever the numbers."""

import io
import random
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.keys import parameters, statistics
from workflow.keys.targets import compute
from workflow.ranking.apportionment import Method

METHODS = [method for method in Method if method is not Method.HAMILTON]
rows = st.lists(
    st.tuples(
        st.sampled_from(["North", "South", "West"]),
        st.integers(1, 500),  # population
        st.integers(1, 99),  # employment, per cent
        st.integers(0, 60),  # there already
    ),
    min_size=1,
    max_size=9,
)


def a_key(rule="rescale", method="webster", by_county=False, factor=1, more=""):
    return parameters.parse(f"""
        name = "any"
        title = "Any"
        valid_from = 2022-04-13
        source = "test"
        {more}
        credits = [{{ name = "there", value = "there", factor = {factor} }}]
        crediting = {{ rule = "{rule}" }}
        rounding = {{ method = "{method}", by_county = {str(by_county).lower()} }}
        [[criteria]]
        name = "population"
        weight = 0.7
        value = "population"
        [[criteria]]
        name = "work"
        weight = 0.3
        kind = "modulated"
        value = "population"
        index = "work"
    """)


def a_table(lines, key, *, shuffled=None):
    numbered = [
        f"{number:02},{county},{people},0.{work:02},{there}"
        for number, (county, people, work, there) in enumerate(lines)
    ]
    if shuffled is not None:
        random.Random(shuffled).shuffle(numbered)
    text = "\n".join(["code,county,population,work,there", *numbered])
    table, rejected = statistics.read(io.BytesIO(text.encode()), key.columns)
    assert rejected == []
    return table


keys = st.builds(
    a_key,
    rule=st.sampled_from(["rescale", "water-filling"]),
    method=st.sampled_from(METHODS),
    by_county=st.booleans(),
    factor=st.sampled_from([1, 0.5, 2]),
)


@given(rows, keys, st.integers(0, 2_000))
def test_shares_sum_to_one_and_numbers_to_the_total_and_nothing_is_below_zero(lines, key, total):
    found = compute(key, a_table(lines, key), total)

    assert found.shares.total.sum() == 1
    assert found.net.sum() == total
    assert sum(found.targets) == total
    assert min(found.targets) >= 0
    assert min(found.net.parts) >= 0


@given(rows, keys, st.integers(0, 2_000))
def test_each_share_is_what_its_criteria_give(lines, key, total):
    found = compute(key, a_table(lines, key), total)

    people = sum(line[1] for line in lines)
    works = sum(line[1] * line[2] for line in lines)
    for i, (_, population, work, there) in enumerate(lines):
        expected = Fraction(7, 10) * Fraction(population, people)
        expected += Fraction(3, 10) * Fraction(population * work, works)
        assert found.shares.total[i] == expected
        assert found.credit[i] == key.credits[0].factor * there
        assert sum(given[i] for given in found.shares.contributions.values()) == expected


@given(rows, keys, st.integers(0, 2_000), st.integers(0, 99))
def test_the_order_of_the_rows_changes_nothing(lines, key, total, seed):
    first = compute(key, a_table(lines, key), total)
    again = compute(key, a_table(lines, key, shuffled=seed), total)

    assert first.statistics.codes == again.statistics.codes
    assert first.targets == again.targets


@given(rows, keys, st.integers(1, 2_000), st.data())
def test_one_more_in_own_housing_never_raises_what_is_asked(lines, key, total, data):
    which = data.draw(st.integers(0, len(lines) - 1))
    county, people, work, there = lines[which]
    more = [*lines[:which], (county, people, work, there + 1), *lines[which + 1 :]]

    before = compute(key, a_table(lines, key), total)
    after = compute(key, a_table(more, key), total)

    assert after.net[which] <= before.net[which]
    assert after.targets[which] <= before.targets[which]


@given(rows, st.integers(1, 2_000))
def test_water_filling_makes_the_load_for_the_share_level(lines, total):
    key = a_key(rule="water-filling")
    found = compute(key, a_table(lines, key), total)

    loads = [(found.net[i] + found.credit[i]) / found.shares.total[i] for i in range(len(lines))]
    filled = {load for i, load in enumerate(loads) if found.net.parts[i]}
    assert len(filled) == 1
    assert all(load >= min(filled) for load in loads)


@given(rows, st.integers(0, 300), st.integers(0, 12), st.integers(0, 60))
def test_numbers_are_within_their_bounds_or_there_is_no_way(lines, total, least, room):
    key = a_key(more=f"bounds = {{ least = {least}, most = {least + room} }}")
    fits = len(lines) * least <= total <= len(lines) * (least + room)
    try:
        found = compute(key, a_table(lines, key), total)
    except ValueError:
        # A row that needs nothing may stay at its least, so that the others cannot hold the rest.
        needs = compute(a_key(), a_table(lines, key), total).net.parts if total else []
        assert not fits or not all(needs) or not total
    else:
        assert fits
        assert all(least <= target <= least + room for target in found.targets)


@pytest.mark.parametrize("bound", ["least_share = 0.2", "most_share = 0.3"])
def test_a_bound_of_the_share_is_kept_and_the_others_stay_in_proportion(bound):
    key = a_key(more=f"bounds = {{ {bound} }}")
    lines = [("North", people, 50, 0) for people in (80, 100, 200, 400)]

    total = compute(key, a_table(lines, key), 1_000).shares.total

    assert total.sum() == 1
    if bound.startswith("least"):
        assert [total[0], total[1]] == [Fraction(1, 5)] * 2
        assert total[3] == 2 * total[2]
    else:
        assert [total[2], total[3]] == [Fraction(3, 10)] * 2
        assert 80 * total[1] == 100 * total[0]


def test_a_zero_by_decision_goes_to_the_others():
    key = a_key(more='zero_targets = ["01"]')
    lines = [("North", 100, 50, 0)] * 3

    assert compute(key, a_table(lines, key), 10).targets == [5, 0, 5]
