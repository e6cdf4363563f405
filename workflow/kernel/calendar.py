"""Days as people in Norway count them."""

from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays

OSLO = ZoneInfo("Europe/Oslo")
ANSWER_DAYS = 7


@cache
def norwegian_holidays() -> HolidayBase:
    return country_holidays("NO", language="no")


def holidays_on(day: date) -> list[str]:
    """The public holidays of a day by their Norwegian names; seldom two meet."""
    return [str(name) for name in norwegian_holidays().get_list(day)]


def local_day(at: datetime) -> date:
    """The day it is in Norway; `at` must carry its zone."""
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return at.astimezone(OSLO).date()


def is_working_day(day: date) -> bool:
    return bool(norwegian_holidays().is_working_day(day))


def answer_due(asked_on: date) -> date:
    """The last day to answer: one week on, moved to the next Norwegian working day (R09)."""
    due = asked_on + timedelta(days=ANSWER_DAYS)
    while not is_working_day(due):
        due += timedelta(days=1)
    return due
