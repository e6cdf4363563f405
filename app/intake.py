"""What a request passes before anything is done with it: its size and its text.

Pure ASGI. The body is taken in whole first, so that a slow sender keeps no thread waiting.
"""

import json
from collections.abc import Iterator
from typing import Any, Never

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import pointer, problem, wants_json
from app.refusals import TooLarge
from workflow.kernel.errors import Invalid, NotFound


class TakeIn:
    """Reads the body up to `limit_bytes` and hands it on; refuses what is no text or no JSON."""

    def __init__(self, app: ASGIApp, limit_bytes: int) -> None:
        self.app = app
        self.limit_bytes = limit_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        if _said_length(request) > self.limit_bytes:
            await self._too_large(request)(scope, receive, send)
            return
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self.limit_bytes:
                await self._too_large(request)(scope, receive, send)
                return
        whole = bytes(body)
        if _nul_in_the_address(request) and not wants_json(request):
            await problem(request, NotFound.code, 404)(
                scope, receive, send
            )  # a page that cannot be
            return
        if fault := _not_text(request, whole):
            answer = problem(request, Invalid.code, 422, errors=[fault])
            await answer(scope, receive, send)
            return
        await self.app(scope, _again(whole, receive), send)

    def _too_large(self, request: Request) -> ASGIApp:
        refusal = TooLarge(limit_bytes=self.limit_bytes)
        return problem(
            request, refusal.code, 413, facts=refusal.facts, headers={"connection": "close"}
        )


def _said_length(request: Request) -> int:
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() else 0


def _nul_in_the_address(request: Request) -> bool:
    return b"%00" in request.scope.get("query_string", b"") or "\0" in request.url.path


def _not_text(request: Request, body: bytes) -> dict[str, str] | None:
    """What is wrong with the request as text, if anything; files a form carries are not text."""
    if _nul_in_the_address(request):
        return _fault("a NUL in the address")
    kind = request.headers.get("content-type", "").lower()
    is_json = "json" in kind
    if not body or not (is_json or "x-www-form-urlencoded" in kind):
        return None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as fault:
        return _fault(f"not UTF-8 at byte {fault.start}")
    return _not_json(text) if is_json else None


def _not_json(text: str) -> dict[str, str] | None:
    """What keeps the text from being JSON with one meaning (RFC 8259), if anything does."""
    try:
        json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)
    except json.JSONDecodeError as fault:
        return _fault(f"JSON decode error at character {fault.pos}: {fault.msg}")
    except _Twice:
        return _fault("the key stands there twice", _place_of_twice(text))
    except RecursionError:
        return _fault("nested too deeply")
    except ValueError as fault:  # a number no program reads
        return _fault(str(fault))
    return None


def _fault(detail: str, pointer: str = "") -> dict[str, str]:
    return {"pointer": pointer, "detail": detail}


class _Twice(Exception):
    """An object has a key twice: some readers take the first value, some the last."""


def _once_each(members: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(members)
    if len(made) < len(members):
        raise _Twice
    return made


def _no_number(word: str) -> Never:
    raise ValueError(f"{word} is no JSON")


class _Members(list[tuple[str, Any]]):
    """An object as it is written."""


def _place_of_twice(text: str) -> str:
    waiting: list[tuple[tuple[str | int, ...], Any]] = [
        ((), json.loads(text, object_pairs_hook=_Members))
    ]
    while waiting:
        place, value = waiting.pop()
        known = set()
        for name, part in _parts(value):
            if name in known:
                return pointer(("body", *place, name))
            known.add(name)
            waiting.append(((*place, name), part))
    return ""


def _parts(value: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(value, _Members):
        return iter(value)
    return enumerate(value) if isinstance(value, list) else iter(())


def _again(body: bytes, receive: Receive) -> Receive:
    """The body as one message, then whatever comes."""
    told = False

    async def replay() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
