"""The files of `bosetting plan`: cases, municipalities and scores in, a plan and figures out."""

import csv
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from math import isfinite
from pathlib import Path
from typing import TextIO, TypeVar

from app.cells import cell
from workflow.kernel.tables import RejectedRow, Row, encoding_of, read_table
from workflow.planning.inputs import Case, Municipality
from workflow.planning.planner import Outcome

T = TypeVar("T")

_WHOLE = re.compile(r"[0-9]{1,9}")
_CASES = (("case", "persons"), ("former", "track", "expires", "allowed", "related"))
_MUNICIPALITIES = (("municipality", "places", "used"), ("vacancies", "last_distribution"))
_SCORES = (("case", "municipality", "score"), ())


class BadFile(Exception):
    """Lines that cannot be used, each with where, what and what was expected."""

    def __init__(self, path: Path, rejected: Sequence[RejectedRow]) -> None:
        super().__init__(f"{path}: {len(rejected)} lines cannot be used")
        self.path, self.rejected = path, rejected


def read_cases(path: Path) -> list[Case]:
    """Raises BadFile."""
    return _read(path, _CASES, _case, lambda case: case.case_number, "case")


def read_municipalities(path: Path) -> list[Municipality]:
    """Raises BadFile."""
    return _read(
        path, _MUNICIPALITIES, _municipality, lambda one: one.municipality_number, "municipality"
    )


def read_scores(
    path: Path, cases: Sequence[Case], municipalities: Sequence[Municipality]
) -> dict[tuple[str, str], float]:
    """Scores of known cases and municipalities.

    Raises:
        BadFile: also where a line names another.
    """
    known_cases = {case.case_number for case in cases}
    known = {one.municipality_number for one in municipalities}

    def score(row: Row, problems: list[RejectedRow]) -> tuple[str, str, float]:
        if row["case"] not in known_cases:
            problems.append(_bad(row, "case", "a case of the file of cases"))
        if row["municipality"] not in known:
            problems.append(_bad(row, "municipality", "one of the file of municipalities"))
        try:
            value = float(row["score"])
        except ValueError:
            value = float("nan")
        if not isfinite(value) or abs(value) > 1e9:
            problems.append(_bad(row, "score", "a number with a decimal point"))
        return row["case"], row["municipality"], value

    lines = _read(path, _SCORES, score, lambda one: one[0] + "\0" + one[1], "case")
    return {(case, municipality): value for case, municipality, value in lines}


def only_listed(cases: Sequence[Case], scores: Mapping[tuple[str, str], float]) -> list[Case]:
    """The same cases, each allowed only where it has a score."""
    listed: dict[str, set[str]] = {case.case_number: set() for case in cases}
    for case_number, municipality in scores:
        listed[case_number].add(municipality)
    return [
        replace(
            case,
            allowed=frozenset(
                listed[case.case_number]
                if case.allowed is None
                else listed[case.case_number] & case.allowed
            ),
        )
        for case in cases
    ]


def _read(
    path: Path,
    columns: tuple[Sequence[str], Sequence[str]],
    made: Callable[[Row, list[RejectedRow]], T],
    key: Callable[[T], str],
    key_column: str,
) -> list[T]:
    answer: list[T] = []
    problems: list[RejectedRow] = []
    seen: set[str] = set()
    with path.open("rb") as file:
        if encoding_of(file) not in {"utf-8", "utf-8-sig"}:
            problem = RejectedRow(1, "", "not UTF-8", "UTF-8, with or without a byte order mark")
            raise BadFile(path, [problem])
        header = file.readline()
        file.seek(0)
        delimiter = ";" if header.count(b";") > header.count(b",") else ","
        required, optional = columns
        for row in read_table(file, delimiter=delimiter, columns=required, optional=optional):
            if isinstance(row, RejectedRow):
                problems.append(row)
                continue
            before = len(problems)
            one = made(row, problems)
            if len(problems) == before and key(one) in seen:
                problems.append(_bad(row, key_column, "each once"))
            seen.add(key(one))
            answer.append(one)
    if problems:
        raise BadFile(path, problems)
    return answer


def _case(row: Row, problems: list[RejectedRow]) -> Case:
    number = _named(row, "case", problems)
    persons = _whole(row, "persons", problems)
    if persons == 0:
        problems.append(_bad(row, "persons", "at least 1"))
    if row["track"] not in {"", "A", "B"}:
        problems.append(_bad(row, "track", "A, B or empty"))
    allowed = frozenset(part.strip() for part in row["allowed"].split(";") if part.strip())
    return Case(
        number,
        persons or 1,
        row["former"] or None,
        row["track"] or None,
        _day(row, "expires", problems),
        allowed or None,
        row["related"] or None,
    )


def _municipality(row: Row, problems: list[RejectedRow]) -> Municipality:
    homes = [part.strip() for part in row["vacancies"].split(";") if part.strip()]
    if not all(_WHOLE.fullmatch(home) for home in homes):
        problems.append(_bad(row, "vacancies", "persons of each open home, joined by ;"))
        homes = []
    return Municipality(
        _named(row, "municipality", problems),
        _whole(row, "places", problems) if row["places"] else None,
        _whole(row, "used", problems),
        tuple(int(home) for home in homes),
        _day(row, "last_distribution", problems),
    )


def _named(row: Row, column: str, problems: list[RejectedRow]) -> str:
    if not row[column]:
        problems.append(_bad(row, column, "a number or name"))
    return row[column]


def _whole(row: Row, column: str, problems: list[RejectedRow]) -> int:
    if _WHOLE.fullmatch(row[column]):
        return int(row[column])
    problems.append(_bad(row, column, "a whole number of at least 0"))
    return 0


def _day(row: Row, column: str, problems: list[RejectedRow]) -> date | None:
    if not row[column]:
        return None
    try:
        return date.fromisoformat(row[column])
    except ValueError:
        problems.append(_bad(row, column, "a date like 2020-03-12, or empty"))
        return None


def _bad(row: Row, column: str, expected: str) -> RejectedRow:
    text = row[column]
    return row.rejected(column, f'"{text}"' if text else "empty", expected=expected)


def write_plan(path: Path, outcome: Outcome) -> None:
    """The whole file or nothing of it."""
    with _replacing(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("case", "municipality", "reason"))
        writer.writerows(
            (cell(line.case_number), cell(line.municipality_number or ""), line.reason)
            for line in outcome.lines
        )


def write_summary(path: Path, figures: dict[str, object]) -> None:
    with _replacing(path) as file:
        json.dump(figures, file, indent=2)
        file.write("\n")


@contextmanager
def _replacing(path: Path) -> Iterator[TextIO]:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    written = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
        written.chmod(0o666 & ~_umask())
        written.replace(path)
    except BaseException:
        written.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
