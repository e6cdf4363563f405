"""`bosetting archive export`: a case as its archive takes it."""

from pathlib import Path
from typing import Annotated

import typer

from app.command_line.database import DataDir, open_sessions


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
    from app import clock
    from app.db import transaction
    from app.errors import CannotStart
    from app.letters.archive import archive
    from workflow.cases import protected
    from workflow.cases.states import Purpose
    from workflow.kernel.actor import SYSTEM, Actor, Role
    from workflow.kernel.errors import Invalid

    with open_sessions(data_dir) as sessions, transaction(sessions) as session:
        try:
            finder = Actor(SYSTEM.name, Role.LEAD)
            case_id = protected.by_number(session, case_number, actor=finder)
        except Invalid as fault:
            raise CannotStart(f"There is no case {case_number}.") from fault
        at = clock.now(session, demo=True)
        made = archive(session, case_id, purpose=Purpose.FOLLOW_UP, actor=SYSTEM, at=at)
        to.mkdir(parents=True, exist_ok=True)
        (to / made.file).write_bytes(made.content)
    print(to / made.file)
