"""Norway's public holidays by name, as filters of templates; `[holiday]` of the labels has them.

They forbid nothing: who travels or settles on one is told.
"""

from datetime import date, timedelta

from app.wording import label
from workflow.kernel.calendar import holidays_on
from workflow.kernel.weeks import Week


def holiday(day: date) -> str | None:
    """What the day is called where it is a public holiday."""
    return " / ".join(label(name, "holiday") for name in holidays_on(day)) or None


def holidays(week: Week | str | None) -> list[tuple[date, str]]:
    """The days of a week that are public holidays, with their names; no Sunday is a working day."""
    if week is None:
        return []
    monday = (Week.parse(week) if isinstance(week, str) else week).monday
    days = [monday + timedelta(days=ahead) for ahead in range(6)]
    return [(day, name) for day in days if (name := holiday(day))]
