"""Ties, needs, services and weeks: given to the planner, told in reasons, kept with the run."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from tests.factories import NOW, a_case, a_municipality, accepted, lead, officer, placed, writer
from tests.workflow.redistribution.test_kept import number
from tests.workflow.redistribution.withdrawn import confirm, lines, preview, withdrawn
from workflow.capacity import offered, weekly
from workflow.capacity.offered import Offer
from workflow.capacity.states import Service
from workflow.cases import ties
from workflow.cases.models import Case, Person
from workflow.cases.states import Need, TieKind, TieReach
from workflow.cases.ties import Tie
from workflow.kernel.weeks import Week
from workflow.municipalities.models import Municipality
from workflow.planning.rule_sets import Method, PlanningRules
from workflow.ranking.board import Municipality as Standing
from workflow.ranking.board import Places
from workflow.ranking.criteria import CaseToPlace
from workflow.redistribution.brought import (
    Brought,
    CaseBrings,
    MunicipalityBrings,
    TieInPlan,
    case_brings_from,
    tied_together,
)
from workflow.redistribution.commands import distribute
from workflow.redistribution.errors import NeedNotMet, RunStale
from workflow.redistribution.kept import plan_again
from workflow.redistribution.overriding import case_in_run, override
from workflow.redistribution.planned import plan_run
from workflow.redistribution.proposals import propose
from workflow.redistribution.recorded import Basis
from workflow.redistribution.rules import NewRuleSet, put_in_force, read_planning

ON = date(2020, 4, 1)
#: The first week that a plan of today has.
NEXT = Week.of(NOW.date() + timedelta(weeks=1))
BALANCED = PlanningRules(1, Method.BALANCED, needs_checked=frozenset(), weeks_ahead=0)


def _standing(name, free, decided=20):
    return Standing(name, {"ordinary": Places(free, decided)}, None, [])


def _where(rules, cases, standings, brought):
    made = plan_run(rules, Basis(ON, tuple(cases), tuple(standings), brought=brought))
    return {line.case_number: line for line in made.lines}


def _case(name, persons=4, **given):
    return CaseToPlace(persons, case_number=name, group="resettlement", **given)


def test_ties_make_groups_and_a_group_in_one_place_shares_what_it_is_near():
    one, near = TieReach.ONE, TieReach.NEAR
    found = tied_together(
        [
            TieInPlan("a", "b", one, 100),
            TieInPlan("b", "c", near, 60),
            TieInPlan("d", "e", near, 100),
            TieInPlan("f", "g", one, 100),
        ]
    )

    assert {name: brings.related for name, brings in sorted(found.items())} == {
        **dict.fromkeys("ab", "one-1"),
        **dict.fromkeys("cde"),
        **dict.fromkeys("fg", "one-2"),
    }
    assert {found[name].near for name in "abc"} == {found["a"].near}
    assert found["d"].near == found["e"].near != found["a"].near
    assert [found[name].strength for name in "abcd"] == [Fraction(3, 5)] * 3 + [1]
    assert found["f"].near is None
    assert [found[name].together for name in "abcdf"] == [2, 2, 2, 1, 1]


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdef"),
            st.sampled_from("abcdef"),
            st.sampled_from(TieReach),
            st.integers(1, 100),
        ).filter(lambda tie: tie[0] < tie[1])
    )
)
def test_two_tied_cases_always_have_a_word_in_common(drawn):
    made = [
        TieInPlan(one, other, reach, 100 if reach is TieReach.ONE else strength)
        for one, other, reach, strength in drawn
    ]

    found = tied_together(made)

    for tie in made:
        one, other = found[tie.one], found[tie.other]
        if tie.reach is TieReach.ONE:
            assert one.related == other.related is not None
            assert (one.near, one.strength) == (other.near, other.strength)
        else:
            assert one.near == other.near is not None
            assert min(one.strength, other.strength) >= Fraction(tie.strength, 100)


def test_a_need_that_the_rules_check_is_met_or_the_case_goes_elsewhere():
    cases = [_case("a", former_municipality_number="0301", track="A")]
    standings = [_standing("0301", 20), _standing("4601", 4)]
    brought = Brought(
        {"a": CaseBrings(frozenset({"language.tigrinja", "specialist_health"}))},
        {
            "0301": MunicipalityBrings("Oslo", frozenset({"specialist_health:90"})),
            "4601": MunicipalityBrings("Vestland", frozenset({"specialist_health:40"})),
        },
    )
    checked = replace(BALANCED, needs_checked=frozenset({"specialist_health"}), health_within=60)
    both = replace(checked, needs_checked=frozenset({"specialist_health", "language"}))
    for method in (Method.RULE, Method.BALANCED):
        where = {
            rules: _where(replace(rules, method=method), cases, standings, brought)["a"]
            for rules in (BALANCED, checked, both)
        }

        assert where[BALANCED].municipality_number == "0301"
        assert where[checked].municipality_number == "4601"
        assert where[both].municipality_number is None


def test_who_has_family_elsewhere_goes_there_and_is_told_why_not_to_another():
    brought = Brought(
        {
            "a": CaseBrings(beside=((TieReach.ONE, "4601"),)),
            "b": CaseBrings(beside=((TieReach.NEAR, "Vestland"),)),
        },
        {"0301": MunicipalityBrings("Oslo"), "4601": MunicipalityBrings("Vestland")},
    )
    standings = [_standing("0301", 20), _standing("4601", 9)]

    where = _where(BALANCED, [_case("a"), _case("b")], standings, brought)
    by_rule = _where(
        replace(BALANCED, method=Method.RULE), [_case("a"), _case("b")], standings, brought
    )

    assert {one.municipality_number for one in where.values()} == {"4601"}
    assert [one["criterion"] for one in where["a"].reasons[0]["reasons"]][-1] == "beside"
    assert {one.municipality_number for one in by_rule.values()} == {"0301"}


def test_who_should_be_near_a_relative_is_drawn_to_the_county_and_the_run_keeps_it(session):
    near, far = (a_municipality(session, decided=60) for _ in range(2))
    session.execute(update(Municipality).where(Municipality.id == near).values(county="Vestland"))
    case, family = withdrawn(session, far), a_case(session)
    placed(session, family, near)
    tie = Tie(TieKind.SIBLINGS, TieReach.NEAR, 60)
    ties.tie(session, case, family, tie, actor=officer(), at=NOW)
    _in_force(session)

    run = preview(session, [case])

    kept = lines(session, run)[case].input
    assert kept["drawn_to"] == {"Vestland": "3/5"}
    assert case_brings_from(kept).drawn_to == {"Vestland": Fraction(3, 5)}
    assert plan_again(session, run.id, actor=officer()).same


def test_a_plan_that_plans_weeks_fills_none_beyond_what_the_municipality_receives():
    first, second = date(2020, 4, 6), date(2020, 4, 13)
    brought = Brought(
        {"b": CaseBrings(earliest_on=date(2020, 4, 14))},
        {"0301": MunicipalityBrings("Oslo", weeks={first: 4, second: 4})},
    )
    rules = replace(BALANCED, weeks_ahead=2)

    where = _where(rules, [_case(name) for name in "abc"], [_standing("0301", 20)], brought)

    assert where["a"].reasons[0]["week"] == "2020-W15"
    assert where["b"].reasons[0]["week"] == "2020-W16"
    assert (where["c"].municipality_number, where["c"].code) == (None, "plan.full")


def _in_force(session, **words):
    planning = read_planning({"method": "balanced", "steps": [], **words})
    new = NewRuleSet(NOW.date(), Decimal("0.1"), 5, "Uker og behov", planning)
    put_in_force(session, new, actor=lead(), at=NOW)


def _need(session, case, need, languages=()):
    session.execute(update(Case).where(Case.id == case).values(needs=[need]))
    session.execute(update(Person).where(Person.case_id == case).values(languages=list(languages)))


def test_those_that_go_together_are_put_elsewhere_together_and_back(session):
    here, there = a_municipality(session, decided=60), a_municipality(session, decided=7)
    cases = [withdrawn(session, here, persons=3) for _ in range(3)]
    ties.tie(session, cases[0], cases[1], Tie(TieKind.SPOUSE), actor=officer(), at=NOW)
    _in_force(session)
    run = preview(session, cases)
    planned = {case: one.municipality_id for case, one in lines(session, run).items()}
    assert planned[cases[0]] == planned[cases[1]]
    other = there if planned[cases[0]] == here else here
    given = {"reason": "Slekt", "actor": officer(), "at": NOW}

    asked = case_in_run(session, run.id, cases[0], instead=None, actor=officer())
    override(session, run.id, cases[1], municipality_number=number(session, other), **given)
    moved = {case: one.municipality_id for case, one in lines(session, run).items()}
    back = number(session, planned[cases[0]])
    override(session, run.id, cases[0], municipality_number=back, **given)

    assert len(asked.with_it) == 1
    assert moved == planned | dict.fromkeys(cases[:2], other)
    after = lines(session, run)
    assert {case: one.municipality_id for case, one in after.items()} == planned
    assert all(one.override is None for one in after.values())


def test_a_need_that_is_not_met_keeps_a_municipality_out_of_the_order_and_of_a_choice(session):
    here, there = a_municipality(session, decided=60), a_municipality(session, decided=60)
    case = a_case(session)
    _need(session, case, Need.SPECIALIST_HEALTH)
    near = [Offer(Service.SPECIALIST_HEALTH, minutes=20)]
    far = [Offer(Service.SPECIALIST_HEALTH, minutes=90)]
    offered.set_offers(session, here, near, actor=lead(), at=NOW)
    offered.set_offers(session, there, far, actor=lead(), at=NOW)
    _in_force(session, method="rule", needs_checked=["specialist_health"], health_within=60)

    found = propose(session, case, actor=officer(), at=NOW)

    assert found.first == number(session, here)
    assert found.missing[number(session, there)] == (
        {"need": "specialist_health", "within_minutes": 60},
    )
    with pytest.raises(NeedNotMet):
        distribute(
            session,
            case,
            municipality_id=there,
            override_reason="Ønske",
            actor=officer(),
            at=NOW,
        )
    distribute(session, case, municipality_id=here, actor=officer(), at=NOW)


def test_a_service_that_is_gone_since_the_preview_makes_it_stale(session):
    here = a_municipality(session, decided=60)
    case = withdrawn(session, here)
    _need(session, case, Need.SCHOOL)
    offered.set_offers(session, here, [Offer(Service.SCHOOL)], actor=lead(), at=NOW)
    _in_force(session, needs_checked=["school"])
    run = preview(session, [case])
    offered.set_offers(session, here, [], actor=writer(here), at=NOW)

    with pytest.raises(RunStale) as stale:
        confirm(session, run)
    offered.set_offers(session, here, [Offer(Service.SCHOOL)], actor=writer(here), at=NOW)
    confirm(session, run)

    assert stale.value.facts["changed"] == [{"case_id": str(case), "code": "need.not_met"}]


def test_a_week_that_receives_fewer_since_the_preview_or_has_begun_makes_it_stale(session):
    here = a_municipality(session, decided=60)
    cases = [withdrawn(session, here, persons=3) for _ in range(2)]
    weekly.plan_weeks(session, here, {NEXT: 3}, actor=writer(here), at=NOW)
    _in_force(session, weeks_ahead=8)
    run = preview(session, cases)
    (first,) = (
        case for case, line in lines(session, run).items() if line.reasons[0]["week"] == str(NEXT)
    )
    full = [{"case_id": str(first), "code": "plan.weeks_full"}]

    weekly.plan_weeks(session, here, {NEXT: 2}, actor=writer(here), at=NOW)
    with pytest.raises(RunStale) as fewer:
        confirm(session, run)
    weekly.plan_weeks(session, here, {NEXT: 9}, actor=writer(here), at=NOW)
    begun = datetime.combine(NEXT.monday, NOW.timetz())
    with pytest.raises(RunStale) as past:
        confirm(session, run, at=begun)
    confirm(session, run)

    assert (fewer.value.facts["changed"], past.value.facts["changed"]) == (full, full)


def test_all_of_it_is_read_from_where_people_wrote_it_and_kept_with_the_run(session):
    here, there = a_municipality(session, decided=60), a_municipality(session, decided=60)
    session.execute(update(Municipality).where(Municipality.id == here).values(county="Oslo"))
    cases = [withdrawn(session, here, persons=3) for _ in range(3)]
    family = a_case(session)
    placed(session, family, there)
    comes = a_case(session, persons=2)
    accepted(session, comes, there)
    session.execute(update(Case).where(Case.id == comes).values(settlement_week=NEXT))
    for one, other, tie in (
        (cases[0], cases[1], Tie(TieKind.SIBLINGS)),
        (cases[0], family, Tie(TieKind.PARENT_AND_CHILD)),
    ):
        ties.tie(session, one, other, tie, actor=officer(), at=NOW)
    _need(session, cases[2], Need.LANGUAGE_SUPPORT, ["Tigrinja", "arabisk"])
    offered.set_offers(session, here, [Offer(Service.LANGUAGE, "Tigrinja")], actor=lead(), at=NOW)
    weekly.plan_weeks(session, there, {NEXT: 5}, actor=writer(there), at=NOW)
    _in_force(session, needs_checked=["language"], weeks_ahead=8)

    run = preview(session, cases)

    found = lines(session, run)
    assert [found[case].municipality_id for case in cases] == [there, there, here]
    after = Week.of(NEXT.monday + timedelta(weeks=1))
    weeks = [found[case].reasons[0]["week"] for case in cases]
    assert (sorted(weeks[:2]), weeks[2]) == ([str(NEXT), str(after)], str(NEXT))
    assert found[cases[2]].input["needs"] == ["language.tigrinja", "quarantine"]
    assert plan_again(session, run.id, actor=officer()).same
    asked = case_in_run(
        session, run.id, cases[0], instead=number(session, here), actor=officer()
    ).not_there
    assert [one.code for one in asked.barriers] == ["related.elsewhere"]
    asked = case_in_run(
        session, run.id, cases[2], instead=number(session, there), actor=officer()
    ).not_there
    assert [(one.code, one.facts) for one in asked.barriers] == [
        ("need.not_met", {"need": "language.tigrinja"})
    ]
