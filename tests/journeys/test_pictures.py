"""The pictures of the guides, README and docs, taken in the demonstration as people see it.

`make pictures` takes them anew. Beside each picture stands a digest of the page's own words, its
headings, columns, fields and buttons: when they change, the soak fails until they are taken again.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from app import clock, signin
from app.db import transaction
from app.main import create_app
from app.models import User
from app.scenario.cases import STARTS_AT, march_2020
from app.scenario.figures import DEFAULT_SEED, generate
from app.scenario.load import load
from app.settings import Settings
from tests.databases import Databases
from tests.journeys.live import answering
from workflow.kernel.actor import Role
from workflow.municipalities.register import shipped_register

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "app" / "static" / "pictures"
WORDS = FOLDER / "words.json"
#: Set by `make pictures`.
TAKES_THEM: Final = os.environ.get("BOSETTING_TAKE_PICTURES") == "1"
SIZE: Final = {"width": 1000, "height": 640}
PHONE: Final = {"width": 390, "height": 640}
#: Bytes; a page with all pictures is read on a slow line too.
LARGEST: Final = 150_000


def _withdrawal(page: Page) -> None:
    page.goto("/omgjoring/ny")
    page.get_by_label("Fordelt før").fill("12.03.2020")
    page.get_by_label("Begrunnelse").first.fill("Innreise er ikke mulig nå")
    page.get_by_role("button", name="Se forhåndsvisning").click()
    page.get_by_role("heading", name=re.compile(r"Trekk \d+ saker\?")).wait_for()


def _goes(path: str, *links: str) -> Callable[[Page], None]:
    """To an address; then by the first link of each kind (a selector)."""

    def go(page: Page) -> None:
        page.goto(path)
        for link in links:
            page.locator(f"main {link}").first.click()

    return go


#: By name: who is signed in, and how to get there.
TAKEN: Final[dict[str, tuple[Role, Callable[[Page], None]]]] = {
    "tasks": (Role.CASE_OFFICER, _goes("/oppgaver")),
    "cases": (Role.CASE_OFFICER, _goes("/saker")),
    "proposal": (Role.CASE_OFFICER, _goes("/oppgaver", "a[href$='/forslag']")),
    "municipalities": (Role.CASE_OFFICER, _goes("/kommuner/kart?year=2020")),
    "withdrawal": (Role.CASE_OFFICER, _withdrawal),
    "inbox": (Role.MUNICIPALITY_WRITER, _goes("/kommune")),
    "inbox-phone": (Role.MUNICIPALITY_WRITER, _goes("/kommune")),
    "question": (
        Role.MUNICIPALITY_WRITER,
        _goes("/kommune/foresporsler", "tbody th a"),
    ),
    "places": (Role.MUNICIPALITY_WRITER, _goes("/kommune/vedtak?year=2020")),
    "queue": (Role.TRAVEL_OFFICER, _goes("/reiser")),
    "booking": (Role.TRAVEL_OFFICER, _goes("/reiser", "tbody th a")),
    "entry": (Role.TRAVEL_OFFICER, _goes("/innreise")),
}


def test_every_picture_is_there_small_and_shown_somewhere():
    there = {path.stem: path.stat().st_size for path in FOLDER.glob("*.png")}
    pages = [*(ROOT / "templates" / "public").rglob("*.html"), *ROOT.glob("*.md")]
    shown = "".join(path.read_text("utf-8") for path in [*pages, *(ROOT / "docs").glob("*.md")])

    assert there.keys() == TAKEN.keys() == json.loads(WORDS.read_text("utf-8")).keys()
    assert {name: size for name, size in there.items() if size > LARGEST} == {}
    assert [name for name in there if not re.search(rf'"{name}"|pictures/{name}\.png', shown)] == []


@pytest.fixture(scope="module")
def shown(databases: Databases, chromium: Path) -> Iterator[Callable[[str], Page]]:
    """Opens a picture's page, as it is on the morning the demonstration begins."""
    register = shipped_register()
    plan = march_2020(DEFAULT_SEED, register, generate(register, DEFAULT_SEED))
    with databases.fresh(connections=6) as database:
        with transaction(database.sessions) as session:
            load(session, plan, figures="generated")
        app = create_app(Settings(database_url=database.url, demo=True, thread_limit=4))
        with answering(app) as base, sync_playwright() as playwright:
            program = playwright.chromium.launch(
                executable_path=chromium,
                # Letters stand where the layout puts them, as on a screen.
                args=["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"],
            )

            def show(name: str) -> Page:
                role, goes = TAKEN[name]
                with transaction(database.sessions) as session:
                    clock.set_clock(session, STARTS_AT)
                    secret = signin.sign_in(session, _somebody(session, role))
                page = _window(program, base, secret, PHONE if "phone" in name else SIZE)
                goes(page)
                page.wait_for_load_state("networkidle")
                return page

            yield show
            program.close()


def _somebody(session, role: Role) -> int:
    """The ready user of the role; of municipalities the one with most to do."""
    found = session.query(User).filter_by(role=role).order_by(User.id).all()
    if role is Role.MUNICIPALITY_WRITER:
        return next(user.id for user in found if user.name.startswith("Ragnhild"))
    return found[0].id


def _window(program: Browser, base: str, secret: str, size: dict[str, int]) -> Page:
    context = program.new_context(
        base_url=base, viewport=size, locale="nb-NO", color_scheme="light", reduced_motion="reduce"
    )
    context.add_cookies([{"name": signin.COOKIE, "value": secret, "url": base}])
    return context.new_page()


def _digest(page: Page) -> str:
    """Of the page's own words, without the numbers and names in it."""
    words = page.locator("main").locator("h1, h2, thead th, label, legend, dt, button")
    own = {re.sub(r"\d+", "0", one) for one in words.all_inner_texts()}
    return hashlib.sha256("\n".join(sorted(own)).encode()).hexdigest()[:16]


@pytest.mark.soak
@pytest.mark.browser
def test_the_pictures_show_what_the_pages_say(shown):
    said: dict[str, str] = {}
    for name in TAKEN:
        page = shown(name)
        said[name] = _digest(page)
        if TAKES_THEM:
            page.locator("main").evaluate("main => main.scrollIntoView()")
            page.screenshot(path=FOLDER / f"{name}.png")
        page.context.close()
    if TAKES_THEM:
        WORDS.write_text(json.dumps(said, indent=2) + "\n", "utf-8")

    assert said == json.loads(WORDS.read_text("utf-8")), "make pictures"
