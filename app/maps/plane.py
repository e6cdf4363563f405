"""From degrees to a flat map, in kilometres: the national grid of the country."""

from collections.abc import Mapping
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from workflow.kernel.country import Country

Plane = NDArray[np.float64]

#: EUREF89 UTM 33 and SWEREF 99 TM, in which each country's own maps of the whole are drawn.
GRIDS: Final[Mapping[Country, int]] = {Country.NORWAY: 25833, Country.SWEDEN: 3006}


def on_plane(degrees: NDArray[np.float64], country: Country) -> Plane:
    """Points in kilometres, east and down.

    Args:
        degrees: rows of longitude and latitude.
    """
    if not len(degrees):
        return np.empty((0, 2))
    east, north = _grid(country).transform(degrees[:, 0], degrees[:, 1])
    return np.column_stack((east, -np.asarray(north))) / 1000


@cache
def _grid(country: Country) -> Transformer:
    return Transformer.from_crs("EPSG:4326", f"EPSG:{GRIDS[country]}", always_xy=True)
