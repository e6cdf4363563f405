"""What an import did and did not do, and the transaction it is done in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from app.command_line.database import open_sessions

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from workflow.kernel.tables import RejectedRow


@dataclass
class Outcome:
    """What an import has to say: rows by the file they stand in, and sentences."""

    rejected: list[tuple[Path, "RejectedRow"]] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    def reject(self, file: Path, rows: Iterable["RejectedRow"]) -> None:
        self.rejected += [(file, row) for row in rows]

    def say(self, sentence: str) -> None:
        self.sentences.append(sentence)


class _NotKeptError(Exception):
    """Raised to leave the transaction without what was done in it."""


def carry_out(
    store: Callable[["Session", datetime], Outcome],
    *,
    dry_run: bool,
    strict: bool,
    data_dir: Path | None,
) -> None:
    """Store in one transaction and say what came of it; a dry run is stored and not kept.

    Raises:
        typer.Exit: with 1, if any row was rejected.
    """
    from app import clock
    from app.db import transaction

    outcome = Outcome()
    with open_sessions(data_dir) as sessions:
        try:
            with transaction(sessions) as session:
                outcome = store(session, clock.now(session, demo=True))
                _keep_or_not(outcome, dry_run=dry_run, strict=strict)
        except _NotKeptError as reason:
            outcome.say(str(reason))
    for file, row in outcome.rejected:
        print(f"{file}:{row}")
    if outcome.rejected:
        print(f"Rejected rows: {len(outcome.rejected):,}.")
    for sentence in outcome.sentences:
        print(sentence)
    if outcome.rejected:
        raise typer.Exit(1)


def _keep_or_not(outcome: Outcome, *, dry_run: bool, strict: bool) -> None:
    if dry_run:
        raise _NotKeptError("A dry run: nothing was changed.")
    if strict and outcome.rejected:
        raise _NotKeptError("Nothing was imported: --strict, and rows were rejected.")
