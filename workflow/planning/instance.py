"""What a plan is made of, and the same as arrays: units that move as one, and where they may go."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from workflow.planning.inputs import Case, Municipality

Whole: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Real: TypeAlias = npt.NDArray[np.float64]
#: Told how far a plan has come, 0 to 1; it stops the plan by raising.
Progress: TypeAlias = Callable[[str, float], None]

#: More cells than this (kinds of cases × municipalities) do not fit in memory.
MOST_CELLS = 400_000_000


class TooLarge(ValueError):
    """More kinds of cases times municipalities than memory holds."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Units in the order of their turns, municipalities in the order of their numbers."""

    #: Persons of each unit.
    persons: Whole
    #: The need class of each unit: a row of `allowed`.
    needs: Whole
    #: Need class × municipality.
    allowed: Flags
    places: Whole
    used: Whole
    #: The former municipality of a unit on track A, −1 where there is none.
    former: Whole

    def __post_init__(self) -> None:
        if self.allowed.size > MOST_CELLS:
            raise TooLarge(f"{len(self.allowed):,} need classes × {len(self.places):,}")

    @property
    def free(self) -> Whole:
        free: Whole = np.maximum(0, self.places - self.used)
        return free


@dataclass(frozen=True, slots=True)
class Prepared:
    """A problem, and which cases each of its units is."""

    problem: Problem
    cases: tuple[Case, ...]
    municipalities: tuple[Municipality, ...]
    units: tuple[tuple[int, ...], ...] = field(repr=False)


def turn(case: Case) -> tuple[bool, bool, date, int, str]:
    """As in the published rule: track A, earliest permit expiry, larger household, case number."""
    return (
        case.track != "A",
        case.expires_on is None,
        case.expires_on or date.max,
        -case.persons,
        case.case_number,
    )


def prepare(
    cases: Sequence[Case], municipalities: Sequence[Municipality], *, in_file_order: bool = False
) -> Prepared:
    """Arrays for the planner; related cases become one unit, in the turn of the first of them.

    Raises:
        ValueError: a case or a municipality twice.
        TooLarge: no memory holds it.
    """
    in_turn = tuple(cases if in_file_order else sorted(cases, key=turn))
    numbered = tuple(sorted(municipalities, key=lambda one: one.municipality_number))
    index_of = {one.municipality_number: i for i, one in enumerate(numbered)}
    if len(index_of) < len(numbered) or len({c.case_number for c in in_turn}) < len(in_turn):
        raise ValueError("the same case or municipality twice")
    units = _together(in_turn)
    rows: dict[frozenset[str] | None, int] = {}
    needs = [rows.setdefault(_allowed(in_turn, unit), len(rows)) for unit in units]
    if len(rows) * len(numbered) > MOST_CELLS:
        raise TooLarge(f"{len(rows):,} need classes × {len(numbered):,} municipalities")
    allowed = np.zeros((len(rows), len(numbered)), dtype=np.bool_)
    for everywhere, row in rows.items():
        if everywhere is None:
            allowed[row] = True
        else:
            allowed[row, [index_of[one] for one in everywhere if one in index_of]] = True
    problem = Problem(
        persons=np.array([sum(in_turn[i].persons for i in unit) for unit in units], np.int64),
        needs=np.array(needs, np.int64),
        allowed=allowed,
        places=np.array([one.places or 0 for one in numbered], np.int64),
        used=np.array([one.used for one in numbered], np.int64),
        former=np.array([_former(in_turn, unit, index_of) for unit in units], np.int64),
    )
    return Prepared(problem, in_turn, numbered, units)


def _together(cases: Sequence[Case]) -> tuple[tuple[int, ...], ...]:
    units: dict[tuple[str, str], list[int]] = {}
    for index, case in enumerate(cases):
        key = ("related", case.related) if case.related else ("case", case.case_number)
        units.setdefault(key, []).append(index)
    return tuple(tuple(unit) for unit in units.values())


def _allowed(cases: Sequence[Case], unit: Sequence[int]) -> frozenset[str] | None:
    """Where every case of the unit may go."""
    narrow = [allowed for i in unit if (allowed := cases[i].allowed) is not None]
    return frozenset.intersection(*narrow) if narrow else None


def _former(cases: Sequence[Case], unit: Sequence[int], index_of: dict[str, int]) -> int:
    """What all members on track A name, where they agree (R08, R26)."""
    named = {cases[i].former_municipality_number for i in unit if cases[i].track == "A"}
    number = named.pop() if len(named) == 1 else None
    return index_of.get(number, -1) if number else -1
