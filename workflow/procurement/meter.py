"""How even a spread of places is, reckoned again and again without beginning anew. Pure, exact.

The measures are those of `workflow.keys.evenness`, which tests hold this against. Places there are
nowhere are spread evenly: 0.
"""

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property

from workflow.keys.evenness import evenness
from workflow.procurement.market import Need
from workflow.procurement.states import Measure

_ZERO = Fraction(0)


def measured(measure: Measure, placed: Sequence[int], targets: Sequence[int]) -> Fraction:
    """A measure of a whole spread."""
    found: Fraction | None = getattr(evenness(placed, targets), measure)
    return _ZERO if found is None else found


class Meter:
    """A measure as a few rows change and all others stay.

    Args:
        moving: the rows that may change, as indices into the needs.
    """

    def __init__(self, needs: Sequence[Need], moving: Sequence[int], measure: Measure) -> None:
        self._needs = needs
        self._moving = list(moving)
        self._still = [one for at, one in enumerate(needs) if at not in set(moving)]
        self._measure = measure
        self._targets = sum(one.target for one in needs)
        self._before = sum(one.procured for one in needs)
        self._apart: dict[int, int] = {}
        self._against: dict[tuple[int, int], int] = {}

    def value(self, more: Sequence[int]) -> Fraction:
        """With so many more in each moving row."""
        if not self._targets:
            return _ZERO
        match self._measure:
            case Measure.DEVIATIONS:
                return self._deviations(more)
            case Measure.FILL_RANGE:
                return self._fill_range(more)
            case Measure.GINI:
                return self._gini(more)

    def _deviations(self, more: Sequence[int]) -> Fraction:
        people = self._before + sum(more)
        if not people:
            return _ZERO
        if people not in self._apart:
            self._apart[people] = sum(self._off(one, 0, people) for one in self._still)
        apart = self._apart[people] + sum(
            self._off(self._needs[at], n, people) for at, n in zip(self._moving, more, strict=True)
        )
        return Fraction(apart, self._targets * people)

    def _off(self, one: Need, more: int, people: int) -> int:
        return abs((one.procured + more) * self._targets - people * one.target)

    def _fill_range(self, more: Sequence[int]) -> Fraction:
        fills = [*self._still_ends]
        for at, n in zip(self._moving, more, strict=True):
            if (fill := self._needs[at].fill(n)) is not None:
                fills.append(fill)
        return max(fills) - min(fills)

    @cached_property
    def _still_ends(self) -> list[Fraction]:
        fills = [fill for one in self._still if (fill := one.fill()) is not None]
        return [min(fills), max(fills)] if fills else []

    def _gini(self, more: Sequence[int]) -> Fraction:
        """Σ|aᵢtⱼ - aⱼtᵢ| over all pairs, for the places and the numbers in all."""
        rows = [
            (at, self._needs[at].procured + n, self._needs[at].target)
            for at, n in zip(self._moving, more, strict=True)
            if self._needs[at].target
        ]
        people = sum(a for _, a, _ in rows) + self._still_people
        if not people:
            return _ZERO
        apart = self._still_pairs
        for index, (at, a, t) in enumerate(rows):
            apart += self._pairs_of(at, a, t)
            apart += sum(abs(a * u - b * t) for _, b, u in rows[index + 1 :])
        return Fraction(apart, self._targets * people)

    def _pairs_of(self, at: int, a: int, t: int) -> int:
        if (at, a) not in self._against:
            self._against[at, a] = sum(
                abs(a * one.target - one.procured * t) for one in self._still if one.target
            )
        return self._against[at, a]

    @cached_property
    def _still_people(self) -> int:
        return sum(one.procured for one in self._still if one.target)

    @cached_property
    def _still_pairs(self) -> int:
        rows = [(one.procured, one.target) for one in self._still if one.target]
        return sum(abs(a * u - b * t) for at, (a, t) in enumerate(rows) for b, u in rows[at + 1 :])
