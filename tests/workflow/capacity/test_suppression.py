"""Small numbers are hidden, and so is what would give them away."""

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.capacity.suppression import LARGEST_HIDDEN, Published, suppress


def published(counties: dict[str, list[int]]) -> Published:
    """Municipalities are named by county and place: a0, a1, b0."""
    persons = {
        f"{county}{place}": number
        for county, numbers in counties.items()
        for place, number in enumerate(numbers)
    }
    return suppress(persons, {name: name[0] for name in persons})


def shown(counties: dict[str, list[int]]) -> list[int | None]:
    return list(published(counties).municipalities.values())


def test_nothing_is_hidden_where_nothing_is_small():
    found = published({"a": [5, 12], "b": [7]})

    assert found == Published({"a0": 5, "a1": 12, "b0": 7}, {"a": 17, "b": 7}, 24)


def test_one_small_number_takes_the_next_smallest_with_it():
    assert shown({"a": [3, 20, 9], "b": [7]}) == [None, 20, None, 7]


def test_two_small_numbers_hide_each_other():
    assert shown({"a": [3, 1, 9]}) == [None, None, 9]


def test_numbers_that_are_equal_are_hidden_together():
    assert shown({"a": [3, 9, 9, 12]}) == [None, None, None, 12]


@pytest.mark.parametrize("small", [0, 4])
def test_a_sum_that_says_what_each_is_hides_one_more(small):
    assert shown({"a": [small, small, 9, 12]}) == [None, None, None, 12]


def test_a_county_with_a_small_sum_takes_another_with_it_whole():
    found = published({"a": [3], "b": [40, 50], "c": [30, 8]})

    assert found.counties == {"a": None, "b": 90, "c": None}
    assert list(found.municipalities.values()) == [None, 40, 50, None, None]
    assert found.country == 131


def test_a_country_of_nobody_says_nothing():
    found = published({"a": [0, 0], "b": [1]})

    assert found == Published({"a0": None, "a1": None, "b0": None}, {"a": None, "b": None}, None)


def test_without_municipalities_there_is_nothing_to_show():
    assert suppress({}, {}) == Published({}, {}, None)


#: Counties by how many municipalities they have, and the largest number tried in each.
SMALL_COUNTRIES = [
    ((2,), 12),
    ((3,), 12),
    ((4,), 8),
    ((1, 1), 12),
    ((1, 1, 1), 12),
    ((2, 1), 12),
    ((2, 2), 8),
    ((2, 1, 1), 8),
    ((3, 1), 8),
]


@pytest.mark.parametrize(("sizes", "largest"), SMALL_COUNTRIES)
def test_whoever_knows_the_rule_and_the_sums_learns_no_hidden_number(sizes, largest):
    """All countries that look the same outside: each hidden number differs among them."""
    alike: dict[tuple, list[Published]] = defaultdict(list)
    truths: dict[tuple, list[tuple[int, ...]]] = defaultdict(list)
    for numbers in product(range(largest + 1), repeat=sum(sizes)):
        found = published(split(numbers, sizes))
        seen = (
            found.country,
            tuple(found.counties.values()),
            tuple(found.municipalities.values()),
        )
        alike[seen].append(found)
        truths[seen].append(numbers)

    given_away = [
        (seen, truths[seen])
        for seen in alike
        if seen[0] is not None
        and not any(largest in numbers for numbers in truths[seen])  # others lie past the bound
        and (
            learnt(seen[2], truths[seen])
            or learnt(
                seen[1],
                [
                    tuple(sum(part) for part in split(numbers, sizes).values())
                    for numbers in truths[seen]
                ],
            )
        )
    ]

    assert given_away == []


def split(numbers, sizes) -> dict[str, list[int]]:
    rest = list(numbers)
    return {
        county: [rest.pop(0) for _ in range(size)]
        for county, size in zip("abcdef", sizes, strict=False)
    }


def learnt(seen, truths) -> bool:
    """A number that is hidden, and the same in all that look like this."""
    return any(
        number is None and len({truth[place] for truth in truths}) == 1
        for place, number in enumerate(seen)
    )


def test_the_search_above_finds_what_plain_hiding_gives_away():
    only_small = (13, (13,), (None, 9))

    assert learnt(only_small[2], [(4, 9)])


countries = st.dictionaries(
    st.sampled_from("abcdefghij"),
    st.lists(st.integers(0, 60), min_size=1, max_size=30),
    min_size=1,
)


@given(countries)
def test_no_small_number_nor_sum_is_shown_and_what_is_shown_is_true(country):
    found = published(country)

    for county, numbers in country.items():
        assert found.counties[county] in {None, sum(numbers)}
        for place, number in enumerate(numbers):
            assert found.municipalities[f"{county}{place}"] in {None, number}
    everything = [found.country, *found.counties.values(), *found.municipalities.values()]
    assert all(number is None or number > LARGEST_HIDDEN for number in everything)


@given(countries)
def test_a_shown_sum_never_leaves_one_hidden_number_alone(country):
    found = published(country)

    hidden_counties = [county for county, shown in found.counties.items() if shown is None]
    assert len(hidden_counties) != 1 or len(country) == 1
    for county, numbers in country.items():
        hidden = [
            number
            for place, number in enumerate(numbers)
            if found.municipalities[f"{county}{place}"] is None
        ]
        if found.counties[county] is not None:
            assert len(hidden) != 1
            assert not hidden or sum(hidden) > 0


@given(countries)
def test_the_order_of_the_input_does_not_matter(country):
    persons = {
        f"{county}{place}": number
        for county, numbers in country.items()
        for place, number in enumerate(numbers)
    }
    counties = {name: name[0] for name in persons}

    found = suppress(persons, counties)
    turned = suppress(dict(reversed(persons.items())), counties)

    assert found == turned
