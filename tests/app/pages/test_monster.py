"""The page of all parts: whole, accessible, and never wider than a phone."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

import pytest
import uvicorn
from fastapi import FastAPI, Request
from playwright.sync_api import Browser, Page, expect, sync_playwright
from starlette.testclient import TestClient

from app.frame import MENUS, Flash, Frame, Viewer
from app.pages import monster
from app.security_headers import SecurityHeaders
from app.static_files import static_files
from app.wording import table
from workflow.kernel.actor import Role

AXE = Path(__file__).parents[1] / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def _served() -> FastAPI:
    served = FastAPI()

    @served.middleware("http")
    async def around(request: Request, answer):
        request.state.frame = Frame(
            viewer=Viewer("Kari Nordmann", Role.MUNICIPALITY_WRITER, "Steinkjer"),
            menu=MENUS[Role.MUNICIPALITY_WRITER],
            unread=12,
            flash=Flash("accept"),
            demo_clock=datetime(2020, 3, 12, 8, 0, tzinfo=UTC),
            csrf_token="s3cret",
        )
        return await answer(request)

    served.include_router(monster.router)
    served.mount("/static", static_files())
    served.add_middleware(SecurityHeaders)
    return served


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(_served(), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    waited_until = monotonic() + 10
    while not server.started and monotonic() < waited_until:
        sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--no-first-run", "--disable-gpu", "--disable-sync"],
        )


def _opened(
    browser: Browser, address: str, *, width: int, scheme: str = "light", **options
) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="nb-NO",
        **options,
    )
    page = context.new_page()
    page.goto(f"{address}/monster")
    return page


def test_every_state_and_every_part_is_on_the_page():
    text = TestClient(_served()).get("/monster").text

    assert all(name in text for name in table("nb")["state"].values())
    for part in ("ds-table", "timeline", "life", "places", "line-chart", "confirm", "refused"):
        assert f'class="{part}' in text, part


def test_nothing_is_written_into_the_page_that_its_policy_forbids():
    text = TestClient(_served()).get("/monster").text

    assert " style=" not in text
    assert "<style" not in text
    assert " onclick=" not in text
    assert text.count("<script") == text.count("<script src=")


@pytest.mark.browser
@pytest.mark.trial
@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1280, "light"),
        (390, "dark"),
        pytest.param(1280, "dark", marks=pytest.mark.soak),
        pytest.param(390, "light", marks=pytest.mark.soak),
    ],
)
def test_axe_finds_nothing(browser, address, width, scheme):
    page = _opened(browser, address, width=width, scheme=scheme)
    page.evaluate(AXE.read_text("utf-8"))

    found = page.evaluate(
        "options => axe.run(document, options)",
        {"runOnly": RULES, "resultTypes": ["violations"], "preload": False},
    )

    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found["violations"]] == []
    assert len(found["passes"]) > 30
    page.context.close()


@pytest.mark.browser
@pytest.mark.trial
@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_never_scrolls_sideways(browser, address, width):
    page = _opened(browser, address, width=width)

    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.context.close()


@pytest.mark.browser
@pytest.mark.trial
def test_the_browser_has_nothing_to_complain_of(browser, address):
    said: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("requestfailed", lambda request: said.append(request.url))

    page.goto(f"{address}/monster", wait_until="networkidle")

    assert said == []
    page.close()


@pytest.mark.browser
@pytest.mark.trial
@pytest.mark.parametrize("javascript", [True, False])
def test_the_menu_opens_on_a_phone_with_and_without_javascript(browser, address, javascript):
    page = _opened(browser, address, width=390, java_script_enabled=javascript)
    menu = page.get_by_role("navigation", name="Hovedmeny")
    assert not menu.is_visible()

    page.get_by_role("button", name="Meny").press("Enter")

    menu.get_by_role("link", name="Ankomster").wait_for(timeout=2000)
    page.keyboard.press("Escape")
    menu.wait_for(state="hidden", timeout=2000)
    page.context.close()


@pytest.mark.browser
@pytest.mark.trial
def test_a_form_that_came_back_puts_the_reader_at_the_errors(browser, address):
    page = _opened(browser, address, width=1280)
    summary = page.get_by_role("group", name="Du må rette dette før du kan gå videre")
    summary.wait_for()

    assert summary.evaluate("element => element === document.activeElement")
    summary.get_by_role("link", name="Velg en bosettingsuke").press("Enter")
    assert page.evaluate("document.activeElement.id") == "week"
    page.context.close()


@pytest.mark.browser
@pytest.mark.trial
def test_the_grey_button_is_reached_by_keyboard_and_tells_why(browser, address):
    page = _opened(browser, address, width=1280)
    button = page.get_by_role("button", name="Fordel på nytt")
    # It takes the focus as soon as its script has run.
    expect(page.locator("ds-error-summary")).to_be_focused()

    button.focus()

    assert button.is_disabled()
    assert button.evaluate("element => element === document.activeElement")
    why = button.evaluate(
        "element => document.getElementById(element.getAttribute('aria-describedby')).textContent"
    )
    assert "innreise er mulig for alle" in why
    page.context.close()
