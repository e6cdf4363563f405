"""Needs, kinds, pools, weeks and homes: every hard rule kept, whatever cases and municipalities."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.planning import reasons
from workflow.planning.barriers import HardRules
from workflow.planning.dwellings import Fate
from workflow.planning.inputs import Case, Home, Inputs, Municipality
from workflow.planning.planner import plan_by
from workflow.planning.rule_sets import Method, PlanningRules, Step
from workflow.planning.settling import Ground

ON = date(2020, 5, 6)
FIRST = date(2020, 5, 11)
NUMBERS = ["0301", "1103", "3001", "4601"]


NEEDS = ["hospital:60", "school", "wheelchair", "quarantine"]
STRENGTHS = st.sampled_from([Fraction(1, 3), Fraction(1)])


def maybe(values):
    return st.sampled_from([None, None, *values])


@st.composite
def instances(draw, most_cases=7):
    municipalities = tuple(
        Municipality(
            number,
            draw(st.sampled_from([None, 0, 6, 9, 12])),
            draw(st.integers(0, 3)),
            minors_places=draw(maybe([3])),
            services=draw(st.frozensets(st.sampled_from(["hospital:40", "school", "wheelchair"]))),
            region=draw(st.sampled_from(["north", "south"])),
            airport=draw(st.sampled_from(["ENTC", "ENGM"])),
            weekly=draw(maybe([2, 5])),
            weeks=draw(st.sampled_from([{}, {FIRST: 0}])),
            declines=draw(st.sampled_from([frozenset(), frozenset({"single_parent"})])),
            paused=draw(st.sampled_from([frozenset(), frozenset({"reception_centre"})])),
            most=draw(st.sampled_from([{}, {"large_family": 1}])),
        )
        for number in NUMBERS[: draw(st.integers(2, 4))]
    )
    numbers = st.sampled_from([one.municipality_number for one in municipalities])
    cases = tuple(
        Case(
            f"c{index}",
            draw(st.integers(1, 5)),
            draw(maybe(NUMBERS[:2])),
            draw(maybe(["A", "B"])),
            draw(maybe([ON, ON + timedelta(days=20)])),
            related=draw(maybe(["family"])),
            group=draw(maybe(["resettlement", "reception_centre"])),
            pool=draw(st.sampled_from(["ordinary", "ordinary", "minors"])),
            needs=draw(
                st.frozensets(
                    st.sampled_from(["hospital:60", "school", "wheelchair", "quarantine"])
                )
            ),
            kinds=draw(st.sampled_from([frozenset(), frozenset({"single_parent"})])),
            declined=draw(st.frozensets(numbers, max_size=1)),
            near=draw(maybe(["aunt"])),
            drawn_to=draw(st.dictionaries(st.sampled_from(["south", "north"]), STRENGTHS)),
            strength=draw(st.sampled_from([Fraction(1), Fraction(1, 2)])),
            earliest_on=draw(maybe([ON + timedelta(days=9)])),
        )
        for index in range(draw(st.integers(1, most_cases)))
    )
    homes = tuple(
        Home(
            f"h{index}",
            draw(numbers),
            draw(st.integers(1, 5)),
            draw(st.integers(0, 2)),
            accessible=draw(st.booleans()),
            quarantine=draw(st.booleans()),
            from_on=draw(maybe([ON + timedelta(days=9)])),
            until_on=draw(maybe([ON + timedelta(days=12)])),
            reserved_for=draw(maybe(["c0"])),
        )
        for index in range(draw(st.integers(0, 3)))
    )
    scores = {(c.case_number, m.municipality_number): 0.5 for c in cases for m in municipalities}
    return Inputs(cases, municipalities, homes, scores, on=ON)


rule_sets = st.builds(
    PlanningRules,
    st.just(1),
    st.sampled_from([Method.BALANCED, Method.SCORE]),
    steps=st.sampled_from([frozenset(), frozenset({Step.FORMER, Step.HOMES})]),
    large_family_from=st.just(4),
    airports_closed=st.sampled_from([frozenset(), frozenset({"ENTC"})]),
    weeks_ahead=st.sampled_from([0, 3]),
    needs_checked=st.sampled_from([frozenset({"*"}), frozenset({"hospital"})]),
    persons_a_room=st.sampled_from([None, 2]),
)


def broken_rules(inputs, rules, lines):
    """Every hard rule that a plan breaks, worked out anew from the inputs."""
    case_of = {case.case_number: case for case in inputs.cases}
    one_of = {one.municipality_number: one for one in inputs.municipalities}
    placed = [(case_of[line.case_number], line) for line in lines if line.municipality_number]
    hard = HardRules.of(inputs, rules)
    for case, line in placed:
        one = one_of[line.municipality_number]
        yield from (barrier.code for barrier in hard.barriers(case, one))
        if hard.needs_home(case, one) and line.home_id is None:
            yield "no home"
        if rules.weeks_ahead:
            yield from broken_weeks_of(case, line.week)
    for number, one in one_of.items():
        here = [(c, line) for c, line in placed if line.municipality_number == number]
        yield from broken_in(one, here, rules)
    yield from broken_homes(inputs, rules, placed)
    at = {line.case_number: line.municipality_number for line in lines}
    if len({at[c.case_number] for c in inputs.cases if c.related}) > 1:
        yield "split"
    near = {at[c.case_number] for c in inputs.cases if c.near and c.strength == 1}
    if len({one_of[number].region if number else None for number in near}) > 1:
        yield "far"


def broken_weeks_of(case, week):
    if case.expires_on and week > case.expires_on:
        yield "permit"
    if case.earliest_on and week + timedelta(days=6) < case.earliest_on:
        yield "too early"


def broken_in(one, here, rules):
    for pool, free in (("ordinary", one.free), ("minors", one.minors_free)):
        if sum(c.persons for c, _ in here if c.pool == pool) > free:
            yield "over the ceiling"
    if rules.weeks_ahead:
        weeks = Counter()
        for case, line in here:
            weeks[line.week] += case.persons
        for week, persons in weeks.items():
            capacity = one.weeks.get(week, one.weekly)
            if capacity is not None and persons > capacity:
                yield "over the week"
    large = sum(c.persons >= rules.large_family_from for c, _ in here)
    if large > one.most.get("large_family", large):
        yield "kinds"


def broken_homes(inputs, rules, placed):
    by_home = {home.home_id: home for home in inputs.homes}
    with_home = [(case, line, by_home[line.home_id]) for case, line in placed if line.home_id]
    if len({home.home_id for _, _, home in with_home}) < len(with_home):
        yield "a home twice"
    for case, line, home in with_home:
        if home.persons < case.persons or home.municipality_number != line.municipality_number:
            yield "a home that does not fit"
        if line.week and home.from_on and line.week + timedelta(days=6) < home.from_on:
            yield "a home that is not ready"
        if line.week and home.until_on and line.week > home.until_on:
            yield "a home that is gone"
        if rules.persons_a_room and home.rooms and case.persons > 2 * home.rooms:
            yield "too many to a room"


@settings(deadline=None)
@given(instances(), rule_sets)
def test_every_hard_rule_is_kept(inputs, rules):
    outcome = plan_by(rules, inputs)
    assert sorted(line.case_number for line in outcome.lines) == sorted(
        case.case_number for case in inputs.cases
    )
    assert list(broken_rules(inputs, rules, outcome.lines)) == []
    for line in outcome.lines:
        assert line.reason
    for step in outcome.steps:
        if step.value is not None and step.bound is not None:
            better = step.bound - step.value if step.step is not Step.BALANCE else None
            better = step.value - step.bound if better is None else better
            assert better >= -1e-6, step


@settings(max_examples=8, deadline=None)
@given(instances(5), rule_sets, st.randoms(use_true_random=False))
def test_the_order_of_the_input_is_nothing(inputs, rules, random):
    shuffled = replace(
        inputs,
        cases=tuple(random.sample(inputs.cases, len(inputs.cases))),
        municipalities=tuple(random.sample(inputs.municipalities, len(inputs.municipalities))),
        homes=tuple(random.sample(inputs.homes, len(inputs.homes))),
    )
    assert plan_by(rules, shuffled).lines == plan_by(rules, inputs).lines


@settings(max_examples=12, deadline=None)
@given(instances(4), st.sampled_from([0, 2]))
def test_no_way_that_keeps_the_rules_places_more_than_the_bound(inputs, weeks_ahead):
    rules = PlanningRules(1, Method.BALANCED, weeks_ahead=weeks_ahead, large_family_from=3)
    figures = plan_by(rules, inputs).figures
    hard = HardRules.of(inputs, rules)
    one_of = {one.municipality_number: one for one in inputs.municipalities}
    grounds = {number: Ground(one, hard) for number, one in one_of.items()}
    may = {
        (case.case_number, number): not hard.barriers(case, one)
        for case in inputs.cases
        for number, one in one_of.items()
    }
    for way in product([None, *one_of], repeat=len(inputs.cases)):
        pairs = [(c, n) for c, n in zip(inputs.cases, way, strict=True) if n]
        if not all(may[case.case_number, number] for case, number in pairs):
            continue
        if not fits_everywhere(pairs, one_of, grounds):
            continue
        if len({n for c, n in zip(inputs.cases, way, strict=True) if c.related}) > 1:
            continue
        assert sum(case.persons for case, _ in pairs) <= figures.max_placeable_persons


def fits_everywhere(pairs, one_of, grounds):
    for number, one in one_of.items():
        here = [case for case, where in pairs if where == number]
        taken = Counter()
        for case in here:
            taken[case.pool] += case.persons
        if taken["ordinary"] > one.free or taken["minors"] > one.minors_free:
            return False
        if not grounds[number].takes(here):
            return False
    return True


def planned(cases, municipalities, rules=None, **brought):
    inputs = Inputs(tuple(cases), tuple(municipalities), **brought)
    outcome = plan_by(rules or PlanningRules(1, Method.BALANCED), inputs)
    return {line.case_number: line for line in outcome.lines}, outcome


@pytest.mark.parametrize(
    ("case", "one"),
    [
        ({"needs": frozenset({"hospital:30"})}, {"services": frozenset({"hospital:45"})}),
        ({"needs": frozenset({"wheelchair"})}, {}),
        ({"kinds": frozenset({"single_parent"})}, {"declines": frozenset({"single_parent"})}),
        ({"needs": frozenset({"school"})}, {"declines": frozenset({"school"})}),
        ({"group": "reception_centre"}, {"paused": frozenset({"reception_centre"})}),
        ({"group": "resettlement"}, {"airport": "ENTC"}),
        ({"pool": "minors"}, {}),
        ({"declined": frozenset({"0301"})}, {}),
        ({"expires_on": ON}, {}),
        ({"persons": 6}, {"weekly": 5}),
    ],
)
def test_what_keeps_a_case_out(case, one):
    rules = PlanningRules(1, Method.BALANCED, airports_closed=frozenset({"ENTC"}))
    cases = [Case(**({"case_number": "a", "persons": 1} | case))]
    municipalities = [Municipality("0301", 10, 0, **one)]
    lines, _ = planned(cases, municipalities, rules, on=ON)
    assert lines["a"].code == reasons.NOWHERE_ALLOWED
    lines, _ = planned([Case("a", 1)], [Municipality("0301", 10, 0)], rules, on=ON)
    assert lines["a"].municipality_number == "0301"


def test_a_week_that_is_full_sends_the_next_elsewhere_and_a_later_permit_waits():
    soon, later = FIRST + timedelta(days=2), FIRST + timedelta(days=9)
    cases = [Case(f"soon{i}", 2, expires_on=soon) for i in range(2)]
    cases.append(Case("later", 2, expires_on=later))
    municipalities = [Municipality("0301", 100, 0, weekly=2), Municipality("1103", 10, 8)]
    lines, _ = planned(cases, municipalities, on=ON)
    assert lines["soon0"].week == lines["soon1"].week == FIRST
    assert {lines[f"soon{i}"].municipality_number for i in range(2)} == {"0301", "1103"}
    assert lines["later"].municipality_number == "0301"
    assert lines["later"].week == FIRST + timedelta(weeks=1)


def test_homes_are_objects():
    cases = [Case("a", 4), Case("b", 2), Case("c", 2, needs=frozenset({"wheelchair"}))]
    municipalities = [Municipality("0301", 8, 0), Municipality("1103", 8, 0)]
    homes = (
        Home("big", "0301", 4),
        Home("ramp", "1103", 2, accessible=True),
        Home("held", "1103", 2, reserved_for="b"),
        Home("gone", "0301", 2, until_on=ON),
        Home("spare", "0301", 1),
    )
    lines, outcome = planned(cases, municipalities, homes=homes, on=ON)
    assert {number: line.home_id for number, line in lines.items()} == {
        "a": "big",
        "b": "held",
        "c": "ramp",
    }
    assert outcome.homes == {
        "big": Fate.MATCHED,
        "ramp": Fate.MATCHED,
        "held": Fate.RESERVED,
        "gone": Fate.EXPIRED,
        "spare": Fate.PASSED_OVER,
    }
    homes_step = next(one for one in outcome.steps if one.step is Step.HOMES)
    assert (homes_step.value, homes_step.bound) == (3, 3)


def test_a_home_that_fits_is_found_by_an_exchange_that_leaves_shares_alone():
    cases = [Case("a", 2), Case("b", 2, rooms=2)]
    municipalities = [Municipality("0301", 4, 0), Municipality("1103", 4, 0)]
    for number in ("0301", "1103"):
        homes = (Home("h", number, 2, rooms=2), Home("i", number, 1))
        lines, outcome = planned(cases, municipalities, homes=homes)
        assert "h" in {line.home_id for line in lines.values()}
        assert outcome.figures.rms_deviation_pp == 0


def test_a_wheelchair_has_one_home_only():
    needs = frozenset({"wheelchair"})
    cases = [Case("a", 2, needs=needs), Case("b", 2, needs=needs)]
    homes = (Home("ramp", "0301", 2, accessible=True),)
    lines, _ = planned(cases, [Municipality("0301", 8, 0)], homes=homes)
    assert lines["a"].home_id == "ramp"
    assert lines["b"].code == reasons.HOMES_TAKEN


def test_so_many_of_a_kind():
    parents = [Case(f"c{i}", 2, kinds=frozenset({"single_parent"})) for i in range(3)]
    municipalities = [Municipality("0301", 20, 0, most={"single_parent": 1})]
    lines, _ = planned(parents, municipalities)
    assert [line.code for line in lines.values()].count(reasons.KINDS_FULL) == 2
    lines, _ = planned(parents, [*municipalities, Municipality("1103", 6, 2)])
    assert all(line.municipality_number for line in lines.values())


def test_the_bound_counts_households_of_a_kind():
    large = [Case(f"c{persons}", persons) for persons in (9, 8, 7)]
    places = [Municipality(n, 40, 0, most={"large_family": 1}) for n in ("0301", "1103")]
    lines, outcome = planned([*large, Case("d", 2)], places)
    assert lines["c7"].code == reasons.KINDS_FULL
    assert outcome.figures.max_placeable_persons == outcome.figures.placed_persons == 9 + 8 + 2
    # One stands already, back where it was: the others have the one that is left.
    back = Case("c7", 7, "1103", "A")
    _, outcome = planned([*large[:2], back], places)
    persons = next(one for one in outcome.steps if one.step is Step.PERSONS)
    assert (persons.value, persons.bound, persons.alone) == (16, 16, 17)
    assert planned(large, [*places, Municipality("3001", 40, 0)])[1].figures.placed_persons == 24


def test_of_a_kind_that_is_counted_the_larger_go_before_the_smaller():
    # The earlier permit has the turn, but nine persons in its place are most persons.
    cases = [Case("early", 6, expires_on=ON), Case("late", 9), Case("other", 2)]
    here = Municipality("0301", 40, 0, most={"large_family": 1})
    lines, outcome = planned(cases, [here])
    assert lines["late"].municipality_number == "0301"
    assert lines["early"].code == reasons.KINDS_FULL
    assert outcome.figures.placed_persons == outcome.figures.max_placeable_persons == 11
    # Who goes back where it was, and who is as large and has the earlier turn, stay.
    back = replace(cases[0], former_municipality_number="0301", track="A")
    assert planned([back, *cases[1:]], [here])[0]["early"].municipality_number == "0301"
    alike = replace(cases[1], persons=6)
    assert planned([cases[0], alike], [here])[0]["early"].municipality_number == "0301"


def test_siblings_of_two_pools_go_to_one_municipality_or_nowhere():
    cases = [Case("minor", 1, pool="minors", related="x"), Case("brother", 2, related="x")]
    with_both = Municipality("1103", 10, 8, minors_places=2)
    lines, _ = planned(cases, [Municipality("0301", 10, 0), with_both])
    assert {line.municipality_number for line in lines.values()} == {"1103"}
    lines, _ = planned(cases, [Municipality("0301", 10, 0), replace(with_both, used=9)])
    assert {line.code for line in lines.values()} == {reasons.RELATED_APART}
