"""Occupancy is recorded by period, and costs follow from it."""

from datetime import date, timedelta
from fractions import Fraction
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from tests.accommodation import FROM, LAST, a_framework, called_off, conditions, drawn, signed
from tests.swedish import NOW, agency, board, sweden, writer
from workflow.accommodation import costs, ending, occupancy
from workflow.accommodation.errors import (
    CallOffOccupied,
    NotTheBuyer,
    OccupancyRecorded,
    OccupancyUnusable,
)
from workflow.accommodation.nights import Nights, Slept
from workflow.accommodation.states import AccommodationKind, Meals
from workflow.kernel.actor import Actor
from workflow.kernel.errors import Invalid, NotFound

JULY = date(2022, 7, 1), date(2022, 7, 31)
AUGUST = date(2022, 8, 1), date(2022, 8, 31)
THEN = NOW + timedelta(days=120)


def record(session: Session, call_off_id, told: Slept):
    occupancy.record(session, call_off_id, told, "Lista", actor=agency(), at=THEN)


def slept(session: Session, call_off_id, since, until, place_nights, actor: Actor | None = None):
    occupancy.record(
        session,
        call_off_id,
        Slept(since, until, place_nights),
        "Boendets lista",
        actor=actor or agency(),
        at=THEN,
    )


def test_places_that_are_paid_in_any_case_cost_the_nights_nobody_slept_there(session: Session):
    there = drawn(session, signed(session, beds=10))
    slept(session, there, *JULY, 200)

    found = costs.costs(session, *JULY, actor=agency()).whole

    assert found.nights == Nights(310, 310, 200)
    assert found.committed_ore == found.whole_ore == 310 * 19_900
    assert found.empty_ore == 110 * 19_900
    assert found.per_used_ore == Fraction(310 * 19_900, 200)
    assert found.per_night_ore == 19_900


def test_places_paid_when_used_cost_nothing_empty(session: Session):
    there = drawn(session, signed(session, beds=10, on=conditions(pay_when_used=True)))
    slept(session, there, *JULY, 200)

    found = costs.costs(session, *JULY, actor=agency()).whole

    assert (found.committed_ore, found.empty_ore) == (0, 0)
    assert found.whole_ore == found.when_used_ore == 200 * 19_900
    assert found.per_used_ore == 19_900


def test_meals_that_are_paid_apart_cost_the_days_they_were_given(session: Session):
    on = conditions(meals=Meals.WHEN_NEEDED, meal_ore=14_800)
    there = drawn(session, signed(session, beds=10, on=on))
    record(session, there, Slept(*JULY, 200, 31))

    whole, first_half = (
        costs.costs(session, JULY[0], until, actor=agency()).whole
        for until in (JULY[1], date(2022, 7, 10))
    )
    assert (whole.meals_ore, whole.meals_unknown) == (31 * 14_800, 0)
    assert whole.whole_ore == 310 * 19_900 + 31 * 14_800
    assert whole.per_used_with_meals_ore == Fraction(whole.whole_ore, 200)
    assert first_half.meals_ore == 10 * 14_800

    record(session, there, Slept(*JULY, 200))
    unknown = costs.costs(session, *JULY, actor=agency()).whole
    assert (unknown.meals_ore, unknown.meals_unknown) == (0, 200)
    for wrong in (201, -1):
        with pytest.raises(OccupancyUnusable):
            record(session, there, Slept(*JULY, 200, wrong))
    with pytest.raises(OccupancyUnusable):
        record(session, drawn(session, signed(session, beds=5)), Slept(*JULY, 20, 0))


def test_what_is_not_recorded_is_no_empty_place(session: Session):
    signed(session, beds=10)

    found = costs.costs(session, *JULY, actor=agency()).whole

    assert (found.nights, found.empty_ore) == (Nights(310, 0, 0), 0)
    assert found.per_used_ore is None
    assert found.whole_ore == 310 * 19_900


def test_months_add_up_to_the_time_they_make_and_kinds_to_the_whole(session: Session):
    there = drawn(session, signed(session, beds=7))
    called_off(session, a_framework(session), beds=3)
    slept(session, there, date(2022, 7, 20), date(2022, 8, 13), 101)

    both = costs.costs(session, JULY[0], AUGUST[1], actor=agency())

    july, august = (costs.costs(session, *one, actor=agency()).whole for one in (JULY, AUGUST))
    assert july + august == both.whole
    kinds = both.by(lambda one: one.kind)
    assert set(kinds) == {AccommodationKind.DIRECT_AWARD, AccommodationKind.PROCURED}
    assert sum(kinds.values(), costs.Cost()) == both.whole


def test_nights_of_places_among_others_are_counted_once_and_all_is_paid(session: Session):
    above = drawn(session, signed(session, beds=20))
    among = signed(session, beds=5, under_id=above, starts_on=date(2022, 7, 11))
    slept(session, above, *JULY, 310)
    slept(session, drawn(session, among), date(2022, 7, 11), date(2022, 7, 31), 100)

    found = costs.costs(session, *JULY, actor=agency())

    assert found.whole.nights == Nights(620, 620, 310)
    assert found.whole.whole_ore == (620 + 5 * 21) * 19_900
    assert {one.cost.nights for one in found.call_offs} == {
        Nights(620, 620, 310),
        Nights(105, 105, 100),
    }


def test_the_same_period_again_corrects_and_another_of_its_nights_is_refused(session: Session):
    there = drawn(session, signed(session, beds=10))
    slept(session, there, *JULY, 200)
    slept(session, there, *JULY, 210)

    assert [one.place_nights for one in occupancy.recorded(session, [there], actor=agency())] == [
        210
    ]
    with pytest.raises(OccupancyRecorded):
        slept(session, there, JULY[0], JULY[1] - timedelta(1), 9)
    with pytest.raises(OccupancyRecorded):
        slept(session, there, JULY[1], AUGUST[1], 9)


@pytest.mark.parametrize(
    ("since", "until", "place_nights", "where"),
    [
        (FROM - timedelta(1), JULY[1], 1, "/since"),
        (FROM, FROM - timedelta(1), 0, "/until"),
        (FROM, LAST, 1, "/until"),  # still to come
        (FROM, FROM, 11, "/place_nights"),
        (FROM, FROM, -1, "/place_nights"),
    ],
)
def test_nights_there_were_not_cannot_be_slept_in(session, since, until, place_nights, where):
    there = drawn(session, signed(session, beds=10))

    with pytest.raises(OccupancyUnusable) as refusal:
        slept(session, there, since, until, place_nights)

    assert refusal.value.pointer == where


def test_where_it_is_known_from_is_said_and_who_slept_there_slept_there(session: Session):
    contract = signed(session, beds=10)
    there = drawn(session, contract)
    with pytest.raises(Invalid):
        occupancy.record(session, there, Slept(*JULY, 1), "", actor=agency(), at=THEN)
    slept(session, there, *JULY, 1)

    with pytest.raises(CallOffOccupied):
        ending.end(session, contract, JULY[0], reason="Tomt", actor=agency(), at=THEN)


def test_a_board_reads_its_own_countys_costs_and_a_municipality_its_own(session: Session):
    ids = sweden(session)
    there = drawn(session, signed(session, beds=10))
    slept(session, there, *JULY, 200)

    def read(actor: Actor) -> int:
        return costs.costs(session, *JULY, actor=actor).whole.nights.used

    assert [read(one) for one in (board("17"), board("18"))] == [200, 0]
    assert [read(writer(ids[number])) for number in ("1780", "1784")] == [200, 0]
    with pytest.raises(NotTheBuyer):
        slept(session, there, *AUGUST, 1, board("17"))
    with pytest.raises(NotFound):
        slept(session, uuid4(), *AUGUST, 1)
