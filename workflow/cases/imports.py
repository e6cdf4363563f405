"""Files of households to register: one row a person, those with the same key together.

Pure but for `without_known`, which asks whether a person is in a case already. The columns are
described in docs/import.md. A household is registered whole or not at all.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases import duf
from workflow.cases.entry import Entry
from workflow.cases.models import Case, Person
from workflow.cases.registration import NewCase, NewPerson
from workflow.cases.states import CaseState, EntryStatus, Group, Need, Protection, Sex
from workflow.kernel.actor import Actor
from workflow.kernel.errors import Invalid
from workflow.kernel.tables import RejectedRow, Row, read_table

HOUSEHOLD = "household"
COLUMNS = (HOUSEHOLD, "group", "birth_year", "sex", "nationality")
#: The household's own: the same on each of its rows, or empty on all but one.
OF_HOUSEHOLD = (
    "group",
    "departure_country",
    "reception_centre",
    "address_protection",
    "needs",
    "entry_status",
    "entry_from_on",
    "permit_expires_on",
    "entry_source",
)
OPTIONAL = (
    *OF_HOUSEHOLD[1:],
    "name",
    "duf_number",
    "relation",
    "languages",
    "occupation",
    "education",
)
FIRST_BIRTH_YEAR = 1900
LARGEST_HOUSEHOLD = 50
LONGEST_FIELD = 200

_COUNTRY = re.compile(r"[A-Z]{2}")
_YEAR = re.compile(r"[0-9]{4}")


@dataclass(frozen=True, slots=True)
class Household:
    """One case to register, and the lines its persons stand on, in their order."""

    key: str
    new: NewCase
    lines: tuple[int, ...]

    def rejected(self, line: int, column: str, problem: str, expected: str) -> list[RejectedRow]:
        """All its rows: the one that is wrong, and those that go with it."""
        reason = RejectedRow(line, column, problem, expected)
        return [reason if each == line else _goes_with(each, self.key, line) for each in self.lines]


def read_cases(file: BinaryIO, *, today: date) -> tuple[list[Household], list[RejectedRow]]:
    """Households in the order in which they first come up; rows of one need not be neighbours."""
    rejected: list[RejectedRow] = []
    rows: dict[str, list[Row]] = defaultdict(list)
    wrong: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for row in read_table(file, delimiter=";", columns=COLUMNS, optional=OPTIONAL):
        if isinstance(row, RejectedRow):
            rejected.append(row)
            continue
        if row[HOUSEHOLD]:
            rows[row[HOUSEHOLD]].append(row)
        if problem := next(_problems(row, numbers, today), None):
            rejected.append(problem)
            wrong.setdefault(row[HOUSEHOLD], row.line)
    households: list[Household] = []
    for key, members in rows.items():
        if key in wrong:
            said = {problem.line for problem in rejected}
            rejected += [
                _goes_with(row.line, key, wrong[key]) for row in members if row.line not in said
            ]
            continue
        made = _household(key, members)
        if isinstance(made, Household):
            households.append(made)
        else:
            rejected += made
    return households, sorted(rejected, key=lambda problem: problem.line)


def without_known(
    session: Session, households: Sequence[Household], *, actor: Actor
) -> tuple[list[Household], list[RejectedRow]]:
    """The households without a person who, by DUF number, is in a case that has not lapsed."""
    numbers = [
        person.duf_number for one in households for person in one.new.persons if person.duf_number
    ]
    rows = session.execute(
        select(Person.duf_number, Case.case_number)
        .join(Case, Case.id == Person.case_id)
        .where(
            Person.duf_number.in_(numbers),
            Person.left_on.is_(None),
            Case.state != CaseState.LAPSED,
        )
    )
    known = {row.duf_number: row.case_number for row in rows}
    new: list[Household] = []
    rejected: list[RejectedRow] = []
    for one in households:
        problem = next(
            (
                one.rejected(
                    line,
                    "duf_number",
                    f"{person.duf_number} is in case {known[person.duf_number]}",
                    expected="persons in no other case",
                )
                for person, line in zip(one.new.persons, one.lines, strict=True)
                if person.duf_number in known
            ),
            None,
        )
        if problem is None:
            new.append(one)
        else:
            rejected += problem
    return new, rejected


def _goes_with(line: int, key: str, wrong: int) -> RejectedRow:
    return RejectedRow(
        line, HOUSEHOLD, f"{key!r} is not usable by line {wrong}", expected="all its rows usable"
    )


def _problems(row: Row, numbers: dict[str, int], today: date) -> Iterator[RejectedRow]:
    """What is wrong in a row by itself, the columns in their order."""
    if not row[HOUSEHOLD]:
        yield row.rejected(HOUSEHOLD, "empty", expected="a key that its household's rows share")
    for column, text in row.fields.items():
        if len(text) > LONGEST_FIELD:
            yield row.rejected(column, f"{len(text)} signs", expected=f"at most {LONGEST_FIELD}")
    for column, (usable, expected) in _EXPECTED.items():
        if not usable(row[column]):
            said = f"{row[column]!r}" if row[column] else "empty"
            yield row.rejected(column, said, expected=expected)
    if int(row["birth_year"]) > today.year:
        yield row.rejected("birth_year", row["birth_year"], expected=f"{today.year} or before")
    if number := row["duf_number"]:
        first = numbers.setdefault(number, row.line)
        if first != row.line:
            problem = f"{number} stands on line {first} already"
            yield row.rejected("duf_number", problem, expected="each person once")


def _household(key: str, rows: Sequence[Row]) -> Household | list[RejectedRow]:
    lines = tuple(row.line for row in rows)
    said: dict[str, str] = {}

    def reject(row: Row, column: str, problem: str, expected: str) -> list[RejectedRow]:
        whole = Household(key, NewCase(Group.PRIVATE, ()), lines)
        return whole.rejected(row.line, column, problem, expected)

    for column in OF_HOUSEHOLD:
        telling = [row for row in rows if row[column]]
        said[column] = telling[0][column] if telling else ""
        for row in telling:
            if row[column] != said[column]:
                problem = f"{row[column]!r}, but {said[column]!r} on line {telling[0].line}"
                return reject(row, column, problem, f"the same for all of {key!r}")
    if not said["group"]:
        return reject(rows[0], "group", "empty", f"one of {', '.join(Group)}")
    if len(rows) > LARGEST_HOUSEHOLD:
        problem = f"{len(rows)} rows of {key!r}"
        return reject(rows[0], HOUSEHOLD, problem, f"at most {LARGEST_HOUSEHOLD}")
    if said["entry_status"] and not said["entry_source"]:
        return reject(rows[0], "entry_source", "empty", "who says so, where the status is said")
    if said["entry_source"] and not said["entry_status"]:
        return reject(rows[0], "entry_status", "empty", f"one of {', '.join(EntryStatus)}")
    try:
        entry = _entry(said)
    except Invalid as problem:
        return reject(rows[0], "entry_from_on", problem.message, "a day of entry that fits")
    return Household(key, _new_case(said, [_person(row) for row in rows], entry), lines)


def _entry(said: dict[str, str]) -> Entry | None:
    if not said["entry_status"]:
        if said["entry_from_on"] or said["permit_expires_on"]:
            raise Invalid("a day without entry_status", pointer="/entry/status")
        return None
    return Entry(
        EntryStatus(said["entry_status"]),
        source=said["entry_source"],
        from_on=_day_or_none(said["entry_from_on"]),
        permit_expires_on=_day_or_none(said["permit_expires_on"]),
    )


def _new_case(said: dict[str, str], persons: list[NewPerson], entry: Entry | None) -> NewCase:
    return NewCase(
        group=Group(said["group"]),
        persons=persons,
        departure_country=said["departure_country"] or None,
        entry=entry,
        needs=[Need(need) for need in _words(said["needs"])],
        reception_centre=said["reception_centre"] or None,
        address_protection=Protection(said["address_protection"] or Protection.NONE),
    )


def _person(row: Row) -> NewPerson:
    return NewPerson(
        birth_year=int(row["birth_year"]),
        sex=Sex(row["sex"]),
        nationality=row["nationality"],
        name=row["name"] or None,
        duf_number=row["duf_number"] or None,
        relation=row["relation"] or None,
        languages=tuple(_words(row["languages"])),
        occupation=row["occupation"] or None,
        education=row["education"] or None,
    )


def _words(text: str) -> list[str]:
    return [word for part in text.split(",") if (word := part.strip())]


def _day_or_none(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _one_of(words: Iterable[StrEnum]) -> tuple[Callable[[str], bool], str]:
    known = {str(word) for word in words}
    return lambda text: not text or text in known, f"one of {', '.join(sorted(known))}"


def _day(text: str) -> bool:
    if not text:
        return True
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _birth_year(text: str) -> bool:
    return _YEAR.fullmatch(text) is not None and int(text) >= FIRST_BIRTH_YEAR


_KNOWN_NEEDS = {str(need) for need in Need}
_DAY = (_day, "a day like 2020-03-12")
#: What each column may hold, and how it is said; a household's own may be empty on a row.
_EXPECTED: dict[str, tuple[Callable[[str], Any], str]] = {
    "group": _one_of(Group),
    "birth_year": (_birth_year, f"a year from {FIRST_BIRTH_YEAR} on, like 1985"),
    "sex": (lambda text: text in set(Sex), f"one of {', '.join(Sex)}"),
    "nationality": (_COUNTRY.fullmatch, "a country in two capital letters, like SY"),
    "departure_country": (
        lambda text: not text or _COUNTRY.fullmatch(text),
        "a country in two capital letters, like LB",
    ),
    "address_protection": _one_of(Protection),
    "needs": (
        lambda text: set(_words(text)) <= _KNOWN_NEEDS,
        f"of {', '.join(Need)}, parted by commas",
    ),
    "entry_status": _one_of(EntryStatus),
    "entry_from_on": _DAY,
    "permit_expires_on": _DAY,
    "duf_number": (
        lambda text: not text or duf.is_valid(text),
        "twelve digits with right check digits",
    ),
}
