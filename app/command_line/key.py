"""`bosetting key compute`: a distribution key, for anyone to check."""

import csv
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Never

import typer

from app.cells import cell

if TYPE_CHECKING:
    from workflow.keys.parameters import Parameters
    from workflow.keys.targets import Key


def add_to(cli: typer.Typer) -> None:
    key = typer.Typer(help="Distribution keys: what an even spread is.", no_args_is_help=True)
    key.command("compute")(compute)
    key.command("ready")(ready)
    cli.add_typer(key, name="key")


def compute(
    parameters: Annotated[
        str,
        typer.Option(metavar="P.toml", help="The key: a file, or the name of one that is ready."),
    ],
    statistics: Annotated[
        Path,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            metavar="S.csv",
            help="Columns code[,name][,county] and those the key names.",
        ),
    ],
    total: Annotated[int, typer.Option(min=0, max=10**12, help="People to share out.")],
    out: Annotated[Path, typer.Option(dir_okay=False, metavar="T.csv", help="Written whole.")],
) -> None:
    """Everyone's share, credit and whole number, with what each criterion gives to the share.

    Exact: the numbers sum to the total, and the order of the file changes nothing.
    """
    from workflow.keys.errors import KeyIsWrong
    from workflow.keys.statistics import read
    from workflow.keys.targets import compute as computed

    key = _parameters(parameters)
    table, rejected = read(io.BytesIO(statistics.read_bytes()), key.columns)
    if table is None:
        _stop(f"{statistics}:{row}" for row in rejected)
    try:
        result = computed(key, table, total)
    except KeyIsWrong as fault:
        _stop(f"{parameters}: {problem}" for problem in fault.problems)
    _write(result, out)
    print(f"{key.name} v{key.version}: {sum(result.targets)} to {len(table)} rows, in {out}")


def ready() -> None:
    """The keys that are ready, by name, with their title."""
    from workflow.keys.parameters import parse
    from workflow.keys.parameters import ready as all_ready

    for name, text in all_ready().items():
        print(f"{name:16} {parse(text).title}")


def _parameters(named: str) -> "Parameters":
    from workflow.keys.errors import KeyIsWrong
    from workflow.keys.parameters import parse
    from workflow.keys.parameters import ready as all_ready

    known = all_ready()
    if named in known:
        return parse(known[named])
    try:
        text = Path(named).read_text(encoding="utf-8")
    except OSError:
        _stop([f"{named}: no such file, and none of the ready keys {', '.join(known)}"])
    except UnicodeDecodeError:
        _stop([f"{named}: expected UTF-8 text"])
    try:
        return parse(text)
    except KeyIsWrong as fault:
        _stop(f"{named}: {problem}" for problem in fault.problems)


def _stop(sentences: Iterator[str] | list[str]) -> Never:
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    raise typer.Exit(1)


def _write(key: "Key", out: Path) -> None:
    """All of it or nothing: beside the file first."""
    from workflow.keys import written

    unfinished = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(written.header(key))
            for line in written.lines(key):
                writer.writerow((*(cell(str(who)) for who in line[:3]), *line[3:]))
        unfinished.replace(out)
    except OSError as fault:
        _stop([f"{out}: cannot be written: {fault.strerror}"])
    finally:
        unfinished.unlink(missing_ok=True)
