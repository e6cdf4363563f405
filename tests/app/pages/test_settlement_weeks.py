"""Which weeks a form offers, over new year and where a permit lasts for ever."""

from datetime import date
from types import SimpleNamespace

import pytest

from app.pages.settlement_weeks import MOST_WEEKS, to_choose
from workflow.cases.states import Group


def _case(permit: date | None, entry: date | None = None) -> SimpleNamespace:
    known = SimpleNamespace(from_on=entry, permit_expires_on=permit)
    return SimpleNamespace(group=Group.RESETTLEMENT, entry=known)


@pytest.mark.parametrize("year", [2020, 2026])
def test_a_year_of_53_weeks_goes_over_into_the_first_week_of_the_next(year):
    weeks = to_choose(_case(date(year + 1, 1, 12)), date(year, 12, 14))

    assert [*map(str, weeks)] == [
        *(f"{year}-W{number}" for number in (52, 53)),
        *(f"{year + 1}-W{number:02}" for number in (1, 2)),
    ]


def test_a_year_of_52_weeks_has_no_53rd():
    weeks = to_choose(_case(date(2022, 1, 5)), date(2021, 12, 20))

    assert [*map(str, weeks)] == ["2021-W52", "2022-W01"]


def test_a_permit_that_ends_before_next_week_leaves_none_and_one_without_end_not_all():
    today = date(2020, 12, 14)

    assert to_choose(_case(date(2020, 12, 20)), today) == []
    assert len(to_choose(_case(date.max), today)) == MOST_WEEKS
    assert [*map(str, to_choose(_case(date.max, entry=date.max), today))] == ["9999-W52"]
