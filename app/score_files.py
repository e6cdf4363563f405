"""Files of scores, `case,municipality,score`: millions of lines, so read in bulk where they can be.

A file in which anything is out of order is read line by line, to tell what and where.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import TextIO

import numpy as np

from app.planning_files import bad, read_rows
from workflow.kernel.tables import RejectedRow, Row
from workflow.planning.inputs import Case, Municipality
from workflow.planning.score_grid import ScoreGrid

_COLUMNS = ("case", "municipality", "score")
_MOST = 1e9
#: Characters read at once.
_CHUNK = 1 << 24


def read_scores(
    path: Path, cases: Sequence[Case], municipalities: Sequence[Municipality]
) -> ScoreGrid:
    """Scores of known cases and municipalities.

    Raises:
        BadFile: also where a line names another.
    """
    numbers = [case.case_number for case in cases]
    names = [one.municipality_number for one in municipalities]
    return _in_bulk(path, ScoreGrid(numbers, names)) or _by_line(path, ScoreGrid(numbers, names))


def only_listed(cases: Sequence[Case], scores: ScoreGrid) -> list[Case]:
    """The same cases, each allowed only where it has a score."""
    listed = scores.listed_of_each()
    return [
        replace(
            case,
            allowed=listed[case.case_number]
            if case.allowed is None
            else listed[case.case_number] & case.allowed,
        )
        for case in cases
    ]


def _in_bulk(path: Path, grid: ScoreGrid) -> ScoreGrid | None:
    """None where a line is not what is expected."""
    lines = 0
    try:
        with path.open(encoding="utf-8-sig", newline=None) as file:
            header = file.readline().rstrip("\n")
            delimiter = ";" if header.count(";") > header.count(",") else ","
            if tuple(header.split(delimiter)) != _COLUMNS:
                return None
            for text in _chunks(file):
                taken = _take(text, delimiter, grid)
                if taken is None:
                    return None
                lines += taken
    except ValueError:  # not UTF-8, or not a number
        return None
    # A pair that stands there twice fills one cell.
    return grid if len(grid) == lines else None


def _chunks(file: TextIO) -> Iterator[str]:
    """Whole lines, millions of characters at a time."""
    while text := file.read(_CHUNK):
        yield (text + file.readline()).rstrip("\n")


def _take(text: str, delimiter: str, grid: ScoreGrid) -> int | None:
    """Lines whose scores were taken; None where one is not what is expected."""
    count = text.count("\n") + 1
    if '"' in text or text.count(delimiter) != 2 * count:
        return None
    parts = text.replace("\n", delimiter).split(delimiter)
    rows = np.array([grid.cases.get(name, -1) for name in parts[0::3]])
    columns = np.array([grid.municipalities.get(name, -1) for name in parts[1::3]])
    # Three parts to a line: were one short, numbers would stand where names do.
    values = np.array([float(part) for part in parts[2::3]])
    usable = (rows >= 0) & (columns >= 0) & (np.abs(values) <= _MOST)
    if not usable.all():
        return None
    grid.cells[rows, columns] = values
    return count


def _by_line(path: Path, grid: ScoreGrid) -> ScoreGrid:
    def score(row: Row, problems: list[RejectedRow]) -> tuple[str, str, float]:
        if row["case"] not in grid.cases:
            problems.append(bad(row, "case", "a case of the file of cases"))
        if row["municipality"] not in grid.municipalities:
            problems.append(bad(row, "municipality", "one of the file of municipalities"))
        try:
            value = float(row["score"])
        except ValueError:
            value = float("nan")
        if not isfinite(value) or abs(value) > _MOST:
            problems.append(bad(row, "score", "a number with a decimal point"))
        return row["case"], row["municipality"], value

    lines = read_rows(path, (_COLUMNS, ()), score, lambda one: one[0] + "\0" + one[1], "case")
    for case, municipality, value in lines:
        grid.cells[grid.cases[case], grid.municipalities[municipality]] = value
    return grid
