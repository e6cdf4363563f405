"""Where to tell of a fault in security (RFC 9116)."""

from datetime import UTC

from fastapi import APIRouter, Request, Response
from starlette.responses import PlainTextResponse

from app.clock import machine_time
from app.settings import Settings
from workflow.kernel.errors import NotFound

router = APIRouter()

PATH = "/.well-known/security.txt"


@router.get(PATH)
def security_txt(request: Request) -> Response:
    """What is configured; one that has expired is worse than none.

    Raises:
        NotFound: nothing is configured, or no longer.
    """
    chosen: Settings = request.app.state.settings
    contact, expires = chosen.security_contact, chosen.security_expires
    if contact is None or expires is None or expires <= machine_time():
        raise NotFound("page")
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: nb, nn, en",
    ]
    if chosen.public_url:
        lines.append(f"Canonical: {chosen.public_url}{PATH}")
    return PlainTextResponse("\n".join(lines) + "\n", headers={"cache-control": "public, no-cache"})
