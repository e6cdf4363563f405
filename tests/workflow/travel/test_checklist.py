"""What is to be done after an arrival, and until when."""

from datetime import date

import pytest

from workflow.travel.checklist import Duty, deadlines, months_after


def test_the_days_are_counted_from_the_arrival():
    found = {deadline.duty: deadline.due_on for deadline in deadlines(date(2020, 6, 9))}

    assert found == {
        Duty.POLICE: date(2020, 6, 16),
        Duty.TUBERCULOSIS: date(2020, 6, 23),
        Duty.HEALTH: date(2020, 9, 9),
        Duty.PROGRAMME: date(2020, 9, 9),
    }


def test_the_programme_is_counted_from_the_settlement():
    [*_, programme] = deadlines(date(2020, 6, 9), date(2020, 6, 30))

    assert (programme.duty, programme.due_on) == (Duty.PROGRAMME, date(2020, 9, 30))


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
