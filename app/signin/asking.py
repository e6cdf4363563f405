"""Who is asking: by a bearer token, or by the cookie of a session. Found out once a request."""

import secrets
from typing import Annotated, Final

from fastapi import Depends, Request

from app import tries
from app.clock import machine_time
from app.refusals import NotSignedIn, NotTheForm, TokenReadsOnly
from app.signin import cookies
from app.signin.identity import SignedIn
from app.signin.sessions import by_cookie, limits_of
from app.signin.tokens import holder_of
from workflow.kernel.actor import Actor

#: The form field, and the header, that carry the sign-in's CSRF token.
CSRF_FIELD: Final = "csrf_token"
CSRF_HEADER: Final = "x-csrf-token"
#: Methods that change nothing.
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: Asks how long the session lasts, by itself: nobody has to be there.
SESSION_STATUS: Final = "/okt"


async def maybe_signed_in(request: Request) -> SignedIn | None:
    """Who is asking, or None for a stranger; found out once a request.

    Raises:
        NotSignedIn: something was presented that does not hold.
        TooManyTries: too much that does not hold was presented from there.
        TokenReadsOnly: a change by a token that is for reading.
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
        found = holder_of(request, secret)
        if found is None:
            tries.count(request, tries.TOKEN)
            raise NotSignedIn(presented=True)
        if not found.may_write and request.method not in _SAFE:
            request.state.refused_as = found
            raise TokenReadsOnly
        return found
    if (cookie := cookies.read(request, "session")) is None:
        return None
    found = by_cookie(
        request.app.state.sessions,
        cookie,
        limits=limits_of(request.app.state.settings),
        active=request.url.path != SESSION_STATUS,
        at=machine_time(),
    )
    if found is not None and request.method not in _SAFE:
        request.state.refused_as = found
        await _must_be_our_form(request, found)
    return found


async def _must_be_our_form(request: Request, found: SignedIn) -> None:
    told = request.headers.get(CSRF_HEADER)
    if told is None and "form" in request.headers.get("content-type", ""):
        field = (await request.form()).get(CSRF_FIELD)
        told = field if isinstance(field, str) else None
    expected = (found.csrf or "").encode()
    if told is None or not secrets.compare_digest(told.encode(), expected):
        raise NotTheForm
