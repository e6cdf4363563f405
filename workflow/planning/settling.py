"""What goes on inside one municipality: a week and a home for each that comes, or who does not fit.

Homes are matched by augmenting paths in the order of the turns, so that as many as possible get
one and earlier turns go first; weeks are given by the earliest last day.
"""

from collections.abc import Iterable, Sequence
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
        limited = self.has_weeks and (one.weekly is not None or bool(one.weeks))
        self.binds = limited or bool(self.homes) or bool(one.most)

    def persons_in_all(self) -> int:
        """More do not come in the weeks of the plan."""
        if not self.has_weeks or (self.one.weekly is None and not self.one.weeks):
            return 1_000_000_000
        return sum(self.hard.capacity(self.one, w) for w in range(self.hard.calendar.count))

    def settle(self, cases: Sequence[Case]) -> Settled:
        """Cases in the order of their turns."""
        answer = Settled()
        staying = list(self._within_kinds(cases, answer))
        self._match(staying, answer)
        self._give_weeks([c for c in staying if c.case_number not in answer.misfits], answer)
        for case_number in answer.misfits:
            answer.homes.pop(case_number, None)
        return answer

    def takes(self, cases: Sequence[Case]) -> bool:
        return not self.binds or not self.settle(cases).misfits

    def _within_kinds(self, cases: Iterable[Case], answer: Settled) -> Iterable[Case]:
        count = dict.fromkeys(self.one.most, 0)
        for case in cases:
            counted = kinds_of(case, self.hard.rules) & count.keys()
            if any(count[kind] >= self.one.most[kind] for kind in counted):
                answer.misfits[case.case_number] = KINDS_FULL
                continue
            for kind in counted:
                count[kind] += 1
            yield case

    def _match(self, cases: Sequence[Case], answer: Settled) -> None:
        needed = {case.case_number: self.hard.needs_home(case, self.one) for case in cases}
        held: dict[str, Case] = {}
        optional = Step.HOMES in self.hard.rules.steps
        # Who must have one first; then the larger, for whom fewer homes do.
        for case in sorted(cases, key=lambda c: not needed[c.case_number]):
            must = needed[case.case_number]
            if (must or optional) and not self._give_home(case, needed, held, set()) and must:
                answer.misfits[case.case_number] = HOMES_TAKEN
        by_id = {home.home_id: home for home in self.homes}
        answer.homes |= {case.case_number: by_id[home] for home, case in held.items()}

    def _give_home(
        self,
        case: Case,
        needed: dict[str, frozenset[str]],
        held: dict[str, Case],
        tried: set[str],
    ) -> bool:
        fitting = [h for h in self.homes if self.hard.fits(h, case, needed[case.case_number])]
        fitting.sort(key=lambda h: (h.reserved_for is None, h.persons, h.accessible, h.home_id))
        for home in fitting:
            if home.home_id in tried:
                continue
            tried.add(home.home_id)
            holder = held.get(home.home_id)
            if holder is None or self._give_home(holder, needed, held, tried):
                held[home.home_id] = case
                return True
        return False

    def _give_weeks(self, cases: Sequence[Case], answer: Settled) -> None:
        if not self.has_weeks:
            return
        calendar = self.hard.calendar
        room = [self.hard.capacity(self.one, week) for week in range(calendar.count)]
        windows = {c.case_number: calendar.window(c.earliest_on, c.expires_on) for c in cases}
        for case in sorted(cases, key=lambda c: windows[c.case_number].stop):
            window = windows[case.case_number]
            home = answer.homes.get(case.case_number)
            week = None
            if home is not None:
                ready = calendar.window(home.from_on, home.until_on)
                both = range(max(window.start, ready.start), min(window.stop, ready.stop))
                week = _first_with(room, both, case.persons)
            if week is None and not self.hard.needs_home(case, self.one):
                answer.homes.pop(case.case_number, None)
                week = _first_with(room, window, case.persons)
            if week is None:
                answer.misfits[case.case_number] = WEEKS_FULL
                continue
            room[week] -= case.persons
            answer.weeks[case.case_number] = week


def _first_with(room: Sequence[int], weeks: range, persons: int) -> int | None:
    return next((week for week in weeks if room[week] >= persons), None)
