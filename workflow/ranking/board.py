"""Where every municipality stands while a plan is made, kept in order for each size of household.

Former municipality and vacancy aside, the order depends on the case only by its pool and number of
persons. So each such pair has a line: the municipalities with room, sorted by one whole number each
that packs share now, share after, last distribution and municipality number. A placement changes
one municipality; a line takes the changes in when it is next asked for.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from workflow.ranking.criteria import Candidate, CaseToPlace
from workflow.ranking.fit import Vacancy, best_fit
from workflow.ranking.shares import Scale

#: Bits for a day as a number; date.max is 3,652,059.
_DAY_BITS = 22


@dataclass(frozen=True, slots=True)
class Places:
    """A municipality's places in one pool, in persons."""

    free: int
    #: None = not registered, 0 = the council said no.
    decided_places: int | None


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality as a run begins."""

    municipality_number: str
    #: By pool, in the year the run distributes to.
    places: Mapping[str, Places]
    last_distribution_on: date | None = None
    #: Open ones.
    vacancies: Sequence[Vacancy] = ()


class Board:
    """The municipalities by index, in the order of their numbers, as earlier cases left them."""

    def __init__(self, municipalities: Iterable[Municipality], window: Fraction) -> None:
        in_order = sorted(municipalities, key=lambda one: one.municipality_number)
        self.numbers = [one.municipality_number for one in in_order]
        self.index_of = {number: index for index, number in enumerate(self.numbers)}
        if len(self.index_of) < len(in_order):
            raise ValueError("the same municipality twice")
        self.vacancies = [tuple(one.vacancies) for one in in_order]
        pools = {pool for one in in_order for pool in one.places}
        #: Pool → index → how it stands; None where it has no places in that pool.
        self.standings = {pool: [_standing(one, pool) for one in in_order] for pool in pools}
        decided = (p.decided_places or 0 for one in in_order for p in one.places.values())
        self.scale = Scale.of(max(decided, default=0) or 1, window)
        #: Indexes of the municipalities that changed, in the order they did.
        self.changes: list[int] = []
        self._lines: dict[tuple[str, int], Line] = {}

    def line(self, pool: str, persons: int) -> "Line":
        """The municipalities of a pool that have room for so many persons, in order."""
        line = self._lines.get((pool, persons))
        if line is None:
            line = self._lines[pool, persons] = Line(self, pool, persons)
        line.catch_up()
        return line

    def candidate(self, index: int, case: CaseToPlace) -> Candidate:
        """A municipality as the case sees it now: how it stands, and the vacancy that fits.

        Raises:
            ValueError: it has no places in the case's pool.
        """
        one = self.standings[case.pool][index]
        if one is None:
            raise ValueError(f"municipality {self.numbers[index]} has no {case.pool} places")
        vacancy = best_fit(self.vacancies[index], case)
        return one if vacancy is None else replace(one, fitting_vacancy=vacancy.vacancy_id)

    def take(self, index: int, case: CaseToPlace, vacancy_id: str | None, on: date) -> None:
        """The case is distributed there on a day: its places go, and the vacancy it uses."""
        for pool, standings in self.standings.items():
            if (before := standings[index]) is not None:
                standings[index] = Candidate(
                    before.municipality_number,
                    before.free - case.persons if pool == case.pool else before.free,
                    before.decided_places,
                    on,
                )
        if vacancy_id is not None:
            self.vacancies[index] = tuple(
                vacancy for vacancy in self.vacancies[index] if vacancy.vacancy_id != vacancy_id
            )
        self.changes.append(index)

    def most_free(self, pool: str) -> int | None:
        """The most places one municipality has free; None where none has decided places."""
        registered = (one for one in self.standings.get(pool, ()) if one and one.decided_places)
        return max((one.free for one in registered), default=None)


class Line:
    """The municipalities of a pool with room for so many persons: one key each, best first."""

    def __init__(self, board: Board, pool: str, persons: int) -> None:
        self._board = board
        self._standings = board.standings.get(pool, [])
        self._persons = persons
        self._index_bits = len(board.numbers).bit_length()
        self._share_bits = board.scale.whole.bit_length()
        #: All with room, and those of them with a vacancy large enough.
        self.everyone: list[int] = []
        self.with_vacancy: list[int] = []
        self.key_of: dict[int, int] = {}
        self._caught_up = 0
        self._sort()

    def index(self, key: int) -> int:
        return key & ((1 << self._index_bits) - 1)

    def window_ends(self, best_key: int) -> int:
        """The first key below the vacancy window of the best share."""
        below = self._share_bits + _DAY_BITS + self._index_bits
        return ((best_key >> below) + self._board.scale.window + 1) << below

    def catch_up(self) -> None:
        """Move the municipalities that changed since this line was last asked for."""
        changed = set(self._board.changes[self._caught_up :])
        self._caught_up = len(self._board.changes)
        if len(changed) * 2 > len(self._standings):
            self._sort()
            return
        for index in changed:
            self._move(index)

    def _sort(self) -> None:
        keys = ((index, self._key(index)) for index in range(len(self._standings)))
        self.key_of = {index: key for index, key in keys if key is not None}
        self.everyone = sorted(self.key_of.values())
        self.with_vacancy = [k for k in self.everyone if self._has_vacancy(self.index(k))]
        self._caught_up = len(self._board.changes)

    def _move(self, index: int) -> None:
        before, after = self.key_of.pop(index, None), self._key(index)
        if before is not None:
            _remove(self.everyone, before)
            _remove(self.with_vacancy, before)
        if after is not None:
            self.key_of[index] = after
            insort(self.everyone, after)
            if self._has_vacancy(index):
                insort(self.with_vacancy, after)

    def _has_vacancy(self, index: int) -> bool:
        return any(vacancy.places >= self._persons for vacancy in self._board.vacancies[index])

    def _key(self, index: int) -> int | None:
        """Share now, share after, last distribution, index: what is better is smaller."""
        one, scale = self._standings[index], self._board.scale
        if one is None or not one.decided_places or one.free < self._persons:
            return None
        key = scale.whole - scale.share(one.free, one.decided_places)
        key <<= self._share_bits
        key |= scale.whole - scale.share(one.free - self._persons, one.decided_places)
        key <<= _DAY_BITS
        key |= one.last_distribution_ordinal
        return key << self._index_bits | index


def _standing(one: Municipality, pool: str) -> Candidate | None:
    if (places := one.places.get(pool)) is None:
        return None
    return Candidate(
        one.municipality_number, places.free, places.decided_places, one.last_distribution_on
    )


def _remove(keys: list[int], key: int) -> None:
    position = bisect_left(keys, key)
    if position < len(keys) and keys[position] == key:
        del keys[position]
