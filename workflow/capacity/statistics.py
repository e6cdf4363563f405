"""IMDi's published statistics of requests, decisions and settlement, read as they are downloaded.

The file: ISO-8859-1 or UTF-8, `;`, one row for each unit, year, municipality and figure, 1995–2023.
`:` = four or fewer, hidden (also where nothing was asked); `.` = none. Pure: no table is touched.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import BinaryIO, Final

from workflow.kernel.tables import RejectedRow, Row, read_table

UNIT, YEAR, NUMBER, NAME, FIGURE, COUNT = COLUMNS = (
    "Enhet",
    "År",
    "Kommunenummer",
    "Kommune",
    "Bosetting",
    "Antall",
)
PERSONS = "Personer"
PER_CENT = "Prosent"
FIRST_YEAR = 1990
LAST_YEAR = 2100

_YEAR = re.compile(r"[0-9]{4}")
_NUMBER = re.compile(r"[0-9]{4}")
_PERSONS = re.compile(r"[0-9]{1,6}")


class Figure(StrEnum):
    """What a row counts, in the file's own words."""

    #: The first letter's number, in years that had an adjusted one.
    ORIGINAL_REQUEST = "Opprinnelig anmodning"
    #: The request that stood last: adjusted, where the year has an original one beside it.
    REQUEST = "Anmodning om bosetting"
    DECIDED_PLACES = "Vedtak om bosetting"
    SETTLED = "Faktisk bosetting"


class Mark(Enum):
    """What stands in the place of a number."""

    HIDDEN = ":"
    NONE = "."


Count = int | Mark
#: Says whether a municipality had this number in this year.
KnownNumber = Callable[[str, int], bool]


@dataclass(frozen=True, slots=True)
class StatisticsRow:
    """One figure of one municipality's year, in persons; `line` is where the file says it."""

    line: int
    year: int
    municipality_number: str
    figure: Figure
    count: Count

    @property
    def key(self) -> tuple[int, str, Figure]:
        return self.year, self.municipality_number, self.figure


@dataclass(slots=True)
class Statistics:
    """What a file gave: every line but the blank ones is counted in exactly one of the six."""

    #: One row for each figure, in the order of the file.
    rows: list[StatisticsRow] = field(default_factory=list)
    #: In the order of the file.
    rejected: list[RejectedRow] = field(default_factory=list)
    #: Lines in per cent: they follow from the others and are not read further.
    per_cent: int = 0
    #: Lines that say again what an earlier one said.
    repeated: int = 0
    #: Lines that say `.` of a number nobody had that year: the file has lines for every number it
    #: knows in every year.
    nobodys: int = 0
    #: Lines of other years than the one that was asked for.
    other_years: int = 0


def read_statistics(
    file: BinaryIO, known_number: KnownNumber, *, year: int | None = None
) -> Statistics:
    """Read the file line by line, keeping one row for each figure.

    Where two lines contradict each other neither is used: nothing tells which of them is right.

    Args:
        file: seekable.
        known_number: asked with number and year; a number nobody had that year is rejected.
        year: only its lines are read; None: every year's.
    """
    found = Statistics()
    said: dict[tuple[int, str, Figure], list[StatisticsRow]] = {}
    for row in read_table(file, delimiter=";", columns=COLUMNS):
        if isinstance(row, RejectedRow):
            found.rejected.append(row)
        elif _passed_over(found, row, year):
            continue
        elif isinstance(read := _read(row), RejectedRow):
            found.rejected.append(read)
        elif not known_number(read.municipality_number, read.year):
            _nobodys(found, row, read)
        elif read.key not in said:
            said[read.key] = [read]
        elif all(other.count == read.count for other in said[read.key]):
            found.repeated += 1
        else:
            said[read.key].append(read)
    for rows in said.values():
        if len(rows) == 1:
            found.rows += rows
        else:
            found.rejected += _contradiction(rows)
    found.rejected.sort(key=lambda rejected: rejected.line)
    return found


def _passed_over(found: Statistics, row: Row, year: int | None) -> bool:
    if row[UNIT] == PER_CENT:
        found.per_cent += 1
        return True
    if year is not None and row[YEAR] != str(year):
        found.other_years += 1
        return True
    return False


def _nobodys(found: Statistics, row: Row, read: StatisticsRow) -> None:
    if read.count is Mark.NONE:
        found.nobodys += 1
        return
    problem = f"nobody in the register had number {read.municipality_number} in {read.year}"
    found.rejected.append(row.rejected(NUMBER, problem, expected=f"a number of {read.year}"))


def _read(row: Row) -> StatisticsRow | RejectedRow:
    """The row's meaning, or the first thing in it that has none; the name is not read."""

    def wrong(column: str, expected: str) -> RejectedRow:
        said = f"{row[column]!r}" if row[column] else "empty"
        return row.rejected(column, said, expected=expected)

    if row[UNIT] != PERSONS:
        return wrong(UNIT, f"{PERSONS} or {PER_CENT}")
    if not _YEAR.fullmatch(row[YEAR]) or not FIRST_YEAR <= int(row[YEAR]) <= LAST_YEAR:
        return wrong(YEAR, f"a year from {FIRST_YEAR} to {LAST_YEAR}")
    if not _NUMBER.fullmatch(row[NUMBER]):
        return wrong(NUMBER, "four digits, like 0301")
    if row[FIGURE] not in list(Figure):
        return wrong(FIGURE, f"one of {', '.join(Figure)}")
    if (count := _count(row[COUNT])) is None:
        return wrong(COUNT, "whole persons, or : or .")
    return StatisticsRow(row.line, int(row[YEAR]), row[NUMBER], Figure(row[FIGURE]), count)


def _count(text: str) -> Count | None:
    if _PERSONS.fullmatch(text):
        return int(text)
    return Mark(text) if text in {mark.value for mark in Mark} else None


def _contradiction(rows: list[StatisticsRow]) -> list[RejectedRow]:
    lines = ", ".join(str(row.line) for row in rows)
    return [
        RejectedRow(
            row.line,
            COUNT,
            f"{written(row.count)!r} for {row.figure} in {row.municipality_number}, {row.year},"
            f" contradicted among lines {lines}",
            expected="the same on each",
        )
        for row in rows
    ]


def written(count: Count) -> str:
    """As the file writes it."""
    return count.value if isinstance(count, Mark) else str(count)


@dataclass(frozen=True, slots=True)
class MunicipalityYear:
    """All figures of one municipality's year. None: the file has no usable row of that figure."""

    year: int
    municipality_number: str
    original_request: Count | None = None
    #: None in years without an adjustment, whose one request is the original.
    adjusted_request: Count | None = None
    decided_places: Count | None = None
    settled: Count | None = None


def by_municipality_year(rows: Iterable[StatisticsRow]) -> list[MunicipalityYear]:
    """Rows put together, in the order each municipality's year first comes up.

    The request is the adjusted one in a year that has any row of an original request, whichever
    municipality's; in other years it is the original.
    """
    counts: dict[tuple[int, str], dict[Figure, Count]] = defaultdict(dict)
    for row in rows:
        counts[row.year, row.municipality_number][row.figure] = row.count
    adjusted: Final = {
        year for (year, _), said in counts.items() if Figure.ORIGINAL_REQUEST in said
    }
    return [
        MunicipalityYear(
            year,
            number,
            original_request=said.get(
                Figure.ORIGINAL_REQUEST if year in adjusted else Figure.REQUEST
            ),
            adjusted_request=said.get(Figure.REQUEST) if year in adjusted else None,
            decided_places=said.get(Figure.DECIDED_PLACES),
            settled=said.get(Figure.SETTLED),
        )
        for (year, number), said in counts.items()
    ]
