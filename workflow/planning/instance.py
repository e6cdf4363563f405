"""What a plan is made of, and the same as arrays: units that move as one, and where they may go."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from workflow.planning.barriers import HardRules
from workflow.planning.inputs import MINORS, ORDINARY, Case, Inputs, Municipality
from workflow.planning.rule_sets import PlanningRules, Step
from workflow.planning.settling import Ground

Whole: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Real: TypeAlias = npt.NDArray[np.float64]

#: More cells than this (kinds of cases × municipalities) do not fit in memory.
MOST_CELLS = 400_000_000


class TooLarge(ValueError):
    """More kinds of cases times municipalities than memory holds."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Units in the order of their turns, accounts of places in the order of their numbers."""

    #: Persons of each unit.
    persons: Whole
    #: The need class of each unit: a row of `allowed`.
    needs: Whole
    #: Need class × account.
    allowed: Flags
    places: Whole
    used: Whole
    #: The former municipality's account of a unit on track A, −1 where there is none.
    former: Whole
    #: Persons it ends with at most, where something else than places binds.
    ceiling: Whole | None = None

    def __post_init__(self) -> None:
        if self.allowed.size > MOST_CELLS:
            raise TooLarge(f"{len(self.allowed):,} need classes × {len(self.places):,}")

    @property
    def top(self) -> Whole:
        return self.places if self.ceiling is None else self.ceiling

    @property
    def free(self) -> Whole:
        free: Whole = np.maximum(0, self.top - self.used)
        return free


@dataclass(frozen=True, slots=True)
class Account:
    """A municipality's places of one pool."""

    municipality: Municipality
    pool: str

    @property
    def number(self) -> str:
        return self.municipality.municipality_number

    @property
    def places(self) -> int | None:
        one = self.municipality
        return one.minors_places if self.pool == MINORS else one.places

    @property
    def used(self) -> int:
        one = self.municipality
        return one.minors_used if self.pool == MINORS else one.used


@dataclass(frozen=True, slots=True)
class Prepared:
    """A problem, and which cases each of its units is."""

    problem: Problem
    cases: tuple[Case, ...]
    accounts: tuple[Account, ...]
    units: tuple[tuple[int, ...], ...] = field(repr=False)
    hard: HardRules = field(repr=False)

    def cases_of(self, unit: int) -> list[Case]:
        return [self.cases[i] for i in self.units[unit]]


def turn(case: Case) -> tuple[bool, bool, date, int, str]:
    """As in the published rule: track A, earliest permit expiry, larger household, case number."""
    return (
        case.track != "A",
        case.expires_on is None,
        case.expires_on or date.max,
        -case.persons,
        case.case_number,
    )


def prepare(inputs: Inputs, rules: PlanningRules) -> Prepared:
    """Arrays for the planner; related cases become one unit, in the turn of the first of them.

    Raises:
        ValueError: a case or a municipality twice.
        TooLarge: no memory holds it.
    """
    in_turn = tuple(inputs.cases if inputs.in_file_order else sorted(inputs.cases, key=turn))
    numbered = sorted(inputs.municipalities, key=lambda one: one.municipality_number)
    numbers = {one.municipality_number for one in numbered}
    if len(numbers) < len(numbered) or len({c.case_number for c in in_turn}) < len(in_turn):
        raise ValueError("the same case or municipality twice")
    pools = [ORDINARY]
    coming = (*inputs.cases, *inputs.expected)
    if any(case.pool == MINORS for case in coming) or any(m.minors_places for m in numbered):
        pools.append(MINORS)
    accounts = tuple(Account(one, pool) for pool in pools for one in numbered)
    units = _together(in_turn)
    hard = HardRules.of(inputs, rules)
    needs, allowed = _need_classes(in_turn, units, accounts, hard)
    problem = Problem(
        persons=np.array([sum(in_turn[i].persons for i in unit) for unit in units], np.int64),
        needs=needs,
        allowed=allowed,
        places=np.array([one.places or 0 for one in accounts], np.int64),
        used=np.array([one.used for one in accounts], np.int64),
        former=_former(in_turn, units, accounts, on=Step.FORMER in rules.steps),
        ceiling=_ceiling(accounts, hard),
    )
    return Prepared(problem, in_turn, accounts, units, hard)


def _together(cases: Sequence[Case]) -> tuple[tuple[int, ...], ...]:
    """Related cases of one pool; those of two pools are brought together by the planner."""
    units: dict[tuple[str, ...], list[int]] = {}
    for index, case in enumerate(cases):
        alone = ("case", case.case_number)
        key = ("related", case.related, case.pool) if case.related else alone
        units.setdefault(key, []).append(index)
    return tuple(tuple(unit) for unit in units.values())


def _need_classes(
    cases: Sequence[Case],
    units: Sequence[Sequence[int]],
    accounts: Sequence[Account],
    hard: HardRules,
) -> tuple[Whole, Flags]:
    """The class of each unit, and where each class may go."""
    profiles: dict[tuple[object, ...], int] = {}
    shown: list[Case] = []
    of_case = []
    for case in cases:
        row = profiles.setdefault(hard.profile(case), len(profiles))
        if row == len(shown):
            shown.append(case)
        of_case.append(row)
    open_to = np.zeros((len(shown), len(accounts)), np.bool_)
    for row, case in enumerate(shown):
        open_to[row] = [
            one.pool == case.pool and next(hard.of_kind(case, one.municipality), None) is None
            for one in accounts
        ]
    where: dict[str, list[int]] = {}
    for index, one in enumerate(accounts):
        where.setdefault(one.number, []).append(index)
    receives = _Receiving(accounts, hard)
    lines: dict[tuple[object, ...], int] = {}
    rows: dict[bytes, int] = {}
    kept: list[Flags] = []
    needs = np.empty(len(units), np.int64)
    for index, unit in enumerate(units):
        alike = sorted({of_case[i] for i in unit})
        within = _within(cases, unit)
        barred = frozenset().union(*(cases[i].declined for i in unit))
        weeks = receives.key(cases, unit)
        key = (*alike, within, barred, weeks)
        if key not in lines:
            line = open_to[alike].all(axis=0) & receives.flags(weeks)
            if within is not None:
                listed = np.zeros_like(line)
                listed[[i for number in within for i in where.get(number, ())]] = True
                line &= listed
            line[[i for number in barred for i in where.get(number, ())]] = False
            row = rows.setdefault(line.tobytes(), len(rows))
            if row == len(kept):
                if len(rows) * len(accounts) > MOST_CELLS:
                    raise TooLarge(f"{len(rows):,} need classes × {len(accounts):,} accounts")
                kept.append(line)
            lines[key] = row
        needs[index] = lines[key]
    return needs, np.array(kept, np.bool_).reshape(len(kept), len(accounts))


def _within(cases: Sequence[Case], unit: Sequence[int]) -> frozenset[str] | None:
    """Where every case of the unit may go; None is everywhere."""
    narrow = [allowed for i in unit if (allowed := cases[i].allowed) is not None]
    if len(narrow) < 2:
        return narrow[0] if narrow else None
    return frozenset.intersection(*narrow)


class _Receiving:
    """Which accounts receive so many persons in some week of a window."""

    def __init__(self, accounts: Sequence[Account], hard: HardRules) -> None:
        self._hard = hard
        self._count = len(accounts)
        self._capacity: Whole | None = None
        if hard.calendar.first is not None:
            self._capacity = np.array(
                [
                    [hard.capacity(one.municipality, week) for week in range(hard.calendar.count)]
                    for one in accounts
                ],
                np.int64,
            ).reshape(len(accounts), hard.calendar.count)

    def key(self, cases: Sequence[Case], unit: Sequence[int]) -> tuple[tuple[int, int, int], ...]:
        if self._capacity is None:
            return ()
        asked = set()
        for i in unit:
            window = self._hard.calendar.window(cases[i].earliest_on, cases[i].expires_on)
            asked.add((window.start, window.stop, cases[i].persons))
        return tuple(sorted(asked))

    def flags(self, asked: Sequence[tuple[int, int, int]]) -> Flags:
        answer = np.ones(self._count, np.bool_)
        if self._capacity is not None:
            for start, stop, persons in asked:
                answer &= (self._capacity[:, start:stop] >= persons).any(axis=1)
        return answer


def _former(
    cases: Sequence[Case], units: Sequence[Sequence[int]], accounts: Sequence[Account], *, on: bool
) -> Whole:
    """What all members on track A name, where they agree (R08, R26)."""
    index_of = {(one.number, one.pool): i for i, one in enumerate(accounts)}
    answer = np.full(len(units), -1, np.int64)
    for index, unit in enumerate(units) if on else ():
        named = {cases[i].former_municipality_number for i in unit if cases[i].track == "A"}
        number = named.pop() if len(named) == 1 else None
        if number is not None:
            answer[index] = index_of.get((number, cases[unit[0]].pool), -1)
    return answer


def _ceiling(accounts: Sequence[Account], hard: HardRules) -> Whole | None:
    """Places, or fewer where the weeks of the plan do not receive so many."""
    most = [Ground(one.municipality, hard).persons_in_all() for one in accounts]
    if min(most, default=0) >= 1_000_000_000:
        return None
    return np.array(
        [min(one.places or 0, one.used + m) for one, m in zip(accounts, most, strict=True)],
        np.int64,
    )
