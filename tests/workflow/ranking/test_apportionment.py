"""Whole places for shares."""

from fractions import Fraction
from math import ceil, floor
from time import process_time

import pytest
from apportionment.methods import compute
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from workflow.ranking.apportionment import InfeasibleApportionment, Method, apportion

DIVISOR_METHODS = [method for method in Method if method is not Method.HAMILTON]

#: Sweden's numbers for the counties, 2022, in the order of the county codes.
COUNTIES = [
    1795, 276, 136, 341, 255, 86, 187, 63, 90, 921, 330, 1301, 246, 202, 131,
    239, 144, 109, 119, 261, 268,
]  # fmt: skip
A_HUNDRED_IN_THE_COUNTIES = {
    "adams": [22, 4, 2, 5, 3, 2, 3, 1, 2, 11, 4, 16, 3, 3, 2, 3, 2, 2, 2, 4, 4],
    "jefferson": [26, 4, 2, 5, 3, 1, 2, 0, 1, 13, 4, 19, 3, 3, 1, 3, 2, 1, 1, 3, 3],
    "webster": [24, 4, 2, 5, 3, 1, 3, 1, 1, 12, 4, 17, 3, 3, 2, 3, 2, 1, 2, 3, 4],
    "hamilton": [24, 4, 2, 5, 3, 1, 3, 1, 1, 12, 4, 17, 3, 3, 2, 3, 2, 1, 2, 3, 4],
}

weight_lists = st.lists(st.integers(1, 60), min_size=1, max_size=7)


@st.composite
def bounded(draw):
    """Weights, minimums, caps and a total that can be met."""
    weights = draw(st.lists(st.integers(0, 40), min_size=1, max_size=6))
    minimums = [draw(st.integers(0, 6)) for _ in weights]
    caps = [draw(st.none() | st.integers(low, low + 12)) for low in minimums]
    most = sum(
        low if weight == 0 else low + 12 if cap is None else cap
        for weight, low, cap in zip(weights, minimums, caps, strict=True)
    )
    return weights, minimums, caps, draw(st.integers(sum(minimums), most))


def one_by_one(method, weights, total, minimums=None, caps=None):
    """The divisor methods as they are told: one place at a time, nothing saved."""
    places = list(minimums or [0] * len(weights))
    # Larger is better; squares for Huntington-Hill, and no divisor yet beats every number.
    divisor = {
        "adams": lambda a: a * a,
        "jefferson": lambda a: (a + 1) ** 2,
        "webster": lambda a: Fraction(2 * a + 1, 2) ** 2,
        "huntington-hill": lambda a: a * (a + 1),
    }[method]

    def merit(i):
        d = divisor(places[i])
        return (d == 0, Fraction(weights[i] ** 2, d) if d else 0, weights[i], -i)

    while sum(places) < total:
        open_ones = [
            i
            for i, weight in enumerate(weights)
            if weight and (caps is None or caps[i] is None or places[i] < caps[i])
        ]
        places[max(open_ones, key=merit)] += 1
    return places


@pytest.mark.parametrize("method", A_HUNDRED_IN_THE_COUNTIES)
def test_a_hundred_places_in_the_swedish_counties(method):
    assert apportion(method, COUNTIES, 100) == A_HUNDRED_IN_THE_COUNTIES[method]


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("adams", [67, 15, 27, 0, 11]),
        ("webster", [67, 15, 27, 0, 11]),
        ("jefferson", [68, 15, 27, 0, 10]),
    ],
)
def test_those_already_there_are_minimums_the_places_are_given_out_from(method, expected):
    there = [40, 28, 5, 25, 0]

    counts = apportion(method, [50, 20, 15, 10, 5], 120 + sum(there), minimums=there)

    assert [count - already for count, already in zip(counts, there, strict=True)] == expected


@pytest.mark.parametrize(
    ("weights", "total", "expected"),
    [([31, 31, 12], 6, [3, 2, 1]), ([3, 3, 4], 12, [4, 3, 5])],
)
def test_hamilton_settles_a_tie_at_the_cut_by_weight_then_order(weights, total, expected):
    assert apportion("hamilton", weights, total) == expected


def test_hamilton_holds_the_quotas_within_minimum_and_cap():
    # 10 for the second leaves 20 to share 3 : 1, of which the first may have 12.
    counts = apportion("hamilton", [3, 0, 1], 30, minimums=[0, 10, 0], caps=[12, None, None])

    assert counts == [12, 10, 8]


@pytest.mark.parametrize("method", ["adams", "huntington-hill"])
def test_with_fewer_places_than_weights_the_largest_get_one_each(method):
    assert apportion(method, [5, 9, 5, 7], 3) == [1, 1, 0, 1]


@pytest.mark.parametrize("method", Method)
def test_equal_weights_are_served_in_the_order_of_the_list(method):
    assert apportion(method, [4, 4, 4], 5) == [2, 2, 1]


@pytest.mark.parametrize("method", Method)
def test_nothing_to_give_and_nobody_to_give_to(method):
    assert apportion(method, [], 0) == []
    assert apportion(method, [3, 0], 0) == [0, 0]
    assert apportion(method, [0, 0], 5, minimums=[2, 3]) == [2, 3]


@given(st.sampled_from(DIVISOR_METHODS), bounded())
@settings(deadline=None)
def test_a_divisor_method_is_what_one_place_at_a_time_gives(method, case):
    weights, minimums, caps, total = case

    assert apportion(method, weights, total, minimums, caps) == one_by_one(
        method, weights, total, minimums, caps
    )


@given(
    st.sampled_from(
        [
            ("adams", "adams"),
            ("jefferson", "dhondt"),
            ("webster", "saintelague"),
            ("huntington-hill", "huntington"),
        ]
    ),
    st.lists(st.integers(1, 500) | st.integers(1, 9), min_size=1, max_size=8),
    st.integers(0, 120),
)
@settings(deadline=None)
def test_a_divisor_method_agrees_with_the_public_package(names, weights, total):
    ours, theirs = names
    by_size = sorted(weights, reverse=True)  # its ties go to the first listed
    assume(ours not in {"adams", "huntington-hill"} or total >= len(weights))

    expected = compute(theirs, by_size, total, fractions=True, verbose=False)

    assert apportion(ours, by_size, total) == expected


@given(st.sampled_from(list(Method)), bounded())
@settings(deadline=None)
def test_every_place_is_given_and_no_bound_is_broken(method, case):
    weights, minimums, caps, total = case

    counts = apportion(method, weights, total, minimums, caps)

    assert sum(counts) == total
    assert all(count >= low for count, low in zip(counts, minimums, strict=True))
    assert all(cap is None or n <= cap for n, cap in zip(counts, caps, strict=True))
    assert all(
        count == low for count, low, w in zip(counts, minimums, weights, strict=True) if w == 0
    )


@given(st.sampled_from(DIVISOR_METHODS), bounded())
@settings(deadline=None)
def test_nobody_loses_a_place_when_the_total_grows(method, case):
    weights, minimums, caps, total = case
    assume(total > sum(minimums))

    fewer = apportion(method, weights, total - 1, minimums, caps)
    more = apportion(method, weights, total, minimums, caps)

    assert all(after >= before for before, after in zip(fewer, more, strict=True))


def test_hamilton_may_take_a_place_away_when_the_total_grows():
    """The Alabama paradox: why Hamilton serves a yearly table and never a queue."""
    assert apportion("hamilton", [6, 6, 2], 10) == [4, 4, 2]
    assert apportion("hamilton", [6, 6, 2], 11) == [5, 5, 1]


@given(weight_lists, st.integers(0, 200))
def test_hamilton_stays_within_its_quota(weights, total):
    quotas = [Fraction(total * weight, sum(weights)) for weight in weights]

    counts = apportion("hamilton", weights, total)

    assert all(floor(q) <= n <= ceil(q) for n, q in zip(counts, quotas, strict=True))


@given(weight_lists, st.integers(0, 200))
def test_adams_never_exceeds_its_quota_and_jefferson_never_falls_short(weights, total):
    quotas = [Fraction(total * weight, sum(weights)) for weight in weights]

    adams = apportion("adams", weights, total)
    jefferson = apportion("jefferson", weights, total)

    assert all(n <= ceil(q) for n, q in zip(adams, quotas, strict=True))
    assert all(n >= floor(q) for n, q in zip(jefferson, quotas, strict=True))


@given(st.sampled_from(DIVISOR_METHODS), weight_lists, st.data())
def test_no_divisor_method_exceeds_a_target_before_all_are_met(method, targets, data):
    total = data.draw(st.integers(0, sum(targets)))

    counts = apportion(method, targets, total)

    assert all(n <= target for n, target in zip(counts, targets, strict=True))
    assert apportion(method, targets, sum(targets)) == targets


@given(st.sampled_from(list(Method)), weight_lists, st.integers(0, 60), st.integers(1, 9))
def test_only_the_proportion_of_the_weights_counts(method, weights, total, divisor):
    thinner = [Fraction(weight, divisor) for weight in weights]

    assert apportion(method, thinner, total) == apportion(method, weights, total)


@pytest.mark.parametrize("method", Method)
def test_a_hundred_thousand_places_over_356_take_well_under_a_second(method):
    weights = [1 + (i * 7919) % 99_991 for i in range(356)]
    lows, highs = [i % 90 for i in range(356)], [250 + i for i in range(356)]

    started = process_time()
    counts = apportion(method, weights, 100_000)
    bound = apportion(method, weights, 100_000, lows, highs)
    spent_seconds = process_time() - started

    assert (sum(counts), sum(bound)) == (100_000, 100_000)
    assert spent_seconds < 1


@pytest.mark.parametrize(
    ("bounds", "says"),
    [
        ({"minimums": [4, 7]}, "the minimums need 11, the total is 10"),
        ({"caps": [4, 5]}, "room for 9, the total is 10"),
        ({"minimums": [5, 0], "caps": [4, None]}, "a minimum of 5 above its cap of 4"),
    ],
)
@pytest.mark.parametrize("method", Method)
def test_what_cannot_be_met_is_refused_with_the_numbers(method, bounds, says):
    with pytest.raises(InfeasibleApportionment, match=says):
        apportion(method, [1, 2], 10, **bounds)


def test_places_that_nobody_has_a_weight_for_are_refused():
    with pytest.raises(InfeasibleApportionment, match="room for 3, the total is 4"):
        apportion("adams", [0, 2], 4, minimums=[1, 0], caps=[None, 2])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("greatest", [1], 1), "unknown method 'greatest', expected one of adams, jefferson"),
        (("adams", [0.5], 1), "weight 0.5, expected an int or Fraction"),
        (("adams", [-1], 1), "weight -1"),
        (("adams", [1], -1), "total -1"),
        (("adams", [1], 1, [0, 0]), "1 weights, 2 minimums"),
        (("adams", [1], 1, [-1]), "minimum -1"),
        (("adams", [1], 1, None, [-1]), "cap -1"),
    ],
)
def test_malformed_input_is_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        apportion(*arguments)
