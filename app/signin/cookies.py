"""Every cookie we set: the session's, what binds a sign-in to its browser, and small ones of pages.

Behind TLS they are `__Host-`: from this very host, over TLS only, for no other.
"""

from typing import Final, Literal

from fastapi import Request
from starlette.responses import Response

Purpose = Literal["session", "signin", "form", "done", "language"]

#: Their names without TLS, as on one machine in the demonstration.
PLAIN: Final[dict[Purpose, str]] = {
    "session": "bosetting_session",
    "signin": "bosetting_signin",
    #: A stranger's form is ours when its token is the cookie's: nobody else can set both.
    "form": "bosetting_form",
    #: What the last action came to, over the redirect, once.
    "done": "bosetting_done",
    "language": "bosetting_language",
}
#: Not even sent along from a link elsewhere.
_STRICT: Final = frozenset({"form"})


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
    response: Response, request: Request, purpose: Purpose, value: str, *, seconds: int | None
) -> None:
    """Not read by scripts, not sent along from other sites' forms.

    Args:
        seconds: how long it lasts; None: as long as the browser is open.
    """
    response.set_cookie(
        name_of(request, purpose),
        value,
        max_age=seconds,
        path="/",
        httponly=True,
        samesite="strict" if purpose in _STRICT else "lax",
        secure=is_encrypted(request),
    )


def take(response: Response, request: Request, purpose: Purpose) -> None:
    response.delete_cookie(
        name_of(request, purpose),
        path="/",
        httponly=True,
        samesite="strict" if purpose in _STRICT else "lax",
        secure=is_encrypted(request),
    )
