"""What is to be done after an arrival, and until when (domain: the field's own deadlines, 2020).

Police within 7 days, tuberculosis test within 14 days of entry, health examination offered within
3 months; introduction programme within 3 months of settlement (integreringsloven § 12).
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final


class Duty(StrEnum):
    POLICE = "police"
    TUBERCULOSIS = "tuberculosis"
    HEALTH = "health"
    PROGRAMME = "programme"


POLICE_DAYS: Final = 7
TUBERCULOSIS_DAYS: Final = 14
HEALTH_MONTHS: Final = 3
PROGRAMME_MONTHS: Final = 3


@dataclass(frozen=True, slots=True)
class Deadline:
    """A duty and its last day."""

    duty: Duty
    due_on: date


def deadlines(arrived_on: date, settled_on: date | None = None) -> tuple[Deadline, ...]:
    """The duties after an arrival, by their last day; without a settlement date that of arrival."""
    return (
        Deadline(Duty.POLICE, arrived_on + timedelta(days=POLICE_DAYS)),
        Deadline(Duty.TUBERCULOSIS, arrived_on + timedelta(days=TUBERCULOSIS_DAYS)),
        Deadline(Duty.HEALTH, months_after(arrived_on, HEALTH_MONTHS)),
        Deadline(Duty.PROGRAMME, months_after(settled_on or arrived_on, PROGRAMME_MONTHS)),
    )


def months_after(day: date, months: int) -> date:
    """The same day of a later month; its last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
