"""A preview under way in a browser: the bar moves by itself, and the page goes on at its end."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from app import clock, db, preparing
from app.pages import preparations
from tests import factories
from tests.databases import Database
from tests.journeys.live import a_user, served
from tests.workflow.redistribution.withdrawn import withdrawn
from workflow.kernel.actor import Role
from workflow.redistribution import redistribution_runs

pytestmark = pytest.mark.trial
KARI = "Kari Lund"


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> dict[str, threading.Event]:
    """Plans stop halfway until `steps["on"]` is set, and then once more until `steps["done"]`."""
    waits = {"on": threading.Event(), "done": threading.Event()}
    planned = redistribution_runs.plan_run

    def plan_run(rules, basis, progress):
        progress("placing", 0.25)
        assert waits["on"].wait(20)
        progress("evening out", 0.75)
        while not waits["done"].wait(0.1):
            progress("evening out", 0.75)
        return planned(rules, basis, progress)

    monkeypatch.setattr(redistribution_runs, "plan_run", plan_run)
    monkeypatch.setattr(preparing, "BETWEEN_WORDS", 0)
    monkeypatch.setattr(preparations, "AT_ONCE", 0)
    return waits


@pytest.fixture
def page(committed: Database, chromium: Path) -> Iterator[Page]:
    """Kari's window, with a worker beside."""
    with db.transaction(committed.sessions) as session:
        here = factories.a_municipality(session, decided=40)
        for _ in range(3):
            withdrawn(session, here)
        a_user(session, KARI, Role.CASE_OFFICER)
        clock.set_clock(session, factories.NOW)
    stop = threading.Event()
    with (
        served(committed) as base,
        preparing.keeps_preparing(committed.sessions, stop=stop),
        sync_playwright() as started,
    ):
        program = started.chromium.launch(
            executable_path=str(chromium), args=["--no-sandbox", "--disable-gpu"]
        )
        window = program.new_context(locale="nb-NO", base_url=base).new_page()
        window.goto("/logg-inn")
        window.get_by_role("button", name=KARI).click()
        yield window
        program.close()


def begin(page: Page) -> None:
    page.goto("/fordeling/ny")
    page.get_by_role("button", name="Se forhåndsvisning").click()


def test_the_bar_moves_and_leads_to_the_preview(page: Page, steps: dict[str, threading.Event]):
    begin(page)
    bar, heard = page.locator("#progress"), page.locator("[role=status][data-told]")
    expect(bar).to_have_attribute("value", "0.25")
    expect(heard).to_have_text("Plasserer sakene")

    address = page.url
    page.goto("/fordeling")
    page.get_by_role("link", name="Omfordeling: 3 saker").click()
    expect(page).to_have_url(address)
    steps["on"].set()
    expect(bar).to_have_attribute("value", "0.75")
    expect(heard).to_have_text("Jevner ut")

    steps["done"].set()
    expect(page.get_by_role("button", name="Fordel 3 saker")).to_be_visible()
    assert "forberedelser" not in page.url


def test_stopped_by_its_button_it_ends_where_it_is(page: Page, steps: dict[str, threading.Event]):
    begin(page)
    expect(page.locator("#progress")).to_have_attribute("value", "0.25")

    page.get_by_role("button", name="Stopp").click()
    steps["on"].set()

    expect(page.get_by_role("heading", level=1)).to_have_text("Forhåndsvisningen er stoppet")
    page.goto("/fordeling")
    expect(page.get_by_text("Ingen kjøringer ennå")).to_be_visible()
