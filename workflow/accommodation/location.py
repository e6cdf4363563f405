"""How well an object lies: a soft score by stated weights, never a filter. Pure, exact.

Each feature gives 1 up to a near limit, 0 from a far one and what lies between them in a straight
line. A time is preferred to a distance. What is not known is left out, not taken as bad: the score
is over the weights that are known, and how much of them is, is told beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, Final, Self

from workflow.accommodation.errors import WeightsUnusable
from workflow.accommodation.states import Nearby

#: A distance or a time is at most this; what is more is no neighbourhood.
MOST_METRES: Final = 200_000
MOST_MINUTES: Final = 600


@dataclass(frozen=True, slots=True)
class Distance:
    """To the nearest of a kind; None is not known."""

    metres: int | None = None
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Feature:
    """What one kind of thing nearby counts, and from where to where."""

    weight: Decimal
    near_metres: int
    far_metres: int
    near_minutes: int
    far_minutes: int

    def value(self, distance: Distance) -> Fraction | None:
        """1 is near, 0 is far; None where nothing is known."""
        if distance.minutes is not None:
            return _between(distance.minutes, self.near_minutes, self.far_minutes)
        if distance.metres is not None:
            return _between(distance.metres, self.near_metres, self.far_metres)
        return None

    def as_data(self) -> dict[str, Any]:
        return {
            "weight": str(self.weight),
            "near_metres": self.near_metres,
            "far_metres": self.far_metres,
            "near_minutes": self.near_minutes,
            "far_minutes": self.far_minutes,
        }

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        return cls(**{**told, "weight": Decimal(told["weight"])})


Weights = Mapping[Nearby, Feature]

#: What holds until somebody states others: near is a walk, far is a journey.
USUAL: Final[Weights] = {
    Nearby.TRANSIT: Feature(Decimal("0.35"), 400, 3_000, 5, 45),
    Nearby.HEALTH_CENTRE: Feature(Decimal("0.2"), 2_000, 30_000, 15, 60),
    Nearby.SCHOOL: Feature(Decimal("0.25"), 1_000, 20_000, 15, 60),
    Nearby.SERVICE: Feature(Decimal("0.2"), 1_000, 20_000, 15, 60),
}


@dataclass(frozen=True, slots=True)
class Part:
    """What one feature gives; None is not known."""

    weight: Decimal
    distance: Distance
    value: Fraction | None


@dataclass(frozen=True, slots=True)
class Score:
    """0 to 1 over what is known; None where nothing is."""

    value: Fraction | None
    #: How much of the weights is known, 0 to 1.
    known: Fraction
    parts: Mapping[Nearby, Part]

    @property
    def points(self) -> int | None:
        """Of a hundred, halves upwards."""
        return None if self.value is None else int(self.value * 100 + Fraction(1, 2))


def score(distances: Mapping[Nearby, Distance], weights: Weights) -> Score:
    parts = {
        kind: Part(feature.weight, here, feature.value(here))
        for kind, feature in weights.items()
        for here in (distances.get(kind, Distance()),)
    }
    known = sum((Fraction(one.weight) for one in parts.values() if one.value is not None), _ZERO)
    whole = sum(
        (Fraction(one.weight) * one.value for one in parts.values() if one.value is not None),
        _ZERO,
    )
    return Score(whole / known if known else None, known, parts)


def check(weights: Weights) -> None:
    """Raises WeightsUnusable: not all four, no sum of 1, or a far limit that is not farther."""
    if set(weights) != set(Nearby):
        raise WeightsUnusable("all four, once", pointer="/features")
    for kind, one in weights.items():
        where = f"/features/{kind}"
        if not 0 <= one.weight <= 1:
            raise WeightsUnusable("a weight", pointer=f"{where}/weight", expected="0 to 1")
        if not 0 <= one.near_metres < one.far_metres <= MOST_METRES:
            raise WeightsUnusable("near before far", pointer=f"{where}/far_metres")
        if not 0 <= one.near_minutes < one.far_minutes <= MOST_MINUTES:
            raise WeightsUnusable("near before far", pointer=f"{where}/far_minutes")
    if (whole := sum(one.weight for one in weights.values())) != 1:
        raise WeightsUnusable("the weights sum to 1", pointer="/features", sum=str(whole))


def weight_of(text: str) -> Decimal | None:
    """A weight as it is written, with comma or point; None where it is none."""
    try:
        found = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


_ZERO: Final = Fraction(0)


def _between(here: int, near: int, far: int) -> Fraction:
    return min(Fraction(1), max(_ZERO, Fraction(far - here, far - near)))
