"""The circle map: one circle a municipality, as large as its places, as near its spot as may be.

A large and empty municipality is no larger than what it offers (Dorling 1996).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.maps.plane import on_plane
from workflow.kernel.country import Country

#: Of the drawing, in its own units.
WIDTH: Final = 480.0
#: Radii: of one without places, and the share of the drawing all circles may cover together.
SMALLEST: Final = 1.6
COVERED: Final = 0.13
GAP: Final = 0.4
ROUNDS: Final = 200
#: Neighbours are looked for so near, and again after so many rounds.
NEIGHBOURHOOD: Final = 12.0
NEIGHBOURS_FOR: Final = 10
MARGIN: Final = 4.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A municipality's position in degrees, and what its circle's area shows."""

    longitude: float
    latitude: float
    size: int


@dataclass(frozen=True, slots=True)
class Circle:
    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class CircleMap:
    """Circles in the order of their spots, in a drawing of this size."""

    width: float
    height: float
    circles: tuple[Circle, ...]


@lru_cache(64)
def circle_map(spots: Sequence[Spot], country: Country) -> CircleMap:
    """The same spots give the same map.

    Args:
        spots: a tuple, so that a map once drawn is kept.
    """
    if not spots:
        return CircleMap(WIDTH, WIDTH, ())
    degrees = np.array([(spot.longitude, spot.latitude) for spot in spots])
    here = on_plane(degrees, country)
    here -= here.min(axis=0)
    here *= WIDTH / max(here[:, 0].max(), 1.0)
    radii = _radii(np.array([spot.size for spot in spots], dtype=float), here)
    here = _apart(here, radii)
    here += MARGIN - (here - radii[:, None]).min(axis=0)
    width, height = (here + radii[:, None]).max(axis=0) + MARGIN
    circles = (
        Circle(round(float(x), 1), round(float(y), 1), round(float(radius), 1))
        for (x, y), radius in zip(here, radii, strict=True)
    )
    return CircleMap(round(float(width), 1), round(float(height), 1), tuple(circles))


def _radii(sizes: NDArray[np.float64], here: NDArray[np.float64]) -> NDArray[np.float64]:
    """Areas as the sizes, and together a part of the drawing; none too small to be met."""
    room = COVERED * WIDTH * max(float(here[:, 1].max()), WIDTH / 4)
    areas = room * sizes / max(float(sizes.sum()), 1.0)
    return np.maximum(np.sqrt(areas / np.pi), SMALLEST)


def _apart(home: NDArray[np.float64], radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """Moved until none covers another, each drawn back a little towards its own spot."""
    # Two on one spot part in a direction of their own, the same each time.
    turn = np.arange(len(home)) * 2.399963
    here = home + np.column_stack((np.cos(turn), np.sin(turn))) * 1e-3
    for at in range(ROUNDS):
        if at % NEIGHBOURS_FOR == 0:
            one, other = _near(here, radii)
            least = radii[one] + radii[other] + GAP
        between = here[one] - here[other]
        far = np.hypot(between[:, 0], between[:, 1])
        push = between * (0.45 * np.clip(least - far, 0, None) / np.maximum(far, 1e-9))[:, None]
        np.add.at(here, one, push)
        np.add.at(here, other, -push)
        here += 0.04 * (1 - at / ROUNDS) * (home - here)
    return here


def _near(
    here: NDArray[np.float64], radii: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The pairs that may meet before the neighbours are looked for again."""
    one, other = np.triu_indices(len(here), k=1)
    far = np.hypot(*(here[one] - here[other]).T)
    meet = far < radii[one] + radii[other] + NEIGHBOURHOOD
    return one[meet], other[meet]
