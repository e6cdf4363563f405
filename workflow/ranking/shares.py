"""Shares of places: exact fractions to show, and whole numbers that compare the same to sort by."""

from dataclasses import dataclass
from fractions import Fraction


def unused_share(free: int, decided_places: int | None) -> Fraction | None:
    """Free places as a share of the decided ones (R13), at most 1 however many extra there are.

    None where the council has not registered its decision, or has said no: a share of nothing.
    """
    if not decided_places:
        return None
    return Fraction(min(free, decided_places), decided_places)


@dataclass(frozen=True, slots=True)
class Scale:
    """Shares as whole numbers in the same order, with the same ties and the same window.

    Two different fractions with denominators up to D lie at least 1/D² apart, and 1/(D²·w) from one
    of them less a window with denominator w. Multiplied by K = D²·w they lie at least 1 apart, so
    rounding down keeps every comparison exact, and no floating point is needed for speed.
    """

    #: K above: what the share 1 becomes.
    whole: int
    #: What the window becomes.
    window: int

    @classmethod
    def of(cls, largest_decided: int, window: Fraction) -> "Scale":
        whole = largest_decided * largest_decided * window.denominator
        return cls(whole, whole // window.denominator * window.numerator)

    def share(self, free: int, decided_places: int) -> int:
        return min(free, decided_places) * self.whole // decided_places
