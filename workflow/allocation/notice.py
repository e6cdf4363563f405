"""How long before a raised number or a new place a municipality has to be told. Pure."""

from datetime import date, timedelta
from typing import Final

#: Four weeks, as an assignment to a municipality gives it (förordning 2022:1008).
USUAL_DAYS: Final = 28


def earliest(told_on: date, days: int) -> date:
    """The first day that is not inside the notice period."""
    return told_on + timedelta(days=days)


def inside(told_on: date, effective_on: date, days: int) -> bool:
    return effective_on < earliest(told_on, days)
