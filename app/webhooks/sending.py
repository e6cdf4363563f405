"""What the worker does with webhooks: puts events into the queues, and sends what is due.

Sending calls others, so it goes on in threads of its own, each at one receiver at a time. One that
hangs holds one thread until patience ends, and then rests; half of the threads go only where the
last attempt came to something, so that receivers that are well are never behind those that are not.
"""

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Event as Signal
from threading import Thread
from time import monotonic
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import clock
from app.calls import Answer, Calls, NotReached
from app.clock import machine_time
from app.db import Sessions, transaction
from app.outgoing import AddressRefused, Reach
from app.settings import Settings
from app.webhooks import cloudevents, queues, signing
from app.webhooks.queues import Outcome, Taken
from app.webhooks.states import Fault

log = logging.getLogger(__name__)

#: Between two looks for something to send, seconds.
GLANCE: Final = 1.0
#: Those that sleep longer unless the first has found something, seconds.
LONG_GLANCE: Final = 10.0
#: Longest answer read, bytes; what it says is thrown away.
LONGEST: Final = 64 * 1024
#: How long a queue is one thread's while others wait, seconds.
TURN: Final = 5.0
#: Threads of one worker.
SENDERS: Final = 8


def fan_out(sessions: Sessions, *, stop: Signal | None = None) -> int:
    """Put all that has happened into the queues; returns how many events."""
    done = 0
    while not (stop and stop.is_set()):
        with transaction(sessions) as session:
            placed = queues.fan_out(session, at=_now(session))
        if not placed:
            break
        done += placed
    return done


def drain(
    sessions: Sessions,
    settings: Settings,
    *,
    calls: Calls | None = None,
    well_only: bool = False,
    stop: Signal | None = None,
    wake: Signal | None = None,
    patience: float | None = None,
) -> int:
    """Send what is due until nothing is; returns how many attempts were made.

    Args:
        calls: connections to send on; None: of its own.
        wake: set once there is something, for others to come and help.
        patience: seconds for a request; None: the setting.
    """
    patience = patience or float(settings.webhook_seconds)
    done = 0
    with nullcontext(calls) if calls else Calls(Reach(settings.private_hosts)) as on:
        sender = _Sender(sessions, settings, on, patience, well_only)
        while not (stop and stop.is_set()) and (some := sender.send(stop, wake)):
            done += some
    return done


@contextmanager
def keeps_sending(
    sessions: Sessions, settings: Settings, *, stop: Signal, senders: int = SENDERS
) -> Iterator[None]:
    """Send beside the other work until `stop` is set."""
    wake, calls = Signal(), Calls(Reach(settings.private_hosts))

    def go_on(number: int) -> None:
        leads = number == 0
        while not stop.is_set():
            try:
                if leads:
                    fan_out(sessions, stop=stop)
                drain(
                    sessions,
                    settings,
                    calls=calls,
                    well_only=number % 2 == 1,
                    stop=stop,
                    wake=wake if leads else None,
                )
            except SQLAlchemyError as fault:
                log.warning("webhooks wait for the database: %s", type(fault).__name__)
            if leads:
                wake.clear()
                stop.wait(GLANCE)
            elif wake.wait(LONG_GLANCE):
                stop.wait(GLANCE / 10)

    threads = [
        Thread(target=go_on, args=(number,), name=f"webhooks-{number}", daemon=True)
        for number in range(senders)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        wake.set()
        for thread in threads:
            thread.join(settings.webhook_seconds)
        calls.close()


@dataclass(frozen=True, slots=True)
class _Sender:
    """What one thread sends with."""

    sessions: Sessions
    settings: Settings
    calls: Calls
    patience: float
    well_only: bool

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=2 * self.patience)

    def send(self, stop: Signal | None, wake: Signal | None) -> int:
        """Have a queue for a turn; returns how many attempts were made, 0 where none is due."""
        with transaction(self.sessions) as session:
            shift = clock.shift_of(session)
            taken = queues.take(
                session,
                self.settings,
                lease=self.lease,
                well_only=self.well_only,
                at=machine_time() + shift,
            )
        if taken is not None and wake is not None:
            wake.set()
        ends, done = monotonic() + TURN, 0
        while taken is not None:
            outcome = attempt(taken, self.calls, patience=self.patience)
            done += 1
            goes_on = monotonic() < ends and not (stop and stop.is_set())
            with transaction(self.sessions) as session:
                following = queues.settle(
                    session,
                    self.settings,
                    taken,
                    outcome,
                    lease=self.lease if goes_on else None,
                    chance=random.random(),  # noqa: S311  jitter
                    at=machine_time() + shift,
                )
            if outcome.fault is not None:
                log.warning(
                    "webhook %s, delivery %d: %s %s",
                    taken.webhook_id,
                    taken.delivery_id,
                    outcome.fault,
                    outcome.status or "",
                )
            taken = following
        return done


def attempt(taken: Taken, calls: Calls, *, patience: float) -> Outcome:
    """One request. No transaction is open."""
    began = monotonic()

    def after(**told: object) -> Outcome:
        return Outcome(round((monotonic() - began) * 1000), **told)  # type: ignore[arg-type]

    if taken.fault is not None:
        return after(fault=taken.fault)
    timestamp = int(machine_time().timestamp())
    signed = signing.headers(taken.message_id, taken.body, taken.secrets, timestamp=timestamp)
    try:
        answer = calls.send(
            taken.url,
            content=taken.body,
            headers={"content-type": cloudevents.MEDIA_TYPE, "user-agent": "bosetting", **signed},
            patience=patience,
            longest=LONGEST,
        )
    except AddressRefused:
        return after(fault=Fault.ADDRESS)
    except NotReached as fault:
        return after(fault=Fault(fault.why))
    if 200 <= answer.status < 300:
        return after(status=answer.status)
    return after(status=answer.status, fault=Fault.STATUS, asked=_asked(answer))


def _asked(answer: Answer) -> timedelta | None:
    """What Retry-After says: seconds, or a moment."""
    told = answer.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit() and len(told) < 9:
        return timedelta(seconds=int(told))
    try:
        return parsedate_to_datetime(told) - machine_time()
    except (ValueError, TypeError):
        return None


def _now(session: Session) -> datetime:
    """By the clock of the database's world, as the rest of the worker."""
    return clock.now(session, demo=True)
