"""A moment as a form asks for it: a day and an hour, both as they are in Norway."""

import re
from datetime import datetime, time
from typing import Final

from app.formats import clock
from app.pages.form import Form
from app.wording import filled, label
from workflow.kernel.calendar import OSLO

_CLOCK: Final = re.compile(r"(\d{1,2})[.:]?(\d{2})", re.ASCII)


def typed_clock(text: str) -> time:
    """`13:05`, `13.05`, `1305`.

    Raises:
        ValueError: it is no hour and minute of a day.
    """
    if not (match := _CLOCK.fullmatch(text.strip())):
        raise ValueError(f"{text!r} is no hour and minute")
    return time(int(match[1]), int(match[2]))


def moment(form: Form, day_name: str, clock_name: str) -> datetime | None:
    """The moment of two fields, both of which must be filled in; None where one is at fault."""
    day = form.day(day_name, required=True)
    text = form.text(clock_name, required=True)
    if text is None:
        return None
    try:
        hour = typed_clock(text)
    except ValueError:
        form.fault(clock_name, "clock")
        return None
    return datetime.combine(day, hour, OSLO) if day is not None else None


def shown_clock(at: datetime | None) -> str | None:
    """The hour as the field for it shows it."""
    return None if at is None else clock(at)


def fault_at(form: Form, name: str, code: str, *, field: str) -> None:
    """A fault at one of many fields that ask for the same thing; `field` is what they ask for."""
    sentence = label(code, "fault")
    form.errors.setdefault(name, filled(sentence, {"field": label(field, "field")}) or sentence)
