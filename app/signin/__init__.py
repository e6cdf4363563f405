"""Who is asking: tokens of machines, sessions of people.

Both live by the machine's own time.
"""

from app.signin.asking import (
    CSRF_FIELD,
    CSRF_HEADER,
    CurrentActor,
    CurrentSignIn,
    MaybeSignedIn,
    current_actor,
    maybe_signed_in,
    signed_in,
)
from app.signin.identity import Lasting, SignedIn
from app.signin.issuing import LASTS, issue_token, revoke_token
from app.signin.sessions import COOKIE, clear_cookie, set_cookie, sign_in, sign_out

__all__ = [
    "COOKIE",
    "CSRF_FIELD",
    "CSRF_HEADER",
    "LASTS",
    "CurrentActor",
    "CurrentSignIn",
    "Lasting",
    "MaybeSignedIn",
    "SignedIn",
    "clear_cookie",
    "current_actor",
    "issue_token",
    "maybe_signed_in",
    "revoke_token",
    "set_cookie",
    "sign_in",
    "sign_out",
    "signed_in",
]
