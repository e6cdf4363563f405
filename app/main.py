"""The composition root: the one place that puts the application together; it decides nothing."""

import importlib
import pkgutil
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from types import ModuleType

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware

from app import db, deployment, health, hosts, languages, pages, problems
from app.acting import SYSTEM
from app.api import (
    API,
    approvals,
    audit,
    cases,
    distributions,
    flights,
    household_kinds,
    letters,
    municipalities,
    notifications,
    offers,
    openapi,
    planning,
    preparations,
    privacy,
    receiving,
    reforms,
    rules,
    runs,
    steps,
    sweden,
    ties,
    transport,
    travel,
    users,
    vacancies,
    webhooks,
    wishes,
)
from app.audit.refused import Allowance
from app.clock import machine_time
from app.compression import Compresses
from app.errors import CannotStart
from app.hosts import OnlyOurHosts
from app.intake import TakeIn
from app.languages import SpeaksTheReadersLanguage
from app.metrics import Measures, Metrics
from app.metrics import router as metrics_page
from app.pages import sweden as swedish_pages
from app.request_id import KnowsItsRequest
from app.rounds import rounds
from app.security_headers import SecurityHeaders
from app.settings import Settings
from app.settings import settings as settings_of_process
from app.signin import maskinporten, oidc
from app.signin.tokens import ASKED_AGAIN_EVERY, KnownTokens, ask_again, note_uses
from app.static_files import MOUNTED_AT, static_files
from app.tries import Waiting
from workflow.kernel.country import Country

#: Routers inside routers are each looked through twice for every request; these are all beside
#: each other, those of a case's life first.
_NORWAYS = (
    steps,
    cases,
    ties,
    municipalities,
    offers,
    household_kinds,
    distributions,
    travel,
    vacancies,
    runs,
    preparations,
    rules,
    planning,
    audit,
    privacy,
    flights,
    wishes,
    transport,
    receiving,
    reforms,
    users,
    approvals,
    notifications,
    letters,
    webhooks,
)
_SWEDENS = (*sweden.ROUTERS, audit, users, approvals, notifications, webhooks)
_API = {Country.NORWAY: _NORWAYS, Country.SWEDEN: _SWEDENS}
#: Pages of app/pages that stand in Sweden beside those of app/pages/sweden.
_IN_SWEDEN_TOO = frozenset(
    {"approvals", "audit", "delegations", "deliveries", "entrance", "notices", "recipients"}
    | {"saved_views", "security_txt", "sessions", "sign_in", "tokens", "users", "webhooks"}
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application on the database of its settings.

    Raises:
        CannotStart: no database is named, its login is privileged, or its schema is another one;
            it is for another country; anyone is to come in, and the database is no demonstration.
    """
    chosen = settings or settings_of_process()
    if chosen.database_url is None:
        raise CannotStart("No database is named: start with `bosetting serve` or `bosetting demo`.")
    country = chosen.country or Country.NORWAY
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
            deployment.set_up(sessions, country, at=machine_time())
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
            Middleware(Compresses),
            Middleware(SpeaksTheReadersLanguage, offers=languages.OF_COUNTRY[country]),
            Middleware(problems.AnswersFailures),
            Middleware(OnlyOurHosts, hosts=hosts.ours(chosen)),
            Middleware(TakeIn, limit_bytes=chosen.request_limit_bytes),
        ],
    )
    app.state.settings = chosen
    app.state.country = country
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
    for part in _API[country]:
        app.include_router(part.router, prefix=API)
    for router in _pages(country):
        app.include_router(router, include_in_schema=False)
    openapi.describe(app, country)
    return app


def _pages(country: Country) -> list[APIRouter]:
    """The `router` of every module of app/pages; in Sweden of some, and of app/pages/sweden."""
    if country is Country.NORWAY:
        return _routers(pages)
    return [*_routers(pages, only=_IN_SWEDEN_TOO), *_routers(swedish_pages)]


def _routers(package: ModuleType, only: Collection[str] | None = None) -> list[APIRouter]:
    found = []
    for module in pkgutil.iter_modules(package.__path__):
        if only is not None and module.name not in only:
            continue
        imported = importlib.import_module(f"{package.__name__}.{module.name}")
        if isinstance(router := getattr(imported, "router", None), APIRouter):
            found.append(router)
    return found
