"""People who were sent to an identity provider: each answer is worth something once.

A sign-in that is begun is bound to the browser it is begun in, by a cookie; two tabs of one browser
share the cookie and have each its own state.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from app.models import SignInAttempt
from app.refusals import SignInStale
from app.signin.secret import hash_of, new

#: How long a person may take at the provider.
LASTS: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Begun:
    """What goes with the person to the provider; the verifier stays here."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Awaited:
    """What the answer is checked with, and where the person wanted to go."""

    nonce: str
    verifier: str
    onward: str


def start(session: Session, *, provider: str, browser: str, onward: str, at: datetime) -> Begun:
    """Wait for an answer from the provider, in this browser. Clears old waits away."""
    begun = Begun(new(), new(), new())
    session.execute(delete(SignInAttempt).where(SignInAttempt.expires_at < at))
    session.execute(
        insert(SignInAttempt).values(
            state_hash=hash_of(begun.state),
            browser_hash=hash_of(browser),
            provider=provider,
            nonce=begun.nonce,
            code_verifier=begun.verifier,
            onward=onward,
            expires_at=at + LASTS,
        )
    )
    return begun


def claim(session: Session, *, provider: str, browser: str, state: str, at: datetime) -> Awaited:
    """Take the one wait the answer is for; there is none for it any more from now on.

    Raises:
        SignInStale: nobody of this browser waits for it.
    """
    row = session.execute(
        delete(SignInAttempt)
        .where(
            SignInAttempt.state_hash == hash_of(state),
            SignInAttempt.browser_hash == hash_of(browser),
            SignInAttempt.provider == provider,
            SignInAttempt.expires_at > at,
        )
        .returning(SignInAttempt.nonce, SignInAttempt.code_verifier, SignInAttempt.onward)
    ).one_or_none()
    if row is None:
        raise SignInStale
    return Awaited(*row)
