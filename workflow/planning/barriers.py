"""The hard rules between one case and one municipality, each with what would lift it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from workflow.planning.explained import Barrier
from workflow.planning.inputs import (
    LARGE_FAMILY,
    MINORS,
    QUARANTINE,
    RESETTLEMENT,
    WHEELCHAIR,
    Case,
    Home,
    Inputs,
    Municipality,
)
from workflow.planning.reasons import FULL, HOMES_TAKEN, KINDS_FULL, NOT_FOUND, WEEKS_FULL
from workflow.planning.rule_sets import PlanningRules

NOT_ALLOWED = "case.not_allowed"
DECLINED_HERE = "case.declined_here"
NEED_NOT_MET = "need.not_met"
NOT_TAKEN = "municipality.declines"
PAUSED_HERE = "measure.paused_here"
PAUSED = "measure.paused"
AIRPORT_CLOSED = "airport.closed"
NO_WEEK = "week.none"
NOT_REGISTERED = "places.not_registered"
TOO_FEW = "places.too_few"
#: Those it must be with are somewhere else: told by who knows why it may go nowhere else.
RELATED_ELSEWHERE = "related.elsewhere"

#: What would have to change for each; the others change by nobody's choice.
CHANGES = {
    NOT_ALLOWED: "change.allowed",
    DECLINED_HERE: "change.reopen",
    NEED_NOT_MET: "change.service",
    NOT_TAKEN: "change.municipality",
    PAUSED_HERE: "change.measure",
    PAUSED: "change.measure",
    AIRPORT_CLOSED: "change.airport",
    NO_WEEK: "change.week",
    NOT_REGISTERED: "change.decision",
    TOO_FEW: "change.places",
    RELATED_ELSEWHERE: "change.tie",
    # Others are in the way, and they cannot all move.
    WEEKS_FULL: "change.week",
    HOMES_TAKEN: "change.home",
    KINDS_FULL: "change.municipality",
    FULL: "change.places",
    NOT_FOUND: "change.places",
}

#: Needs that a home meets, by the home's own word.
_BY_HOME = {WHEELCHAIR: "accessible", QUARANTINE: "quarantine"}


@dataclass(frozen=True, slots=True)
class Calendar:
    """The weeks of a plan, by index; none where no weeks are planned."""

    first: date | None
    count: int

    def monday(self, index: int) -> date:
        if self.first is None:
            raise ValueError("no weeks are planned")
        return self.first + timedelta(weeks=index)

    def window(self, earliest: date | None, latest: date | None) -> range:
        """Weeks that do not end before one day and do not begin after another (R19)."""
        if self.first is None:
            return range(0)
        begin, end = 0, self.count
        if earliest is not None:
            begin = max(0, (earliest - self.first).days // 7)
        if latest is not None:
            end = min(self.count, (latest - self.first).days // 7 + 1)
        return range(begin, max(begin, end))


def calendar_of(inputs: Inputs, rules: PlanningRules) -> Calendar:
    """From the Monday after the day of the plan."""
    if inputs.on is None or not rules.weeks_ahead:
        return Calendar(None, 0)
    return Calendar(inputs.on + timedelta(days=7 - inputs.on.weekday()), rules.weeks_ahead)


def kinds_of(case: Case, rules: PlanningRules) -> frozenset[str]:
    large = case.persons >= rules.large_family_from
    return case.kinds | {LARGE_FAMILY} if large else case.kinds


@dataclass(frozen=True, slots=True)
class HardRules:
    """All there is to know of who may go where, beside free places."""

    rules: PlanningRules
    calendar: Calendar
    #: Municipality number → its homes.
    homes: dict[str, list[Home]] = field(default_factory=dict)

    @classmethod
    def of(cls, inputs: Inputs, rules: PlanningRules) -> "HardRules":
        homes: dict[str, list[Home]] = {}
        for home in sorted(inputs.homes, key=lambda one: one.home_id):
            homes.setdefault(home.municipality_number, []).append(home)
        return cls(rules, calendar_of(inputs, rules), homes)

    def barriers(self, case: Case, one: Municipality) -> tuple[Barrier, ...]:
        """Every hard rule that keeps it out, the case's own first."""
        found = [*self._own(case, one), *self.of_kind(case, one)]
        if self.calendar.first is not None and not self.weeks(case, one):
            found.append(_barrier(NO_WEEK, persons=case.persons))
        return tuple(found)

    def _own(self, case: Case, one: Municipality) -> Iterator[Barrier]:
        if case.allowed is not None and one.municipality_number not in case.allowed:
            yield _barrier(NOT_ALLOWED)
        if one.municipality_number in case.declined:
            yield _barrier(DECLINED_HERE)

    def of_kind(self, case: Case, one: Municipality) -> Iterator[Barrier]:
        """Those that follow from what a case is like; weeks are beside them."""
        rules = self.rules
        places = one.minors_places if case.pool == MINORS else one.places
        if places is None:
            yield _barrier(NOT_REGISTERED, pool=case.pool)
        for need in sorted(case.needs):
            if rules.checks(need) and not self._is_met(need, case, one):
                code, _, within = need.partition(":")
                yield _barrier(NEED_NOT_MET, need=code, within_minutes=int(within or -1))
        for what in sorted(one.declines & self._all_of(case)):
            yield _barrier(NOT_TAKEN, what=what)
        if case.group is not None and case.group in one.paused:
            yield _barrier(PAUSED_HERE, group=case.group)
        if case.group is not None and case.group in rules.groups_paused:
            yield _barrier(PAUSED, group=case.group)
        closed = one.airport is not None and one.airport in rules.airports_closed
        if closed and case.group == RESETTLEMENT:
            yield _barrier(AIRPORT_CLOSED, airport=one.airport or "")

    def profile(self, case: Case) -> tuple[object, ...]:
        """Cases with the same have the same of `of_kind`."""
        large = case.persons >= self.rules.large_family_from
        home: tuple[object, ...] = ()
        if case.needs & set(_BY_HOME):
            home = (case.persons, case.rooms, case.expires_on, case.earliest_on)
            if any(one.reserved_for == case.case_number for h in self.homes.values() for one in h):
                home += (case.case_number,)
        return case.group, case.pool, case.needs, case.kinds, large, home

    def weeks(self, case: Case, one: Municipality) -> list[int]:
        """The weeks in which it would receive so many persons, were nobody else to come."""
        window = self.calendar.window(case.earliest_on, case.expires_on)
        if one.weekly is None and not one.weeks:
            return list(window)
        return [week for week in window if self.capacity(one, week) >= case.persons]

    def capacity(self, one: Municipality, week: int) -> int:
        """Persons in a week; a million where nothing is said."""
        default = 1_000_000 if one.weekly is None else one.weekly
        return one.weeks.get(self.calendar.monday(week), default) if one.weeks else default

    def needs_home(self, case: Case, one: Municipality) -> frozenset[str]:
        """What the home must be like, since the municipality has no such service."""
        return frozenset(
            code
            for code in case.needs & set(_BY_HOME)
            if self.rules.checks(code) and code not in one.services
        )

    def fits(self, home: Home, case: Case, needed: frozenset[str]) -> bool:
        """Whether a case can live there; `needed` is what it must be like."""
        return (
            home.persons >= case.persons
            and self._has_rooms(home, case)
            and home.group in {None, case.group}
            and home.reserved_for in {None, case.case_number}
            and all(getattr(home, _BY_HOME[code]) for code in needed)
            and (home.from_on is None or case.expires_on is None or home.from_on <= case.expires_on)
            and (
                home.until_on is None
                or case.earliest_on is None
                or home.until_on >= case.earliest_on
            )
        )

    def _has_rooms(self, home: Home, case: Case) -> bool:
        """As many as the case asks for; and, where it says how many, not too many to a room."""
        to_a_room = self.rules.persons_a_room
        crowded = to_a_room and home.rooms and case.persons > to_a_room * home.rooms
        return home.rooms >= case.rooms and not crowded

    def _is_met(self, need: str, case: Case, one: Municipality) -> bool:
        code, _, within = need.partition(":")
        for service in one.services:
            name, _, away = service.partition(":")
            if name == code and (not within or int(away or 0) <= int(within)):
                return True
        return need in _BY_HOME and any(
            self.fits(home, case, frozenset({need}))
            for home in self.homes.get(one.municipality_number, ())
        )

    def _all_of(self, case: Case) -> frozenset[str]:
        codes = {need.partition(":")[0] for need in case.needs}
        own = {case.group} if case.group else set()
        return kinds_of(case, self.rules) | codes | own


def _barrier(code: str, **facts: str | int) -> Barrier:
    return Barrier(code, {k: v for k, v in facts.items() if v != -1}, CHANGES[code])


def too_few(case: Case, persons: int, free: int) -> Barrier:
    """Places that would have to be free for it, and are not."""
    return _barrier(TOO_FEW, persons=persons, free=free, more=persons - free)
