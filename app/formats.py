"""Days, weeks, numbers and shares as people read them; each is a Jinja filter of the same name."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime

from app.languages import LOCALES, language
from workflow.kernel.calendar import OSLO
from workflow.kernel.weeks import Week

#: Stands where there is nothing to show.
NONE = "–"
#: Between a number's groups, and before a percent sign.
NO_BREAK = "\N{NO-BREAK SPACE}"

_DAY = {
    "nb": {"long": "d. MMMM y", "short": "dd.MM.y", "weekday": "EEEE d. MMMM y"},
    "nn": {"long": "d. MMMM y", "short": "dd.MM.y", "weekday": "EEEE d. MMMM y"},
    "en": {"long": "d MMMM y", "short": "d MMM y", "weekday": "EEEE d MMMM y"},
    "sv": {"long": "d MMMM y", "short": "y-MM-dd", "weekday": "EEEE d MMMM y"},
}
#: What `app.typed.typed_day` reads.
_TYPED_DAY = {"nb": "dd.MM.yyyy", "nn": "dd.MM.yyyy", "en": "dd.MM.yyyy", "sv": "y-MM-dd"}
_MOMENT = {
    "nb": "dd.MM.y, HH:mm",
    "nn": "dd.MM.y, HH:mm",
    "en": "d MMM y, HH:mm",
    "sv": "y-MM-dd HH:mm",
}
_WEEK = {"nb": "uke", "nn": "veke", "en": "week", "sv": "vecka"}


def day(value: date | str | None, style: str = "long") -> str:
    """`12. mars 2020`; style "short" `12.03.2020`; style "weekday" `torsdag 12. mars 2020`.

    Style "typed" is as the field of a day takes it and its hint says, in Norway and in Sweden.
    """
    if value is None:
        return NONE
    if isinstance(value, str):
        value = date.fromisoformat(value)
    spoken = language()
    return _date(value, _TYPED_DAY[spoken] if style == "typed" else _DAY[spoken][style])


def moment(value: datetime | str | None) -> str:
    """`12.03.2020, 13:05`, in Norway."""
    return _at(value, _MOMENT[language()])


def clock(value: datetime | str | None) -> str:
    """`13:05`, in Norway."""
    return _at(value, "HH:mm")


def local_clock(value: datetime) -> str:
    """`13:05`, by the clock of the place the time was given for."""
    return value.strftime("%H:%M")


def week(value: Week | str | None, style: str = "long") -> str:
    """`uke 24 (8.–14. juni 2020)`; style "short" `uke 24, 2020`."""
    if value is None:
        return NONE
    if isinstance(value, str):
        value = Week.parse(value)
    name = f"{_WEEK[language()]} {value.number}"
    if style == "short":
        return f"{name}, {value.year}"
    first, last = value.monday, value.sunday
    dot = "." if language() in {"nb", "nn"} else ""
    if first.year != last.year:
        begins = f"d{dot} MMMM y"
    elif first.month != last.month:
        begins = f"d{dot} MMMM"
    else:
        begins = f"d{dot}"
    return f"{name} ({_date(first, begins)}–{_date(last, f'd{dot} MMMM y')})"


def country(code: str | None) -> str:
    """`Syria` for `SY`; a code nobody knows as it stands."""
    if code is None:
        return NONE
    return str(Locale.parse(LOCALES[language()]).territories.get(code, code))


def number(value: float | Decimal | Fraction | None, decimals: int = 0) -> str:
    """`12 345`, `12 345,5`; rounded half up."""
    if value is None:
        return NONE
    whole, part = divmod(_rounded(abs(Fraction(value)), decimals), 10**decimals)
    english = language() == "en"
    text = f"{whole:,}".replace(",", "," if english else NO_BREAK)
    if decimals:
        text += f"{'.' if english else ','}{part:0{decimals}d}"
    return f"\N{MINUS SIGN}{text}" if value < 0 and (whole or part) else text


def percent(value: Fraction | float | Decimal | str | None, decimals: int = 0) -> str:
    """`35 %` or `35,0 %` of an exact share; takes `7/20` too; rounded half up."""
    if value is None:
        return NONE
    return number(Fraction(value) * 100, decimals) + ("%" if language() == "en" else f"{NO_BREAK}%")


def _date(value: date, pattern: str) -> str:
    return str(format_date(value, pattern, locale=LOCALES[language()]))


def _at(value: datetime | str | None, pattern: str) -> str:
    if value is None:
        return NONE
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return str(format_datetime(value.astimezone(OSLO), pattern, locale=LOCALES[language()]))


def _rounded(value: Fraction, decimals: int) -> int:
    """Half up, in units of the last decimal shown."""
    return int(value * 10**decimals + Fraction(1, 2))


FORMATS: dict[str, Callable[..., Any]] = {
    "clock": clock,
    "country": country,
    "day": day,
    "local_clock": local_clock,
    "moment": moment,
    "number": number,
    "percent": percent,
    "week": week,
}
