"""What goes on inside one municipality: a week and a home for each that comes, or who does not fit.

Homes that a case must have are matched by augmenting paths in the order of the turns; weeks are
given by the earliest last day; then the other homes are matched to whom they fit, each where the
week can be one in which the home is ready.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from workflow.planning.barriers import HardRules, kinds_of
from workflow.planning.inputs import Case, Home, Municipality
from workflow.planning.reasons import HOMES_TAKEN, KINDS_FULL, WEEKS_FULL
from workflow.planning.rule_sets import Step


@dataclass(slots=True)
class Settled:
    """By case number."""

    weeks: dict[str, int] = field(default_factory=dict)
    homes: dict[str, Home] = field(default_factory=dict)
    misfits: dict[str, str] = field(default_factory=dict)


class Ground:
    """One municipality, and what binds there beside its places."""

    def __init__(self, one: Municipality, hard: HardRules) -> None:
        self.one, self.hard = one, hard
        self.homes = hard.homes.get(one.municipality_number, [])
        self.has_weeks = hard.calendar.first is not None
        self._limited = self.has_weeks and (one.weekly is not None or bool(one.weeks))
        self.binds = self._limited or bool(self.homes) or bool(one.most)
        self._capacity: list[int] | None = None
        # By case number: asked again for each case that may come or go.
        self._fitting: dict[str, list[Home]] = {}
        self._kinds: dict[str, frozenset[str]] = {}
        self._needed: dict[str, frozenset[str]] = {}
        self._windows: dict[str, range] = {}

    @property
    def capacity(self) -> list[int]:
        """Persons in each week of the plan."""
        if self._capacity is None:
            weeks = range(self.hard.calendar.count)
            self._capacity = [self.hard.capacity(self.one, week) for week in weeks]
        return self._capacity

    def persons_in_all(self) -> int:
        """More do not come in the weeks of the plan."""
        return sum(self.capacity) if self._limited else 1_000_000_000

    def settle(self, cases: Sequence[Case]) -> Settled:
        """Cases in the order of their turns."""
        answer = Settled()
        room = self._settle_what_must_be(cases, answer)
        if not self.homes or Step.HOMES not in self.hard.rules.steps:
            return answer
        others = self._match_the_others(cases, answer)
        if self.has_weeks:
            return self._with_homes_first(cases, answer, others) or self._with_weeks_first(
                answer, others, room
            )
        self._write(others, answer)
        return answer

    def takes(self, cases: Sequence[Case]) -> bool:
        """Whether nobody is a misfit; as `settle` finds it, but it stops at the first."""
        if not self.binds:
            return True
        answer = Settled()
        if self.one.most and any(True for _ in self._beyond_kinds(cases)):
            return False
        if self.homes:
            self._match_who_must(cases, answer)
        if self.has_weeks and not answer.misfits:
            self._give_weeks(cases, answer, list(self.capacity), answer.homes.keys())
        return not answer.misfits

    def _settle_what_must_be(self, cases: Sequence[Case], answer: Settled) -> list[int]:
        """Everything but the homes that nobody must have; what is left of each week."""
        if self.one.most:
            answer.misfits |= dict.fromkeys(self._beyond_kinds(cases), KINDS_FULL)
        staying = [case for case in cases if case.case_number not in answer.misfits]
        if self.homes:
            self._match_who_must(staying, answer)
            staying = [case for case in staying if case.case_number not in answer.misfits]
        room = list(self.capacity)
        if self.has_weeks:
            self._give_weeks(staying, answer, room, answer.homes.keys())
        for case_number in answer.misfits:
            answer.homes.pop(case_number, None)
        return room

    def _beyond_kinds(self, cases: Iterable[Case]) -> Iterable[str]:
        """Numbers of those that come after as many of their kind as are taken."""
        count = dict.fromkeys(self.one.most, 0)
        for case in cases:
            counted = self._counted(case)
            if any(count[kind] >= self.one.most[kind] for kind in counted):
                yield case.case_number
                continue
            for kind in counted:
                count[kind] += 1

    def _counted(self, case: Case) -> frozenset[str]:
        if case.case_number not in self._kinds:
            own = kinds_of(case, self.hard.rules)
            self._kinds[case.case_number] = own & self.one.most.keys()
        return self._kinds[case.case_number]

    def _needs_home(self, case: Case) -> frozenset[str]:
        if case.case_number not in self._needed:
            self._needed[case.case_number] = self.hard.needs_home(case, self.one)
        return self._needed[case.case_number]

    def _window(self, case: Case) -> range:
        if case.case_number not in self._windows:
            window = self.hard.calendar.window(case.earliest_on, case.expires_on)
            self._windows[case.case_number] = window
        return self._windows[case.case_number]

    def _match_who_must(self, cases: Sequence[Case], answer: Settled) -> None:
        held: dict[str, Case] = {}
        for case in cases:
            if self._needs_home(case) and not self._give_home(case, held, set()):
                answer.misfits[case.case_number] = HOMES_TAKEN
        self._write(held, answer)

    def _match_the_others(self, cases: Sequence[Case], answer: Settled) -> dict[str, Case]:
        """Home → who has it of those that need not have one."""
        taken = {home.home_id for home in answer.homes.values()}
        held: dict[str, Case] = {}
        for case in cases:
            if case.case_number not in answer.misfits and case.case_number not in answer.homes:
                self._give_home(case, held, set(taken))
        return held

    def _with_homes_first(
        self, cases: Sequence[Case], base: Settled, others: dict[str, Case]
    ) -> Settled | None:
        """Weeks in which the homes are ready go before; None where that leaves somebody out."""
        answer = Settled(homes=dict(base.homes), misfits=dict(base.misfits))
        self._write(others, answer)
        staying = [case for case in cases if case.case_number not in base.misfits]
        self._give_weeks(staying, answer, list(self.capacity), base.homes.keys())
        return answer if len(answer.misfits) == len(base.misfits) else None

    def _with_weeks_first(
        self, answer: Settled, others: dict[str, Case], room: list[int]
    ) -> Settled:
        ready = {
            home: case
            for home, case in sorted(others.items())
            if self._is_ready(home, case, answer, room)
        }
        self._write(ready, answer)
        return answer

    def _is_ready(self, home_id: str, case: Case, answer: Settled, room: list[int]) -> bool:
        """Whether the case comes in a week in which the home is there; another week if need be."""
        home = next(one for one in self.homes if one.home_id == home_id)
        calendar, week = self.hard.calendar, answer.weeks[case.case_number]
        weeks = _both(
            calendar.window(case.earliest_on, case.expires_on),
            calendar.window(home.from_on, home.until_on),
        )
        if week in weeks:
            return True
        other = _first_with(room, weeks, case.persons)
        if other is None:
            return False
        room[week] += case.persons
        room[other] -= case.persons
        answer.weeks[case.case_number] = other
        return True

    def _give_home(self, case: Case, held: dict[str, Case], closed: set[str]) -> bool:
        """The nearest free home, where others go on to their next: a shortest augmenting path."""
        seen, queue = set(closed), [case]
        reached: dict[str, Case] = {}
        for one in queue:
            for home in self._homes_for(one):
                if home.home_id in seen:
                    continue
                seen.add(home.home_id)
                reached[home.home_id] = one
                if home.home_id not in held:
                    _hand_on(home.home_id, reached, held)
                    return True
                queue.append(held[home.home_id])
        return False

    def _homes_for(self, case: Case) -> list[Home]:
        """What is held for it, then the smallest, an accessible one only if need be."""
        if case.case_number not in self._fitting:
            needed = self._needs_home(case)
            fitting = [home for home in self.homes if self.hard.fits(home, case, needed)]
            fitting.sort(key=lambda h: (h.reserved_for is None, h.persons, h.accessible, h.home_id))
            self._fitting[case.case_number] = fitting
        return self._fitting[case.case_number]

    def _write(self, held: dict[str, Case], answer: Settled) -> None:
        by_id = {home.home_id: home for home in self.homes}
        answer.homes |= {case.case_number: by_id[home] for home, case in held.items()}

    def _give_weeks(
        self, cases: Sequence[Case], answer: Settled, room: list[int], must: Collection[str]
    ) -> None:
        """Args: must: cases that do not come without the home they have."""
        windows: list[tuple[int, int, range, Case]] = []
        for turn, case in enumerate(cases):
            window = self._window(case)
            if home := answer.homes.get(case.case_number):
                ready = self.hard.calendar.window(home.from_on, home.until_on)
                window = _both(window, ready)
            windows.append((window.stop, turn, window, case))
        windows.sort()  # by the last week, then the turn, of which there is one each
        for _, _, window, case in windows:
            week = _first_with(room, window, case.persons)
            if week is None and case.case_number in answer.homes and case.case_number not in must:
                del answer.homes[case.case_number]
                week = _first_with(room, self._window(case), case.persons)
            if week is None:
                answer.misfits[case.case_number] = WEEKS_FULL
                continue
            room[week] -= case.persons
            answer.weeks[case.case_number] = week


def _hand_on(home_id: str, reached: dict[str, Case], held: dict[str, Case]) -> None:
    """Back along the path: each takes the home it reached, and leaves the one it had."""
    of = {case.case_number: home for home, case in held.items()}
    while True:
        taker = reached[home_id]
        before = of.get(taker.case_number)
        held[home_id] = taker
        if before is None:
            return
        home_id = before


def _both(one: range, other: range) -> range:
    return range(max(one.start, other.start), min(one.stop, other.stop))


def _first_with(room: Sequence[int], weeks: range, persons: int) -> int | None:
    for week in weeks:
        if room[week] >= persons:
            return week
    return None
