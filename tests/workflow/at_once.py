"""Things done at the same moment, each in its own transaction on its own connection."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from app.db import Sessions, transaction
from workflow.kernel.errors import DomainError

T = TypeVar("T")


def at_once(sessions: Sessions, *works: Callable[[Session], Any]) -> list[Any]:
    """What each gave, or the refusal that stopped it; any other error is a failure."""
    begin = Barrier(len(works))

    def run(work: Callable[[Session], Any]) -> Any:
        try:
            with transaction(sessions) as session:
                session.connection()
                begin.wait(timeout=10)
                return work(session)
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def done(sessions: Sessions, work: Callable[[Session], T]) -> T:
    """Something done alone, and committed."""
    with transaction(sessions) as session:
        return work(session)


def refusals(outcomes: Sequence[Any]) -> list[str]:
    """The codes of those that were stopped."""
    return [one.code for one in outcomes if isinstance(one, DomainError)]
