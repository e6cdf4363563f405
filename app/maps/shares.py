"""What share of its places a municipality has left, in five classes, drawn for a page."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from app.maps.circles import CircleMap, Spot, circle_map
from workflow.capacity.queries import MunicipalityYear
from workflow.kernel.country import Country
from workflow.municipalities.queries import MunicipalitySeen

#: Fifths; the last holds the whole too.
CLASSES: Final = 5
#: Kept free around boundaries, in their units.
MARGIN: Final = 10
_POINT = re.compile(r"([Ml])(-?\d+) (-?\d+)")


@dataclass(frozen=True, slots=True)
class Mark:
    """One municipality on the map; `path` or the circle. Class None: it has no places to share."""

    row: MunicipalityYear
    shade: int | None
    path: str | None = None
    x: float | None = None
    y: float | None = None
    radius: float | None = None


@dataclass(frozen=True, slots=True)
class ShareMap:
    #: Of an SVG: left, top, width, height.
    box: tuple[float, float, float, float]
    marks: tuple[Mark, ...]


def shade(share: Fraction | None) -> int | None:
    """0 to 4: a fifth each of the places unused."""
    return None if share is None else min(int(share * CLASSES), CLASSES - 1)


def shares_by_circle(
    rows: Sequence[MunicipalityYear], lie: Mapping[int, MunicipalitySeen], country: Country
) -> ShareMap:
    """Circles as large as the places; a municipality without a position has none."""
    placed = [
        (row, here) for row in rows if (here := _position(lie.get(row.municipality_id))) is not None
    ]
    spots = tuple(Spot(*here, row.ordinary.ceiling) for row, here in placed)
    drawn: CircleMap = circle_map(spots, country)
    marks = (
        Mark(row, shade(row.ordinary.unused_share), x=at.x, y=at.y, radius=at.radius)
        for (row, _), at in zip(placed, drawn.circles, strict=True)
    )
    return ShareMap((0, 0, drawn.width, drawn.height), tuple(marks))


def shares_by_boundary(rows: Sequence[MunicipalityYear], paths: Mapping[int, str]) -> ShareMap:
    """Areas; a municipality whose boundary is not imported is in the table only."""
    marks = tuple(
        Mark(row, shade(row.ordinary.unused_share), path=paths[row.municipality_id])
        for row in rows
        if row.municipality_id in paths
    )
    return ShareMap(_box(mark.path or "" for mark in marks), marks)


def _position(seen: MunicipalitySeen | None) -> tuple[float, float] | None:
    if seen is None or seen.longitude is None or seen.latitude is None:
        return None
    return float(seen.longitude), float(seen.latitude)


def _box(paths: Iterable[str]) -> tuple[float, float, float, float]:
    xs, ys = [], []
    for path in paths:
        x = y = 0
        for kind, across, down in _POINT.findall(path):
            x, y = (int(across), int(down)) if kind == "M" else (x + int(across), y + int(down))
            xs.append(x)
            ys.append(y)
    if not xs:
        return 0, 0, 1, 1
    left, top = min(xs) - MARGIN, min(ys) - MARGIN
    return left, top, max(xs) - left + MARGIN, max(ys) - top + MARGIN
