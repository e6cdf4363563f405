"""The files that `bosetting plan` reads: cases, municipalities, scores, homes, weeks, rules."""

import json
import re
import tomllib
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from app.errors import CannotStart
from workflow.kernel.tables import RejectedRow, Row, encoding_of, read_table
from workflow.kernel.weeks import Week
from workflow.planning.inputs import MINORS, ORDINARY, Case, Home, Municipality
from workflow.planning.rule_sets import BadRules, PlanningRules, from_mapping

T = TypeVar("T")

_WHOLE = re.compile(r"[0-9]{1,9}")
_CASES = (
    ("case", "persons"),
    (
        *("former", "track", "expires", "allowed", "related", "group", "pool", "needs", "kinds"),
        *("declined", "near", "strength", "earliest", "rooms", "arrives"),
    ),
)
_MUNICIPALITIES = (
    ("municipality", "places", "used"),
    (
        *("vacancies", "last_distribution", "minors_places", "minors_used", "services", "region"),
        *("airport", "weekly", "declines", "paused", "most", "accepts"),
    ),
)
_HOMES = (
    ("home", "municipality", "persons"),
    ("rooms", "accessible", "quarantine", "from", "until", "group", "reserved_for"),
)
_WEEKS = (("municipality", "week", "persons"), ())
_BEFORE = (("case", "municipality"), ("reason",))


class BadFile(Exception):
    """Lines that cannot be used, each with where, what and what was expected."""

    def __init__(self, path: Path, rejected: Sequence[RejectedRow]) -> None:
        super().__init__(f"{path}: {len(rejected)} lines cannot be used")
        self.path, self.rejected = path, rejected


def read_cases(path: Path) -> list[Case]:
    """Raises BadFile."""
    return read_rows(path, _CASES, _case, lambda case: case.case_number, "case")


def read_municipalities(path: Path) -> list[Municipality]:
    """Raises BadFile."""
    return read_rows(
        path, _MUNICIPALITIES, _municipality, lambda one: one.municipality_number, "municipality"
    )


def read_arrivals(path: Path) -> dict[str, date]:
    """The Monday of the week in which a case comes, for those whose `arrives` says it.

    Raises:
        BadFile.
    """

    def arrival(row: Row, problems: list[RejectedRow]) -> tuple[str, date | None]:
        return row["case"], _week(row, "arrives", problems) if row["arrives"] else None

    lines = read_rows(path, _CASES, arrival, lambda one: one[0], "case")
    return {case: monday for case, monday in lines if monday is not None}


def read_accepts(path: Path) -> dict[str, float]:
    """The chance that a municipality says yes, for those whose `accepts` says it.

    Raises:
        BadFile.
    """

    def accepts(row: Row, problems: list[RejectedRow]) -> tuple[str, float | None]:
        if not row["accepts"]:
            return row["municipality"], None
        try:
            value = float(row["accepts"])
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            problems.append(bad(row, "accepts", "0 to 1, with a decimal point"))
        return row["municipality"], value

    lines = read_rows(path, _MUNICIPALITIES, accepts, lambda one: one[0], "municipality")
    return {number: value for number, value in lines if value is not None}


def read_homes(path: Path, municipalities: Sequence[Municipality]) -> list[Home]:
    """Raises BadFile: also where a line names an unknown municipality."""
    known = {one.municipality_number for one in municipalities}

    def home(row: Row, problems: list[RejectedRow]) -> Home:
        _known(row, known, problems)
        return Home(
            _named(row, "home", problems),
            row["municipality"],
            _whole(row, "persons", problems),
            _whole_or(row, "rooms", problems, 0) or 0,
            _flag(row, "accessible", problems),
            _flag(row, "quarantine", problems),
            _day(row, "from", problems),
            _day(row, "until", problems),
            row["group"] or None,
            row["reserved_for"] or None,
        )

    return read_rows(path, _HOMES, home, lambda one: one.home_id, "home")


def with_weeks(path: Path, municipalities: Sequence[Municipality]) -> list[Municipality]:
    """The same municipalities, with the persons each receives in the weeks of the file.

    Raises:
        BadFile: also where a line names an unknown municipality.
    """
    known = {one.municipality_number for one in municipalities}

    def week(row: Row, problems: list[RejectedRow]) -> tuple[str, date, int]:
        _known(row, known, problems)
        return row["municipality"], _week(row, "week", problems), _whole(row, "persons", problems)

    lines = read_rows(path, _WEEKS, week, lambda one: f"{one[0]} {one[1]}", "week")
    weeks: dict[str, dict[date, int]] = {}
    for number, monday, persons in lines:
        weeks.setdefault(number, {})[monday] = persons
    return [replace(one, weeks=weeks.get(one.municipality_number, {})) for one in municipalities]


def read_before(path: Path) -> dict[str, str]:
    """A plan that is in force, as `write_plan` wrote it: case → municipality.

    Raises:
        BadFile.
    """

    def line(row: Row, problems: list[RejectedRow]) -> tuple[str, str]:
        return _named(row, "case", problems), row["municipality"]

    lines = read_rows(path, _BEFORE, line, lambda one: one[0], "case")
    return {case: municipality for case, municipality in lines if municipality}


def read_rules(path: Path) -> PlanningRules:
    """A rule set in TOML, or JSON where the file is called so.

    Raises:
        CannotStart: it is neither, or no plan can follow it.
    """
    try:
        text = path.read_text(encoding="utf-8")
        written = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
        if not isinstance(written, dict):
            raise BadRules("rules", "names with values")
        return from_mapping(written)
    except (ValueError, UnicodeDecodeError) as bad:
        raise CannotStart(f"{path}: {bad}") from None


def read_rows(
    path: Path,
    columns: tuple[Sequence[str], Sequence[str]],
    made: Callable[[Row, list[RejectedRow]], T],
    key: Callable[[T], str],
    key_column: str,
) -> list[T]:
    """Each line as `made` makes it of its row. Raises BadFile."""
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
                problems.append(bad(row, key_column, "each once"))
            seen.add(key(one))
            answer.append(one)
    if problems:
        raise BadFile(path, problems)
    return answer


def _case(row: Row, problems: list[RejectedRow]) -> Case:
    number = _named(row, "case", problems)
    persons = _whole(row, "persons", problems)
    if persons == 0:
        problems.append(bad(row, "persons", "at least 1"))
    if row["track"] not in {"", "A", "B"}:
        problems.append(bad(row, "track", "A, B or empty"))
    if row["pool"] not in {"", ORDINARY, MINORS}:
        problems.append(bad(row, "pool", f"{ORDINARY}, {MINORS} or empty"))
    return Case(
        number,
        persons or 1,
        row["former"] or None,
        row["track"] or None,
        _day(row, "expires", problems),
        _words(row, "allowed") or None,
        row["related"] or None,
        row["group"] or None,
        row["pool"] or ORDINARY,
        _with_minutes(row, "needs", problems),
        _words(row, "kinds"),
        _words(row, "declined"),
        row["near"] or None,
        _strength(row, problems),
        _day(row, "earliest", problems),
        _whole_or(row, "rooms", problems, 0) or 0,
    )


def _strength(row: Row, problems: list[RejectedRow]) -> Fraction:
    """How much being near may cost; empty is all: 1."""
    try:
        strength = Fraction(row["strength"] or "1")
    except (ValueError, ZeroDivisionError):
        strength = Fraction(-1)
    if not 0 <= strength <= 1:
        problems.append(bad(row, "strength", "0 to 1, with a decimal point"))
    return strength


def _most(row: Row, problems: list[RejectedRow]) -> dict[str, int]:
    found = {}
    for part in _words(row, "most"):
        kind, _, count = part.partition(":")
        if not _WHOLE.fullmatch(count):
            problems.append(bad(row, "most", "a kind and a number like large_family:2"))
            continue
        found[kind] = int(count)
    return dict(sorted(found.items()))


def _municipality(row: Row, problems: list[RejectedRow]) -> Municipality:
    homes = [part.strip() for part in row["vacancies"].split(";") if part.strip()]
    if not all(_WHOLE.fullmatch(home) for home in homes):
        problems.append(bad(row, "vacancies", "persons of each open home, joined by ;"))
        homes = []
    return Municipality(
        _named(row, "municipality", problems),
        _whole(row, "places", problems) if row["places"] else None,
        _whole(row, "used", problems),
        tuple(int(home) for home in homes),
        _day(row, "last_distribution", problems),
        _whole_or(row, "minors_places", problems, None),
        _whole_or(row, "minors_used", problems, 0) or 0,
        _with_minutes(row, "services", problems),
        row["region"] or None,
        row["airport"] or None,
        _whole_or(row, "weekly", problems, None),
        declines=_words(row, "declines"),
        paused=_words(row, "paused"),
        most=_most(row, problems),
    )


def _words(row: Row, column: str) -> frozenset[str]:
    """What is joined by semicolons."""
    return _joined(row[column]) if row[column] else frozenset()


@lru_cache(maxsize=1024)  # thousands of cases have the same list, of hundreds of municipalities
def _joined(text: str) -> frozenset[str]:
    return frozenset(part.strip() for part in text.split(";") if part.strip())


def _with_minutes(row: Row, column: str, problems: list[RejectedRow]) -> frozenset[str]:
    """Codes, each with or without how many minutes away."""
    found = _words(row, column)
    for one in found:
        code, colon, minutes = one.partition(":")
        if not code or (colon and not _WHOLE.fullmatch(minutes)):
            problems.append(bad(row, column, "codes like school or hospital:60, joined by ;"))
    return found


def _known(row: Row, known: Collection[str], problems: list[RejectedRow]) -> None:
    if row["municipality"] not in known:
        problems.append(bad(row, "municipality", "one of the file of municipalities"))


def _flag(row: Row, column: str, problems: list[RejectedRow]) -> bool:
    if row[column] not in {"", "yes", "no"}:
        problems.append(bad(row, column, "yes, no or empty"))
    return row[column] == "yes"


def _whole_or(
    row: Row, column: str, problems: list[RejectedRow], nothing: int | None
) -> int | None:
    return _whole(row, column, problems) if row[column] else nothing


def _named(row: Row, column: str, problems: list[RejectedRow]) -> str:
    if not row[column]:
        problems.append(bad(row, column, "a number or name"))
    return row[column]


def _whole(row: Row, column: str, problems: list[RejectedRow]) -> int:
    if _WHOLE.fullmatch(row[column]):
        return int(row[column])
    problems.append(bad(row, column, "a whole number of at least 0"))
    return 0


def _day(row: Row, column: str, problems: list[RejectedRow]) -> date | None:
    if not row[column]:
        return None
    try:
        return date.fromisoformat(row[column])
    except ValueError:
        problems.append(bad(row, column, "a date like 2020-03-12, or empty"))
        return None


def _week(row: Row, column: str, problems: list[RejectedRow]) -> date:
    """Its Monday."""
    try:
        return Week.parse(row[column]).monday
    except ValueError:
        problems.append(bad(row, column, "a week like 2020-W24"))
        return date.min


def bad(row: Row, column: str, expected: str) -> RejectedRow:
    text = row[column]
    return row.rejected(column, f'"{text}"' if text else "empty", expected=expected)
