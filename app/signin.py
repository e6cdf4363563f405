"""Who is asking: by a bearer token, or by the cookie of a sign-in.

Secrets are random and stored hashed; a hash of 256 random bits needs no salt. Both live by the
machine's own time.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Annotated, Final

from fastapi import Depends, Request
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app.clock import machine_time
from app.db import Sessions, reading
from app.models import AccessToken, SignIn, User
from app.refusals import NotSignedIn, NotTheForm
from workflow.kernel.actor import MUNICIPALITY, Actor, Role

COOKIE: Final = "bosetting_session"
#: The form field, and the header, that carry the sign-in's CSRF token.
CSRF_FIELD: Final = "csrf_token"
CSRF_HEADER: Final = "x-csrf-token"
LASTS: Final = timedelta(hours=8)
#: How long a token found is believed without asking again: a revoked one holds no longer than that.
TRUSTED_SECONDS = 2.0
#: How many tokens found are kept in mind.
MOST_KNOWN: Final = 10_000
#: Methods that change nothing.
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is asking, and by what."""

    actor: Actor
    #: Whose idempotency keys these are: the same for one integration's next token, or one user.
    holder: str
    #: What the person is called at work; None for tokens.
    title: str | None = None
    #: Goes into every form of a page; None for tokens, which no browser sends by itself.
    csrf: str | None = None


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
    secret = f"bos_{secrets.token_urlsafe(32)}"
    at = machine_time()
    session.execute(
        insert(AccessToken).values(
            secret_hash=_hash(secret),
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
        .where(AccessToken.secret_hash == _hash(secret), AccessToken.revoked_at.is_(None))
        .values(revoked_at=machine_time())
        .execution_options(synchronize_session=False)
    )


def sign_in(session: Session, user_id: int) -> str:
    """Begin a session for a user; returns the secret for `set_cookie`. Clears old sessions away."""
    secret = secrets.token_urlsafe(32)
    at = machine_time()
    session.execute(delete(SignIn).where(SignIn.expires_at < at))
    session.execute(
        insert(SignIn).values(
            secret_hash=_hash(secret),
            user_id=user_id,
            csrf=secrets.token_urlsafe(32),
            at=at,
            expires_at=at + LASTS,
        )
    )
    return secret


def sign_out(session: Session, secret: str) -> None:
    """End the session; its cookie is worth nothing from now on."""
    session.execute(delete(SignIn).where(SignIn.secret_hash == _hash(secret)))


def set_cookie(response: Response, request: Request, secret: str) -> None:
    """Give the browser its session: not read by scripts, not sent along from other sites' forms."""
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def clear_cookie(response: Response) -> None:
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")


async def maybe_signed_in(request: Request) -> SignedIn | None:
    """Who is asking, or None for a stranger; found out once a request.

    Raises:
        NotSignedIn: something was presented that does not hold.
        NotTheForm: a change by cookie without the sign-in's CSRF token.
    """
    if not hasattr(request.state, "signed_in"):
        request.state.signed_in = await _found(request)
    found: SignedIn | None = request.state.signed_in
    return found


async def signed_in(request: Request) -> SignedIn:
    found = await maybe_signed_in(request)
    if found is None:
        raise NotSignedIn
    return found


async def current_actor(request: Request) -> Actor:
    return (await signed_in(request)).actor


MaybeSignedIn = Annotated[SignedIn | None, Depends(maybe_signed_in)]
CurrentSignIn = Annotated[SignedIn, Depends(signed_in)]
CurrentActor = Annotated[Actor, Depends(current_actor)]


async def _found(request: Request) -> SignedIn | None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not (secret := secret.strip()):
            raise NotSignedIn(presented=True)
        found = await _holder_of(request, secret)
        if found is None:
            raise NotSignedIn(presented=True)
        return found
    if (cookie := request.cookies.get(COOKIE)) is None:
        return None
    found = await run_in_threadpool(_by_cookie, request.app.state.sessions, cookie)
    if found is not None and request.method not in _SAFE:
        await _must_be_our_form(request, found)
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """A token that was looked up a moment ago; `until` by the monotonic clock."""

    signed_in: SignedIn
    expires_at: datetime
    until: float


async def _holder_of(request: Request, secret: str) -> SignedIn | None:
    """Whose token it is; one that was found within TRUSTED_SECONDS is not looked up again."""
    known: dict[bytes, _Known] = request.app.state.known_tokens
    secret_hash = _hash(secret)
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


async def _must_be_our_form(request: Request, found: SignedIn) -> None:
    told = request.headers.get(CSRF_HEADER)
    if told is None and "form" in request.headers.get("content-type", ""):
        field = (await request.form()).get(CSRF_FIELD)
        told = field if isinstance(field, str) else None
    expected = (found.csrf or "").encode()
    if told is None or not secrets.compare_digest(told.encode(), expected):
        raise NotTheForm


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


def _by_cookie(sessions: Sessions, secret: str) -> SignedIn | None:
    with reading(sessions) as session:
        row = session.execute(
            select(SignIn.csrf, User)
            .join(User, User.id == SignIn.user_id)
            .where(
                SignIn.secret_hash == _hash(secret),
                SignIn.expires_at > machine_time(),
                User.ended_at.is_(None),
            )
        ).one_or_none()
    if row is None:
        return None
    csrf, user = row
    actor = Actor(
        name=user.name,
        role=user.role,
        municipality_id=user.municipality_id,
        reception_centre=user.reception_centre,
        user_id=user.id,
    )
    return SignedIn(actor, holder=f"user:{user.id}", title=user.title, csrf=csrf)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
