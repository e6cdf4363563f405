"""A run over many cases: what `rank` gives case after case, and the same every time."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.ranking.apportionment import apportion
from workflow.ranking.board import Municipality, Places
from workflow.ranking.criteria import Candidate, CaseToPlace, RuleSet
from workflow.ranking.fit import Vacancy, best_fit, fits
from workflow.ranking.order import rank
from workflow.ranking.plan import plan

RULES = RuleSet(version=1)
TODAY = date(2020, 4, 20)


def a_place(number, free, decided=None, *, vacancies=(), last=None, pool="ordinary"):
    return Municipality(number, {pool: Places(free, decided or free)}, last, vacancies)


def a_case(number, persons=1, track=None, former=None, **rest):
    return CaseToPlace(persons, track, former, case_number=number, **rest)


def destinations(made):
    return {planned.case.case_number: planned.municipality_number for planned in made.cases}


numbers = st.integers(301, 312).map("{:04d}".format)


@st.composite
def places(draw):
    decided = draw(st.sampled_from([None, 0, 1, 2, 5, 10, 12, 20]))
    return Places(draw(st.integers(0, (decided or 0) + 4)), decided)


@st.composite
def municipalities(draw):
    return [
        Municipality(
            number,
            draw(st.dictionaries(st.sampled_from(["ordinary", "minors"]), places())),
            draw(st.none() | st.dates(date(2020, 4, 15), date(2020, 4, 20))),
            tuple(
                Vacancy(
                    f"{number}-{i}",
                    draw(st.integers(1, 6)),
                    draw(st.sampled_from([None, "resettlement", "reception_centre"])),
                    draw(st.booleans()),
                    draw(st.none() | st.just(date(2020, 7, 1))),
                )
                for i in range(draw(st.integers(0, 3)))
            ),
        )
        for number in draw(st.lists(numbers, unique=True, max_size=10))
    ]


case_lists = st.lists(
    st.builds(
        CaseToPlace,
        st.integers(1, 6),
        st.sampled_from(["A", "B", None]),
        st.none() | numbers,
        case_number=st.integers(1, 60).map("2020-{:04d}".format),
        permit_expires_on=st.none() | st.sampled_from([date(2020, 6, 1), date(2020, 8, 1)]),
        pool=st.sampled_from(["ordinary", "ordinary", "ordinary", "minors"]),
        group=st.sampled_from(["resettlement", "reception_centre"]),
        needs_accessible=st.booleans(),
        excluded=st.dictionaries(numbers, st.just("case.declined_here"), max_size=3),
    ),
    unique_by=lambda case: case.case_number,
    max_size=25,
)
rule_sets = st.builds(
    RuleSet,
    st.just(1),
    st.sampled_from([Fraction(0), Fraction(1, 10), Fraction(1, 3), Fraction(1)]),
    st.sampled_from([0, 1, 2, 5]),
)


def one_after_another(cases, places_of, rules):
    """The run told plainly: rank every municipality anew for each case, then take the places."""
    stands = {place.municipality_number: place for place in places_of}
    in_turn = sorted(
        cases,
        key=lambda case: (
            case.track != "A",
            (case.permit_expires_on is None, case.permit_expires_on or TODAY),
            -case.persons,
            case.case_number,
        ),
    )
    for case in in_turn:
        field = []
        for number, place in stands.items():
            vacancy = best_fit(place.vacancies, case)
            of_pool = place.places.get(case.pool, Places(0, None))
            field.append(
                Candidate(
                    number,
                    of_pool.free,
                    of_pool.decided_places,
                    place.last_distribution_on,
                    vacancy.vacancy_id if vacancy else None,
                )
            )
        ranking = rank(case, field, rules)
        if ranking.first:
            chosen = ranking.first.candidate
            place = stands[chosen.municipality_number]
            of_pool = place.places[case.pool]
            stands[chosen.municipality_number] = replace(
                place,
                places={
                    **place.places,
                    case.pool: replace(of_pool, free=of_pool.free - case.persons),
                },
                last_distribution_on=TODAY,
                vacancies=[v for v in place.vacancies if v.vacancy_id != chosen.fitting_vacancy],
            )
        yield case, ranking


@given(case_lists, municipalities(), rule_sets)
@settings(deadline=None)
def test_a_plan_is_the_ranking_of_one_case_after_another(cases, places_of, rules):
    made = plan(cases, places_of, rules, on=TODAY)

    expected = list(one_after_another(cases, places_of, rules))
    assert [planned.case for planned in made.cases] == [case for case, _ in expected]
    for planned, (_, ranking) in zip(made.cases, expected, strict=True):
        head = ranking.items[: 1 + rules.next_shown]
        assert [item.candidate for item in planned.items] == [item.candidate for item in head]
        if rules.next_shown:
            assert planned.items == head
        assert [item.reasons for item in planned.items] == [item.reasons for item in head]
        first = ranking.first.candidate if ranking.first else None
        assert planned.municipality_number == (first.municipality_number if first else None)
        assert planned.vacancy_id == (first.fitting_vacancy if first else None)
        assert (planned.code is None) == (first is not None)


def test_a_long_run_is_still_the_ranking_of_one_case_after_another():
    random = Random(2020)
    field = [
        a_place(
            f"{number:04d}",
            free := random.choice([4, 10, 10, 17, 28, 60]),
            free + random.choice([0, 0, 5]),
            vacancies=[Vacancy(f"{number}-{i}", random.randint(1, 8)) for i in range(number % 3)],
        )
        for number in range(301, 381)
    ]
    cases = [
        a_case(
            f"{i:05d}",
            random.randint(1, 8),
            random.choice("AB"),
            random.choice(field).municipality_number,
            permit_expires_on=date(2020, 5, random.randint(1, 31)),
        )
        for i in range(500)
    ]

    made = plan(cases, field, RULES, on=TODAY)

    expected = [ranking.items[:6] for _, ranking in one_after_another(cases, field, RULES)]
    assert [planned.items for planned in made.cases] == expected
    assert made.placed
    assert made.unplaced


@given(case_lists, municipalities(), st.randoms())
@settings(deadline=None)
def test_the_order_of_the_input_is_nothing(cases, places_of, random):
    shuffled = plan(
        random.sample(cases, len(cases)),
        random.sample(places_of, len(places_of)),
        RULES,
        on=TODAY,
    )

    assert shuffled == plan(cases, places_of, RULES, on=TODAY)


@given(case_lists, municipalities())
@settings(deadline=None)
def test_no_municipality_gets_more_than_it_has_free_and_no_vacancy_is_used_twice(cases, places_of):
    made = plan(cases, places_of, RULES, on=TODAY)

    for place in places_of:
        here = [p for p in made.placed if p.municipality_number == place.municipality_number]
        for pool, of_pool in place.places.items():
            taken = sum(p.case.persons for p in here if p.case.pool == pool)
            assert taken <= of_pool.free
    used = [planned.vacancy_id for planned in made.placed if planned.vacancy_id]
    assert len(used) == len(set(used))


@given(st.lists(st.integers(1, 30), min_size=1, max_size=12), st.data())
@settings(deadline=None)
def test_single_persons_from_empty_are_spread_as_adams_does(decided, data):
    total = data.draw(st.integers(0, sum(decided)))

    made = plan(
        [a_case(f"{i:05d}") for i in range(total)],
        [a_place(f"{i:04d}", places) for i, places in enumerate(decided)],
        RULES,
        on=TODAY,
    )

    counts = [0] * len(decided)
    for planned in made.placed:
        counts[int(planned.municipality_number)] += 1
    assert counts == apportion("adams", decided, total)


def test_a_hundred_persons_in_the_swedish_counties_are_the_published_adams_table():
    targets = [
        1795, 276, 136, 341, 255, 86, 187, 63, 90, 921, 330, 1301, 246, 202, 131, 239, 144, 109,
        119, 261, 268,
    ]  # fmt: skip

    made = plan(
        [a_case(f"{i:05d}") for i in range(100)],
        [a_place(f"{i:02d}", target) for i, target in enumerate(targets)],
        RULES,
        on=TODAY,
    )

    here = [planned.municipality_number for planned in made.placed]
    assert [here.count(f"{i:02d}") for i in range(21)] == [
        22, 4, 2, 5, 3, 2, 3, 1, 2, 11, 4, 16, 3, 3, 2, 3, 2, 2, 2, 4, 4,
    ]  # fmt: skip


def test_track_a_has_its_turn_first_then_the_permit_then_the_household_then_the_number():
    cases = [
        a_case("8", 2),
        a_case("7", 2),
        a_case("6", 5),
        a_case("5", 1, permit_expires_on=date(2020, 9, 1)),
        a_case("4", 1, permit_expires_on=date(2020, 6, 1)),
        a_case("3", 9, "B", permit_expires_on=date(2020, 6, 1)),
        a_case("2", 1, "A"),
        a_case("1", 1, "A", permit_expires_on=date(2020, 9, 1)),
    ]

    made = plan(cases, [a_place("0301", 50)], RULES, on=TODAY)

    assert "".join(planned.case.case_number for planned in made.cases) == "12345678"


def test_each_case_sees_what_the_earlier_ones_left():
    cases = [a_case("1", 4), a_case("2", 4), a_case("3", 4)]

    made = plan(cases, [a_place("0301", 10), a_place("1804", 7)], RULES, on=TODAY)

    assert destinations(made) == {"1": "0301", "2": "1804", "3": "0301"}
    assert [planned.items[0].candidate.free for planned in made.cases] == [10, 7, 6]


def test_a_run_makes_its_own_day_the_last_distribution():
    cases = [a_case("1"), a_case("2")]
    # 1804 waits longest; when it has been asked today, its share is the smaller.
    field = [
        a_place("0301", 5, 10, last=date(2020, 4, 1)),
        a_place("1804", 5, 10, last=date(2020, 3, 1)),
    ]

    made = plan(cases, field, RULES, on=TODAY)

    assert destinations(made) == {"1": "1804", "2": "0301"}
    later = {c.municipality_number: c.last_distribution_on for c in made.cases[1].shown}
    assert later == {"0301": date(2020, 4, 1), "1804": TODAY}


def test_a_case_is_not_put_where_it_was_declined_even_if_it_came_from_there():
    case = a_case("1", 1, "A", "0301", excluded={"0301": "case.declined_here"})

    made = plan([case], [a_place("0301", 9), a_place("1804", 1, 9)], RULES, on=TODAY)

    assert destinations(made) == {"1": "1804"}


def test_a_vacancy_serves_one_household_and_is_the_smallest_that_fits():
    homes = (Vacancy("large", 6), Vacancy("small", 4))
    cases = [a_case(str(i), 3) for i in range(1, 4)]

    made = plan(cases, [a_place("0301", 90, 100, vacancies=homes)], RULES, on=TODAY)

    assert [planned.vacancy_id for planned in made.cases] == ["small", "large", None]


def test_minors_use_their_own_places_and_the_same_home_is_not_given_twice():
    place = Municipality(
        "0301",
        {"ordinary": Places(5, 5), "minors": Places(2, 2)},
        vacancies=(Vacancy("home", 3),),
    )
    cases = [a_case("1", 2, pool="minors"), a_case("2", 2), a_case("3", 1, pool="minors")]

    made = plan(cases, [place], RULES, on=TODAY)

    assert [(p.municipality_number, p.vacancy_id) for p in made.cases] == [
        ("0301", "home"),
        ("0301", None),
        (None, None),
    ]


@pytest.mark.parametrize(
    ("case", "code", "facts"),
    [
        (a_case("1", 5), "places.none_free", {"persons": 5, "free": 4}),
        (
            a_case("1", 3, excluded={"0301": "case.declined_here"}),
            "ranking.none_left",
            {"persons": 3, "excluded": 1},
        ),
        (a_case("1", pool="minors"), "places.not_registered", {}),
    ],
)
def test_a_case_without_a_municipality_says_why(case, code, facts):
    field = [
        a_place("0301", 4, 20),
        a_place("1804", 2, 20),
        Municipality("4601", {"ordinary": Places(9, None), "minors": Places(0, 0)}),
    ]

    made = plan([case], field, RULES, on=TODAY)

    (unplaced,) = made.unplaced
    assert (unplaced.code, unplaced.facts, unplaced.items) == (code, facts, ())
    assert made.placed == ()


def test_a_case_too_many_is_left_for_a_person_to_see():
    made = plan([a_case("1", 3), a_case("2", 3)], [a_place("0301", 5)], RULES, on=TODAY)

    assert [planned.code for planned in made.cases] == [None, "places.none_free"]


def test_nothing_to_place_and_nowhere_to_place_it():
    assert plan([], [], RULES, on=TODAY).cases == ()
    assert plan([a_case("1")], [], RULES, on=TODAY).unplaced[0].code == "places.not_registered"


def test_the_same_case_or_municipality_twice_is_refused():
    with pytest.raises(ValueError, match="the same case twice"):
        plan([a_case("1"), a_case("1")], [a_place("0301", 5)], RULES, on=TODAY)
    with pytest.raises(ValueError, match="the same municipality twice"):
        plan([], [a_place("0301", 5), a_place("0301", 5)], RULES, on=TODAY)


@pytest.mark.parametrize(
    ("vacancy", "case", "fit"),
    [
        (Vacancy("v", 4), a_case("1", 4), True),
        (Vacancy("v", 4), a_case("1", 5), False),
        (Vacancy("v", 4, "reception_centre"), a_case("1", group="resettlement"), False),
        (Vacancy("v", 4, "resettlement"), a_case("1", group="resettlement"), True),
        (Vacancy("v", 4), a_case("1", needs_accessible=True), False),
        (Vacancy("v", 4, accessible=True), a_case("1", needs_accessible=True), True),
        (Vacancy("v", 4, accessible=True), a_case("1"), True),
        (
            Vacancy("v", 4, available_from_on=date(2020, 6, 2)),
            a_case("1", permit_expires_on=date(2020, 6, 1)),
            False,
        ),
        (
            Vacancy("v", 4, available_from_on=date(2020, 6, 1)),
            a_case("1", permit_expires_on=date(2020, 6, 1)),
            True,
        ),
        (Vacancy("v", 4, available_from_on=date(2020, 6, 2)), a_case("1"), True),
    ],
)
def test_what_fits_a_household(vacancy, case, fit):
    assert fits(vacancy, case) == fit
    assert best_fit([vacancy], case) == (vacancy if fit else None)


def test_an_accessible_home_is_kept_for_those_who_need_it():
    homes = [Vacancy("b", 3, accessible=True), Vacancy("c", 3), Vacancy("a", 4)]

    assert best_fit(homes, a_case("1", 3)).vacancy_id == "c"
    assert best_fit(homes, a_case("1", 3, needs_accessible=True)).vacancy_id == "b"
