"""Whose bearer token it is: believed for a moment once it is found, its use written down later.

Those in use are asked about again all together, before the moment is over; so a request seldom has
to wait for an answer of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Any, Final, cast

from fastapi import Request
from sqlalchemy import ARRAY, LargeBinary, Row, Table, any_, bindparam, or_, select, update

from app import keys
from app.acting import DOORKEEPER
from app.clock import machine_time
from app.db import Sessions, asking, transaction
from app.models import AccessToken
from app.scopes import TokenScope
from app.settings import Settings
from app.signin import bearer, maskinporten
from app.signin.identity import SignedIn
from app.signin.issuing import PURPOSE
from app.signin.secret import hash_of
from workflow.kernel.actor import Actor

#: How long a token found is believed without asking again: a revoked one holds no longer than that.
TRUSTED_SECONDS = 2.0
#: Between two times those in use are asked about again, in seconds.
ASKED_AGAIN_EVERY: Final = 1.0
#: How many tokens found are kept in mind.
MOST_KNOWN: Final = 10_000
#: A use is written down once in this time.
NOTED: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Known:
    """A token that was looked up a moment ago; `until` by the monotonic clock."""

    signed_in: SignedIn
    expires_at: datetime
    until: float
    #: None for a token that is not of our making.
    id: int | None = None


@dataclass(slots=True)
class KnownTokens:
    """What one process has found out of tokens, by their hashes, and which of them were used."""

    found: dict[bytes, Known] = field(default_factory=dict)
    _in_use: set[bytes] = field(default_factory=set)
    _used: dict[int, datetime] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def keep(self, secret_hash: bytes, known: Known) -> None:
        if len(self.found) >= MOST_KNOWN:
            self.found.clear()
        self.found[secret_hash] = known

    def used(self, secret_hash: bytes, token_id: int, at: datetime) -> None:
        with self._lock:
            self._in_use.add(secret_hash)
            self._used[token_id] = at

    def take_in_use(self) -> set[bytes]:
        """The hashes of those used since the last time."""
        with self._lock:
            taken, self._in_use = self._in_use, set()
        return taken

    def take_used(self) -> Mapping[int, datetime]:
        """The uses that are not written down; they are the caller's now."""
        with self._lock:
            taken, self._used = self._used, {}
        return taken

    def clear(self) -> None:
        self.found.clear()
        self.take_in_use()
        self.take_used()


_NOTE_USE = (
    update(AccessToken)
    .where(
        AccessToken.id == bindparam("token_id"),
        or_(AccessToken.last_used_at.is_(None), AccessToken.last_used_at < bindparam("used_at")),
    )
    .values(last_used_at=bindparam("used_at"))
    .execution_options(synchronize_session=False)
)


def note_uses(sessions: Sessions, known: KnownTokens) -> int:
    """Write down when tokens were last used, in a transaction of its own; returns how many."""
    # In the order of their ids: two processes never wait for each other in a circle.
    uses = [{"token_id": one, "used_at": at} for one, at in sorted(known.take_used().items())]
    if uses:
        with transaction(sessions, DOORKEEPER) as session:
            session.connection().execute(_NOTE_USE, uses)
    return len(uses)


def ask_again(sessions: Sessions, known: KnownTokens) -> None:
    """Ask about all those used since the last time; one that holds no more is forgotten."""
    in_use = known.take_in_use()
    if not in_use:
        return
    asked = monotonic()
    with asking(sessions, DOORKEEPER) as connection:
        rows = connection.execute(_BY_HASHES, {"secret_hashes": list(in_use)}).all()
    hold = {bytes(row.secret_hash): _known(row, asked) for row in rows}
    for secret_hash in in_use:
        if secret_hash in hold:
            known.keep(secret_hash, hold[secret_hash])
        else:
            known.found.pop(secret_hash, None)


def holder_of(request: Request, secret: str) -> SignedIn | None:
    """Whose token it is; one that was found within TRUSTED_SECONDS is not looked up again.

    Raises:
        IssuerAway: whether it holds cannot be told now.
    """
    state = request.app.state
    known: KnownTokens = state.known_tokens
    secret_hash = hash_of(secret)
    at = machine_time()
    found = known.found.get(secret_hash)
    if found is None or found.until < monotonic():
        if maskinporten.looks_like(secret):
            found = _by_maskinporten(request, secret)
        elif _is_ours(secret, state.settings):
            found = _by_token(state.sessions, secret_hash)
        else:
            return None
        if found is None:
            known.found.pop(secret_hash, None)
            return None
        known.keep(secret_hash, found)
    if found.expires_at <= at:
        return None
    if found.id is not None:
        known.used(secret_hash, found.id, at)
    return found.signed_in


def _is_ours(secret: str, settings: Settings) -> bool:
    """Whether we have signed it; in the demonstration also by a command that knows no secret."""
    return bearer.is_ours(secret, keys.of(settings, PURPOSE)) or (
        settings.demo and bearer.is_ours(secret, ())
    )


def _by_maskinporten(request: Request, token: str) -> Known | None:
    held = maskinporten.presented(request, token)
    if held is None:
        return None
    return Known(held.signed_in, held.expires_at, monotonic() + TRUSTED_SECONDS)


_tokens = cast(Table, AccessToken.__table__).c
_HELD = select(
    _tokens.id,
    _tokens.secret_hash,
    _tokens.name,
    _tokens.role,
    _tokens.scope,
    _tokens.municipality_id,
    _tokens.reception_centre,
    _tokens.county,
    _tokens.owner_id,
    _tokens.expires_at,
).where(_tokens.revoked_at.is_(None))
_BY_HASH = _HELD.where(_tokens.secret_hash == bindparam("secret_hash"))
_BY_HASHES = _HELD.where(
    _tokens.secret_hash == any_(bindparam("secret_hashes", type_=ARRAY(LargeBinary)))
)


def _by_token(sessions: Sessions, secret_hash: bytes) -> Known | None:
    asked = monotonic()
    with asking(sessions, DOORKEEPER) as connection:
        row = connection.execute(_BY_HASH, {"secret_hash": secret_hash}).one_or_none()
    return None if row is None else _known(row, asked)


def _known(row: Row[*tuple[Any, ...]], asked: float) -> Known:
    actor = Actor(
        name=row.name,
        role=row.role,
        municipality_id=row.municipality_id,
        reception_centre=row.reception_centre,
        owner_id=row.owner_id,
        county=row.county,
    )
    whose = row.municipality_id or row.reception_centre or ""
    found = SignedIn(
        actor,
        holder=f"token:{row.role}:{whose}:{row.name}",
        may_write=row.scope is TokenScope.WRITE,
    )
    return Known(found, row.expires_at, asked + TRUSTED_SECONDS, row.id)
