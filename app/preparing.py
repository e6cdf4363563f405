"""The worker's thread that makes previews of redistributions: one at a time, from whoever asked.

Planning takes the time it takes, so it holds up nothing else. How far it has come is written in
transactions of their own, for those who watch; the preview itself is written in one with the word
that it is done.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Event as Signal
from threading import Thread
from time import monotonic
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from app import clock
from app.acting import acting_of
from app.clock import machine_time
from app.db import Sessions, transaction
from workflow.kernel.errors import DomainError
from workflow.redistribution import codes, preparing, redistribution_runs
from workflow.redistribution.preparing import Lost, Taken

log = logging.getLogger(__name__)

#: Between two looks for something to prepare, seconds.
GLANCE: Final = 0.5
#: How long one is this worker's without a word: longer than a country's cases take to be read.
LEASE: Final = timedelta(minutes=3)
#: Seconds between two words.
BETWEEN_WORDS: Final = 0.25


class _Ending(Exception):
    """The worker is to end."""


@contextmanager
def keeps_preparing(sessions: Sessions, *, stop: Signal) -> Iterator[None]:
    """Prepare beside the other work until `stop` is set."""

    def go_on() -> None:
        while not stop.is_set():
            try:
                while not stop.is_set() and prepare_next(sessions, stop=stop):
                    pass
            except SQLAlchemyError as fault:
                log.warning("no preview can be prepared now: %s", type(fault).__name__)
            stop.wait(GLANCE)

    thread = Thread(target=go_on, name="preparing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def prepare_next(sessions: Sessions, *, stop: Signal | None = None) -> bool:
    """Make the preview that has waited longest; False where none waits."""
    with transaction(sessions) as session:
        at = clock.now(session, demo=True)
        taken = preparing.take(session, lease=LEASE, now=machine_time(), at=at)
    if taken is None:
        return False
    try:
        _prepare(sessions, taken, stop)
    except Lost:
        log.info("preparation %s: stopped", taken.id)
    except _Ending:
        with transaction(sessions) as session:
            preparing.put_back(session, taken)
    except DomainError as refusal:
        _fail(sessions, taken, refusal.code, str(refusal))
    except SQLAlchemyError:
        raise  # the lease runs out, and it is taken up again
    except Exception:
        log.exception("preparation %s failed", taken.id)
        _fail(
            sessions,
            taken,
            codes.PREPARATION_FAILED,
            "a fault of ours; the log says more",
        )
    return True


def _prepare(sessions: Sessions, taken: Taken, stop: Signal | None) -> None:
    with transaction(sessions, acting_of(taken.actor)) as session:
        at = clock.now(session, demo=True)
        run = redistribution_runs.preview(
            session,
            case_ids=taken.case_ids,
            year=taken.year,
            method=taken.method,
            band=taken.band,
            progress=_Words(sessions, taken, stop),
            actor=taken.actor,
            at=at,
        )
        preparing.finish(session, taken, run.id, at=at)
    log.info("preparation %s: run %s", taken.id, run.id)


def _fail(sessions: Sessions, taken: Taken, code: str, detail: str) -> None:
    with transaction(sessions) as session:
        preparing.fail(session, taken, code, detail, at=clock.now(session, demo=True))


class _Words:
    """Says how far the plan has come, now and then, and ends it where nobody waits for it."""

    def __init__(self, sessions: Sessions, taken: Taken, stop: Signal | None) -> None:
        self._sessions, self._taken, self._stop = sessions, taken, stop
        self._part: str | None = None
        self._next = 0.0

    def __call__(self, part: str, done: float) -> None:
        if self._stop and self._stop.is_set():
            raise _Ending
        if part == self._part and monotonic() < self._next:
            return
        with transaction(self._sessions) as session:
            preparing.tell(session, self._taken, part, done, lease=LEASE, now=machine_time())
        self._part, self._next = part, monotonic() + BETWEEN_WORDS
