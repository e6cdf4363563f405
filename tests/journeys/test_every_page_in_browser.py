"""Every page as each role meets it, in Chromium: nothing axe knows to be wrong, no sideways scroll.

Light and dark, bokmål and nynorsk; in Sweden the language of the country. A phone of 320 pixels is
also a desk at 400 % zoom. The soak looks at all of it, the trials at each page once.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app import clock, languages, signin
from app.clock import machine_time
from app.db import transaction
from app.models import User
from app.saved_views.lists import lists_of
from app.saved_views.models import SavedView
from tests.accommodation import a_plan, accommodation_of
from tests.databases import Database, Databases
from tests.factories import NORWEGIAN
from tests.journeys import test_sweden_isolation as swedish
from tests.journeys.every_page import Pages
from tests.journeys.live import answering, demonstration
from tests.journeys.neighbours import neighbour
from tests.journeys.stage import THEN
from tests.journeys.stages_of_webhooks import a_webhook_of
from tests.swedish import a_decision_waits, a_run, agency, sweden
from workflow.kernel.actor import MUNICIPALITY, ROLES_OF, Role
from workflow.kernel.country import Country

AXE = (Path(__file__).parents[1] / "app" / "vendor" / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: What another scheme of colours can make wrong with a page that has been looked at.
COLOURS = ["color-contrast", "link-in-text-block"]
DESK, NARROW = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
#: The innermost elements that reach beyond the window, and scroll in no box of their own.
WIDEST = """() => [...document.querySelectorAll("main *, header *, footer *")]
  .filter(one => one.getBoundingClientRect().right > innerWidth + 1
    && !one.closest(".table-box") && ![...one.children].some(
      child => child.getBoundingClientRect().right > innerWidth + 1))
  .slice(0, 3).map(one => one.outerHTML.slice(0, 160))"""
CENTRE = "Vårt mottak"
#: A stranger's name among the roles.
STRANGER: Final = "stranger"
NORWAYS = [STRANGER, *(role for role in NORWEGIAN if role is not Role.SYSTEM)]
SWEDENS = [STRANGER, *(role for role in Role if role in ROLES_OF[Country.SWEDEN] - {Role.SYSTEM})]


@dataclass
class World:
    """A deployment with something of everything, and somebody signed in with each role."""

    app: FastAPI
    base: str
    browser: Browser
    secrets: dict[str, str | None]
    ids: list[dict[str, Any]]
    country: Country
    _found: dict[str, list[str]] = field(default_factory=dict)

    @cached_property
    def pages(self) -> Pages:
        return Pages(self.base, self.app)

    def found(self, role: str) -> list[str]:
        if role not in self._found:
            self._found[role] = self.pages.found_by(self.secrets[role], self.ids)
        return self._found[role]

    def faults(self, role: str, pages: list[str], language: str, schemes: list[str]) -> list[Any]:
        """What is wrong with these pages, each told with its address."""
        with self.window(role, language) as (page, told):
            for path in pages:
                told += [(path, language, *fault) for fault in _faults(page, path, schemes)]
        return told

    @contextmanager
    def window(self, role: str, language: str) -> Iterator[tuple[Page, list[Any]]]:
        """A page of somebody signed in, and what its scripts complain of."""
        context = self.browser.new_context(
            locale="nb-NO", viewport=DESK, reduced_motion="reduce", base_url=self.base
        )
        context.set_default_timeout(20_000)
        cookies = {languages.COOKIE: language, signin.COOKIE: self.secrets[role]}
        context.add_cookies(
            [
                {"name": name, "value": value, "url": self.base}
                for name, value in cookies.items()
                if value is not None
            ]
        )
        page = context.new_page()
        told: list[Any] = []
        page.on("pageerror", lambda fault: told.append((page.url, str(fault))))
        yield page, told
        context.close()


def _faults(page: Page, path: str, schemes: list[str]) -> Iterator[tuple[Any, ...]]:
    for scheme in schemes:
        # A page that is switched while it stands is half way between two colours for a while.
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size(DESK)
        answer = page.goto(path)
        if answer is None or not answer.ok:
            yield ("status", answer and answer.status)
            return
        again = scheme != schemes[0]
        yield from ((scheme, *fault) for fault in violations(page, COLOURS if again else TAGS))
    yield from too_wide(page)


def violations(page: Page, rules: list[str] = TAGS) -> Iterator[tuple[Any, ...]]:
    """What axe knows to be wrong with a page as it stands."""
    page.evaluate(AXE)
    kind = "tag" if rules == TAGS else "rule"
    only = {"type": kind, "values": rules}
    asked = {"runOnly": only, "resultTypes": ["violations"], "preload": False}
    for fault in page.evaluate("options => axe.run(document, options)", asked)["violations"]:
        yield (fault["id"], [node["html"][:200] for node in fault["nodes"]][:3])


def too_wide(page: Page) -> Iterator[tuple[Any, ...]]:
    """Whether the page scrolls sideways at 320 pixels, and what makes it."""
    page.set_viewport_size(NARROW)
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > NARROW["width"]:
        yield ("wider than 320", width, page.evaluate(WIDEST))


def _signed_in(session: Session, role: Role, **of: Any) -> str:
    user = session.execute(
        insert(User).values(name=f"Vår {role}", role=role, demo=True, **of).returning(User.id)
    ).scalar_one()
    for which in {one for country in Country for one in lists_of(role, country)[:1]}:
        kept = {"of_list": which, "name": "Min visning", "query": "visning=alle"}
        session.execute(
            insert(SavedView).values(user_id=user, opens=False, at=machine_time(), **kept)
        )
    return signin.sign_in(session, user)


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-sync"],
        )


@pytest.fixture(scope="module")
def norway(databases: Databases, browser: Browser) -> Iterator[World]:
    with databases.fresh(connections=6) as database:
        with transaction(database.sessions) as session:
            ours = neighbour(session, "Vårt", CENTRE)
            secrets = {
                role: _signed_in(
                    session,
                    role,
                    municipality_id=ours.municipality_id if role in MUNICIPALITY else None,
                    reception_centre=CENTRE if role is Role.RECEPTION_CENTRE else None,
                )
                for role in NORWAYS[1:]
            }
            clock.set_clock(session, THEN)
        open_ids = {
            "code": "places.none_free",
            "version": "1",
            "year": "2020",
            "number": ours.number,
        }
        ids = [open_ids | {"typed": "2020-W24"} | one for one in (ours.ids, *_each(ours.also))]
        yield from _world(database, browser, secrets, ids, Country.NORWAY)


@pytest.fixture(scope="module")
def swedish_world(databases: Databases, browser: Browser) -> Iterator[World]:
    with databases.fresh(connections=6) as database:
        with transaction(database.sessions) as session:
            ids = sweden(session)
            run = a_run(session)
            swedish._things_of_neighbours(session, ids)
            named = {"key_run_id": run, "target_swap_id": swedish._swap(session, ids)}
            swedish._entry(session, ids)
            named["report_id"] = swedish._report(session)
            named |= accommodation_of(session, "1880", "Huset", at=swedish.THEN)
            named |= a_plan(session)
            named |= a_webhook_of(session, agency())
            named["approval_id"] = a_decision_waits(session, "1880", "Talet")
            counties = {Role.COUNTY_BOARD: "18", Role.COUNTY_COORDINATOR: "01"}
            secrets = {
                role: _signed_in(
                    session,
                    role,
                    municipality_id=ids["1880"] if role in MUNICIPALITY else None,
                    county=counties.get(role),
                )
                for role in SWEDENS[1:]
            }
            clock.set_clock(session, swedish.THEN)
        open_ids = {key: value for key, value in swedish.OPEN.items() if value != "nobody"}
        yield from _world(database, browser, secrets, [open_ids | named], Country.SWEDEN)


def _each(more: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield from more


def _world(
    database: Database,
    browser: Browser,
    secrets: Mapping[str, str],
    ids: list[dict[str, Any]],
    country: Country,
) -> Iterator[World]:
    app = demonstration(database, country)
    with answering(app) as base:
        yield World(app, base, browser, {STRANGER: None, **secrets}, ids, country)


def _unread(world: World, roles: list[str]) -> set[str]:
    """Routes no role is shown."""
    shown = {route for role in roles for route in world.pages.routes_of(world.found(role))}
    return {route for route, _ in world.pages.patterns} - shown


@pytest.mark.soak
@pytest.mark.browser
@pytest.mark.parametrize("role", NORWAYS)
def test_every_page_of_a_role_is_accessible_in_both_languages_light_and_dark(norway: World, role):
    pages = norway.found(role)
    found = [
        fault
        for language in ("nb", "nn")
        for fault in norway.faults(role, pages, language, ["light", "dark"])
    ]

    assert not found, "\n".join(map(str, found))
    assert len(pages) > 8


@pytest.mark.soak
@pytest.mark.browser
@pytest.mark.parametrize("role", SWEDENS)
def test_every_swedish_page_of_a_role_is_accessible_light_and_dark(swedish_world: World, role):
    pages = swedish_world.found(role)

    found = swedish_world.faults(role, pages, "sv", ["light", "dark"])
    assert not found, "\n".join(map(str, found))
    assert len(pages) > 5


@pytest.mark.trial
@pytest.mark.browser
@pytest.mark.parametrize(("of", "roles"), [("norway", NORWAYS), ("swedish_world", SWEDENS)])
def test_each_page_is_accessible_to_whoever_reads_it_first(
    request: pytest.FixtureRequest, of: str, roles: list[str]
):
    world: World = request.getfixturevalue(of)
    looked: set[str | None] = set()
    found: list[Any] = []
    for role in roles:
        new = {world.pages.route_of(page.partition("?")[0]): page for page in world.found(role)}
        mine = [page for route, page in new.items() if route not in looked]
        looked |= new.keys()
        language = languages.OF_COUNTRY[world.country][0]
        found += world.faults(role, mine, language, ["light"])

    assert not found, "\n".join(map(str, found))


@pytest.mark.trial
@pytest.mark.browser
@pytest.mark.parametrize(("of", "roles"), [("norway", NORWAYS), ("swedish_world", SWEDENS)])
def test_every_address_of_a_page_is_shown_to_somebody(
    request: pytest.FixtureRequest, of: str, roles: list[str]
):
    world: World = request.getfixturevalue(of)

    unread = _unread(world, roles)

    assert not unread, "\n".join(sorted(unread))
