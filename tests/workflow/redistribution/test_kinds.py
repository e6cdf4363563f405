"""Kinds of households and how many are taken: given to the planner, kept with the run."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from tests.factories import NOW, TODAY, a_case, a_municipality, lead, officer, placed, writer
from tests.workflow.redistribution.test_brought import (
    BALANCED,
    ON,
    _case,
    _in_force,
    _standing,
    _where,
)
from tests.workflow.redistribution.test_kept import number
from tests.workflow.redistribution.withdrawn import confirm, lines, preview, withdrawn
from workflow.capacity import kind_limits
from workflow.capacity.kind_limits import NewLimit
from workflow.capacity.states import HouseholdKind
from workflow.cases.models import Person
from workflow.planning.rule_sets import Method
from workflow.redistribution.brought import (
    Brought,
    CaseBrings,
    MunicipalityBrings,
    case_brings_data,
    case_brings_from,
    municipality_brings_data,
    municipality_brings_from,
)
from workflow.redistribution.errors import RunStale
from workflow.redistribution.kept import plan_again
from workflow.redistribution.kinds import limited
from workflow.redistribution.overriding import case_in_run
from workflow.redistribution.recorded import Basis
from workflow.redistribution.to_planner import beyond_kinds

PARENT, LARGE = HouseholdKind.SINGLE_PARENT, HouseholdKind.LARGE_FAMILY


def _limit(session, here, most=0, kind=PARENT, actor=None, from_on=TODAY):
    new = NewLimit(kind, most, from_on, date(2020, 12, 31), "Få plasser i barnehagen")
    return kind_limits.state_limit(session, here, new, actor=actor or lead(), at=NOW)


def _born(session, case, *years):
    """The persons of a case, in their order."""
    persons = session.scalars(
        select(Person.id).where(Person.case_id == case).order_by(Person.position)
    ).all()
    for person, year in zip(persons, years, strict=True):
        session.execute(update(Person).where(Person.id == person).values(birth_year=year))


@given(
    st.lists(st.tuples(st.integers(1, 7), st.booleans()), min_size=1, max_size=7),
    st.dictionaries(st.sampled_from(["0301", "4601"]), st.integers(0, 2)),
    st.dictionaries(st.sampled_from(["0301", "4601"]), st.integers(0, 2)),
)
@settings(max_examples=12)
def test_no_plan_has_more_of_a_kind_than_is_taken_and_the_published_order_knows_none(
    drawn, parents, large
):
    cases = [_case(f"c{index}", persons) for index, (persons, _) in enumerate(drawn)]
    kinds = {
        f"c{index}": CaseBrings(kinds=frozenset({str(PARENT)}))
        for index, (_, alone) in enumerate(drawn)
        if alone
    }
    limits = {
        town: MunicipalityBrings(
            kinds={str(PARENT): parents[town]}
            if town in parents
            else {} | ({str(LARGE): large[town]} if town in large else {})
        )
        for town in ("0301", "4601")
    }
    standings, brought = [_standing("0301", 20), _standing("4601", 20)], Brought(kinds, limits)

    planned = _where(BALANCED, cases, standings, brought)
    by_rule = replace(BALANCED, method=Method.RULE)

    where = {case: line.municipality_number for case, line in planned.items()}
    basis = Basis(ON, tuple(cases), tuple(standings), brought=brought)
    assert beyond_kinds(BALANCED, basis, where) == {}
    known = _where(by_rule, cases, standings, brought)
    assert known == _where(by_rule, cases, standings, Brought())


def test_who_is_beyond_what_is_taken_is_told_and_why():
    cases = [_case("a"), _case("b"), _case("c", 6), _case("d", 6)]
    alone = CaseBrings(kinds=frozenset({str(PARENT)}))
    kinds = {str(PARENT): 1, str(LARGE): 0}
    brought = Brought({"a": alone, "b": alone}, {"0301": MunicipalityBrings(kinds=kinds)})
    basis = Basis(ON, tuple(cases), (_standing("0301", 40),), brought=brought)

    found = beyond_kinds(BALANCED, basis, {"a": "0301", "b": "0301", "c": "0301", "d": None})

    assert found == {"b": "plan.kinds_full", "c": "municipality.declines"}


def test_what_is_kept_is_read_again_and_what_was_kept_before_kinds_has_none():
    case, one = CaseBrings(kinds=frozenset({"single_parent"})), MunicipalityBrings(kinds={"x": 2})

    assert case_brings_from(case_brings_data(case)) == case
    assert municipality_brings_from(municipality_brings_data(one)) == one
    assert case_brings_from({}) == CaseBrings()
    assert municipality_brings_from({}) == MunicipalityBrings()


def _parent(session, here):
    case = withdrawn(session, here, persons=2)
    _born(session, case, 1990, 2015)
    return case


def test_a_confirmed_wish_sends_single_parents_elsewhere_and_the_officer_is_told_why(session):
    here, there = a_municipality(session, decided=60), a_municipality(session, decided=7)
    parent, couple = _parent(session, here), withdrawn(session, here, persons=2)
    wish = _limit(session, here, actor=writer(here))
    _in_force(session)
    wished = preview(session, [parent, couple])
    kind_limits.answer(session, wish, confirmed=True, actor=officer(), at=NOW)

    run = preview(session, [parent, couple])

    found = lines(session, run)
    assert {one.municipality_id for one in lines(session, wished).values()} == {here}
    assert (found[parent].municipality_id, found[couple].municipality_id) == (there, here)
    assert found[parent].input["kinds"] == ["single_parent"]
    assert "kinds" not in found[couple].input
    assert plan_again(session, run.id, actor=officer()).same
    asked = case_in_run(session, run.id, parent, instead=number(session, here), actor=officer())
    assert [(one.code, one.facts) for one in asked.not_there.barriers] == [
        ("municipality.declines", {"what": "single_parent"})
    ]


def test_those_asked_about_since_the_limit_began_count_in_it(session):
    here = a_municipality(session, decided=60)
    there = a_case(session, persons=2)
    _born(session, there, 1990, 2015)
    placed(session, there, here)
    _parent(session, here)  # withdrawn, so it has left

    _limit(session, here, 3, from_on=TODAY + timedelta(days=1))
    later = limited(session, [], on=TODAY + timedelta(days=1)).left
    _limit(session, here, 2)
    now = limited(session, [], on=TODAY).left

    assert (later, now) == ({here: {"single_parent": 3}}, {here: {"single_parent": 1}})


def test_a_statement_since_the_preview_makes_it_stale(session):
    here = a_municipality(session, decided=60)
    cases = [_parent(session, here), _parent(session, here)]
    _in_force(session)
    run = preview(session, cases)
    one = _limit(session, here, 1)

    with pytest.raises(RunStale) as few:
        confirm(session, run)
    none = _limit(session, here)
    with pytest.raises(RunStale) as closed:
        confirm(session, run)
    tomorrow = _limit(session, here, from_on=TODAY + timedelta(days=1))
    for limit in (one, none):
        kind_limits.end(session, limit, actor=writer(here), at=NOW)
    with pytest.raises(RunStale):
        confirm(session, run, at=NOW + timedelta(days=1))
    kind_limits.end(session, tomorrow, actor=lead(), at=NOW)
    confirm(session, run)

    assert [line["code"] for line in few.value.facts["changed"]] == ["plan.kinds_full"]
    assert [line["code"] for line in closed.value.facts["changed"]] == ["municipality.declines"] * 2
