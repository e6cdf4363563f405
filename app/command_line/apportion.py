"""`bosetting apportion`: whole places for the weights of a file."""

import csv
import io
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from workflow.kernel.tables import RejectedRow, Row, encoding_of, read_table
from workflow.ranking.apportionment import InfeasibleApportionment, Method
from workflow.ranking.apportionment import apportion as apportion_places

REQUIRED = ("name", "weight")
OPTIONAL = ("minimum", "cap")

_WEIGHT = re.compile(r"[0-9]{1,30}(\.[0-9]{1,30}|/0*[1-9][0-9]{0,29})?")
_WHOLE = re.compile(r"[0-9]{1,15}")


def add_to(cli: typer.Typer) -> None:
    cli.command()(apportion)


@dataclass(frozen=True, slots=True)
class Line:
    """One name of the file and what is asked for it."""

    name: str
    weight: Fraction
    minimum: int
    cap: int | None


def apportion(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True,
            dir_okay=False,
            readable=True,
            metavar="FILE.csv",
            help="Columns name,weight[,minimum][,cap].",
        ),
    ],
    method: Annotated[Method, typer.Option(help="How the places are rounded.")],
    total: Annotated[int, typer.Option(min=0, help="Places to give, minimums included.")],
) -> None:
    """Split a total by weights: exact, ties to the larger weight, then in the order of the file.

    Weights are whole numbers, decimals with a point or fractions like 1/3. A minimum is what a name
    has already, a cap the most it may end with; left empty they are 0 and none.
    """
    lines, rejected = read_lines(io.BytesIO(file.read_bytes()))
    if rejected:
        for row in rejected:
            print(f"{file}:{row}", file=sys.stderr)
        raise typer.Exit(1)
    try:
        counts = apportion_places(
            method,
            [line.weight for line in lines],
            total,
            [line.minimum for line in lines],
            [line.cap for line in lines],
        )
    except InfeasibleApportionment as refusal:
        print(f"{file}: {refusal}", file=sys.stderr)
        raise typer.Exit(1) from None
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("name", "count"))
    writer.writerows((line.name, count) for line, count in zip(lines, counts, strict=True))


def read_lines(file: BinaryIO) -> tuple[list[Line], list[RejectedRow]]:
    """The usable lines, and every line that is not: one is enough to make the answer wrong."""
    lines: list[Line] = []
    rejected: list[RejectedRow] = []
    names: set[str] = set()
    for row in read_table(file, delimiter=",", columns=_columns(file)):
        if isinstance(row, RejectedRow):
            rejected.append(row)
            continue
        if problems := _problems(row, names):
            rejected.extend(problems)
        else:
            lines.append(_line(row))
        names.add(row["name"])
    return lines, rejected


def _columns(file: BinaryIO) -> Sequence[str]:
    """The required columns, and those optional ones that the header names."""
    encoding, start = encoding_of(file), file.tell()
    header = file.readline().decode(encoding, errors="replace")
    file.seek(start)
    named = {word.strip(' "\r\n') for word in header.split(",")}
    return [*REQUIRED, *(column for column in OPTIONAL if column in named)]


def _problems(row: Row, names: set[str]) -> list[RejectedRow]:
    problems = []
    name, weight = row["name"], row["weight"]
    if not name:
        problems.append(row.rejected("name", "empty", expected="a name"))
    elif name in names:
        problems.append(row.rejected("name", f'"{name}" a second time', expected="each name once"))
    if not _WEIGHT.fullmatch(weight):
        problems.append(
            row.rejected(
                "weight", _shown(weight), expected="a number of at least 0, like 12, 12.5 or 1/3"
            )
        )
    for column in OPTIONAL:
        text = row.fields.get(column, "")
        if text and not _WHOLE.fullmatch(text):
            problems.append(
                row.rejected(
                    column, _shown(text), expected="a whole number of at least 0, or empty"
                )
            )
    if not problems:
        line = _line(row)
        if line.cap is not None and line.cap < line.minimum:
            problems.append(
                row.rejected(
                    "cap", _shown(row["cap"]), expected=f"at least the minimum {line.minimum}"
                )
            )
    return problems


def _shown(text: str) -> str:
    return f'"{text}"' if text else "empty"


def _line(row: Row) -> Line:
    cap = row.fields.get("cap", "")
    return Line(
        row["name"],
        Fraction(row["weight"]),
        int(row.fields.get("minimum") or 0),
        int(cap) if cap else None,
    )
