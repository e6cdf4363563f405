"""Sessions of people in a browser: begun, found by their cookie, ended."""

from datetime import timedelta
from typing import Final

from fastapi import Request
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session
from starlette.responses import Response

from app.clock import machine_time
from app.db import Sessions, reading
from app.models import SignIn, User
from app.signin.identity import SignedIn
from app.signin.secret import hash_of, new
from workflow.kernel.actor import Actor

COOKIE: Final = "bosetting_session"
LASTS: Final = timedelta(hours=8)


def sign_in(session: Session, user_id: int) -> str:
    """Begin a session for a user; returns the secret for `set_cookie`. Clears old sessions away."""
    secret = new()
    at = machine_time()
    session.execute(delete(SignIn).where(SignIn.expires_at < at))
    session.execute(
        insert(SignIn).values(
            secret_hash=hash_of(secret),
            user_id=user_id,
            csrf=new(),
            at=at,
            seen_at=at,
            expires_at=at + LASTS,
        )
    )
    return secret


def sign_out(session: Session, secret: str) -> None:
    """End the session; its cookie is worth nothing from now on."""
    session.execute(delete(SignIn).where(SignIn.secret_hash == hash_of(secret)))


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


def by_cookie(sessions: Sessions, secret: str) -> SignedIn | None:
    with reading(sessions) as session:
        row = session.execute(
            select(SignIn.csrf, User)
            .join(User, User.id == SignIn.user_id)
            .where(
                SignIn.secret_hash == hash_of(secret),
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
