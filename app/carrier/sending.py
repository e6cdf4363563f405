"""Telling the carrier of wishes: at least once, each revision under one idempotency id.

Sending calls others, so it goes on in a thread of its own, with no transaction open meanwhile; a
carrier that hangs holds up nothing but itself. Without an address nothing is sent, and UDI asks by
other means.
"""

import json
import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event as Signal
from threading import Thread
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import clock
from app.calls import Calls, NotReached
from app.db import Sessions, transaction
from app.outgoing import AddressRefused, Reach
from app.settings import Settings
from workflow.travel import telling
from workflow.travel.telling import Outgoing

log = logging.getLogger(__name__)

#: Between two looks for something to tell, seconds.
GLANCE: Final = 1.0
#: Between two tries: the first wait, and the longest.
FIRST_WAIT: Final = timedelta(seconds=10)
LONGEST_WAIT: Final = timedelta(hours=1)
#: Longest answer read, bytes; what it says is thrown away.
LONGEST: Final = 64 * 1024


def tell(
    sessions: Sessions, settings: Settings, calls: Calls, *, stop: Signal | None = None
) -> int:
    """Tell the carrier of all that is due; returns how many tries were made."""
    tries = 0
    while not (stop and stop.is_set()) and _tell_next(sessions, settings, calls):
        tries += 1
    return tries


@contextmanager
def keeps_telling(sessions: Sessions, settings: Settings, *, stop: Signal) -> Iterator[None]:
    """Tell beside the other work until `stop` is set; nothing where no carrier is named."""
    if settings.carrier_url is None:
        yield
        return

    def go_on() -> None:
        with Calls(Reach(settings.private_hosts)) as calls:
            while not stop.wait(GLANCE):
                try:
                    tell(sessions, settings, calls, stop=stop)
                except SQLAlchemyError as fault:
                    log.warning("the carrier waits for the database: %s", type(fault).__name__)

    thread = Thread(target=go_on, name="carrier", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(float(settings.carrier_seconds))


def _tell_next(sessions: Sessions, settings: Settings, calls: Calls) -> bool:
    patience = float(settings.carrier_seconds)
    with transaction(sessions) as session:
        outgoing = telling.claim(session, lease=timedelta(seconds=2 * patience), at=_now(session))
    if outgoing is None:
        return False
    fault = _sent(settings, calls, outgoing, patience)
    with transaction(sessions) as session:
        at = _now(session)
        if fault is None:
            telling.told(session, outgoing, at=at)
        else:
            telling.failed(session, outgoing, fault, again=at + _wait(outgoing.tries))
    log.info("wish %s, revision %d: %s", outgoing.id, outgoing.revision, fault or "told")
    return True


def _sent(settings: Settings, calls: Calls, outgoing: Outgoing, patience: float) -> str | None:
    """None where the carrier has it, else why not, as a code."""
    headers = {
        "content-type": "application/json",
        "idempotency-key": f"{outgoing.id}:{outgoing.revision}",
    }
    if settings.carrier_token is not None:
        headers["authorization"] = f"Bearer {settings.carrier_token.get_secret_value()}"
    try:
        answer = calls.send(
            f"{settings.carrier_url}/travel-wishes",
            content=as_json(outgoing),
            headers=headers,
            patience=patience,
            longest=LONGEST,
        )
    except AddressRefused as refused:
        return f"address_{refused.why}"
    except NotReached as missed:
        return missed.why
    return None if 200 <= answer.status < 300 else f"status_{answer.status}"


def as_json(outgoing: Outgoing) -> bytes:
    """A revision of a wish; who travels is read from our API with the carrier's own token."""
    told = {
        "id": str(outgoing.id),
        "revision": outgoing.revision,
        "state": outgoing.state,
        "case_id": str(outgoing.case_id),
        "case_number": outgoing.case_number,
        "persons": outgoing.persons_count,
        "departure_country": outgoing.departure_country,
        "needs": list(outgoing.needs),
        "window": {
            "from": outgoing.window_from.isoformat(),
            "to": outgoing.window_to.isoformat(),
        },
        "arrival_airport": outgoing.arrival_airport,
    }
    return json.dumps(told).encode()


def _wait(tries: int) -> timedelta:
    """Twice as long each time, and not all at once."""
    whole: timedelta = min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT)
    return whole * random.uniform(0.5, 1.0)  # noqa: S311  not a secret


def _now(session: Session) -> datetime:
    return clock.now(session, demo=True)
