"""What a request passes before anything is done with it: its size, its text, and its turn.

Pure ASGI. The body is taken in whole first, so that a slow sender keeps nobody else waiting; then
the request waits for its turn. As many are worked on at once as the process has threads, and each
holds at most one: a request that waits for a row never keeps out the one that will free it.
"""

import anyio
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.problems import problem
from app.refusals import TooLarge
from workflow.kernel.errors import Invalid

#: Answered without a turn: they ask nothing of the database, or must answer when it is busy.
_WITHOUT_TURN = ("/static/", "/health/", "/metrics")


class TakeIn:
    """Reads the body up to `limit_bytes` and hands it on; refuses text that is not UTF-8."""

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
        if fault := _not_text(request, whole):
            answer = problem(request, Invalid.code, 422, errors=[{"pointer": "", "detail": fault}])
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


def _not_text(request: Request, body: bytes) -> str | None:
    """What is wrong with the request as text, if anything; files a form carries are not text."""
    kind = request.headers.get("content-type", "").lower()
    if body and ("json" in kind or "x-www-form-urlencoded" in kind):
        try:
            body.decode("utf-8")
        except UnicodeDecodeError as fault:
            return f"not UTF-8 at byte {fault.start}"
    if b"%00" in request.scope.get("query_string", b"") or "\0" in request.url.path:
        return "a NUL in the address"
    return None


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


class TakeTurns:
    """At most `at_once` requests are worked on; a turn ends when the answer begins to leave."""

    def __init__(self, app: ASGIApp, at_once: int) -> None:
        self.app = app
        self.turns = anyio.Semaphore(at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_WITHOUT_TURN):
            await self.app(scope, receive, send)
            return
        await self.turns.acquire()
        has_turn = True

        async def send_and_leave(message: Message) -> None:
            nonlocal has_turn
            if has_turn and message["type"] == "http.response.start":
                has_turn = False
                self.turns.release()
            await send(message)

        try:
            await self.app(scope, receive, send_and_leave)
        finally:
            if has_turn:
                self.turns.release()
