"""`bosetting import inventory FILE`: what a county board has found, in a Swedish deployment."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.command_line.database import DataDir
from app.command_line.outcome import Outcome, carry_out
from app.errors import CannotStart

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workflow.accommodation.inventory import NewInventory


def add_to(imports: typer.Typer) -> None:
    imports.command("inventory")(inventory)


def inventory(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, metavar="FILE", show_default=False
        ),
    ],
    *,
    county: Annotated[str, typer.Option(help="The county's two digits.")],
    source: Annotated[str, typer.Option(help="Who made it; shown with what is used of it.")],
    day: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="The day it is of.", metavar="DAY")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Import nothing if any row is rejected.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """A county board's inventory of accommodation; see docs/import.md for the columns."""
    from workflow.accommodation.inventory import NewInventory

    new = NewInventory(county, source, day.date())
    carry_out(
        lambda session, at: _store(session, at, file, new),
        dry_run=dry_run,
        strict=strict,
        data_dir=data_dir,
    )


def _store(session: "Session", at: datetime, file: Path, new: "NewInventory") -> Outcome:
    from app import deployment
    from workflow.accommodation import inventory as inventories
    from workflow.accommodation.inventory_lines import read
    from workflow.kernel.actor import SYSTEM
    from workflow.kernel.country import Country
    from workflow.kernel.errors import DomainError

    if deployment.country_of(session) is not Country.SWEDEN:
        raise CannotStart("Inventories are of a Swedish deployment.")
    outcome, content = Outcome(), file.read_bytes()
    rows, rejected = read(content)
    outcome.reject(file, rejected)
    if not rows:
        outcome.say("Nothing was taken in: there are no lines.")
        return outcome
    try:
        made = inventories.keep(session, new, content, rows, actor=SYSTEM, at=at)
    except DomainError as refusal:
        raise CannotStart(f"Nothing was taken in: {refusal.message}.") from None
    lines = inventories.rows(session, made, actor=SYSTEM)
    too_little = [one for one in lines if one.says.problems]
    outcome.say(f"Lines taken in, waiting to be used or rejected: {len(lines):,}.")
    for one in sorted(too_little, key=lambda one: one.line):
        outcome.say(
            f"{file}:{one.line}: says too little to be used: {', '.join(one.says.problems)}"
        )
    return outcome
