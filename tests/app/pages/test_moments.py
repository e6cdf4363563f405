"""Hours as people type them, and the moment of a day and an hour in Norway."""

from datetime import UTC, datetime, time

import pytest
from starlette.datastructures import FormData

from app.pages.form import Form
from app.pages.moments import moment, typed_clock


@pytest.mark.parametrize("typed", ["13:05", "13.05", "1305", " 13.05 "])
def test_an_hour_is_read_as_people_write_it(typed):
    assert typed_clock(typed) == time(13, 5)


@pytest.mark.parametrize("typed", ["", "13", "25.00", "12.60", "kl. 13"])
def test_what_is_no_hour_of_a_day_is_refused(typed):
    with pytest.raises(ValueError, match=r"\w"):
        typed_clock(typed)


@pytest.mark.parametrize(
    ("day", "there"),
    [
        ("09.06.2020", datetime(2020, 6, 9, 11, 5, tzinfo=UTC)),
        ("09.01.2020", datetime(2020, 1, 9, 12, 5, tzinfo=UTC)),
    ],
)
def test_the_hour_is_norways_in_summer_and_winter(day, there):
    form = Form(FormData([("on", day), ("clock", "13.05")]))

    assert moment(form, "on", "clock") == there
    assert form.errors == {}
