"""What a key is computed from: one row for each municipality, exact, nothing guessed.

An empty field is "not known" and stops the key that needs it: it is not 0.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import BinaryIO

from workflow.kernel.tables import RejectedRow, Row, encoding_of, read_table
from workflow.keys.parameters import WHO
from workflow.keys.proportion import Proportion

_NUMBER = re.compile(r"(-?[0-9]{1,15})(?:[.,]([0-9]{1,15}))?")
#: Columns that may be left out: who it is for people, and in which county.
OPTIONAL = ("name", "county")
_EXPECTED = "a number of at most 15 digits, like 1234 or 0.75"


@dataclass(frozen=True, slots=True)
class Statistics:
    """Rows in the order of their codes, so that the order of a file changes nothing."""

    codes: list[str]
    names: list[str]
    counties: list[str]
    #: By name, in the order of the codes.
    columns: dict[str, Proportion]

    def __len__(self) -> int:
        return len(self.codes)


def read(file: BinaryIO, needed: list[str]) -> tuple[Statistics | None, list[RejectedRow]]:
    """The columns a key needs; None with every row that stops it."""
    header = _header(file)
    delimiter = ";" if header.count(";") > header.count(",") else ","
    named = [word.strip(' "\r\n') for word in header.split(delimiter)]
    wanted = [column for column in needed if column not in WHO]
    others = [column for column in named if column and column not in {*WHO, *wanted}]
    rows: list[tuple[Row, list[tuple[str, str]]]] = []
    rejected: list[RejectedRow] = []
    seen: dict[str, int] = {}
    for row in read_table(
        file, delimiter=delimiter, columns=["code", *wanted, *others], optional=OPTIONAL
    ):
        if isinstance(row, RejectedRow):
            rejected.append(row)
            continue
        numbers, problems = _numbers(row, wanted, point_only=delimiter == ",")
        if not row["code"]:
            problems.append(row.rejected("code", "empty", expected="a code"))
        elif (first := seen.setdefault(row["code"], row.line)) != row.line:
            problems.append(
                row.rejected(
                    "code", f'"{row["code"]}" a second time', expected=f"line {first} only"
                )
            )
        rejected.extend(problems)
        rows.append((row, numbers))
    if not rows and not rejected:
        rejected.append(RejectedRow(2, "", "no rows", expected="one for each municipality"))
    if rejected:
        return None, rejected
    rows.sort(key=lambda one: one[0]["code"])
    columns = zip(*(numbers for _, numbers in rows), strict=True)
    return Statistics(
        codes=[row["code"] for row, _ in rows],
        names=[row["name"] for row, _ in rows],
        counties=[row["county"] for row, _ in rows],
        columns={
            name: _over_one(list(numbers)) for name, numbers in zip(wanted, columns, strict=True)
        },
    ), []


def of(
    who: Sequence[tuple[str, str, str]], columns: Mapping[str, Sequence[Decimal | None]]
) -> tuple[Statistics | None, list[str]]:
    """Statistics that are at hand already; None with a sentence for each number that is not known.

    Args:
        who: code, name and county of each row.
        columns: by name, a number for each row.
    """
    order = sorted(range(len(who)), key=lambda i: who[i][0])
    missing = [
        f"{who[i][0]}: {name}: empty, which is not 0, expected {_EXPECTED}"
        for i in order
        for name, numbers in columns.items()
        if numbers[i] is None
    ]
    if missing or not who:
        return None, missing or ["no rows, expected one for each municipality"]
    return Statistics(
        codes=[who[i][0] for i in order],
        names=[who[i][1] for i in order],
        counties=[who[i][2] for i in order],
        columns={
            name: _over_one([_parted(numbers[i]) for i in order])
            for name, numbers in columns.items()
        },
    ), []


def _parted(number: Decimal | None) -> tuple[str, str]:
    whole, _, decimals = f"{number:f}".partition(".")
    return whole, decimals


def _header(file: BinaryIO) -> str:
    encoding, start = encoding_of(file), file.tell()
    header = file.readline().decode(encoding, errors="replace")
    file.seek(start)
    return header


def _numbers(
    row: Row, columns: list[str], *, point_only: bool
) -> tuple[list[tuple[str, str]], list[RejectedRow]]:
    """Whole digits and decimals of each column."""
    numbers: list[tuple[str, str]] = []
    problems: list[RejectedRow] = []
    for column in columns:
        text = row[column]
        if (found := _NUMBER.fullmatch(text)) and not (point_only and "," in text):
            numbers.append((found[1], found[2] or ""))
        else:
            shown = f'"{text[:40]}"' if text else "empty, which is not 0"
            problems.append(row.rejected(column, shown, expected=_EXPECTED))
    return numbers, problems


def _over_one(numbers: list[tuple[str, str]]) -> Proportion:
    places = max(len(decimals) for _, decimals in numbers)
    return Proportion([int(whole + part.ljust(places, "0")) for whole, part in numbers], 10**places)
