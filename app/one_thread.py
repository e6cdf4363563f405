"""A request of ours is handled in one thread, from its first dependency to its commit.

FastAPI would go to a thread and back for every function that may wait: to find out who is asking,
for the endpoint, for the commit. Each way costs as much as a statement. Here the event loop reads
requests and writes answers, and a thread does all that is between; so what is called on the way is
`async def` to FastAPI, waits for nothing but the database, and asks it directly.
"""

from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

T = TypeVar("T")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class InOneThread(APIRoute):
    """For every router whose requests ask the database: `APIRouter(route_class=InOneThread)`."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **told: Any) -> None:
        super().__init__(path, _where_it_is_called(endpoint), **told)
        _refuse_what_needs_another_thread(self.dependant)

    def handler(self) -> Handler:
        """What is done with a request before what is `until_answered` ends."""
        return super().get_route_handler()

    def get_route_handler(self) -> Handler:
        handle = self.handler()

        def work(request: Request) -> Response:
            with ExitStack() as ending:
                request.state.until_answered = ending
                return _at_once(handle(request))

        async def in_a_thread(request: Request) -> Response:
            return await run_in_threadpool(work, request)

        return in_a_thread


def until_answered(request: Request) -> ExitStack:
    """Ends in the request's thread when its answer is made and has not left, or by what was raised.

    Raises:
        RuntimeError: the route is an ordinary one.
    """
    if not hasattr(request.state, "until_answered"):
        raise RuntimeError(f"{request.url.path} needs a router with route_class=InOneThread")
    ending: ExitStack = request.state.until_answered
    return ending


def _where_it_is_called(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    if iscoroutinefunction(endpoint):
        raise TypeError(f"{endpoint} is to be a plain `def`: it has a thread to itself")

    @wraps(endpoint)
    async def call(**values: Any) -> Any:
        return endpoint(**values)

    return call


def _at_once(handling: Coroutine[Any, Any, T]) -> T:
    try:
        handling.send(None)
    except StopIteration as done:
        answer: T = done.value
        return answer
    handling.close()
    raise RuntimeError("a request in its thread has waited for something else than the database")


def _refuse_what_needs_another_thread(dependant: Dependant) -> None:
    for needed in dependant.dependencies:
        if not iscoroutinefunction(needed.call):
            raise TypeError(f"{needed.call} is to be `async def`: it is called in a thread already")
        _refuse_what_needs_another_thread(needed)
