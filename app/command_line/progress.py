"""How far long work has come: a bar on a terminal, lines in a log elsewhere; never on stdout."""

import logging
import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")

#: A log gets a line each time so many of a hundred are done.
_STEP_PER_CENT = 10


def shown(what: str, work: Iterable[T], *, total: int) -> Iterator[T]:
    """The same items, told about as they are taken."""
    if sys.stderr.isatty():
        return _on_a_terminal(what, work, total)
    return _in_a_log(what, work, total)


def _on_a_terminal(what: str, work: Iterable[T], total: int) -> Iterator[T]:
    from rich.console import Console
    from rich.progress import track

    yield from track(work, description=what, total=total, console=Console(stderr=True))


def _in_a_log(what: str, work: Iterable[T], total: int) -> Iterator[T]:
    _write_to_stderr()
    told = 0
    for done, item in enumerate(work, start=1):
        yield item
        per_cent = 100 * done // total
        if per_cent >= told + _STEP_PER_CENT or done == total:
            told = per_cent - per_cent % _STEP_PER_CENT
            log.info("%s: %s of %s", what, f"{done:,}", f"{total:,}")


def _write_to_stderr() -> None:
    """A command has no log of its own unless somebody has set one up."""
    if not log.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        log.addHandler(handler)
    log.setLevel(logging.INFO)
