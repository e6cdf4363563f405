"""Weeks and days as people type them."""

import re
from datetime import date

from workflow.kernel.weeks import Week


class NoSuchWeek(ValueError):
    """It is written as a week, and the year has not that many."""


_WEEK_THEN_YEAR = re.compile(
    r"(?:uke|veke|week|vecka|w)?\s*(\d{1,2})(?:\s*[/,]?\s*(\d{4}))?", re.IGNORECASE
)
_YEAR_THEN_WEEK = re.compile(
    r"(\d{4})\s*-?\s*(?:w|uke|veke|week|vecka)?\s*(\d{1,2})", re.IGNORECASE
)
_DAY = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")


#: Nobody means a week of another year; those before and after it are shown beside it.
YEARS = range(2000, 3000)


def typed_week(text: str, *, today: date) -> Week:
    """`2020-W24`, `24`, `uke 24`, `24/2020`; a bare number is the next such week from today on.

    Raises:
        ValueError: it is no week.
        NoSuchWeek: the year has no such week (week 53 of 2021).
    """
    if match := _YEAR_THEN_WEEK.fullmatch(text.strip()):
        return _week_of(int(match[1]), int(match[2]))
    if not (match := _WEEK_THEN_YEAR.fullmatch(text.strip())):
        raise ValueError(f"{text!r} is no week")
    named = int(match[1])
    if match[2]:
        return _week_of(int(match[2]), named)
    this = Week.of(today)
    return _week_of(this.year if named >= this.number else this.year + 1, named)


def _week_of(year: int, number: int) -> Week:
    if year not in YEARS:
        raise ValueError(f"nobody means the year {year}")
    if number == 53 and Week.of(date(year, 12, 28)).number < 53:
        raise NoSuchWeek(f"{year} has 52 weeks")
    return Week(year, number)


def typed_year(text: str) -> int | None:
    """Four digits, from 2000 on; None of anything else."""
    found = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    return found if found >= 2000 else None


def typed_day(text: str) -> date:
    """`12.03.2020`, `12.3.2020`, `2020-03-12`.

    Raises:
        ValueError: it is no day.
    """
    if match := _DAY.fullmatch(text.strip()):
        return date(int(match[3]), int(match[2]), int(match[1]))
    return date.fromisoformat(text.strip())
