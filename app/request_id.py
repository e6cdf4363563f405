"""Which request this is, from end to end: in its answer, in every line it logs, in the audit.

A caller may bring its own sign, `X-Request-ID`, or a trace (W3C `traceparent`); what is not well
formed is not repeated anywhere, and the request gets a sign of ours.
"""

import re
from contextvars import ContextVar
from secrets import token_hex
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER: Final = "x-request-id"
_HEADER: Final = HEADER.encode()
_TRACE: Final = b"traceparent"
#: Long enough to be one's own, and nothing that means something to a log, a shell or a page.
_WELL_FORMED: Final = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
#: Version 00 of the W3C's Trace Context: a trace and a parent that are not all zeros.
_TRACEPARENT: Final = re.compile(rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")

_current: ContextVar[str | None] = ContextVar("request_id", default=None)


def request_id() -> str | None:
    """The sign of the request now worked on; None outside a request."""
    return _current.get()


class KnowsItsRequest:
    """Gives each request its sign, and the sign to its answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sign = _brought(scope["headers"]) or token_hex(16)
        written = (_HEADER, sign.encode())

        async def send_with_sign(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), written]
            await send(message)

        before = _current.set(sign)
        try:
            await self.app(scope, receive, send_with_sign)
        finally:
            _current.reset(before)


def _brought(headers: list[tuple[bytes, bytes]]) -> str | None:
    """The caller's own sign before the trace it is part of."""
    trace = None
    for name, value in headers:
        if name == _HEADER and _WELL_FORMED.fullmatch(value):
            return value.decode("ascii")
        if name == _TRACE and (found := _TRACEPARENT.fullmatch(value)):
            trace = found[1].decode("ascii")
    return trace
