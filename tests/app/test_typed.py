"""Weeks and days are read as people type them."""

from datetime import date

import pytest

from app.formats import day
from app.languages import LANGUAGES, speaking
from app.typed import typed_day, typed_week
from workflow.kernel.weeks import Week

TODAY = date(2020, 4, 22)  # week 17


@pytest.mark.parametrize(
    "text",
    [
        *("2020-W24", "2020-w24", "2020 24", "24", " uke 24 ", "Uke 24", "24/2020", "uke 24, 2020"),
        *("veke 24", "week 24, 2020", "vecka 24", "2020 veke 24"),
    ],
)
def test_a_week_is_understood_as_it_is_typed(text):
    assert typed_week(text, today=TODAY) == Week(2020, 24)


def test_a_bare_number_is_the_next_such_week():
    assert typed_week("17", today=TODAY) == Week(2020, 17)
    assert typed_week("16", today=TODAY) == Week(2021, 16)
    assert typed_week("53", today=date(2021, 1, 2)) == Week(2020, 53)


@pytest.mark.parametrize(
    "text", ["", "juni", "0", "54", "53/2021", "2021-W53", "24-2020-W", "1234567", "9999-W51"]
)
def test_what_is_no_week_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011  # whatever the sentence
        typed_week(text, today=TODAY)


@pytest.mark.parametrize(
    "text", ["12.03.2020", "12.3.2020", "12/3/2020", "2020-03-12", " 12.03.2020 "]
)
def test_a_day_is_understood_as_it_is_typed(text):
    assert typed_day(text) == date(2020, 3, 12)


@pytest.mark.parametrize("text", ["", "i morgen", "31.02.2020", "12.03.20", "2020-13-01"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011  # whatever the sentence
        typed_day(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_day_that_stands_in_a_field_is_read_again_in_every_language(language):
    with speaking(language):
        assert typed_day(day(TODAY, "typed")) == TODAY
