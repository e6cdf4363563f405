"""What is to be done around an arrival, and until when."""

from datetime import date

import pytest

from workflow.travel.checklist import Duty, Phase, deadlines, months_after

ARRIVED = date(2020, 6, 9)
QUARANTINE = (ARRIVED, date(2020, 6, 19))


def days(*given) -> dict:
    return {deadline.duty: deadline.due_on for deadline in deadlines(*given)}


def test_the_days_after_are_counted_from_the_arrival():
    after = {line.duty: line.due_on for line in deadlines(ARRIVED) if line.phase is Phase.AFTER}

    assert after == {
        Duty.POLICE: date(2020, 6, 16),
        Duty.TUBERCULOSIS: date(2020, 6, 23),
        Duty.HEALTH: date(2020, 9, 9),
        Duty.PROGRAMME: date(2020, 9, 9),
        Duty.EXTRA_GRANT: date(2021, 8, 9),
    }


def test_programme_and_extra_grant_are_counted_from_the_settlement():
    found = days(ARRIVED, date(2020, 6, 30))

    assert found[Duty.PROGRAMME] == date(2020, 9, 30)
    assert found[Duty.EXTRA_GRANT] == date(2021, 8, 30)
    assert found[Duty.HEALTH] == date(2020, 9, 9)


def test_quarantine_brings_a_list_of_its_own_and_ends_it():
    found, without = days(ARRIVED, None, QUARANTINE), days(ARRIVED)

    assert found.keys() - without.keys() == {
        *(Duty.QUARANTINE_HOME, Duty.FOOD, Duty.PROTECTION, Duty.RULES_TOLD),
        *(Duty.TEST, Duty.DAILY_CONTACT),
    }
    assert found[Duty.TEST] == date(2020, 6, 16)
    assert found[Duty.DAILY_CONTACT] == QUARANTINE[1]


def test_what_comes_before_is_due_on_the_day_of_arrival():
    before = [line for line in deadlines(ARRIVED, None, QUARANTINE) if line.phase is Phase.BEFORE]

    assert {line.due_on for line in before} == {ARRIVED}


@pytest.mark.parametrize(
    ("day", "later"),
    [
        (date(2020, 11, 30), date(2021, 2, 28)),
        (date(2019, 11, 30), date(2020, 2, 29)),
        (date(2020, 10, 1), date(2021, 1, 1)),
        (date(2020, 9, 15), date(2020, 12, 15)),
    ],
)
def test_three_months_on_is_the_same_day_or_the_months_last(day, later):
    assert months_after(day, 3) == later
