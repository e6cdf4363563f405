"""A request is handled in one thread, and what it holds ends there before its answer leaves."""

import threading
from contextlib import contextmanager
from typing import Annotated

import anyio
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.testclient import TestClient

from app.one_thread import InOneThread, until_answered


@pytest.fixture
def router():
    return APIRouter(route_class=InOneThread)


@pytest.fixture
def meet(router):
    def asked(path):
        app = FastAPI()
        app.include_router(router)
        return TestClient(app, raise_server_exceptions=False).get(path)

    return asked


def test_everything_between_reading_and_answering_happens_in_one_thread(router, meet):
    threads = []

    @contextmanager
    def held():
        yield
        threads.append(threading.get_ident())

    async def needed(request: Request) -> str:
        until_answered(request).enter_context(held())
        threads.append(threading.get_ident())
        return "needed"

    @router.get("/")
    def answer(told: Annotated[str, Depends(needed)]) -> str:
        threads.append(threading.get_ident())
        return told

    said = meet("/")

    assert said.json() == "needed"
    assert len(threads) == 3
    assert len({*threads, threading.get_ident()}) == 2


def test_a_fault_at_the_end_is_a_fault_of_the_request(router, meet):
    @contextmanager
    def fails_at_the_end():
        yield
        raise ValueError("the commit")

    @router.get("/")
    def answer(request: Request) -> str:
        until_answered(request).enter_context(fails_at_the_end())
        return "yes"

    assert meet("/").status_code == 500


def test_what_is_held_is_told_of_a_refusal(router, meet):
    told = []

    @contextmanager
    def held():
        try:
            yield
        except LookupError as fault:
            told.append(fault)
            raise

    @router.get("/")
    def answer(request: Request) -> str:
        until_answered(request).enter_context(held())
        raise KeyError("none")

    assert meet("/").status_code == 500
    assert len(told) == 1


def test_nothing_is_held_by_an_ordinary_route(meet, router):
    ordinary = APIRouter()

    @ordinary.get("/")
    def answer(request: Request) -> str:
        until_answered(request)
        return "yes"

    router.include_router(ordinary)

    assert meet("/").status_code == 500


def test_what_is_needed_may_not_ask_for_a_thread_of_its_own(router):
    def needed() -> str:
        return "needed"

    with pytest.raises(TypeError, match="async def"):

        @router.get("/")
        def answer(told: Annotated[str, Depends(needed)]) -> str:
            return told


def test_an_endpoint_is_no_coroutine(router):
    with pytest.raises(TypeError, match="plain `def`"):

        @router.get("/")
        async def answer() -> str:
            return "yes"


def test_waiting_for_anything_but_the_database_is_a_fault(router, meet):
    async def waits() -> None:
        await anyio.Event().wait()

    @router.get("/")
    def answer(waited: Annotated[None, Depends(waits)]) -> str:
        return "yes"

    assert meet("/").status_code == 500


def test_every_route_that_needs_anything_is_handled_so(shared_client):
    """What asks the database needs a session, an actor or a reader; others need nothing."""
    routes = [
        one.original_route
        for router in shared_client.app.routes
        if hasattr(router, "effective_route_contexts")
        for one in router.effective_route_contexts()
    ]

    ordinary = [route for route in routes if not isinstance(route, InOneThread)]

    assert len(routes) - len(ordinary) > 100
    assert [route.path for route in ordinary if route.dependant.dependencies] == []
