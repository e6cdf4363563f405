"""Norway's public holidays by name, where a week is chosen or told."""

from datetime import date

import pytest

from app.languages import speaking
from app.public_holidays import holiday, holidays
from app.wording import table
from workflow.kernel.calendar import norwegian_holidays
from workflow.kernel.weeks import Week


@pytest.mark.parametrize(
    ("week", "days"),
    [
        (Week(2020, 23), [(date(2020, 6, 1), "Andre pinsedag")]),
        (Week(2020, 24), []),
        # 17 May 2020 is a Sunday: nobody would have worked.
        (Week(2020, 20), []),
        (
            Week(2020, 53),
            [(date(2021, 1, 1), "Første nyttårsdag")],
        ),
        ("2012-W20", [(date(2012, 5, 17), "Grunnlovsdagen / Kristi himmelfartsdag")]),
        (None, []),
    ],
)
def test_a_week_tells_its_holidays(week, days):
    assert holidays(week) == days


def test_a_holiday_is_called_what_the_reader_calls_it():
    with speaking("nn"):
        assert holiday(date(2020, 5, 1)) == "Arbeidardagen"
    with speaking("en"):
        assert holiday(date(2020, 5, 1)) == "Labour Day"
    assert holiday(date(2020, 5, 4)) is None


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_every_holiday_of_the_calendar_has_its_words(language):
    calendar = norwegian_holidays()
    names = {
        name
        for year in range(2010, 2040)
        for month, day in [(1, 1), (5, 1), (5, 17), (12, 25), (12, 26)]
        for name in calendar.get_list(date(year, month, day))
    } | {name for listed in calendar.values() for name in listed.split("; ")}

    assert names == table(language)["holiday"].keys()
