"""How even a spread is, by several measures, exact. Pure.

`placed` are people where they are, `targets` what each one's part is; a row without a part says
nothing of evenness among those that have one, and is left out of the fills, not of the deviations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Evenness:
    """Measures of one spread; None where there is nothing to measure."""

    #: Lowest and highest placed / target, and what lies between them.
    lowest_fill: Fraction | None
    highest_fill: Fraction | None
    #: Σ|placed - placed in all · target / targets in all|, in persons; and its part of all placed.
    deviations: Fraction | None
    deviations_share: Fraction | None
    #: 0: everyone is filled alike; towards 1: one has them all. Weighted by the targets.
    gini: Fraction | None

    @property
    def fill_range(self) -> Fraction | None:
        if self.lowest_fill is None or self.highest_fill is None:
            return None
        return self.highest_fill - self.lowest_fill


def evenness(placed: Sequence[int], targets: Sequence[int]) -> Evenness:
    """The measures of a spread against its targets, row by row."""
    people, parts = sum(placed), sum(targets)
    filled = [(Fraction(a, t), t) for a, t in zip(placed, targets, strict=True) if t]
    if not filled:
        return Evenness(None, None, None, None, None)
    fills = [fill for fill, _ in filled]
    deviations = sum(
        (abs(a - Fraction(people * t, parts)) for a, t in zip(placed, targets, strict=True)),
        Fraction(0),
    )
    return Evenness(
        lowest_fill=min(fills),
        highest_fill=max(fills),
        deviations=deviations,
        deviations_share=deviations / people if people else None,
        gini=_gini(filled),
    )


def _gini(filled: list[tuple[Fraction, int]]) -> Fraction | None:
    """Twice the area between the Lorenz curve of load over target and the line of equal load."""
    people = sum(fill * part for fill, part in filled)
    parts = sum(part for _, part in filled)
    if not people:
        return None
    before = under = Fraction(0)
    for fill, part in sorted(filled):
        after = before + fill * part
        under += (before + after) * part
        before = after
    return 1 - under / (people * parts)
