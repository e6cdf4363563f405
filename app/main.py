"""The composition root: the one place that puts the application together; it decides nothing."""

import importlib
import pkgutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from app import db, health, hosts, pages, problems
from app.acting import SYSTEM
from app.api import (
    API,
    approvals,
    audit,
    cases,
    distributions,
    flights,
    letters,
    municipalities,
    notifications,
    openapi,
    privacy,
    receiving,
    reforms,
    rules,
    runs,
    steps,
    transport,
    travel,
    users,
    vacancies,
    webhooks,
)
from app.audit.refused import Allowance
from app.errors import CannotStart
from app.hosts import OnlyOurHosts
from app.intake import TakeIn
from app.languages import SpeaksTheReadersLanguage
from app.metrics import Measures, Metrics
from app.metrics import router as metrics_page
from app.request_id import KnowsItsRequest
from app.rounds import rounds
from app.security_headers import SecurityHeaders
from app.settings import Settings
from app.settings import settings as settings_of_process
from app.signin import maskinporten, oidc
from app.signin.tokens import ASKED_AGAIN_EVERY, KnownTokens, ask_again, note_uses
from app.static_files import MOUNTED_AT, static_files
from app.tries import Waiting

#: Routers inside routers are each looked through twice for every request; these are all beside
#: each other, those of a case's life first.
_API = (
    steps,
    cases,
    municipalities,
    distributions,
    travel,
    vacancies,
    runs,
    rules,
    audit,
    privacy,
    flights,
    transport,
    receiving,
    reforms,
    users,
    approvals,
    notifications,
    letters,
    webhooks,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application on the database of its settings.

    Raises:
        CannotStart: no database is named, its login is privileged, or its schema is another one;
            anyone is to come in, and the database is no demonstration.
    """
    chosen = settings or settings_of_process()
    if chosen.database_url is None:
        raise CannotStart("No database is named: start with `bosetting serve` or `bosetting demo`.")
    # A request may hold one connection and look up who is asking on another.
    engine = db.make_engine(
        chosen.database_url,
        connections=2 * chosen.thread_limit,
        prepares=chosen.database_prepares,
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = chosen.thread_limit
        try:
            db.refuse_privileged_login(engine)
            db.refuse_newer_database(engine)
            if chosen.demo:
                from app import demonstration  # noqa: PLC0415  the scenario takes long to read

                demonstration.refuse_the_real(db.make_sessions(engine, SYSTEM))
            known = app.state.known_tokens
            async with (
                rounds(lambda: ask_again(sessions, known), every=ASKED_AGAIN_EVERY),
                rounds(lambda: note_uses(sessions, known)),
            ):
                yield
        finally:
            engine.dispose()

    sessions = db.make_sessions(engine)
    metrics = Metrics(engine, sessions, demo=chosen.demo)
    app = FastAPI(
        title="Bosetting",
        openapi_url=f"{API}/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        middleware=[
            Middleware(KnowsItsRequest),
            Middleware(Measures, metrics=metrics),
            Middleware(SecurityHeaders, encrypted=(chosen.public_url or "").startswith("https:")),
            Middleware(SpeaksTheReadersLanguage),
            Middleware(problems.AnswersFailures),
            Middleware(OnlyOurHosts, hosts=hosts.ours(chosen)),
            Middleware(TakeIn, limit_bytes=chosen.request_limit_bytes),
        ],
    )
    app.state.settings = chosen
    app.state.engine = engine
    app.state.sessions = sessions
    app.state.metrics = metrics
    app.state.known_tokens = KnownTokens()
    app.state.waiting = Waiting()
    app.state.refusals_recorded = Allowance()
    app.state.maskinporten = maskinporten.maskinporten(chosen)
    app.state.identity_providers = oidc.identity_providers(chosen)
    problems.register(app)
    app.mount(MOUNTED_AT, static_files(), name="static")
    app.include_router(health.router)
    app.include_router(metrics_page)
    for part in _API:
        app.include_router(part.router, prefix=API)
    for router in _pages():
        app.include_router(router, include_in_schema=False)
    openapi.describe(app)
    return app


def _pages() -> list[APIRouter]:
    """Every module of app/pages with a `router`."""
    found = []
    for module in pkgutil.iter_modules(pages.__path__, f"{pages.__name__}."):
        router = getattr(importlib.import_module(module.name), "router", None)
        if isinstance(router, APIRouter):
            found.append(router)
    return found
