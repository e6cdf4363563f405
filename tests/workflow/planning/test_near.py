"""Who is to be near others, or is drawn to relatives, goes there as far as the strength says."""

from dataclasses import replace
from fractions import Fraction

from tests.workflow.planning.test_what_is_brought import planned
from workflow.planning import reasons
from workflow.planning.inputs import Case, Municipality
from workflow.planning.rule_sets import Method, PlanningRules


def test_who_is_drawn_to_a_region_goes_there_as_far_as_the_strength_says():
    municipalities = [
        Municipality("0301", 10, 3, region="south"),
        Municipality("1103", 10, 9, region="south"),
        Municipality("4601", 10, 4, region="west"),
        Municipality("5401", 10, 0, region="north"),
    ]
    wide = PlanningRules(1, Method.BALANCED, near_window=Fraction(1, 2))
    for drawn_to, where in (
        ({"south": Fraction(1)}, "0301"),
        ({"south": Fraction(1, 100)}, "5401"),
        ({"west": Fraction(9, 10), "south": Fraction(8, 10)}, "4601"),
        ({"nowhere": Fraction(1), "south": Fraction(8, 10)}, "0301"),
        ({"north": Fraction(1)}, "5401"),
    ):
        lines, _ = planned([Case("a", 1, drawn_to=drawn_to)], municipalities, wide)
        assert lines["a"].municipality_number == where, drawn_to
        assert (lines["a"].code == reasons.NEAR) == (where != "5401")


def test_near_costs_as_much_as_its_strength_says():
    municipalities = [
        Municipality("0301", 10, 2, region="south"),
        Municipality("1103", 10, 3, region="south"),
        Municipality("5401", 10, 0, region="north"),
    ]
    for strength, together in ((Fraction(1), True), (Fraction(1, 100), False)):
        cases = [
            Case("a", 2, near="x", strength=strength, allowed=frozenset({"0301"})),
            Case("b", 1, near="x", strength=strength),
        ]
        lines, _ = planned(cases, municipalities)
        assert (lines["b"].municipality_number != "5401") == together
    cases[1] = replace(cases[1], strength=Fraction(9, 10))
    wide = PlanningRules(1, Method.BALANCED, near_window=Fraction(1, 2))
    lines, _ = planned(cases, municipalities, wide)
    assert lines["b"].municipality_number == "1103"
    assert lines["b"].code == reasons.NEAR
