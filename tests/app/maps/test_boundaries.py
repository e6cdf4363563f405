"""Files of boundaries: both formats, what is wrong with them, and lines neighbours share."""

import json
import re

import pytest

from app.maps.boundary_files import NotBoundaries, read_boundaries
from app.maps.simplified import simplified
from workflow.kernel.country import Country

WEST = [[[10, 60], [11, 60], [11, 61], [10, 61], [10, 60]]]
EAST = [[[11, 60], [12, 60], [12, 61], [11, 61], [11, 60]]]


def feature(number, coordinates=WEST, kind="Polygon", name="kommunenummer"):
    return {
        "type": "Feature",
        "properties": {name: number},
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def geojson(*features, **more) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


#: The same two squares, with the line between them as an arc of its own.
TOPOLOGY = {
    "type": "Topology",
    "transform": {"scale": [0.5, 0.5], "translate": [10, 60]},
    "arcs": [
        [[2, 0], [0, 2]],
        [[2, 2], [-2, 0], [0, -2], [2, 0]],
        [[2, 2], [2, 0], [0, -2], [-2, 0]],
    ],
    "objects": {
        "municipalities": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]], "properties": {"kommunenummer": 301}},
                {"type": "MultiPolygon", "arcs": [[[2, 0]]], "properties": {"kommunenummer": 302}},
            ],
        }
    },
}


def test_both_formats_say_the_same():
    plain, _ = read_boundaries(geojson(feature("0301"), feature(302, EAST)))
    shared, rejected = read_boundaries(json.dumps(TOPOLOGY).encode())

    assert rejected == []
    assert list(plain) == list(shared) == ["0301", "0302"]
    assert all(plain[number].equals(shared[number]) for number in plain)


def test_the_number_may_be_called_otherwise():
    found, _ = read_boundaries(geojson(feature("1103", name="KNR")), number_name="knr")

    assert list(found) == ["1103"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (feature("abc"), ("kommunenummer", "'abc' is no municipality number")),
        (feature(None, name="navn"), ("kommunenummer", "no number")),
        (feature("1103", [10, 60], "Point"), ("geometry", "'Point'")),
        (
            feature("1103", [[[500000, 6600000]] * 4]),
            ("geometry", "positions out of range or none"),
        ),
        (feature("0301"), ("number", "0301 is there twice")),
    ],
)
def test_a_feature_that_is_none_is_told_and_the_rest_is_read(wrong, told):
    found, (rejected,) = read_boundaries(geojson(feature("0301"), wrong))

    assert list(found) == ["0301"]
    assert (rejected.line, rejected.column, rejected.problem) == (2, *told)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "not JSON"),
        (b"[1]", "not an object"),
        (b'{"type": "Feature"}', "its type is 'Feature'"),
        (b'{"type": "FeatureCollection"}', "not a whole FeatureCollection"),
        (b'{"type": "Topology", "arcs": [[[0]]], "objects": {}}', "not a whole Topology"),
        (
            geojson(crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::25833"}}),
            "expected degrees",
        ),
    ],
)
def test_a_file_that_is_no_map_is_refused(content, said):
    with pytest.raises(NotBoundaries, match=re.escape(said)):
        read_boundaries(content)


def test_neighbours_keep_the_line_they_share():
    crooked = [[11, 60 + step / 40] if step % 2 else [11.004, 60 + step / 40] for step in range(41)]
    areas, _ = read_boundaries(
        geojson(
            feature("0301", [[[10, 60], *crooked, [10, 61], [10, 60]]]),
            feature("0302", [[[12, 60], [12, 61], *crooked[::-1], [12, 60]]]),
        )
    )

    drawn = simplified(areas, Country.NORWAY)

    west, east = (_points(drawn[number]) for number in ("0301", "0302"))
    between = set(west) & set(east)
    # Nothing of the line but its ends and what both have.
    assert 2 <= len(between) < 41
    assert len(set(west) - between) == len(set(east) - between) == 2


def test_none_is_lost_however_small():
    tiny = [[[10, 60], [10.001, 60], [10.001, 60.001], [10, 60]]]

    drawn = simplified(read_boundaries(geojson(feature("0301", tiny)))[0], Country.NORWAY)

    assert re.fullmatch(r"M-?\d+ -?\d+(l-?\d+ -?\d+)*z", drawn["0301"])


def _points(path: str) -> list[tuple[int, int]]:
    points, at = [], (0, 0)
    for kind, x, y in re.findall(r"([Ml])(-?\d+) (-?\d+)", path):
        at = (int(x), int(y)) if kind == "M" else (at[0] + int(x), at[1] + int(y))
        points.append(at)
    return points
