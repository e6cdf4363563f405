"""Shares of places: exact fractions to show, and whole numbers that compare alike to sort by."""

from dataclasses import dataclass
from fractions import Fraction


def unused_share(free: int, decided_places: int | None) -> Fraction | None:
    """Free places as a share of the decided ones (R13), at most 1 however many extra there are.

    None where the council has not registered its decision or has said no: a share of nothing.
    """
    return share(free, decided_places) if decided_places else None


def share(free: int, decided_places: int | None) -> Fraction:
    """As `unused_share`, where there are decided places to take a share of.

    Raises:
        ValueError: there are none.
    """
    if not decided_places:
        raise ValueError("a share of no decided places")
    return Fraction(min(free, decided_places), decided_places)


@dataclass(frozen=True, slots=True)
class Scale:
    """Shares as whole numbers with the same order, the same ties and the same window.

    Two different fractions with denominators up to D lie at least 1/D² apart, and one of them lies
    at least 1/(D²·w) from another less a window with denominator w. Multiplied by D²·w they lie at
    least 1 apart, so rounding down keeps every comparison as it was, without floating point.
    """

    #: What the share 1 becomes.
    whole: int
    #: What the window becomes.
    window: int

    @classmethod
    def of(cls, most_decided_places: int, window: Fraction) -> "Scale":
        squared = most_decided_places * most_decided_places
        return cls(squared * window.denominator, squared * window.numerator)

    def share(self, free: int, decided_places: int) -> int:
        return min(free, decided_places) * self.whole // decided_places
