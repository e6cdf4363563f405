"""Requests are answered only under our own names: what a host header says ends up in links."""

from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.problems import problem
from app.refusals import HostUnknown
from app.settings import Settings

#: Asked by address, from within.
_BY_ADDRESS: Final = ("/health/", "/metrics")


def ours(settings: Settings) -> frozenset[str]:
    """The names we are asked by; none: whichever."""
    if not settings.trusted_hosts:
        return frozenset()
    public = urlsplit(settings.public_url or "").hostname
    return frozenset(name.lower() for name in (*settings.trusted_hosts, public) if name)


class OnlyOurHosts:
    """Refuses what is addressed to another host (421)."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self.app = app
        self._names = frozenset(name for name in hosts if not name.startswith("."))
        self._below = tuple(name for name in hosts if name.startswith("."))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._is_ours(scope):
            await self.app(scope, receive, send)
            return
        refusal = HostUnknown()
        answer = problem(Request(scope), refusal.code, 421, detail=refusal.message)
        await answer(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        if not (self._names or self._below) or scope["path"].startswith(_BY_ADDRESS):
            return True
        told = Headers(scope=scope).getlist("host")
        if len(told) != 1:
            return False
        name = _name(told[0])
        return name in self._names or (name.endswith(self._below) if self._below else False)


def _name(host: str) -> str:
    """Without the port, in small letters; nothing where it is no host."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
