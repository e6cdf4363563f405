"""Homes as objects: who gets which, at no cost to evenness or score, and what becomes of each."""

from dataclasses import replace
from enum import StrEnum
from itertools import islice

import numpy as np
from ortools.graph.python.max_flow import SimpleMaxFlow

from workflow.planning.inputs import Case, Home
from workflow.planning.instance import Flags, Prepared, Real, Whole
from workflow.planning.progress import Progress
from workflow.planning.roster import Roster

#: Exchanges tried for one home.
_TRIED = 8


class Fate(StrEnum):
    """What a plan makes of a home."""

    MATCHED = "matched"
    #: It was held for a case, and is for the same one.
    RESERVED = "reserved"
    #: It was held for a case that goes elsewhere.
    RELEASED = "released"
    #: It is gone before the first week of the plan.
    EXPIRED = "expired"
    PASSED_OVER = "passed_over"


def exchange(roster: Roster, progress: Progress, worth: Real | None = None) -> None:
    """Two cases of the same size change places where one then has a home that stands empty.

    Used shares stay as they are, and the score does not fall.
    """
    exchanges = _Exchanges(roster, worth)
    numbers = [number for number in sorted(roster.grounds) if roster.grounds[number].homes]
    for done, number in enumerate(numbers):
        progress("finding homes", done / len(numbers))
        for home in roster.grounds[number].homes:
            exchanges.use(home)


class _Exchanges:
    def __init__(self, roster: Roster, worth: Real | None) -> None:
        self.roster, self.worth = roster, worth
        #: Municipality → who has which home there.
        self.homes = {number: roster.settled(number).homes for number in roster.grounds}
        self.housed = {case for homes in self.homes.values() for case in homes}

    def use(self, home: Home) -> None:
        used = self.homes[home.municipality_number].values()
        if home.home_id in {one.home_id for one in used}:
            return
        for account in self.roster.accounts_of[home.municipality_number]:
            here = [u for u in sorted(self.roster.here[account]) if self._unhoused(u)]
            pairs = (
                (unit, other)
                for unit in self._who_could(home, account, here)
                for other in here
                if self._may_change(unit, other, account)
            )
            if any(self._change(*pair, account) for pair in islice(pairs, _TRIED)):
                return

    def _unhoused(self, unit: int) -> bool:
        cases = self.roster.prepared.cases_of(unit)
        housed = any(case.case_number in self.housed for case in cases)
        return not housed and not self.roster.held[unit]

    def _who_could(self, home: Home, account: int, here: list[int]) -> list[int]:
        """Single cases elsewhere, the largest first; then the earlier turn."""
        roster, problem = self.roster, self.roster.problem
        units = np.flatnonzero(
            (roster.at >= 0)
            & (roster.at != account)
            & np.isin(problem.persons, problem.persons[here])
            & problem.allowed[problem.needs, account]
        )
        answer = []
        for unit in units[np.argsort(-problem.persons[units], kind="stable")].tolist():
            cases = roster.prepared.cases_of(unit)
            if len(cases) == 1 and self._unhoused(unit) and _lives(roster.prepared, home, cases[0]):
                answer.append(unit)
        return answer

    def _may_change(self, unit: int, other: int, account: int) -> bool:
        problem, there = self.roster.problem, int(self.roster.at[unit])
        if problem.persons[other] != problem.persons[unit]:
            return False
        if not problem.allowed[problem.needs[other], there]:
            return False
        return self.worth is None or not _loses(self.worth, unit, other, there, account)

    def _change(self, unit: int, other: int, account: int) -> bool:
        """Kept where more cases have a home than before."""
        roster, there = self.roster, int(self.roster.at[unit])
        if not roster.takes(account, unit, minus=other):
            return False
        if not roster.takes(there, other, minus=unit):
            return False
        roster.move(unit, account)
        roster.move(other, there)
        numbers = {roster.prepared.accounts[index].number for index in (account, there)}
        after = {number: roster.settled(number).homes for number in numbers}
        before = {number: self.homes[number] for number in numbers}
        if sum(map(len, after.values())) > sum(map(len, before.values())):
            self.homes |= after
            for number in numbers:
                self.housed -= set(before[number])
            for number in numbers:
                self.housed |= set(after[number])
            return True
        roster.move(unit, there)
        roster.move(other, account)
        return False


def _lives(prepared: Prepared, home: Home, case: Case) -> bool:
    return prepared.hard.fits(home, case, frozenset())


def _loses(worth: Real, unit: int, other: int, there: int, here: int) -> bool:
    after = float(worth[unit, here]) + float(worth[other, there])
    return after < float(worth[unit, there]) + float(worth[other, here])


def most_matched(prepared: Prepared, held: Whole | None = None) -> int:
    """Homes that any plan could use at most, were places and days no matter.

    Args:
        held: the account of each unit that an earlier step put there, −1 for the others: only
            plans that leave those where they are.
    """
    homes = [home for each in prepared.hard.homes.values() for home in each]
    if not homes or not prepared.units:
        return 0
    shown, count = _alike(prepared, held)
    accounts: dict[str, list[int]] = {number: [] for number in prepared.hard.homes}
    for index, account in enumerate(prepared.accounts):
        accounts.setdefault(account.number, []).append(index)
    flow = SimpleMaxFlow()
    source, sink = len(shown) + len(homes), len(shown) + len(homes) + 1
    for kind, many in enumerate(count):
        flow.add_arc_with_capacity(source, kind, many)
    for at, home in enumerate(homes, start=len(shown)):
        flow.add_arc_with_capacity(at, sink, 1)
        reached: Flags = np.asarray(
            prepared.problem.allowed[:, accounts[home.municipality_number]].any(axis=1)
        )
        for kind, (case, needs, there) in enumerate(shown):
            may = reached[needs] if there is None else there == home.municipality_number
            if may and _lives(prepared, home, case):
                flow.add_arc_with_capacity(kind, at, 1)
    if flow.solve(source, sink) != flow.OPTIMAL:
        raise ArithmeticError("the flow was not solved")
    return int(flow.optimal_flow())


def _alike(
    prepared: Prepared, held: Whole | None
) -> tuple[list[tuple[Case, int, str | None]], list[int]]:
    """One case of each kind that homes tell apart, and how many there are.

    With its need class, and the municipality where it is held.
    """
    reserved = {h.reserved_for for each in prepared.hard.homes.values() for h in each}
    kinds: dict[tuple[object, ...], int] = {}
    shown: list[tuple[Case, int, str | None]] = []
    count: list[int] = []
    for unit, needs in enumerate(prepared.problem.needs.tolist()):
        account = -1 if held is None else int(held[unit])
        there = prepared.accounts[account].number if account >= 0 else None
        for case in prepared.cases_of(unit):
            own = case.case_number if case.case_number in reserved else None
            like = (needs, case.persons, case.rooms, case.group, own, there)
            kind = kinds.setdefault(like, len(kinds))
            if kind == len(shown):
                # Days would make each case a kind of its own; without them it is still a bound.
                shown.append((replace(case, expires_on=None, earliest_on=None), needs, there))
                count.append(0)
            count[kind] += 1
    return shown, count


def fates(prepared: Prepared, homes: dict[str, Home]) -> dict[str, Fate]:
    """By home id."""
    holder = {home.home_id: case_number for case_number, home in homes.items()}
    answer = {}
    first = prepared.hard.calendar.first
    for each in prepared.hard.homes.values():
        for home in each:
            if home.home_id in holder:
                same = home.reserved_for == holder[home.home_id]
                answer[home.home_id] = Fate.RESERVED if same else Fate.MATCHED
            elif home.until_on and first and home.until_on < first:
                answer[home.home_id] = Fate.EXPIRED
            elif home.reserved_for is not None:
                answer[home.home_id] = Fate.RELEASED
            else:
                answer[home.home_id] = Fate.PASSED_OVER
    return answer
