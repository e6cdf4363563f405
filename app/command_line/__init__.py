"""`bosetting COMMAND`: each command is a module here with `add_to(cli)`, and is found by that.

What stops a command is one sentence on stderr. Exit codes: 0 done, 1 refused or could not start,
2 wrong usage, 130 interrupted.
"""

import importlib
import pkgutil
import signal
import sys
from types import FrameType
from typing import Never

import typer

from app.errors import CannotStart
from workflow.kernel.errors import DomainError


def make_cli() -> typer.Typer:
    """All commands, in the order of the alphabet."""
    cli = typer.Typer(
        name="bosetting",
        help="Settling refugees in municipalities.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    cli.callback()(_several_commands)
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        if add_to := getattr(loaded, "add_to", None):
            add_to(cli)
    return cli


def _several_commands() -> None:
    """Settling refugees in municipalities."""


def main() -> None:
    """The console script."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        make_cli()()
    except CannotStart as refusal:
        _say(str(refusal))
    except DomainError as refusal:
        _say(f"{refusal.message} ({refusal.code})")
    except KeyboardInterrupt:
        sys.exit(130)


def _say(sentence: str) -> Never:
    print(f"bosetting: {sentence}", file=sys.stderr)
    sys.exit(1)


def _leave(number: int, frame: FrameType | None) -> Never:
    """Leave by every `with`, so that the embedded database is put away."""
    sys.exit(128 + number)
