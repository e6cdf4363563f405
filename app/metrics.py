"""`/metrics`, as Prometheus reads it: counts, times and backlogs; never a person or a case.

Several processes of one server share their counts through the folder PROMETHEUS_MULTIPROC_DIR,
which `bosetting serve` sets, so that whichever is asked tells of all.
"""

import logging
import os
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from time import perf_counter

from fastapi import APIRouter, Request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, QueuePool, func, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import clock
from app.acting import SYSTEM
from app.api import API
from app.db import Sessions, reading
from app.static_files import MOUNTED_AT
from workflow.kernel.outbox import OutboxMessage

#: A line a request; apart from the rest, so that it can be turned off.
log = logging.getLogger("app.requests")

SHARED_BY = "PROMETHEUS_MULTIPROC_DIR"
#: Seconds; what we promise is p99 under 0.05.
BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
#: For requests that no route took: what strangers try is not kept.
NO_ROUTE = "none"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

router = APIRouter(include_in_schema=False)


class Metrics:
    """The counts of one process, and what it asks the database for when it is asked itself."""

    def __init__(self, engine: Engine, sessions: Sessions, *, demo: bool) -> None:
        own = CollectorRegistry()
        self.requests = Counter(
            "bosetting_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=own,
        )
        self.seconds = Histogram(
            "bosetting_request_seconds",
            "Time from a request to the end of its answer.",
            ("method", "route"),
            buckets=BUCKETS,
            registry=own,
        )
        self._told = own
        if SHARED_BY in os.environ:
            self._told = CollectorRegistry()
            multiprocess.MultiProcessCollector(self._told)  # type: ignore[no-untyped-call]
        # Finding them by their labels takes longer than counting; there are no more than routes.
        self._of = cache(self._of_labels)
        self._told.register(_Database(engine, sessions, demo=demo))

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        requests, times = self._of(method, route, status)
        requests.inc()
        times.observe(seconds)

    def _of_labels(self, method: str, route: str, status: int) -> tuple[Counter, Histogram]:
        return self.requests.labels(method, route, status), self.seconds.labels(method, route)

    def text(self) -> bytes:
        return generate_latest(self._told)


class _Database(Collector):
    """Connections of this process, and the outbox of all."""

    def __init__(self, engine: Engine, sessions: Sessions, *, demo: bool) -> None:
        self._engine = engine
        self._sessions = sessions
        self._demo = demo

    def collect(self) -> Iterator[Metric]:
        pool = self._engine.pool
        in_use = pool.checkedout() if isinstance(pool, QueuePool) else 0
        yield GaugeMetricFamily(
            "bosetting_database_connections_in_use", "Of the process asked.", in_use
        )
        try:
            due, waiting, oldest = self._outbox()
        except SQLAlchemyError:
            yield GaugeMetricFamily("bosetting_database_up", "Whether it answers.", 0)
            return
        yield GaugeMetricFamily("bosetting_database_up", "Whether it answers.", 1)
        backlog = GaugeMetricFamily(
            "bosetting_outbox_messages", "Not yet taken by the worker.", labels=("state",)
        )
        backlog.add_metric(["due"], due)
        backlog.add_metric(["waits_for_its_time"], waiting - due)
        yield backlog
        yield GaugeMetricFamily(
            "bosetting_outbox_oldest_due_seconds",
            "How long the first message that may leave has waited.",
            oldest.total_seconds(),
        )

    def _outbox(self) -> tuple[int, int, timedelta]:
        with reading(self._sessions, SYSTEM) as session:
            at = clock.now(session, demo=self._demo)
            due, waiting, first = session.execute(
                select(
                    func.count().filter(OutboxMessage.leaves_at <= at),
                    func.count(),
                    func.min(OutboxMessage.leaves_at),
                ).where(OutboxMessage.taken_at.is_(None), OutboxMessage.recalled_at.is_(None))
            ).one()
        oldest = timedelta() if due == 0 else at - first
        return due, waiting, oldest


class Measures:
    """Counts and times every request, by the route that took it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500
        begun = perf_counter()

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        finally:
            route = _route(scope)
            method = scope["method"] if scope["method"] in METHODS else NO_ROUTE
            took = perf_counter() - begun
            self.metrics.note(method, route, status, took)
            if log.isEnabledFor(logging.INFO):
                _tell_of(method, route, status, took)


def _tell_of(method: str, route: str, status: int, took: float) -> None:
    """A line of the log: the route, never the address as it was asked; that may hold a name."""
    told = {"method": method, "route": route, "status": status, "ms": round(took * 1000, 1)}
    log.info("%s %s %s %s ms", *told.values(), extra={"told": told})


def _route(scope: Scope) -> str:
    """The pattern of the route that took the request, with what stands before all of the API's."""
    path: str = scope["path"]
    if path.startswith(f"{MOUNTED_AT}/"):
        return MOUNTED_AT
    taken = getattr(scope.get("route"), "path", None)
    if not isinstance(taken, str):
        return NO_ROUTE
    return f"{API}{taken}" if path.startswith(f"{API}/") and not taken.startswith(API) else taken


@router.get("/metrics")
async def tell(request: Request) -> Response:
    text = await run_in_threadpool(request.app.state.metrics.text)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
