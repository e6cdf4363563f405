"""Boundaries simple enough for a page: neighbours keep the line they share."""

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np
from shapely import coverage_simplify, get_parts, transform
from shapely.geometry.base import BaseGeometry

from app.maps.plane import on_plane
from workflow.kernel.country import Country

#: What is narrower than so many kilometres may go; islands smaller than its square do.
TOLERANCE: Final = 1.4
#: A municipality of nothing but small islands keeps its largest.
SMALLEST_ISLAND: Final = 6.0
#: Units of a drawing for a kilometre.
UNITS: Final = 2


def simplified(areas: Mapping[str, BaseGeometry], country: Country) -> dict[str, str]:
    """The `d` of an SVG path for each number, in UNITS of a kilometre on the country's grid.

    None is lost, and where two touch no gap and no overlap comes to be (Visvalingam and Whyatt on
    the lines they share).
    """
    flat = [transform(area, lambda points: on_plane(points, country)) for area in areas.values()]
    simple = coverage_simplify(flat, TOLERANCE)
    return {number: "".join(_paths(area)) for number, area in zip(areas, list(simple), strict=True)}


def _paths(area: BaseGeometry) -> Iterator[str]:
    parts = sorted(get_parts(area), key=lambda part: part.area, reverse=True)
    for part in [*parts[:1], *(part for part in parts[1:] if part.area >= SMALLEST_ISLAND)]:
        for ring in (part.exterior, *part.interiors):
            yield _path(np.rint(np.asarray(ring.coords) * UNITS).astype(int))


def _path(points: np.ndarray[tuple[int, int], np.dtype[np.int_]]) -> str:
    """The first point, then steps; those of no length are left out."""
    steps = np.diff(points[:-1], axis=0)
    steps = steps[np.any(steps != 0, axis=1)]
    written = "".join(f"l{x} {y}" for x, y in steps.tolist())
    return f"M{points[0][0]} {points[0][1]}{written}z"
