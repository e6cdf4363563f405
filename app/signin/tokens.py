"""Bearer tokens of machines: issued, revoked, and believed for a moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

from fastapi import Request
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from app.clock import machine_time
from app.db import Sessions, reading
from app.models import AccessToken
from app.signin.identity import SignedIn
from app.signin.secret import hash_of, new
from workflow.kernel.actor import MUNICIPALITY, Actor, Role

LASTS: Final = timedelta(hours=8)
#: How long a token found is believed without asking again: a revoked one holds no longer than that.
TRUSTED_SECONDS = 2.0
#: How many tokens found are kept in mind.
MOST_KNOWN: Final = 10_000


def issue_token(
    session: Session,
    *,
    name: str,
    role: Role,
    municipality_id: int | None = None,
    reception_centre: str | None = None,
    lasts: timedelta = LASTS,
) -> str:
    """A new bearer token, shown this once.

    Raises:
        ValueError: a municipality's role without a municipality, or another role with one; the same
            for a reception centre; the system's own role.
    """
    if role is Role.SYSTEM:
        raise ValueError(f"nobody has the role {role}")
    if (role in MUNICIPALITY) != (municipality_id is not None):
        raise ValueError(f"{role} and a municipality go together, or neither")
    if (role is Role.RECEPTION_CENTRE) != (reception_centre is not None):
        raise ValueError(f"{role} and a reception centre go together, or neither")
    secret = f"bos_{new()}"
    at = machine_time()
    session.execute(
        insert(AccessToken).values(
            secret_hash=hash_of(secret),
            name=name,
            role=role,
            municipality_id=municipality_id,
            reception_centre=reception_centre,
            at=at,
            expires_at=at + lasts,
        )
    )
    return secret


def revoke_token(session: Session, secret: str) -> None:
    """The token holds no longer: at most TRUSTED_SECONDS more, wherever it has just been used."""
    session.execute(
        update(AccessToken)
        .where(AccessToken.secret_hash == hash_of(secret), AccessToken.revoked_at.is_(None))
        .values(revoked_at=machine_time())
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """A token that was looked up a moment ago; `until` by the monotonic clock."""

    signed_in: SignedIn
    expires_at: datetime
    until: float


async def holder_of(request: Request, secret: str) -> SignedIn | None:
    """Whose token it is; one that was found within TRUSTED_SECONDS is not looked up again."""
    known: dict[bytes, _Known] = request.app.state.known_tokens
    secret_hash = hash_of(secret)
    found = known.get(secret_hash)
    if found is None or found.until < monotonic():
        found = await run_in_threadpool(_by_token, request.app.state.sessions, secret_hash)
        if len(known) >= MOST_KNOWN:
            known.clear()
        if found is None:
            known.pop(secret_hash, None)
            return None
        known[secret_hash] = found
    return found.signed_in if found.expires_at > machine_time() else None


def _by_token(sessions: Sessions, secret_hash: bytes) -> _Known | None:
    with reading(sessions) as session:
        row = session.execute(
            select(
                AccessToken.name,
                AccessToken.role,
                AccessToken.municipality_id,
                AccessToken.reception_centre,
                AccessToken.expires_at,
            ).where(AccessToken.secret_hash == secret_hash, AccessToken.revoked_at.is_(None))
        ).one_or_none()
    if row is None:
        return None
    actor = Actor(
        name=row.name,
        role=row.role,
        municipality_id=row.municipality_id,
        reception_centre=row.reception_centre,
    )
    whose = row.municipality_id or row.reception_centre or ""
    found = SignedIn(actor, holder=f"token:{row.role}:{whose}:{row.name}")
    return _Known(found, row.expires_at, monotonic() + TRUSTED_SECONDS)
