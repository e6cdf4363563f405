"""The order of the steps: what goes before what, its bounds, and the smallest change."""

from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workflow.planning import reasons
from workflow.planning.inputs import Case, Home, Inputs, Municipality
from workflow.planning.planner import plan_by
from workflow.planning.rule_sets import (
    BadRules,
    HouseholdScore,
    Method,
    PlanningRules,
    Step,
    from_mapping,
)

EVEN = PlanningRules(1, Method.BALANCED)


def at_of(outcome):
    return {line.case_number: line.municipality_number for line in outcome.lines}


@st.composite
def small(draw, most_cases=5):
    municipalities = tuple(
        Municipality(number, draw(st.sampled_from([3, 5, 8])), draw(st.integers(0, 2)))
        for number in ["0301", "1103", "3001"][: draw(st.integers(2, 3))]
    )
    numbers = st.sampled_from([one.municipality_number for one in municipalities])
    cases = tuple(
        Case(
            f"c{index}",
            draw(st.integers(1, 4)),
            draw(numbers),
            draw(st.sampled_from([None, "A"])),
            allowed=draw(st.none() | st.frozensets(numbers, min_size=1)),
        )
        for index in range(draw(st.integers(1, most_cases)))
    )
    return cases, municipalities


def ways(cases, municipalities):
    """Every plan that keeps places and `allowed`, as case → municipality."""
    numbers = [None, *(one.municipality_number for one in municipalities)]
    for way in product(numbers, repeat=len(cases)):
        pairs = list(zip(cases, way, strict=True))
        if any(n and c.allowed is not None and n not in c.allowed for c, n in pairs):
            continue
        if all(
            sum(c.persons for c, n in pairs if n == one.municipality_number) <= one.free
            for one in municipalities
        ):
            yield {case.case_number: number for case, number in pairs}


@settings(max_examples=15, deadline=None)
@given(small())
def test_each_step_is_held_against_what_any_plan_could_have(instance):
    cases, municipalities = instance
    outcome = plan_by(EVEN, Inputs(cases, municipalities))
    steps = {one.step: one for one in outcome.steps}
    persons = {case.case_number: case.persons for case in cases}
    most, back = 0, 0
    for way in ways(cases, municipalities):
        most = max(most, sum(persons[c] for c, n in way.items() if n))
        back = max(
            back,
            sum(
                case.persons
                for case in cases
                if case.track == "A" and way[case.case_number] == case.former_municipality_number
            ),
        )
    assert steps[Step.FORMER].value <= steps[Step.FORMER].bound == back
    assert steps[Step.PERSONS].alone >= most >= steps[Step.PERSONS].value
    for one in outcome.steps:
        if one.step is not Step.TIES and one.value is not None and one.bound is not None:
            assert one.gave_up >= 0
            assert one.missing >= 0


def test_what_a_step_gave_up_to_the_one_before():
    # Back where it was, although the other is empty: evenness gives up for it.
    cases = [Case("a", 4, "0301", "A"), Case("b", 2)]
    municipalities = [Municipality("0301", 10, 6), Municipality("1103", 10, 0)]
    inputs = Inputs(tuple(cases), tuple(municipalities))
    steps = {one.step: one for one in plan_by(EVEN, inputs).steps}
    assert steps[Step.FORMER].value == 4
    assert steps[Step.BALANCE].gave_up == pytest.approx(40)
    without = plan_by(replace(EVEN, steps=frozenset()), inputs)
    steps = {one.step: one for one in without.steps}
    assert at_of(without)["a"] == "1103"
    assert steps[Step.BALANCE].gave_up == 0
    assert not steps[Step.FORMER].on


def test_homes_elsewhere_are_given_up_for_the_former_municipality():
    cases = (Case("a", 4, "0301", "A"), Case("b", 2))
    municipalities = (Municipality("0301", 10, 0), Municipality("1103", 10, 4))
    homes = (Home("h1", "1103", 4), Home("h2", "0301", 2), Home("h3", "1103", 4))
    inputs = Inputs(cases, municipalities, homes)
    steps = {one.step: one for one in plan_by(EVEN, inputs).steps}
    # "a" is held at 0301, where no home is large enough; "b" fits in any of the three.
    homes_used = steps[Step.HOMES]
    assert (homes_used.value, homes_used.bound, homes_used.alone) == (1, 1, 2)
    assert homes_used.gave_up == 1
    without = plan_by(replace(EVEN, steps=frozenset({Step.HOMES})), inputs)
    assert {one.step: one for one in without.steps}[Step.HOMES].bound == 2


def moved(before, after):
    return sum(1 for number, place in before.items() if after[number] not in {None, place})


@settings(max_examples=15, deadline=None)
@given(small(), st.randoms(use_true_random=False), st.sampled_from([Method.BALANCED, Method.RULE]))
def test_after_a_withdrawal_those_who_can_stay_do(instance, random, method):
    cases, municipalities = instance
    inputs = Inputs(cases, municipalities)
    rules = PlanningRules(1, method)
    planned = at_of(plan_by(rules, inputs))
    before = {n: place for n, place in planned.items() if place and random.random() < 0.6}
    outcome = plan_by(rules, replace(inputs, before=before))
    after = at_of(outcome)
    most = max(sum(c.persons for c in cases if way[c.case_number]) for way in ways(*instance))
    # Fewest moves among the plans that leave nobody out who had a place.
    fewest = {}
    for way in ways(*instance):
        if all(way[number] for number in before):
            placed = sum(c.persons for c in cases if way[c.case_number])
            fewest[placed] = min(fewest.get(placed, 99), moved(before, way))
    assert all(after[number] for number in before)
    assert outcome.changed == moved(before, after)
    got = outcome.figures.placed_persons
    assert got <= most
    if method is Method.BALANCED and not any(case.track for case in cases):
        assert outcome.changed == fewest[got]
    for line in outcome.lines:
        if line.case_number in before:
            same = after[line.case_number] == before[line.case_number]
            assert line.code == (reasons.KEPT if same else reasons.MOVED)


def test_one_moves_where_one_is_enough():
    # c needs 4: either b (2 persons) leaves 0301, or two of one person do.
    cases = [
        Case("b", 2),
        Case("d", 1),
        Case("e", 1),
        Case("c", 4, allowed=frozenset({"0301"})),
    ]
    municipalities = [Municipality("0301", 6, 0), Municipality("1103", 3, 0)]
    before = {"b": "0301", "d": "0301", "e": "0301"}
    inputs = Inputs(tuple(cases), tuple(municipalities), before=before)
    outcome = plan_by(EVEN, inputs)
    assert at_of(outcome) == {"b": "1103", "c": "0301", "d": "0301", "e": "0301"}
    assert outcome.changed == 1


def test_track_a_goes_back_before_others_fill_the_place():
    cases = [Case("back", 2, "0301", "A"), Case("stays", 2), Case("new", 2)]
    municipalities = [Municipality("0301", 4, 0), Municipality("1103", 9, 7)]
    inputs = Inputs(tuple(cases), tuple(municipalities), before={"stays": "0301"})
    outcome = plan_by(EVEN, inputs)
    assert at_of(outcome) == {"back": "0301", "stays": "0301", "new": "1103"}
    assert [line.code for line in outcome.lines] == [
        reasons.FORMER,
        reasons.BALANCE,
        reasons.KEPT,
    ]


@settings(max_examples=12, deadline=None)
@given(small(7))
def test_a_later_turn_changes_nothing_for_the_earlier_ones_under_the_rule(instance):
    cases, municipalities = instance
    rules = PlanningRules(1, Method.RULE)
    lines = plan_by(rules, Inputs(cases, municipalities)).lines
    for count in range(1, len(lines)):
        kept = {line.case_number for line in lines[:count]}
        fewer = Inputs(tuple(case for case in cases if case.case_number in kept), municipalities)
        assert plan_by(rules, fewer).lines == lines[:count]


@settings(max_examples=15, deadline=None)
@given(small(), st.integers(0, 2))
def test_more_places_never_place_fewer_at_most(instance, which):
    cases, municipalities = instance
    before = plan_by(EVEN, Inputs(cases, municipalities)).figures.max_placeable_persons
    which %= len(municipalities)
    one = municipalities[which]
    more = (
        *municipalities[:which],
        replace(one, places=one.places + 1),
        *municipalities[which + 1 :],
    )
    assert plan_by(EVEN, Inputs(cases, more)).figures.max_placeable_persons >= before


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5)), min_size=2, max_size=5),
    st.integers(0, 25),
)
def test_one_more_person_takes_nobodys_place_under_webster(places_used, count):
    municipalities = tuple(
        Municipality(f"{i:04d}", places, min(used, places))
        for i, (places, used) in enumerate(places_used)
    )

    def got(persons):
        cases = tuple(Case(f"c{i:02d}", 1) for i in range(persons))
        return Counter(at_of(plan_by(EVEN, Inputs(cases, municipalities))).values())

    fewer, more = got(count), got(count + 1)
    assert all(more[number] >= fewer[number] for number in fewer)


rule_sets = st.builds(
    PlanningRules,
    st.integers(1, 9),
    st.just(Method.SCORE),
    steps=st.frozensets(st.sampled_from([Step.FORMER, Step.HOMES])),
    band=st.none() | st.fractions(0, 1),
    vacancy_window=st.decimals(0, 1, places=5).map(Fraction),
    needs_checked=st.frozensets(st.text(min_size=1)),
    airports_closed=st.frozensets(st.sampled_from(["ENTC", "ENGM"])),
    household_score=st.none() | st.sampled_from(HouseholdScore),
)


@given(rule_sets)
@example(PlanningRules(1, Method.SCORE, band=Fraction(1, 2**41)))  # longer than a decimal is kept
def test_a_rule_set_is_read_as_it_was_written(rules):
    assert from_mapping(rules.to_mapping()) == rules


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ({}, "version"),
        ({"version": True}, "version"),
        ({"version": 1, "methods": "rule"}, "methods"),
        ({"version": 1, "method": "best"}, "method"),
        ({"version": 1, "method": "rule", "apportionment": "webster"}, "apportionment"),
        ({"version": 1, "band": "0.02"}, "band"),
        ({"version": 1, "method": "score", "band": 2}, "band"),
        ({"version": 1, "method": "score", "band": "1/0"}, "band"),
        ({"version": 1, "vacancy_window": "much"}, "vacancy_window"),
        ({"version": 1, "steps": ["ties"]}, "steps"),
        ({"version": 1, "airports_closed": "ENTC"}, "airports_closed"),
        ({"version": 1, "weeks_ahead": 1000}, "weeks_ahead"),
        ({"version": 1, "household_score": "max"}, "household_score"),
    ],
)
def test_a_rule_set_that_no_plan_can_follow(written, field):
    with pytest.raises(BadRules) as refusal:
        from_mapping(written)
    assert refusal.value.field == field
