"""`bosetting events`: the feed of events as CloudEvents, a line each, for files and pipes."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from app.command_line.database import DataDir, open_sessions
from app.errors import CannotStart

if TYPE_CHECKING:
    from app.db import Sessions

#: Between two looks for more, seconds; and events of one look.
GLANCE: Final = 1.0
PAGE: Final = 500


def add_to(cli: typer.Typer) -> None:
    cli.command()(events)


def events(
    *,
    after: Annotated[
        int | None, typer.Option(min=0, help="Go on after this `sequence`; 0: from the first.")
    ] = None,
    cursor: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False, help="Keep in this file how far one has come, and go on there."
        ),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--type", metavar="TYPE", help="Only of this type; may be said again."),
    ] = None,
    municipality: Annotated[
        str | None, typer.Option(metavar="0301", help="Only of this municipality.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Wait for more, until interrupted.")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """Print what has happened, in order and without a gap; about nobody's person.

    An event is there about a second after it happened, while a worker runs. What a cursor's file
    says was printed: killed in between, the last page comes again, under the same ids.
    """
    from app.webhooks.catalogue import BY_TYPE

    if after is not None and cursor is not None:
        raise typer.BadParameter("a cursor says where to go on", param_hint="--after")
    for one in kind or ():
        if one not in BY_TYPE:
            known = "\n".join(sorted(BY_TYPE))
            raise typer.BadParameter(f"{one} is none of\n{known}", param_hint="--type")
    came = _kept(cursor) if cursor else after or 0
    with open_sessions(data_dir) as sessions:
        for page, last in _pages(sessions, came, follow=follow):
            for event in page:
                of = event["data"]["municipality_number"]
                if (not kind or event["type"] in kind) and municipality in {None, of}:
                    print(json.dumps(event, ensure_ascii=False, separators=(",", ":")))
            sys.stdout.flush()
            if cursor:
                _keep(cursor, last)


def _pages(
    sessions: "Sessions", after: int, *, follow: bool
) -> Iterator[tuple[tuple[dict[str, Any], ...], int]]:
    """The pages of the feed, and the position of each one's last event."""
    from app.db import reading
    from app.webhooks.queries import feed
    from workflow.kernel.actor import SYSTEM

    while True:
        with reading(sessions) as session:
            found = feed(session, after=after, limit=PAGE, actor=SYSTEM)
        if found.events:
            yield found.events, found.last
            after = found.last
        if not found.more:
            if not follow:
                return
            sleep(GLANCE)


def _kept(cursor: Path) -> int:
    try:
        written = cursor.read_text("ascii").strip()
    except FileNotFoundError:
        return 0
    except (OSError, UnicodeError) as fault:
        raise CannotStart(f"{cursor} cannot be read.") from fault
    if not written.isdigit() or len(written) > 18:
        raise CannotStart(f"{cursor} holds no position of the feed.")
    return int(written)


def _keep(cursor: Path, last: int) -> None:
    """Whole or not at all."""
    part = cursor.with_name(f".{cursor.name}.part")
    with part.open("w", encoding="ascii") as file:
        file.write(f"{last}\n")
        file.flush()
        os.fsync(file.fileno())
    part.replace(cursor)
