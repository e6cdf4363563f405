"""Many exact fractions over one denominator: whole numbers add and compare without reduction.

A country's municipalities by the thousand stay exact and fast; a `Fraction` for each would be
reduced at every step.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm


@dataclass(frozen=True, slots=True)
class Proportion:
    """The value of number i is parts[i] / whole."""

    parts: list[int]
    whole: int

    def __getitem__(self, index: int) -> Fraction:
        return Fraction(self.parts[index], self.whole)

    def __len__(self) -> int:
        return len(self.parts)

    def sum(self) -> Fraction:
        return Fraction(sum(self.parts), self.whole)

    def times(self, factor: Fraction) -> "Proportion":
        up = factor.numerator
        return Proportion([part * up for part in self.parts], self.whole * factor.denominator)

    def over(self, whole: int) -> list[int]:
        """The parts of a multiple of the denominator."""
        up = whole // self.whole
        return [part * up for part in self.parts]

    def decimal(self, index: int, places: int) -> str:
        """Rounded to so many decimals, a half to the even digit."""
        scaled, rest = divmod(self.parts[index] * 10**places, self.whole)
        if 2 * rest > self.whole or (2 * rest == self.whole and scaled % 2):
            scaled += 1
        sign, digits = "-" if scaled < 0 else "", f"{abs(scaled):0{places + 1}d}"
        return f"{sign}{digits[:-places]}.{digits[-places:]}"


def shares_of(values: Sequence[int]) -> Proportion:
    """Each value's share of their sum, which is above 0."""
    return Proportion(list(values), sum(values))


def added(several: Sequence[Proportion]) -> Proportion:
    """Their sum, number by number; at least one."""
    whole = lcm(*(one.whole for one in several))
    columns = [one.over(whole) for one in several]
    return Proportion([sum(values) for values in zip(*columns, strict=True)], whole)


def smaller(one: Proportion, other: Proportion) -> Proportion:
    """The smaller of the two, number by number."""
    whole = lcm(one.whole, other.whole)
    pairs = zip(one.over(whole), other.over(whole), strict=True)
    return Proportion([min(pair) for pair in pairs], whole)


def picked(values: Proportion, indices: Iterable[int]) -> Proportion:
    return Proportion([values.parts[index] for index in indices], values.whole)
