"""Files of municipalities' boundaries, GeoJSON (RFC 7946) and TopoJSON, in degrees (WGS 84)."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, Final

from shapely import MultiPolygon, make_valid
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from workflow.kernel.tables import RejectedRow

#: What a feature's municipality number is called, where nothing else is said.
NUMBER_NAMES: Final = ("kommunenummer", "municipality_number", "kommunekod", "kom_kod")
AREAS: Final = ("Polygon", "MultiPolygon")


class NotBoundaries(Exception):
    """The file as a whole cannot be read."""


def read_boundaries(
    content: bytes, *, number_name: str | None = None
) -> tuple[dict[str, BaseGeometry], list[RejectedRow]]:
    """Areas by four-digit number, and the features that are none; a line is a feature's position.

    Args:
        number_name: the property that holds the number.

    Raises:
        NotBoundaries: neither GeoJSON nor TopoJSON, or not in degrees.
    """
    try:
        read = json.loads(content)
    except ValueError as fault:
        raise NotBoundaries(f"not JSON: {fault}") from fault
    if not isinstance(read, dict):
        raise NotBoundaries("not an object, expected a FeatureCollection or a Topology")
    found: dict[str, BaseGeometry] = {}
    rejected: list[RejectedRow] = []
    for line, feature in enumerate(_features(read), start=1):
        try:
            number = _number(feature.get("properties") or {}, number_name)
            area = _area(feature)
        except _WrongFeature as wrong:
            rejected.append(RejectedRow(line, wrong.column, wrong.problem, expected=wrong.expected))
            continue
        if number in found:
            twice = f"{number} is there twice"
            rejected.append(RejectedRow(line, "number", twice, expected="each number once"))
        else:
            found[number] = area
    return found, rejected


class _WrongFeature(Exception):
    def __init__(self, column: str, problem: str, expected: str) -> None:
        super().__init__(problem)
        self.column, self.problem, self.expected = column, problem, expected


def _features(read: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    kind = read.get("type")
    try:
        if kind == "FeatureCollection":
            _refuse_metres(read)
            yield from (one for one in read["features"] if isinstance(one, dict))
        elif kind == "Topology":
            yield from _of_topology(read)
        else:
            raise NotBoundaries(f"its type is {kind!r}, expected FeatureCollection or Topology")
    except (KeyError, TypeError, IndexError, ValueError) as fault:
        raise NotBoundaries(f"not a whole {kind}: {type(fault).__name__} {fault}") from fault


def _refuse_metres(read: Mapping[str, Any]) -> None:
    name = str(((read.get("crs") or {}).get("properties") or {}).get("name", "CRS84"))
    if not name.endswith(("CRS84", "4326", "4258")):
        raise NotBoundaries(f"its positions are in {name}, expected degrees (EPSG:4326)")


def _of_topology(read: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Its geometries as features: rings are put together of arcs, ~n being arc n backwards."""
    arcs = [_arc(arc, read.get("transform")) for arc in read["arcs"]]

    def ring(indices: Sequence[int]) -> list[tuple[float, float]]:
        joined: list[tuple[float, float]] = []
        for index in indices:
            arc = arcs[index] if index >= 0 else arcs[~index][::-1]
            joined += arc[1:] if joined else arc
        return joined

    def coordinates(arcs_of: Any, depth: int) -> Any:
        return ring(arcs_of) if depth == 0 else [coordinates(one, depth - 1) for one in arcs_of]

    for collection in read["objects"].values():
        for geometry in collection.get("geometries", [collection]):
            kind = geometry.get("type")
            depth = {"Polygon": 1, "MultiPolygon": 2}.get(kind)
            drawn = None if depth is None else coordinates(geometry["arcs"], depth)
            yield {
                "properties": geometry.get("properties"),
                "geometry": {"type": kind, "coordinates": drawn},
            }


def _arc(arc: Sequence[Sequence[float]], transform: Any) -> list[tuple[float, float]]:
    if transform is None:
        return [(float(point[0]), float(point[1])) for point in arc]
    (scale_x, scale_y), (shift_x, shift_y) = transform["scale"], transform["translate"]
    xs, ys = map(accumulate, zip(*((point[0], point[1]) for point in arc), strict=True))
    return [(x * scale_x + shift_x, y * scale_y + shift_y) for x, y in zip(xs, ys, strict=True)]


def _number(properties: Mapping[str, Any], name: str | None) -> str:
    """Four digits; a number that lost its first zero has it again."""
    lower = {key.lower(): value for key, value in properties.items()}
    names = NUMBER_NAMES if name is None else (name.lower(),)
    told = next((lower[one] for one in names if one in lower), None)
    text = str(told).strip()
    if told is None or not (text.isascii() and text.isdigit() and len(text) <= 4):
        problem = "no number" if told is None else f"{text[:20]!r} is no municipality number"
        raise _WrongFeature(names[0], problem, "four digits")
    return text.zfill(4)


def _area(feature: Mapping[str, Any]) -> BaseGeometry:
    geometry = feature.get("geometry") or {}
    if geometry.get("type") not in AREAS:
        raise _WrongFeature("geometry", f"{geometry.get('type')!r}", " or ".join(AREAS))
    try:
        area = make_valid(shape(geometry))
    except (ShapelyError, ValueError, TypeError, IndexError) as fault:
        raise _WrongFeature("geometry", f"no area: {fault}", "closed rings of degrees") from fault
    west, south, east, north = area.bounds if not area.is_empty else (999, 999, 999, 999)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise _WrongFeature("geometry", "positions out of range or none", "degrees (EPSG:4326)")
    polygons = [part for part in getattr(area, "geoms", [area]) if part.geom_type in AREAS]
    return area if area.geom_type in AREAS else MultiPolygon(_flat(polygons))


def _flat(parts: Sequence[BaseGeometry]) -> list[Any]:
    return [one for part in parts for one in getattr(part, "geoms", [part])]
