"""The files of `bosetting outcome`: what became of people, and the groups of municipalities."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from math import isfinite
from pathlib import Path

from app.planning_files import BadFile
from workflow.kernel.tables import RejectedRow
from workflow.planning.outcomes import Person

#: Columns that say who and where, and are no features.
_NAMES = ("person", "case", "municipality", "outcome")


@dataclass(frozen=True, slots=True)
class Seen:
    """A person, where, and whether the outcome came about."""

    person: Person
    municipality: str
    outcome: bool


def read_groups(path: Path) -> dict[str, str]:
    """`municipality,group`. Raises BadFile."""
    answer, problems = {}, []
    for line, row in _rows(path, ("municipality", "group")):
        problems += [
            RejectedRow(line, column, "empty", "a number or name")
            for column in ("municipality", "group")
            if not row[column]
        ]
        if row["municipality"] in answer:
            problems.append(RejectedRow(line, "municipality", "twice", "each once"))
        answer[row["municipality"]] = row["group"]
    if problems:
        raise BadFile(path, problems)
    return answer


def read_history(path: Path, groups: dict[str, str]) -> list[Seen]:
    """`person,case,municipality,outcome` and a column for each feature; outcome is 0 or 1.

    Raises:
        BadFile: also where a municipality has no group.
    """
    answer, problems = [], []
    lines = _rows(path, _NAMES)
    numbers = _numbers(lines)
    for line, row in lines:
        if row["outcome"] not in {"0", "1"}:
            problems.append(RejectedRow(line, "outcome", f'"{row["outcome"]}"', "0 or 1"))
        if row["municipality"] not in groups:
            expected = "one of the file of groups"
            told = f'"{row["municipality"]}"'
            problems.append(RejectedRow(line, "municipality", told, expected))
        answer.append(Seen(_person(row, numbers), row["municipality"], row["outcome"] == "1"))
    if problems:
        raise BadFile(path, problems)
    return answer


def read_persons(path: Path) -> list[Person]:
    """`person,case` and a column for each feature. Raises BadFile."""
    lines = _rows(path, ("person", "case"))
    numbers = _numbers(lines)
    return [_person(row, numbers) for _, row in lines]


def _person(row: dict[str, str], numbers: set[str]) -> Person:
    features = {
        name: float(value) if name in numbers and value else value
        for name, value in row.items()
        if name not in _NAMES
    }
    return Person(row["person"], row["case"], features)


def _numbers(lines: Sequence[tuple[int, dict[str, str]]]) -> set[str]:
    """Columns in which every value is a number or empty, and not every one is empty."""
    columns = set(lines[0][1]) - set(_NAMES) if lines else set()
    return {
        column
        for column in columns
        if any(row[column] for _, row in lines)
        and all(not row[column] or _is_number(row[column]) for _, row in lines)
    }


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False


def _rows(path: Path, required: Sequence[str]) -> list[tuple[int, dict[str, str]]]:
    """Lines by column name, blanks around them gone; any other columns are kept."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        problem = RejectedRow(1, "", "not UTF-8", "UTF-8, with or without a byte order mark")
        raise BadFile(path, [problem]) from None
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(StringIO(text), delimiter=delimiter)
    header = [name.strip() for name in next(reader, [])]
    if not set(required) <= set(header) or len(set(header)) < len(header):
        problem = RejectedRow(1, "", "not the header", ",".join(required) + " and features")
        raise BadFile(path, [problem])
    answer, problems = [], []
    for fields in reader:
        if len(fields) != len(header):
            expected = f"{len(header)} fields"
            problems.append(RejectedRow(reader.line_num, "", f"{len(fields)} fields", expected))
            continue
        values = dict(zip(header, (field.strip() for field in fields), strict=True))
        answer.append((reader.line_num, values))
    if problems:
        raise BadFile(path, problems)
    return answer
