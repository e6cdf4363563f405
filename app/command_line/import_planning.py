"""`bosetting import chances` and `import services`: what plans are given beside cases."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.command_line.database import DataDir
from app.command_line.outcome import Outcome, carry_out

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_FILE = typer.Option(exists=True, dir_okay=False, readable=True)
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")]
_Strict = Annotated[bool, typer.Option("--strict", help="Import nothing if any row is rejected.")]


def add_to(imports: typer.Typer) -> None:
    imports.command("chances")(chances)
    imports.command("services")(services)


def chances(
    model: Annotated[Path, _FILE],
    persons: Annotated[Path, _FILE],
    groups: Annotated[Path, _FILE],
    *,
    source: Annotated[str, typer.Option(help="Which model, and who made it; shown where used.")],
    dry_run: _DryRun = False,
    strict: _Strict = False,
    data_dir: DataDir = None,
) -> None:
    """Chances of persons from a model of outcomes; the rule set makes them the household's score.

    PERSONS: person,case and the features the model asks for. Who they are is not kept.
    """
    carry_out(
        lambda session, at: _store_chances(session, at, (model, persons, groups), source),
        dry_run=dry_run,
        strict=strict,
        data_dir=data_dir,
    )


def services(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, metavar="FILE", show_default=False
        ),
    ],
    *,
    dry_run: _DryRun = False,
    strict: _Strict = False,
    data_dir: DataDir = None,
) -> None:
    """What municipalities offer: municipality,service[,language][,minutes]; others keep theirs."""
    carry_out(
        lambda session, at: _store_services(session, at, file),
        dry_run=dry_run,
        strict=strict,
        data_dir=data_dir,
    )


def _store_chances(
    session: "Session", at: datetime, files: tuple[Path, Path, Path], source: str
) -> Outcome:
    from app.command_line.plan import told_if_bad
    from app.model_scores import read_asked
    from app.outcome_files import read_groups
    from workflow.kernel.actor import SYSTEM
    from workflow.kernel.errors import Invalid
    from workflow.redistribution.scores import import_chances

    model, persons, groups = files
    with told_if_bad():
        group_of = read_groups(groups)
        read, people = read_asked(model, persons)
    outcome = Outcome()
    try:
        done = import_chances(session, read, people, group_of, source=source, actor=SYSTEM, at=at)
    except Invalid as fault:
        raise typer.BadParameter(f"{persons}: {fault}.") from fault
    outcome.reject(persons, done.rejected)
    outcome.say(f"Chances brought in: {done.pairs:,}, of cases: {done.cases:,}.")
    return outcome


def _store_services(session: "Session", at: datetime, file: Path) -> Outcome:
    from workflow.capacity.offered import import_offers
    from workflow.kernel.actor import SYSTEM
    from workflow.kernel.errors import Invalid

    outcome = Outcome()
    try:
        with file.open("rb") as opened:
            done = import_offers(session, opened, actor=SYSTEM, at=at)
    except Invalid as fault:
        raise typer.BadParameter(f"{file}: {fault}.") from fault
    outcome.reject(file, done.rejected)
    outcome.say(
        f"Services of municipalities: {done.municipalities:,} told, {done.changed:,} changed."
    )
    return outcome
