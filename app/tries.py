"""How often one place may try: sign-ins at an identity provider, tokens that do not hold.

A bucket of tries for each place, in the database and so the same at every node: a try takes one
out, time puts one back. What holds is never counted. A place is a network address, of IPv6 the half
that a customer is given; only a keyed hash of it is kept, and not for long.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil
from time import monotonic
from typing import Final

from fastapi import Depends, Request
from sqlalchemy import DateTime, Float, bindparam, cast, delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import keys
from app.acting import DOORKEEPER
from app.clock import machine_time
from app.db import transaction
from app.models import RateBucket
from app.refusals import TooManyTries
from app.settings import Settings
from workflow.kernel.db import rows_changed

SIGN_IN: Final = "sign-in"
TOKEN: Final = "token"  # noqa: S105  what is limited
#: A bucket nobody has touched for so long is full again, and forgotten.
KEPT_FOR: Final = timedelta(days=1)
#: How many places one process keeps in mind.
_MOST_KNOWN: Final = 10_000

_AT = bindparam("at", type_=DateTime(timezone=True))
_MOST, _RATE = (cast(bindparam(name, type_=Float()), Float) for name in ("most", "rate"))
#: What is in the bucket by now.
_FILLED = func.least(
    _MOST,
    RateBucket.remaining + func.greatest(0, func.extract("epoch", _AT - RateBucket.at)) * _RATE,
)
_TAKE = (
    insert(RateBucket)
    .values(source=bindparam("source"), remaining=_MOST - 1, at=_AT)
    .on_conflict_do_update(
        index_elements=[RateBucket.source],
        set_={"remaining": _FILLED - 1, "at": func.greatest(_AT, RateBucket.at)},
        where=_FILLED >= 1,
    )
    .returning(RateBucket.remaining)
)


@dataclass(slots=True)
class Waiting:
    """Places one process knows to be out of tries, and until when by the monotonic clock."""

    until: dict[bytes, float] = field(default_factory=dict)

    def seconds(self, source: bytes) -> float:
        return self.until.get(source, 0.0) - monotonic()

    def keep(self, source: bytes, seconds: float) -> None:
        if len(self.until) >= _MOST_KNOWN:
            self.until.clear()
        self.until[source] = monotonic() + seconds


def take(
    session: Session, source: bytes, *, at_once: int, a_minute: int, at: datetime
) -> float | None:
    """Take one try out of the place's bucket; None where it is empty, else what is left."""
    return session.scalar(
        _TAKE, {"source": source, "most": at_once, "rate": a_minute / 60, "at": at}
    )


def count(request: Request, what: str) -> None:
    """One try more of the place the request comes from, in a transaction of its own.

    Raises:
        TooManyTries: there is none left.
    """
    state = request.app.state
    chosen: Settings = state.settings
    waiting: Waiting = state.waiting
    source = _source(request, what, chosen)
    if (left := waiting.seconds(source)) > 0:
        raise TooManyTries(retry_after=ceil(left))
    with transaction(state.sessions, DOORKEEPER) as session:
        taken = take(
            session,
            source,
            at_once=chosen.tries_at_once,
            a_minute=chosen.tries_a_minute,
            at=machine_time(),
        )
    if taken is None:
        pause = 60 / chosen.tries_a_minute
        waiting.keep(source, pause)
        raise TooManyTries(retry_after=ceil(pause))


async def count_sign_in(request: Request) -> None:
    count(request, SIGN_IN)


#: For the routes that ask or answer an identity provider: `dependencies=[LimitedSignIn]`.
LimitedSignIn = Depends(count_sign_in)


def forget(session: Session) -> int:
    """Let go of the places that have not tried for long; says how many."""
    return rows_changed(
        session,
        delete(RateBucket)
        .where(RateBucket.at < machine_time() - KEPT_FOR)
        .execution_options(synchronize_session=False),
    )


def _source(request: Request, what: str, settings: Settings) -> bytes:
    key, *_ = *keys.of(settings, "tries"), b"tries"
    place = place_of(request.client.host if request.client else "")
    return hmac.digest(key, f"{what}\0{place}".encode(), "sha256")[:16]


def place_of(host: str) -> str:
    """The network a client's address belongs to."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)
