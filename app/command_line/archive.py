"""`bosetting archive export` and `bosetting export archive`: cases as their archive takes them."""

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.command_line.database import DataDir, open_sessions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from app.letters.archive import Archive


def add_to(cli: typer.Typer) -> None:
    archives = typer.Typer(help="Cases for the archive.", no_args_is_help=True)
    archives.callback()(_several_commands)
    archives.command("export")(export)
    cli.add_typer(archives, name="archive")


def _several_commands() -> None:
    """Cases for the archive."""


def export(
    case_number: Annotated[str, typer.Argument(help="The case's number, such as 2020-00012.")],
    *,
    to: Annotated[
        Path, typer.Option(file_okay=False, help="The folder to write to; here by default.")
    ] = Path(),
    data_dir: DataDir = None,
) -> None:
    """Write one case with its letters: arkivmelding (Noark 5) and PDFs in a ZIP; on record."""
    from app.db import transaction

    with open_sessions(data_dir) as sessions, transaction(sessions) as session:
        made = _archived(session, case_number)
        to.mkdir(parents=True, exist_ok=True)
        (to / made.file).write_bytes(made.content)
    print(to / made.file)


def every_case(
    *,
    year: Annotated[
        int | None,
        typer.Option(min=1990, max=2100, help="Cases registered in this year; by default all."),
    ] = None,
    out: Annotated[
        Path, typer.Option(dir_okay=False, help="The ZIP to write.", metavar="FILE")
    ] = Path("archive.zip"),
    data_dir: DataDir = None,
) -> None:
    """Every case as its archive takes it, a ZIP of each in one; that each was read is on record.

    Cases of people whose address is protected are left out: `bosetting archive export NUMBER` gives
    one of them.
    """
    from app.command_line.exports import whole_or_not
    from app.db import reading, transaction
    from workflow.cases.extract import extract
    from workflow.kernel.actor import SYSTEM

    with open_sessions(data_dir) as sessions, whole_or_not(out) as unfinished:
        with reading(sessions) as session:
            numbers = [case.case_number for case in extract(session, year=year, actor=SYSTEM)]
        # Each is packed already.
        with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as packed:
            for number in numbers:
                with transaction(sessions) as session:
                    made = _archived(session, number)
                packed.writestr(made.file, made.content)
    print(f"{out}: {len(numbers)} cases")


def _archived(session: "Session", case_number: str) -> "Archive":
    """The case with its letters, read by the system for the archive.

    Raises:
        CannotStart: there is no such case.
    """
    from app import clock
    from app.errors import CannotStart
    from app.letters.archive import archive
    from workflow.cases import protected
    from workflow.cases.states import Purpose
    from workflow.kernel.actor import SYSTEM, Actor, Role
    from workflow.kernel.errors import Invalid

    try:
        finder = Actor(SYSTEM.name, Role.LEAD)
        case_id = protected.by_number(session, case_number, actor=finder)
    except Invalid as fault:
        raise CannotStart(f"There is no case {case_number}.") from fault
    at = clock.now(session, demo=True)
    return archive(session, case_id, purpose=Purpose.FOLLOW_UP, actor=SYSTEM, at=at)
