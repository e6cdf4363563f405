"""What a municipality is to do around an arrival, and until when: two lists, as data.

Before and during quarantine: the checklist for the settlement of resettlement refugees that IMDi,
UDI, the Directorate of Health and KS made in 2020 (R23). After settlement: police within 7 days,
tuberculosis test within 14 days of entry, health examination offered within 3 months; introduction
programme within 3 months of settlement (integreringsloven § 12), and the first application for the
extra grant within 14 months of it.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

#: First and last day of quarantine.
Quarantine = tuple[date, date]


class Phase(StrEnum):
    BEFORE = "before"
    QUARANTINE = "quarantine"
    AFTER = "after"


class Counted(StrEnum):
    """The day a task's days are counted from."""

    ARRIVAL = "arrival"
    #: Until it is known, the arrival.
    SETTLEMENT = "settlement"
    QUARANTINE_ENDS = "quarantine_ends"


class Duty(StrEnum):
    HOME_READY = "home_ready"
    QUARANTINE_HOME = "quarantine_home"
    FOOD = "food"
    TRANSPORT = "transport"
    INTERPRETER = "interpreter"
    HEALTH_TOLD = "health_told"
    PROTECTION = "protection"
    RULES_TOLD = "rules_told"
    DAILY_CONTACT = "daily_contact"
    TEST = "test"
    POLICE = "police"
    TUBERCULOSIS = "tuberculosis"
    HEALTH = "health"
    PROGRAMME = "programme"
    EXTRA_GRANT = "extra_grant"


@dataclass(frozen=True, slots=True)
class Task:
    """A line of the lists: its last day is so many days and months after the day it counts from."""

    duty: Duty
    phase: Phase
    counted: Counted = Counted.ARRIVAL
    days: int = 0
    months: int = 0
    #: Only where there is a quarantine.
    in_quarantine: bool = False


_BEFORE, _DURING, _AFTER = Phase.BEFORE, Phase.QUARANTINE, Phase.AFTER
_ENDS, _SETTLED = Counted.QUARANTINE_ENDS, Counted.SETTLEMENT

TASKS: Final = (
    Task(Duty.HOME_READY, _BEFORE),
    Task(Duty.QUARANTINE_HOME, _BEFORE, in_quarantine=True),
    Task(Duty.FOOD, _BEFORE, in_quarantine=True),
    Task(Duty.TRANSPORT, _BEFORE),
    Task(Duty.INTERPRETER, _BEFORE),
    Task(Duty.HEALTH_TOLD, _BEFORE),
    Task(Duty.PROTECTION, _DURING, in_quarantine=True),
    Task(Duty.RULES_TOLD, _DURING, in_quarantine=True),
    Task(Duty.TEST, _DURING, days=7, in_quarantine=True),
    Task(Duty.DAILY_CONTACT, _DURING, _ENDS, in_quarantine=True),
    Task(Duty.POLICE, _AFTER, days=7),
    Task(Duty.TUBERCULOSIS, _AFTER, days=14),
    Task(Duty.HEALTH, _AFTER, months=3),
    Task(Duty.PROGRAMME, _AFTER, _SETTLED, months=3),
    Task(Duty.EXTRA_GRANT, _AFTER, _SETTLED, months=14),
)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A duty, the list it stands in, and its last day."""

    duty: Duty
    phase: Phase
    due_on: date


def deadlines(
    arrived_on: date, settled_on: date | None = None, quarantine: Quarantine | None = None
) -> tuple[Deadline, ...]:
    """What is to be done around an arrival, in the order of the lists."""
    day = {
        Counted.ARRIVAL: arrived_on,
        Counted.SETTLEMENT: settled_on or arrived_on,
        Counted.QUARANTINE_ENDS: quarantine[1] if quarantine else arrived_on,
    }
    return tuple(
        Deadline(
            task.duty,
            task.phase,
            months_after(day[task.counted], task.months) + timedelta(days=task.days),
        )
        for task in TASKS
        if quarantine or not task.in_quarantine
    )


def months_after(day: date, months: int) -> date:
    """The same day of a later month; its last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
