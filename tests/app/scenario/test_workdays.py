"""Working days and hours of the scenario."""

from datetime import date, time
from random import Random

import pytest

from app.scenario.workdays import CLOSES, OPENS, Workdays, moment
from workflow.kernel.calendar import OSLO


@pytest.fixture(scope="module")
def december():
    return Workdays(date(2019, 12, 1), date(2020, 1, 10))


def test_holidays_and_weekends_are_no_working_days(december):
    assert december.between(date(2019, 12, 23), date(2020, 1, 2)) == [
        date(2019, 12, 23),
        date(2019, 12, 24),
        date(2019, 12, 27),
        date(2019, 12, 30),
        date(2019, 12, 31),
        date(2020, 1, 2),
    ]


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2020, 1, 3), 0, date(2020, 1, 3)),
        (date(2020, 1, 3), 2, date(2019, 12, 31)),
        (date(2020, 1, 5), 0, date(2020, 1, 3)),  # a Sunday
        (date(2019, 12, 26), 1, date(2019, 12, 23)),
    ],
)
def test_so_many_working_days_back(december, day, count, expected):
    assert december.back(day, count) == expected


def test_further_back_than_the_scenario_is_refused(december):
    with pytest.raises(ValueError, match="not in the scenario"):
        december.back(date(2019, 12, 3), 5)


def test_a_moment_lies_in_the_hours_of_the_office():
    moments = [moment(date(2020, 3, 12), Random(seed)) for seed in range(200)]

    for at in moments:
        assert at.date() == date(2020, 3, 12)
        assert OPENS <= at.time() < CLOSES
        assert at.tzinfo is OSLO
        assert at.second == 0


def test_a_moment_can_be_kept_to_other_hours():
    at = moment(date(2020, 3, 12), Random(1), time(7), time(7, 1))

    assert at.time() == time(7)
