"""Whose a municipality number was in a year."""

from datetime import date

from tests.factories import a_municipality
from workflow.kernel.actor import SYSTEM
from workflow.municipalities.numbers import NumberPeriod, Numbers, numbers

FIRST, NEXT = date(2020, 1, 1), date(2021, 1, 1)
OSLO = NumberPeriod(1, "0301", FIRST, None)


def test_a_number_is_its_holders_in_the_years_of_the_period():
    known = Numbers([OSLO])

    assert [known.whose("0301", year) for year in (2020, 2021, 2030)] == [1, 1, 1]
    assert known.whose("1804", 2020) is None


def test_a_number_given_up_is_nobodys_from_the_next_year_on():
    known = Numbers([OSLO, NumberPeriod(2, "1804", FIRST, NEXT)])

    assert (known.whose("1804", 2020), known.whose("1804", 2021)) == (2, None)


def test_a_number_that_came_with_a_reform_was_nobodys_before():
    known = Numbers([OSLO, NumberPeriod(2, "1899", NEXT, None)])

    assert (known.whose("1899", 2020), known.whose("1899", 2021)) == (None, 2)


def test_before_the_register_begins_its_first_numbers_are_the_same_municipalities():
    known = Numbers([OSLO, NumberPeriod(2, "1804", FIRST, NEXT)])

    assert (known.whose("0301", 1999), known.whose("1804", 2019)) == (1, 2)


def test_where_it_changed_hands_in_a_year_the_last_had_it():
    summer = date(2020, 7, 1)
    known = Numbers([NumberPeriod(3, "1804", summer, None), NumberPeriod(2, "1804", FIRST, summer)])

    assert known.whose("1804", 2020) == 3


def test_an_empty_register_knows_no_number():
    assert not Numbers([]).known("0301", 2020)


def test_the_numbers_are_read_from_the_register(session):
    oslo = a_municipality(session, number="0301")

    assert numbers(session, actor=SYSTEM).whose("0301", 2020) == oslo
