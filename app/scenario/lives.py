"""What one case went through: its triggers, dated backwards from the day of the last one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random

from app.scenario.people import HouseholdPlan
from app.scenario.plan import RECORD_ENTRY, REGISTER, CasePlan, EntryPlan, PlannedStep
from app.scenario.workdays import Workdays, moment
from workflow.cases.states import DeclineReason, EntryStatus, Group
from workflow.kernel.actor import Role
from workflow.kernel.calendar import local_day
from workflow.kernel.weeks import Week

#: The scenario's day; its office opens before the clock starts.
DAY = date(2020, 3, 12)
PLACES_YEAR = 2020
UDI = "UDI"

#: Working days from the step before, least and most.
GAPS = {
    "distribute": (2, 12),
    "accept": (1, 5),
    "decline": (1, 5),
    "retract": (1, 3),
    "change_week": (1, 4),
    "decide": (1, 4),
    "book_travel": (1, 3),
    "reschedule": (2, 6),
    "cancel_travel": (2, 6),
    "arrive": (11, 20),
    "settle": (7, 20),
    "lapse": (2, 10),
    "withdraw": (2, 6),
}
#: After an arrival the settlement date is written within days.
_SETTLED_AFTER_ARRIVAL = (1, 3)

_ROLES = {
    REGISTER: Role.CASE_OFFICER,
    "distribute": Role.CASE_OFFICER,
    "decide": Role.CASE_OFFICER,
    "lapse": Role.CASE_OFFICER,
    "withdraw": Role.CASE_OFFICER,
    "book_travel": Role.TRAVEL_OFFICER,
    "reschedule": Role.TRAVEL_OFFICER,
    "cancel_travel": Role.TRAVEL_OFFICER,
    RECORD_ENTRY: Role.TRAVEL_OFFICER,
}
_REASONS = {
    "reschedule": "flight_moved",
    "cancel_travel": "transit_closed",
    "lapse": "declined_norway",
    "withdraw": "no_exit_permit",
}
#: An entry permit holds six months (UDI).
_PERMIT_DAYS = 182
#: From the yes to the arrival it takes at least this, days.
_SHORTEST_PREPARATION = timedelta(days=28)
_WEEK = timedelta(days=7)

#: Asks for a municipality: when, how many persons, which ones not.
Ask = Callable[[datetime, HouseholdPlan, Sequence[str]], str]


@dataclass(frozen=True, slots=True)
class Setting:
    """What every life is written in."""

    rng: Random
    workdays: Workdays
    ask: Ask
    #: The airport nearest each municipality.
    airports: dict[str, str]


@dataclass(slots=True)
class _Standing:
    """What is known of the case after the steps so far."""

    household: HouseholdPlan
    #: The day it came, if it has.
    arrival: date | None
    entry: EntryPlan | None = None
    municipality: str | None = None
    asked: tuple[str, ...] = ()
    week: Week | None = None
    arrives_at: datetime | None = None


def live(
    setting: Setting,
    key: str,
    household: HouseholdPlan,
    triggers: Sequence[str],
    last_day: date,
    *,
    reception_centre: str | None = None,
    entry_known: bool = True,
) -> CasePlan:
    """A case that took these triggers, the last one on or before `last_day`.

    `entry_known`: a resettlement case is registered with the day it can first enter.
    """
    rng = setting.rng
    days = _days(setting, triggers, last_day)
    standing = _Standing(household, _arrival(rng, triggers, days))
    if household.group is Group.RESETTLEMENT:
        standing.entry = _permit(rng, days[0], standing.arrival, known=entry_known)
    register = PlannedStep(REGISTER, moment(days[0], rng), _ROLES[REGISTER], entry=standing.entry)
    taken = (
        _step(setting, standing, trigger, day)
        for trigger, day in zip(triggers, days[1:], strict=True)
    )
    return CasePlan(key, household, reception_centre, (register, *taken))


def _days(setting: Setting, triggers: Sequence[str], last_day: date) -> list[date]:
    """The day of registration and of each trigger."""
    days = [setting.workdays.back(last_day, 0)]
    for before, trigger in reversed(list(zip((REGISTER, *triggers), triggers, strict=False))):
        gap = _SETTLED_AFTER_ARRIVAL if before == "arrive" else GAPS[trigger]
        days.insert(0, setting.workdays.back(days[0], setting.rng.randint(*gap)))
    return days


def _arrival(rng: Random, triggers: Sequence[str], days: Sequence[date]) -> date | None:
    """The day the household came, if it has."""
    if "arrive" in triggers:
        return days[1 + triggers.index("arrive")]
    if "settle" in triggers:
        return days[-1] - timedelta(days=rng.randint(0, 3))
    return None


def _permit(rng: Random, registered: date, arrival: date | None, *, known: bool) -> EntryPlan:
    expires = registered - timedelta(days=rng.randint(3, 28)) + timedelta(days=_PERMIT_DAYS)
    if not known:
        return EntryPlan(EntryStatus.UNKNOWN, UDI, permit_expires_on=expires)
    if arrival is not None:
        first = max(registered, arrival - timedelta(days=rng.randint(0, 12)))
    else:
        first = registered + timedelta(days=rng.randint(28, 63))
    return EntryPlan(EntryStatus.POSSIBLE_FROM, UDI, first, expires)


def _step(setting: Setting, standing: _Standing, trigger: str, day: date) -> PlannedStep:
    rng = setting.rng
    at = moment(day, rng)
    if trigger == "distribute":
        standing.municipality = setting.ask(at, standing.household, standing.asked)
        standing.asked += (standing.municipality,)
    step = PlannedStep(
        trigger,
        at,
        _ROLES.get(trigger, Role.MUNICIPALITY_WRITER),
        standing.municipality,
        reason=_REASONS.get(trigger),
    )
    match trigger:
        case "distribute":
            return replace(step, year=PLACES_YEAR)
        case "accept":
            standing.week = _week(rng, standing, at)
            return replace(step, week=standing.week)
        case "change_week":
            standing.week = _later(standing)
            return replace(step, week=standing.week)
        case "decline" | "retract":
            return replace(step, reason_code=rng.choice(list(DeclineReason)[:-1]))
        case "book_travel":
            standing.arrives_at = _landing(rng, standing)
            return _travel(setting, standing, step)
        case "reschedule":
            standing.arrives_at = _moved(rng, standing)
            return _travel(setting, standing, step)
        case "arrive":
            arrived_at = standing.arrives_at
            return replace(step, at=moment(day, rng, time(15), time(16)), arrived_at=arrived_at)
        case "settle":
            return replace(step, settled_on=standing.arrival)
    return step


def _week(rng: Random, standing: _Standing, at: datetime) -> Week:
    """The week it came; else one after the scenario's day that permit and preparation allow."""
    if standing.arrival is not None:
        return Week.of(standing.arrival)
    earliest = max(DAY + _WEEK, local_day(at) + _SHORTEST_PREPARATION)
    latest = earliest + 8 * _WEEK
    if standing.entry is not None:
        earliest = max(earliest, standing.entry.from_on or earliest)
        latest = min(latest, (standing.entry.permit_expires_on or latest) - _WEEK)
    weeks = max(0, (latest - earliest) // _WEEK)
    return Week.of(earliest + _WEEK * rng.randint(0, weeks))


def _later(standing: _Standing) -> Week:
    assert standing.week is not None  # noqa: S101  accepted
    later = standing.week.monday + 2 * _WEEK
    return Week.of(later) if _permitted(standing, later) else standing.week


def _landing(rng: Random, standing: _Standing) -> datetime:
    """Some time in the day on one of the settlement week's first four days."""
    assert standing.week is not None  # noqa: S101  placed
    if standing.arrival is not None:
        return moment(standing.arrival, rng, time(9), time(14))
    first = standing.entry.from_on if standing.entry else None
    days = [standing.week.monday + timedelta(days=n) for n in range(7)]
    able = [day for day in days if first is None or day >= first]
    return moment(rng.choice(able[:4]), rng, time(9), time(21))


def _moved(rng: Random, standing: _Standing) -> datetime:
    assert standing.arrives_at is not None  # noqa: S101  booked
    later = standing.arrives_at + timedelta(days=rng.randint(2, 9))
    return later if _permitted(standing, local_day(later)) else standing.arrives_at


def _permitted(standing: _Standing, day: date) -> bool:
    expires = standing.entry.permit_expires_on if standing.entry else None
    return expires is None or day <= expires


def _travel(setting: Setting, standing: _Standing, step: PlannedStep) -> PlannedStep:
    assert standing.municipality is not None  # noqa: S101  placed
    return replace(
        step,
        arrival_airport=setting.airports[standing.municipality],
        arrives_at=standing.arrives_at,
        flight=f"TT{setting.rng.randint(100, 999)}" if setting.rng.random() < 0.8 else None,
    )
