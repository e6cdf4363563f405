"""Invented households."""

import tomllib
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from babel import Locale

from app.scenario.origins import DEPARTURE_COUNTRIES, ORIGINS
from app.scenario.people import (
    EDUCATIONS,
    OCCUPATIONS,
    RELATIONS,
    SIZE_SHARES,
    YEAR,
    Population,
    draw_sizes,
    exact_sizes,
)
from workflow.cases import duf
from workflow.cases.states import Group

WORDS = Path(__file__).parents[3] / "templates" / "scenario" / "nb.toml"
FAMILIES = [Group.RESETTLEMENT, Group.RECEPTION_CENTRE, Group.PRIVATE]


@pytest.fixture(scope="module")
def households():
    population = Population(Random(2020))
    return [
        population.household(group, size)
        for group in FAMILIES
        for size in range(1, 11)
        for _ in range(40)
    ]


@pytest.fixture(scope="module")
def persons(households):
    return [person for household in households for person in household.persons]


@pytest.mark.parametrize("seed", range(20))
def test_215_households_in_the_published_shares_are_750_persons(seed):
    sizes = exact_sizes(215, 750, Random(seed))

    counts = Counter(min(size, 8) for size in sizes)
    assert sum(sizes) == 750
    assert len(sizes) == 215
    assert max(sizes) <= 10
    for size, share in SIZE_SHARES.items():
        assert abs(counts[size] - 215 * share / 100) < 1


@pytest.mark.parametrize("persons", [600, 900])
def test_shares_that_cannot_make_the_number_are_refused(persons):
    with pytest.raises(ValueError, match="215 households"):
        exact_sizes(215, persons, Random(1))


def test_drawn_sizes_follow_the_shares():
    sizes = draw_sizes(20_000, Random(1))

    counts = Counter(min(size, 8) for size in sizes)
    for size, share in SIZE_SHARES.items():
        assert counts[size] / 20_000 == pytest.approx(share / 100, abs=0.015)
    assert sum(sizes) / 20_000 == pytest.approx(3.5, abs=0.06)


def test_every_person_has_a_valid_number_of_the_test_series_and_no_two_the_same(persons):
    numbers = [person.duf_number for person in persons]

    assert all(duf.is_test(number) for number in numbers)
    assert len(set(numbers)) == len(numbers)
    assert len({number[4:10] for number in numbers}) == len(numbers)


def test_nobody_could_be_taken_for_a_real_person(persons):
    assert all(" Test-" in person.name for person in persons)


def test_no_two_of_a_household_have_the_same_name(households):
    for household in households:
        assert len({person.name for person in household.persons}) == household.size


def test_every_household_has_one_head_and_children_younger_than_their_parents(households):
    for household in households:
        relations = Counter(person.relation for person in household.persons)
        parents = [p.birth_year for p in household.persons if p.relation in {"head", "spouse"}]
        children = [p.birth_year for p in household.persons if p.relation == "child"]

        assert relations["head"] == 1
        assert relations["spouse"] <= 1
        assert household.persons[0].relation == "head"
        if children:
            assert min(children) - max(parents) >= 15
            assert len(set(children)) == len(children)


def test_codes_and_years_are_of_the_known_ones(persons):
    locale = Locale("nb")

    for person in persons:
        assert person.relation in RELATIONS
        assert person.education in {None, *EDUCATIONS}
        assert person.occupation in {None, *OCCUPATIONS}
        assert 0 <= YEAR - person.birth_year <= 90
        assert person.nationality in locale.territories
        assert all(language in locale.languages for language in person.languages)


@pytest.mark.parametrize(
    ("table", "codes"),
    [("relation", RELATIONS), ("education", EDUCATIONS), ("occupation", OCCUPATIONS)],
)
def test_every_code_has_its_word(table, codes):
    words = tomllib.loads(WORDS.read_text(encoding="utf-8"))[table]

    assert set(words) == set(codes)
    assert len(set(words.values())) == len(codes)


def test_children_have_no_trade_and_small_ones_no_school(persons):
    for person in persons:
        if YEAR - person.birth_year < 18:
            assert person.occupation is None
        if YEAR - person.birth_year < 6:
            assert person.education is None


def test_resettlement_households_leave_from_a_country_of_the_quota(households):
    locale = Locale("nb")

    for household in households:
        if household.group is Group.RESETTLEMENT:
            assert household.departure_country in DEPARTURE_COUNTRIES
            assert household.departure_country in locale.territories
        else:
            assert household.departure_country is None
        assert len({person.nationality for person in household.persons}) == 1


def test_syrians_leave_from_lebanon_and_jordan(households):
    for household in households:
        if household.departure_country in {"LB", "JO"}:
            assert household.persons[0].nationality == "SY"


def test_nearly_half_of_a_realistic_group_are_children():
    rng = Random(3)
    population = Population(rng)
    people = [
        person
        for size in exact_sizes(215, 750, rng)
        for person in population.household(Group.RESETTLEMENT, size).persons
    ]

    children = sum(YEAR - person.birth_year < 18 for person in people)
    assert 0.42 <= children / len(people) <= 0.56


def test_an_unaccompanied_minor_is_a_minor_and_alone():
    population = Population(Random(5))

    for _ in range(50):
        minor = population.household(Group.UNACCOMPANIED_MINOR, 1)
        assert minor.size == 1
        assert 12 <= 2020 - minor.persons[0].birth_year < 18


@pytest.mark.parametrize(
    ("group", "size"),
    [(Group.UNACCOMPANIED_MINOR, 2), (Group.RESETTLEMENT, 0), (Group.PRIVATE, 11)],
)
def test_households_that_are_none_are_refused(group, size):
    with pytest.raises(ValueError, match="no household"):
        Population(Random(1)).household(group, size)


def test_the_same_random_source_draws_the_same_households():
    def drawn(seed):
        population = Population(Random(seed))
        return [population.household(Group.RESETTLEMENT, size) for size in (1, 4, 9)]

    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_every_origin_can_name_ten_of_a_kind():
    for origin in ORIGINS.values():
        assert min(len(set(origin.women)), len(set(origin.men))) >= 10
        assert origin.families
        assert origin.languages
