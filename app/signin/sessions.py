"""Sessions of people in a browser: begun, found by their cookie, kept awake, ended.

A session lives here and not in the browser: what ends it here ends it everywhere at once.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from fastapi import Request
from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.acting import DOORKEEPER
from app.clock import machine_time
from app.db import Sessions, reading, transaction
from app.models import SignIn, User
from app.settings import Settings
from app.signin import audited, cookies, on_behalf
from app.signin.identity import Lasting, SignedIn
from app.signin.secret import hash_of, new

#: The session's cookie without TLS.
COOKIE: Final = cookies.PLAIN["session"]
#: Being active is written down once in this time, not with every request.
NOTED: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long sessions last: without anything done in them, and at most."""

    idle: timedelta = timedelta(minutes=30)
    most: timedelta = timedelta(minutes=120)


def limits_of(settings: Settings) -> Limits:
    return Limits(
        timedelta(minutes=settings.idle_minutes), timedelta(minutes=settings.session_minutes)
    )


@dataclass(frozen=True, slots=True)
class There:
    """The session at the identity provider that ours comes from."""

    provider: str
    #: The provider's name of it (`sid`); None where it has none.
    session: str | None
    id_token: str


def sign_in(
    session: Session,
    user_id: int,
    *,
    limits: Limits = Limits(),
    there: There | None = None,
    device: str | None = None,
    at: datetime | None = None,
) -> str:
    """Begin a session for a user; returns the secret for `set_cookie`. Clears old sessions away.

    Args:
        device: what it runs on, as `device.family` has it.
        at: the machine's time, unless told.
    """
    secret = new()
    at = at or machine_time()
    session.execute(delete(SignIn).where(SignIn.expires_at < at))
    session.execute(
        insert(SignIn).values(
            secret_hash=hash_of(secret),
            user_id=user_id,
            csrf=new(),
            at=at,
            seen_at=at,
            expires_at=at + limits.most,
            provider=there.provider if there else None,
            provider_session=there.session if there else None,
            device=device,
            sealed_hint=_lock(secret).encrypt(there.id_token.encode()) if there else None,
        )
    )
    provider = there.provider if there else None
    audited.record(session, [user_id], "sign_in", provider=provider, at=at)
    return secret


@dataclass(frozen=True, slots=True)
class Left:
    """A session that was signed out of, as far as the identity provider has to know."""

    provider: str | None
    id_token: str | None


def sign_out(session: Session, secret: str) -> Left | None:
    """End the session; its cookie is worth nothing from now on. None: there was none."""
    row = session.execute(
        delete(SignIn)
        .where(SignIn.secret_hash == hash_of(secret))
        .returning(SignIn.user_id, SignIn.provider, SignIn.sealed_hint)
    ).one_or_none()
    if row is None:
        return None
    audited.record(session, [row.user_id], "sign_out", provider=row.provider, at=machine_time())
    return Left(row.provider, _opened(secret, row.sealed_hint))


def end_there(session: Session, *, provider: str, provider_session: str) -> None:
    """The identity provider has ended its session, so ours end (front-channel logout)."""
    ended = session.scalars(
        delete(SignIn)
        .where(SignIn.provider == provider, SignIn.provider_session == provider_session)
        .returning(SignIn.user_id)
    ).all()
    audited.record(session, ended, "sign_out", provider=provider, at=machine_time())


def set_cookie(response: Response, request: Request, secret: str) -> None:
    """Give the browser its session."""
    most = limits_of(request.app.state.settings).most if "app" in request.scope else Limits().most
    cookies.give(response, request, "session", secret, seconds=int(most.total_seconds()))


def clear_cookie(response: Response, request: Request) -> None:
    cookies.take(response, request, "session")


def awake(limits: Limits, at: datetime) -> ColumnElement[bool]:
    """The sessions that have not ended, by idleness or by age."""
    return and_(
        SignIn.expires_at > at,
        SignIn.at > at - limits.most,
        SignIn.seen_at > at - limits.idle,
    )


def by_cookie(
    sessions: Sessions, secret: str, *, limits: Limits, active: bool = True, at: datetime
) -> SignedIn | None:
    """Whose session it is; None where it holds no longer.

    Args:
        active: asking means that somebody is there, so the session stays awake.
    """
    secret_hash = hash_of(secret)
    with reading(sessions, DOORKEEPER) as session:
        row = session.execute(
            select(
                SignIn.csrf,
                SignIn.at,
                SignIn.seen_at,
                SignIn.expires_at,
                SignIn.delegation_id,
                User,
            )
            .join(User, User.id == SignIn.user_id)
            .where(SignIn.secret_hash == secret_hash, awake(limits, at), User.ended_at.is_(None))
        ).one_or_none()
        if row is None:
            return None
        actor = on_behalf.as_whom(session, row.User, row.delegation_id, at)
    seen_at = row.seen_at
    if active and at - seen_at >= NOTED:
        seen_at = at
        _note(sessions, secret_hash, at)
    user, lender = row.User, actor.acting_for
    most = min(row.expires_at, row.at + limits.most)
    return SignedIn(
        actor,
        holder=f"user:{user.id}" + (f":for:{lender.user_id}" if lender else ""),
        title=user.title,
        csrf=on_behalf.form_token(row.csrf, actor),
        lasting=Lasting(
            left=min(seen_at + limits.idle, most) - at,
            most=most - at,
        ),
        language=user.language,
    )


def _note(sessions: Sessions, secret_hash: bytes, at: datetime) -> None:
    with transaction(sessions, DOORKEEPER) as session:
        session.execute(
            update(SignIn)
            .where(SignIn.secret_hash == secret_hash, SignIn.seen_at < at)
            .values(seen_at=at)
            .execution_options(synchronize_session=False)
        )


def _lock(secret: str) -> Fernet:
    """Opened by the cookie only, which we do not keep: an ID token names its person."""
    key = hashlib.sha256(b"id token hint\0" + secret.encode("utf-8", "surrogateescape")).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _opened(secret: str, sealed: bytes | None) -> str | None:
    if sealed is None:
        return None
    try:
        return _lock(secret).decrypt(sealed).decode()
    except InvalidToken:
        return None
