"""`bosetting export KIND`: statistics, cases, archives, what is kept about one person."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO
from uuid import UUID

import typer

from app.cells import cell
from app.command_line import archive
from app.command_line.database import DataDir, open_sessions
from app.errors import CannotStart

if TYPE_CHECKING:
    from workflow.cases.extract import ExtractedCase

Out = Annotated[
    Path | None,
    typer.Option(dir_okay=False, help="The file to write; without one it goes to the terminal."),
]

#: Tells a spreadsheet that a file is UTF-8.
BYTE_ORDER_MARK = "\ufeff"


def add_to(cli: typer.Typer) -> None:
    exports = typer.Typer(help="Give out what is here as files.", no_args_is_help=True)
    exports.command("statistics")(statistics)
    exports.command("cases")(cases)
    exports.command("archive")(archive.every_case)
    exports.command("person")(person)
    cli.add_typer(exports, name="export")


def statistics(
    *,
    year: Annotated[
        int | None, typer.Option(min=1990, max=2100, help="Only this year; by default every one.")
    ] = None,
    out: Out = None,
    data_dir: DataDir = None,
) -> None:
    """Requests, decided places and settlement in the columns of IMDi's own published file.

    Numbers of four or fewer are hidden (`:`), and others that would give them away.
    """
    from app.db import reading
    from workflow.capacity.publication import publication
    from workflow.capacity.queries import known_years
    from workflow.capacity.statistics import COLUMNS
    from workflow.kernel.actor import SYSTEM

    with open_sessions(data_dir) as sessions, reading(sessions) as session, _open(out) as file:
        years = [year] if year else sorted(known_years(session, actor=SYSTEM))
        lines = (line for each in years for line in publication(session, each, actor=SYSTEM))
        _write(file, COLUMNS, lines)


def cases(
    *,
    year: Annotated[
        int | None,
        typer.Option(min=1990, max=2100, help="Cases registered in this year; by default all."),
    ] = None,
    out: Out = None,
    data_dir: DataDir = None,
) -> None:
    """Every case on a line, without names, in UTF-8 with a byte order mark, parted by `;`.

    Cases of people whose address is protected are left out.
    """
    from app.db import reading
    from workflow.cases.extract import ExtractedCase, extract
    from workflow.kernel.actor import SYSTEM

    columns = [field.name for field in fields(ExtractedCase)]
    with open_sessions(data_dir) as sessions, reading(sessions) as session, _open(out) as file:
        file.write(BYTE_ORDER_MARK)
        _write(file, columns, map(_line, extract(session, year=year, actor=SYSTEM)))


def person(
    *,
    person_id: Annotated[
        UUID, typer.Option("--person", help="The person's id, as the case page and API have it.")
    ],
    out: Out = None,
    data_dir: DataDir = None,
) -> None:
    """All that is kept about one person, as JSON; that it was read is put on record."""
    from app.clock import machine_time
    from app.db import transaction
    from workflow.kernel.actor import SYSTEM
    from workflow.kernel.errors import DomainError
    from workflow.privacy.export import of_person

    with open_sessions(data_dir) as sessions:
        try:
            with transaction(sessions) as session:
                told = of_person(session, person_id, actor=SYSTEM, at=machine_time())
        except DomainError as refusal:
            raise CannotStart(refusal.message) from refusal
        with _open(out) as file:
            json.dump(told, file, ensure_ascii=False, indent=2)
            file.write("\n")


def _line(case: "ExtractedCase") -> list[str]:
    return [_written(getattr(case, field.name)) for field in fields(case)]


def _written(value: Any) -> str:
    match value:
        case None:
            return ""
        case list():
            return ",".join(value)
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value)


def _write(file: TextIO, columns: Sequence[str], lines: Iterable[Sequence[str]]) -> None:
    writer = csv.writer(file, delimiter=";", lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([cell(text) for text in line] for line in lines)


@contextmanager
def _open(out: Path | None) -> Iterator[TextIO]:
    """The file, written beside its place and put there when it is whole; or the terminal."""
    if out is None:
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
        yield sys.stdout
        return
    with (
        whole_or_not(out) as unfinished,
        unfinished.open("w", encoding="utf-8", newline="") as file,
    ):
        yield file


@contextmanager
def whole_or_not(out: Path) -> Iterator[Path]:
    """Where to write it; it is put in its place when it is whole."""
    unfinished = out.with_name(f".{out.name}.unfinished")
    try:
        yield unfinished
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
