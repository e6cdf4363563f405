"""The cookies of a sign-in: the session's, and the one that binds a sign-in to its browser.

Behind TLS they are `__Host-`: from this very host, over TLS only, for no other.
"""

from typing import Final, Literal

from fastapi import Request
from starlette.responses import Response

Purpose = Literal["session", "signin"]

#: Their names without TLS, as on one machine in the demonstration.
PLAIN: Final[dict[Purpose, str]] = {"session": "bosetting_session", "signin": "bosetting_signin"}


def is_encrypted(request: Request) -> bool:
    """Whether the reader's browser is behind TLS, be it that a proxy before us has taken it off."""
    told = request.app.state.settings.public_url if "app" in request.scope else None
    return request.url.scheme == "https" or (told or "").startswith("https:")


def name_of(request: Request, purpose: Purpose) -> str:
    plain = PLAIN[purpose]
    return f"__Host-{plain}" if is_encrypted(request) else plain


def read(request: Request, purpose: Purpose) -> str | None:
    return request.cookies.get(name_of(request, purpose))


def give(
    response: Response, request: Request, purpose: Purpose, secret: str, *, seconds: int
) -> None:
    """Not read by scripts, not sent along from other sites' forms."""
    response.set_cookie(
        name_of(request, purpose),
        secret,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_encrypted(request),
    )


def take(response: Response, request: Request, purpose: Purpose) -> None:
    response.delete_cookie(
        name_of(request, purpose),
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_encrypted(request),
    )
