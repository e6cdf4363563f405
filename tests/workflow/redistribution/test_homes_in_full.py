"""What homes say beside their places reaches the planner, and stays with the run."""

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from tests.factories import NOW, a_case, a_municipality, a_vacancy, lead, officer, writer
from tests.workflow.redistribution.withdrawn import lines, preview, withdrawn
from workflow.capacity import offered
from workflow.capacity.offered import Offer
from workflow.capacity.states import Service
from workflow.cases import moves
from workflow.cases.states import Group
from workflow.kernel.weeks import Week
from workflow.municipalities.models import Municipality
from workflow.planning.rule_sets import Method, PlanningRules
from workflow.ranking.board import Municipality as Standing
from workflow.ranking.board import Places
from workflow.ranking.criteria import CaseToPlace
from workflow.ranking.fit import Vacancy
from workflow.redistribution.brought import Brought, CaseBrings, MunicipalityBrings
from workflow.redistribution.gathering import brought
from workflow.redistribution.overriding import override
from workflow.redistribution.planned import plan_run
from workflow.redistribution.recorded import Basis, standing_data, standing_from
from workflow.redistribution.rules import NewRuleSet, put_in_force, read_planning
from workflow.redistribution.standing import municipalities
from workflow.redistribution.to_planner import planner_inputs
from workflow.travel.models import QuarantineRule
from workflow.vacancies import commands as vacancies
from workflow.vacancies.models import Vacancy as Reported
from workflow.vacancies.states import VacancyKind

BALANCED = PlanningRules(1, Method.BALANCED, needs_checked=frozenset(), weeks_ahead=0)
QUARANTINE = replace(BALANCED, needs_checked=frozenset({"quarantine"}))


@st.composite
def homes(draw):
    return Vacancy(
        draw(st.uuids().map(str)),
        draw(st.integers(1, 9)),
        draw(st.sampled_from([None, *map(str, Group)])),
        draw(st.booleans()),
        draw(st.none() | st.dates()),
        draw(st.none() | st.dates()),
        draw(st.none() | st.integers(1, 200)),
        draw(st.booleans()),
    )


def a_standing(name, *reported):
    return Standing(name, {"ordinary": Places(20, 20)}, None, list(reported))


def where(rules, standings, brings, persons=4):
    case = CaseToPlace(persons, case_number="a", group=Group.RESETTLEMENT)
    basis = Basis(date(2020, 6, 1), (case,), tuple(standings), brought=brings)
    (line,) = plan_run(rules, basis).lines
    return line


@given(st.lists(homes(), unique_by=lambda home: home.vacancy_id))
def test_a_home_that_was_kept_is_read_as_it_was(reported):
    kept = standing_data(a_standing("0301", *reported), MunicipalityBrings())

    read = standing_from(json.loads(json.dumps(kept)))

    assert read.vacancies == sorted(reported, key=lambda home: home.vacancy_id)


def test_a_home_kept_before_it_could_say_more_is_read_without_it():
    old = {"id": "v", "places": 4, "group": None, "accessible": True, "from": "2020-06-01"}

    read = standing_from({"number": "0301", "places": {}, "last": None, "homes": [old]})

    assert read.vacancies == [Vacancy("v", 4, None, True, date(2020, 6, 1))]


@pytest.mark.parametrize(
    ("rooms", "to_a_room", "lives"),
    [(2, 2, True), (1, 2, False), (1, None, True), (None, 1, True), (4, 1, True), (3, 1, False)],
)
def test_a_home_is_not_given_to_more_persons_to_a_room_than_the_rules_say(rooms, to_a_room, lives):
    home = Vacancy("v", 5, rooms=rooms)

    line = where(replace(BALANCED, persons_a_room=to_a_room), [a_standing("1", home)], Brought())

    assert (line.vacancy_id == "v") == lives


def test_quarantine_is_kept_where_a_home_or_a_service_says_that_it_can_be():
    brings = Brought({"a": CaseBrings(frozenset({"quarantine"}))}, {})
    fit, unfit = Vacancy("fit", 4, quarantine=True), Vacancy("unfit", 4)
    served = {"2": MunicipalityBrings(services=frozenset({"quarantine"}))}

    assert where(QUARANTINE, [a_standing("1", unfit)], brings).municipality_number is None
    assert where(BALANCED, [a_standing("1", unfit)], brings).municipality_number == "1"
    assert (
        where(
            QUARANTINE, [a_standing("1", unfit), a_standing("3", fit)], brings
        ).municipality_number
        == "3"
    )
    assert (
        where(
            QUARANTINE,
            [a_standing("1", unfit), a_standing("2")],
            replace(brings, municipalities=served),
        ).municipality_number
        == "2"
    )


def test_a_plan_knows_what_a_municipality_has_said_of_its_home_until_its_last_week(session):
    here = a_municipality(session)
    now = Week.of(NOW.date())
    vacancies.report(
        session,
        municipality_id=here,
        kind=VacancyKind.HOME,
        places=4,
        available_from_week=now,
        available_until_week=now,
        rooms=2,
        quarantine=True,
        actor=writer(here),
        at=NOW,
    )

    known = municipalities(session, year=2020, on=now.sunday)
    gone = municipalities(session, year=2020, on=now.sunday + timedelta(days=1))

    (home,) = planner_inputs(Basis(now.sunday, (), tuple(known.standings)), BALANCED).homes
    assert (home.rooms, home.quarantine, home.until_on) == (2, True, now.sunday)
    assert not any(one.vacancies for one in gone.standings)


def test_who_is_flown_in_brings_the_need_of_a_quarantine_while_there_is_one(session):
    session.execute(update(QuarantineRule).values(days=0))
    cases = [a_case(session), a_case(session, group=Group.RECEPTION_CENTRE, entry=None)]
    in_hand = [moves.for_change(session, case, actor=officer()) for case in cases]

    def needs() -> list[frozenset[str]]:
        brings = brought(session, in_hand, on=NOW.date())
        return [brings.of_case(case.case_number).needs for case in in_hand]

    before = needs()
    session.execute(update(QuarantineRule).values(days=10))

    assert before == [frozenset(), frozenset()]
    assert needs() == [{"quarantine"}, frozenset()]


def test_a_municipality_says_that_it_has_room_for_a_quarantine(session):
    here = a_municipality(session)

    offered.set_offers(session, here, [Offer(Service.QUARANTINE)], actor=lead(), at=NOW)

    assert offered.codes_of(session)[here] == {"quarantine"}


@pytest.mark.parametrize(("until", "home"), [(date(2020, 6, 14), None), (date(2020, 6, 21), "v")])
def test_nobody_gets_a_home_whose_last_week_is_before_the_week_of_the_plan(until, home):
    full = Brought({}, {"1": MunicipalityBrings(weeks={date(2020, 6, 8): 0})})
    reported = a_standing("1", Vacancy("v", 4, available_until_on=until))

    line = where(replace(BALANCED, weeks_ahead=2), [reported], full)

    assert line.reasons[0]["week"] == "2020-W25"
    assert line.vacancy_id == home


def test_a_home_that_the_rules_keep_a_household_out_of_was_not_passed_over_for_it():
    small, large = Vacancy("small", 5, rooms=1), Vacancy("large", 5, rooms=3)
    standings = [a_standing("1"), a_standing("2", small, large)]
    brings = Brought({"a": CaseBrings(frozenset({"school"}))}, {})
    brings = replace(
        brings, municipalities={"1": MunicipalityBrings(services=frozenset({"school"}))}
    )
    rules = replace(BALANCED, persons_a_room=2, needs_checked=frozenset({"school"}))

    line = where(rules, standings, brings)

    assert line.municipality_number == "1"
    assert [home["vacancy_id"] for home in line.passed_over] == ["large"]


@pytest.mark.parametrize(("rooms", "kept"), [(1, False), (2, True)])
def test_who_is_put_elsewhere_by_hand_gets_no_home_with_too_few_rooms(session, rooms, kept):
    here, there = a_municipality(session, decided=60), a_municipality(session, decided=8)
    case = withdrawn(session, here, persons=4)
    home = a_vacancy(session, there, places=5)
    session.execute(update(Reported).where(Reported.id == home).values(rooms=rooms))
    planning = read_planning({"method": "balanced", "steps": ["former"], "persons_a_room": 2})
    new = NewRuleSet(NOW.date(), Decimal("0.1"), 5, "Rom", planning)
    put_in_force(session, new, actor=lead(), at=NOW)
    run = preview(session, [case])
    assert lines(session, run)[case].municipality_id == here
    number = session.scalar(select(Municipality.number).where(Municipality.id == there))

    override(
        session,
        run.id,
        case,
        municipality_number=number,
        reason="Familie",
        actor=officer(),
        at=NOW,
    )

    line = lines(session, run)[case]
    assert (line.municipality_id, line.vacancy_id) == (there, home if kept else None)
