"""The invented figures of 2020 keep to the published ones."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from app.scenario.figures import DEFAULT_SEED, generate
from app.scenario.published import (
    ADJUSTED_HIGHER,
    ADJUSTED_REQUEST,
    ASKED_MUNICIPALITIES,
    BIGGEST,
    COUNTIES,
    DECIDED_OTHERWISE,
    DECIDED_PLACES,
    ENDED_AT_TEN,
    HIDDEN_DECISIONS,
    LEAST_REQUEST,
    MINORS,
    NOT_ASKED,
    ORIGINAL_REQUEST,
    QUARTILES,
    STARTED_AT_TEN,
    adjusted_by_rule,
)
from workflow.municipalities.register import shipped_register

PUBLISHED = (
    Path(__file__).parents[4] / "shared" / "data" / "imdi_2020_requests_decisions_settled.csv"
)
SEEDS = [
    DEFAULT_SEED,
    *range(3),
    *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(3, 25)),
]


@pytest.fixture(scope="module", params=SEEDS, ids=str)
def drawn(request):
    return generate(shipped_register(), request.param)


def total(figures, name: str) -> int:
    return sum(getattr(one, name) or 0 for one in figures)


def test_the_countrys_totals_are_the_published_ones(drawn):
    assert len({one.municipality_number for one in drawn}) == len(drawn) == ASKED_MUNICIPALITIES
    assert total(drawn, "original_request") == ORIGINAL_REQUEST
    assert total(drawn, "adjusted_request") == ADJUSTED_REQUEST
    assert total(drawn, "decided_places") == DECIDED_PLACES


def test_each_countys_totals_are_the_published_ones(drawn):
    for name, county in COUNTIES.items():
        here = [one for one in drawn if one.county == name]

        assert len(here) == county.asked
        assert total(here, "original_request") == county.original
        assert total(here, "adjusted_request") == county.adjusted
        assert total(here, "decided_places") == county.decided


def test_the_published_counties_add_up_to_the_country():
    assert sum(county.asked for county in COUNTIES.values()) == ASKED_MUNICIPALITIES
    assert sum(county.original for county in COUNTIES.values()) == ORIGINAL_REQUEST
    assert sum(county.adjusted for county in COUNTIES.values()) == ADJUSTED_REQUEST
    assert sum(county.decided for county in COUNTIES.values()) == DECIDED_PLACES


def test_the_biggest_are_as_published_and_nobody_else_is_as_big(drawn):
    by_number = {one.municipality_number: one for one in drawn}

    for number, (original, adjusted, decided) in BIGGEST.items():
        one = by_number.pop(number)
        assert (one.original_request, one.adjusted_request, one.decided_places) == (
            original,
            adjusted,
            decided,
        )
    smallest_of_them = min(original for original, _, _ in BIGGEST.values())
    assert all(one.original_request < smallest_of_them for one in by_number.values())


def test_the_adjustment_follows_the_rule_but_for_the_nine(drawn):
    off = {
        one.municipality_number: one.adjusted_request - adjusted_by_rule(one.original_request)
        for one in drawn
    }

    assert {number for number, by in off.items() if abs(by) > 1} == set(ADJUSTED_HIGHER)
    assert [number for number, by in off.items() if abs(by) == 1] == ["1804"]  # Bodø, as published
    for one in drawn:
        assert LEAST_REQUEST <= one.adjusted_request <= one.original_request
        expected = ADJUSTED_HIGHER.get(one.municipality_number, one.adjusted_request)
        assert one.adjusted_request == expected


@pytest.mark.parametrize(
    ("original", "adjusted"), [(10, 10), (15, 10), (16, 11), (28, 18), (110, 72), (210, 138)]
)
def test_the_rule_rounds_to_the_nearest_person_and_stops_at_ten(original, adjusted):
    assert adjusted_by_rule(original) == adjusted


def test_so_many_start_and_end_at_ten(drawn):
    assert Counter(one.original_request for one in drawn)[10] == STARTED_AT_TEN
    assert Counter(one.adjusted_request for one in drawn)[10] == ENDED_AT_TEN


def test_the_spread_is_near_the_published_quartiles(drawn):
    ordered = sorted(one.original_request for one in drawn)

    for place, published in zip((52, 105, 158), QUARTILES, strict=True):
        assert abs(ordered[place] - published) <= 2
    assert (ordered[0], ordered[-1]) == (10, 210)


def test_decided_is_what_was_asked_but_for_the_five_and_the_twelve(drawn):
    otherwise = {
        one.municipality_number: one for one in drawn if one.decided_places != one.original_request
    }
    five = {number: otherwise.pop(number) for number in DECIDED_OTHERWISE}

    for number, (original, decided) in DECIDED_OTHERWISE.items():
        assert (five[number].original_request, five[number].decided_places) == (original, decided)
    assert len(otherwise) == HIDDEN_DECISIONS
    assert Counter(one.decided_places for one in otherwise.values()) == {None: 6, 0: 6}
    assert total(otherwise.values(), "original_request") == 194


def test_places_for_minors_are_spread_over_forty_municipalities_that_said_yes(drawn):
    asked = [one for one in drawn if one.minors_request]

    assert total(drawn, "minors_request") == MINORS
    assert len(asked) == 40
    assert {one.minors_request for one in asked} == {3, 4}
    assert all(one.decided_places for one in asked)
    assert sum(one.minors_decided_places is None for one in asked) == 4
    assert all(one.minors_decided_places in {None, one.minors_request} for one in asked)


def test_sauda_is_not_asked(drawn):
    assert NOT_ASKED not in {one.municipality_number for one in drawn}


def test_every_asked_municipality_is_a_real_one_of_its_county(drawn, register):
    counties = {row.number: row.county for row in register}

    assert all(counties[one.municipality_number] == one.county for one in drawn)


def test_the_same_seed_gives_the_same_figures_and_another_seed_others(register, figures):
    assert generate(register, DEFAULT_SEED) == figures
    assert generate(reversed(register), DEFAULT_SEED) == figures
    assert generate(register, DEFAULT_SEED + 1) != figures


def test_another_register_is_refused(register):
    with pytest.raises(ValueError, match="2020"):
        generate([row for row in register if row.county != "Agder"])


def test_the_figures_are_no_copy_of_the_published_ones(figures):
    if not PUBLISHED.exists():
        pytest.skip(f"{PUBLISHED} is not on this machine")
    with PUBLISHED.open(encoding="utf-8") as file:
        published = {
            row["kommunenummer"]: row["opprinnelig_anmodning_2020"] for row in csv.DictReader(file)
        }
    asked = [row for row in published.values() if row.isdigit()]

    same = [
        one
        for one in figures
        if published[one.municipality_number] == str(one.original_request)
        and one.municipality_number not in {*BIGGEST, *DECIDED_OTHERWISE}
    ]

    assert sum(map(int, asked)) == total(figures, "original_request")
    assert len(asked) == len(figures)
    assert len(same) < len(figures) / 4
