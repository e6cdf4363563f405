"""`bosetting audit`: the audit's chains checked, anchored, and given a key."""

from pathlib import Path
from typing import Annotated

import typer

from app.command_line.database import DataDir, open_sessions
from app.settings import settings

#: Broken chains told of by name.
MOST_TOLD = 20

Folder = Annotated[
    Path | None,
    typer.Option(
        file_okay=False,
        help="Folder of the exported anchors; by default BOSETTING_AUDIT_FOLDER.",
        show_default=False,
    ),
]


def add_to(cli: typer.Typer) -> None:
    audit = typer.Typer(help="Who did what: the chains, and the anchors over them.")
    audit.command()(verify)
    audit.command()(anchor)
    audit.command()(key)
    cli.add_typer(audit, name="audit")


def verify(anchors: Folder = None, data_dir: DataDir = None) -> None:
    """Walk every chain and name the first broken link of each; nothing broken: exit code 0."""
    from app.audit import verify as checking
    from app.audit.anchors import trusted_keys

    counts = checking.Checked()
    with open_sessions(data_dir) as sessions:
        faults = checking.verify(
            sessions,
            trusted=trusted_keys(settings()),
            folder=anchors or settings().audit_folder,
            checked=counts,
        )
        told, in_all = checking.first_of_each(faults, MOST_TOLD)
    for fault in told:
        print(fault)
    if in_all > len(told):
        print(f"and {in_all - len(told):,} more")
    print(
        f"{counts.entries:,} entries in {counts.chains:,} chains, {counts.broken:,} broken; "
        f"{counts.anchors:,} anchors; {counts.erased:,} reasons erased."
    )
    if in_all:
        raise typer.Exit(1)


def anchor(
    out: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="Folder it is written to; by default BOSETTING_AUDIT_FOLDER.",
            show_default=False,
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Sign a root over all chains as they now end, and write it to a file."""
    from app import db
    from app.audit import anchors
    from app.errors import CannotStart

    with open_sessions(data_dir) as sessions:
        signs = anchors.signing_key(settings())
        if signs is None:
            raise CannotStart(
                "There is no key to sign with: set BOSETTING_AUDIT_KEY, or "
                "BOSETTING_AUDIT_KEY_FILE; `bosetting audit key` makes one."
            )
        folder = out or settings().audit_folder
        with db.transaction(sessions) as session:
            made = anchors.make(session, signs)
        written = anchors.export_all(sessions, folder) if folder else 0
    print(f"Anchor {made.number}: {made.leaves:,} leaves, root {made.root.hex()}.")
    if folder:
        print(f"{written:,} written to {folder}.")


def key() -> None:
    """Print a new key for BOSETTING_AUDIT_KEY, and under it the public one to check with."""
    from app.audit.anchors import new_key

    for line in new_key():
        print(line)
