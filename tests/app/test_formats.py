"""Days, weeks, numbers and shares read as Norwegians write them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from app.formats import clock, day, moment, number, percent, week
from app.languages import speaking
from app.wording import count
from workflow.kernel.weeks import Week


@pytest.mark.parametrize(
    ("style", "written"),
    [("long", "12. mars 2020"), ("short", "12.03.2020"), ("weekday", "torsdag 12. mars 2020")],
)
def test_a_day_has_three_styles(style, written):
    assert day(date(2020, 3, 12), style) == written


def test_a_day_kept_as_text_reads_the_same():
    assert day("2020-03-12") == "12. mars 2020"


def test_a_moment_is_told_in_norway():
    assert moment(datetime(2020, 3, 12, 12, 5, tzinfo=UTC)) == "12.03.2020, 13:05"
    assert moment("2020-06-30T23:30:00+00:00") == "01.07.2020, 01:30"
    assert clock(datetime(2020, 6, 30, 23, 30, tzinfo=UTC)) == "01:30"


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        moment(datetime(2020, 3, 12, 13, 5))  # noqa: DTZ001  # that is the test


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Week(2020, 24), "uke 24 (8.–14. juni 2020)"),
        (Week(2020, 27), "uke 27 (29. juni–5. juli 2020)"),
        (Week(2020, 53), "uke 53 (28. desember 2020–3. januar 2021)"),
        ("2020-W24", "uke 24 (8.–14. juni 2020)"),
    ],
)
def test_a_week_tells_its_days(value, written):
    assert week(value) == written


def test_a_short_week_keeps_its_year():
    assert week(Week(2020, 24), "short") == "uke 24, 2020"


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (0, 0, "0"),
        (12345, 0, "12\N{NO-BREAK SPACE}345"),
        (1234567, 0, "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567"),
        (Decimal("12345.55"), 1, "12\N{NO-BREAK SPACE}345,6"),
        (-5, 0, "\N{MINUS SIGN}5"),
        (Fraction(-1, 10), 0, "0"),
        (Fraction(999_999, 1000), 1, "1\N{NO-BREAK SPACE}000,0"),
    ],
)
def test_a_number_is_grouped_with_spaces_and_rounded_half_up(value, decimals, written):
    assert number(value, decimals) == written


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (Fraction(7, 20), 0, "35"),
        (Fraction(7, 20), 1, "35,0"),
        (Fraction(1, 8), 0, "13"),
        (Fraction(1, 3), 1, "33,3"),
        ("7/20", 1, "35,0"),
        (1, 0, "100"),
    ],
)
def test_a_share_is_told_in_per_cent(value, decimals, written):
    assert percent(value, decimals) == f"{written}\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize("written", [day, moment, clock, week, number, percent])
def test_nothing_is_a_dash(written):
    assert written(None) == "–"


def test_english_has_its_own_habits():
    with speaking("en"):
        told = (
            day(date(2020, 3, 12)),
            moment(datetime(2020, 3, 12, 12, 5, tzinfo=UTC)),
            week(Week(2020, 24)),
            number(12345, 1),
            percent(Fraction(7, 20)),
        )

    assert told == (
        "12 March 2020",
        "12 Mar 2020, 13:05",
        "week 24 (8–14 June 2020)",
        "12,345.0",
        "35%",
    )


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("nb", ("tirsdag 12. mai 2020", "12.05.2020", "uke 53 (28. desember 2020–3. januar 2021)")),
        ("nn", ("tysdag 12. mai 2020", "12.05.2020", "veke 53 (28. desember 2020–3. januar 2021)")),
        ("en", ("Tuesday 12 May 2020", "12 May 2020", "week 53 (28 December 2020–3 January 2021)")),
        ("sv", ("tisdag 12 maj 2020", "2020-05-12", "vecka 53 (28 december 2020–3 januari 2021)")),
    ],
)
def test_days_and_weeks_are_written_as_each_language_does(language, written):
    """Week 53, which Babel's weeks of a language without its territory get wrong."""
    with speaking(language):
        told = (
            day(date(2020, 5, 12), "weekday"),
            day(date(2020, 5, 12), "short"),
            week(Week(2020, 53)),
        )

    assert told == written


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [("nb", "1 uke", "0 uker"), ("nn", "1 veke", "0 veker"), ("en", "1 week", "0 weeks")],
)
def test_one_is_one_and_none_are_many(language, one, many):
    with speaking(language):
        assert (count(1, "week"), count(0, "week")) == (one, many)
