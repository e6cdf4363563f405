"""Places of 2020 from IMDi's published file of requests, decisions and settlement.

Taken: the requests and the decided places. Not taken: who was settled, as the scenario's own cases
are. What the file does not say is not made up:

- A file without `Opprinnelig anmodning` of 2020 has one request of the year, the final one. It is
  the adjusted request then, and the original one is not known: the rule 0.657 cannot be turned
  round where it met its floor of ten.
- A hidden decision (`:`) is four or fewer, or hidden for another's sake: not registered here.

The file does not part the places for unaccompanied minors; theirs are invented as in the generated
figures, beside the others.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import BinaryIO

from app.scenario.figures import MunicipalityFigures, with_minors
from app.scenario.lives import PLACES_YEAR
from workflow.capacity.statistics import (
    Count,
    MunicipalityYear,
    by_municipality_year,
    read_statistics,
)
from workflow.kernel.tables import RejectedRow
from workflow.municipalities.register import MunicipalityRow


@dataclass(frozen=True, slots=True)
class FileFigures:
    """The asked municipalities of the file by number, and the lines that could not be used."""

    figures: tuple[MunicipalityFigures, ...]
    rejected: list[RejectedRow]


def read_figures(file: BinaryIO, register: Iterable[MunicipalityRow], seed: int) -> FileFigures:
    """Figures of every municipality that was asked or has decided.

    Args:
        file: seekable.
        seed: draws which municipalities with places for minors have registered nothing.
    """
    counties = {row.number: row.county for row in register}
    read = read_statistics(file, lambda number, year: year != PLACES_YEAR or number in counties)
    years = by_municipality_year(row for row in read.rows if row.year == PLACES_YEAR)
    figures = sorted(
        (_figures(one, counties[one.municipality_number]) for one in years),
        key=lambda one: one.municipality_number,
    )
    asked = [one for one in figures if one.asked or one.decided_places is not None]
    rng = Random(seed)  # noqa: S311  invented figures, no secret
    return FileFigures(tuple(with_minors(asked, rng)), read.rejected)


def _figures(one: MunicipalityYear, county: str) -> MunicipalityFigures:
    original, adjusted = _visible(one.original_request), _visible(one.adjusted_request)
    if one.adjusted_request is None:  # the file's only request of the year: the final one
        original, adjusted = None, original
    return MunicipalityFigures(
        one.municipality_number, county, original, adjusted, _visible(one.decided_places)
    )


def _visible(count: Count | None) -> int | None:
    return count if isinstance(count, int) else None
