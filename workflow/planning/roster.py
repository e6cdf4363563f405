"""Who is planned where while a plan is put right: units by account, and what each ground takes."""

import numpy as np

from workflow.planning.barriers import kinds_of
from workflow.planning.inputs import Case, Home
from workflow.planning.instance import Prepared, Real, Whole
from workflow.planning.settling import Ground, Settled


class Roster:
    """A plan that units are moved about in; weeks, homes and kinds are asked of each ground."""

    def __init__(self, prepared: Prepared, at: Whole, held: Whole) -> None:
        self.prepared, self.problem = prepared, prepared.problem
        self.at = at.copy()
        #: Units that no step may move: at their former municipality, or kept where they were.
        self.held = held >= 0
        self.grounds: dict[str, Ground] = {}
        self.accounts_of: dict[str, list[int]] = {}
        for index, account in enumerate(prepared.accounts):
            self.accounts_of.setdefault(account.number, []).append(index)
            if account.number not in self.grounds:
                self.grounds[account.number] = Ground(account.municipality, prepared.hard)
        self.here: list[set[int]] = [set() for _ in prepared.accounts]
        self.used = self.problem.used.copy()
        #: Municipality → kind that it counts → households of it there now.
        self._counts: dict[str, dict[str, int]] = {
            number: dict.fromkeys(ground.one.most, 0)
            for number, ground in self.grounds.items()
            if ground.one.most
        }
        self._kinds: dict[int, tuple[str, ...]] = {}
        for unit, where in enumerate(self.at.tolist()):
            if where >= 0:
                self.here[where].add(unit)
                self.used[where] += self.problem.persons[unit]
                self._count(unit, where, 1)

    @property
    def binds(self) -> bool:
        """Whether anything beside places and needs can keep a case out."""
        return any(ground.binds for ground in self.grounds.values())

    def move(self, unit: int, to: int) -> None:
        """To an account, or to none where it is −1."""
        persons = int(self.problem.persons[unit])
        if (before := int(self.at[unit])) >= 0:
            self.here[before].discard(unit)
            self.used[before] -= persons
            self._count(unit, before, -1)
        if to >= 0:
            self.here[to].add(unit)
            self.used[to] += persons
            self._count(unit, to, 1)
        self.at[unit] = to

    def free(self) -> Whole:
        free: Whole = np.maximum(0, self.problem.top - self.used)
        return free

    def open_to(self, unit: int, given_back: int = 0) -> Whole:
        """Accounts with room for it, the least used midway first."""
        allowed = self.problem.allowed[self.problem.needs[unit]]
        persons = int(self.problem.persons[unit])
        fits = np.flatnonzero(allowed & (self.free() + given_back >= persons))
        answer: Whole = fits[np.argsort(self.key(fits, persons), kind="stable")]
        return answer

    def key(self, accounts: Whole, persons: int) -> Real:
        """Webster's, midway."""
        key: Real = (self.used[accounts] + persons / 2) / np.maximum(
            1, self.problem.places[accounts]
        )
        return key

    def cases_at(self, number: str, *, plus: int = -1, minus: int = -1) -> list[Case]:
        units = {u for account in self.accounts_of[number] for u in self.here[account]}
        units -= {minus}
        units |= {plus} if plus >= 0 else set()
        indexes = sorted(i for unit in units for i in self.prepared.units[unit])
        return [self.prepared.cases[i] for i in indexes]

    def takes(self, account: int, unit: int, *, minus: int = -1) -> bool:
        """Whether weeks, homes and kinds leave room for one more, once another has gone."""
        number = self.prepared.accounts[account].number
        ground = self.grounds[number]
        if not ground.binds:
            return True
        if number in self._counts and not self._kinds_fit(number, unit, minus):
            return False  # as `ground.takes` would find, without asking each case
        return ground.takes(self.cases_at(number, plus=unit, minus=minus))

    def _kinds_fit(self, number: str, unit: int, minus: int) -> bool:
        count = self._counts[number]
        if not count.keys() & set(self._kinds_of(unit)):
            return True
        after = count.copy()
        for moved, by in ((unit, 1), (minus, -1)):
            if moved < 0 or (self._is_at(moved, number) == (by > 0)):
                continue
            for kind in self._kinds_of(moved):
                if kind in after:
                    after[kind] += by
        most = self.grounds[number].one.most
        return all(after[kind] <= most[kind] for kind in count)

    def _is_at(self, unit: int, number: str) -> bool:
        where = int(self.at[unit])
        return where >= 0 and self.prepared.accounts[where].number == number

    def _count(self, unit: int, account: int, by: int) -> None:
        count = self._counts.get(self.prepared.accounts[account].number)
        if count is not None:
            for kind in self._kinds_of(unit):
                if kind in count:
                    count[kind] += by

    def _kinds_of(self, unit: int) -> tuple[str, ...]:
        """A kind as often as the unit has cases of it."""
        if unit not in self._kinds:
            rules = self.prepared.hard.rules
            each = (kinds_of(case, rules) for case in self.prepared.cases_of(unit))
            self._kinds[unit] = tuple(kind for kinds in each for kind in sorted(kinds))
        return self._kinds[unit]

    def kinds_full(self, account: int, unit: int) -> frozenset[str]:
        """Kinds of the unit of which no more are taken there."""
        number = self.prepared.accounts[account].number
        most = self.grounds[number].one.most
        return frozenset(
            kind
            for kind in self.kinds(unit) & most.keys()
            if self._counts[number][kind] >= most[kind]
        )

    def kinds(self, unit: int) -> frozenset[str]:
        return frozenset(self._kinds_of(unit))

    def settled(self, number: str) -> Settled:
        return self.grounds[number].settle(self.cases_at(number))

    def weeks_and_homes(self) -> tuple[dict[str, int], dict[str, Home]]:
        weeks: dict[str, int] = {}
        homes: dict[str, Home] = {}
        for number in self.grounds:
            settled = self.settled(number)
            weeks |= settled.weeks
            homes |= settled.homes
        return weeks, homes
