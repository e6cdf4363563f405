"""A session that ends over a half-written form, in a browser: warned, kept, brought back."""

import json
import re
from datetime import timedelta

import pytest
from playwright import sync_api as playwright
from playwright.sync_api import Page, expect
from sqlalchemy import update

from app import db
from app.clock import machine_time
from app.models import SignIn
from tests.databases import Database
from tests.journeys.live import a_user, served
from workflow.kernel.actor import Role

PATIENCE = 10_000
REASON = "Grensene er stengt til videre"
NUMBER = "2019 1234 5606"


def kept(page: Page) -> str:
    """What is kept of forms in this window."""
    return json.dumps(page.evaluate("Object.entries(sessionStorage)"), ensure_ascii=False)


def idle(database: Database, minutes: int) -> None:
    """Nothing has been done in any session for so long."""
    with db.transaction(database.sessions) as session:
        session.execute(update(SignIn).values(seen_at=machine_time() - timedelta(minutes=minutes)))


@pytest.mark.trial
@pytest.mark.browser
def test_one_is_warned_and_what_was_being_written_comes_back(committed: Database, chromium):
    with db.transaction(committed.sessions) as session:
        a_user(session, "Hanne Moen", Role.LEAD)
        a_user(session, "Kari Lund", Role.LEAD)
    with served(committed) as base, playwright.sync_playwright() as program:
        browser = program.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        page = browser.new_context(locale="nb-NO", reduced_motion="reduce").new_page()
        page.set_default_timeout(PATIENCE)
        broken: list[str] = []
        page.on("pageerror", lambda fault: broken.append(str(fault)))
        page.clock.install()
        warning = page.locator("#session-warning")

        page.goto(f"{base}/logg-inn?videre=/tiltak")
        page.get_by_role("button", name="Hanne Moen").click()
        page.get_by_label(re.compile("Begrunnelse")).fill(REASON)
        page.get_by_label(re.compile("Fra")).fill(NUMBER)
        expect(warning).to_be_hidden()
        assert REASON in kept(page)
        assert NUMBER not in kept(page), "a number of a person is kept nowhere"

        idle(committed, 26)
        page.clock.fast_forward("26:00")
        expect(warning.get_by_role("heading")).to_contain_text("Du logges ut om 4 minutter")
        page.get_by_role("button", name="Fortsett").click()
        expect(warning).to_be_hidden()

        idle(committed, 31)
        page.clock.fast_forward("31:00")
        expect(warning.get_by_role("heading")).to_contain_text("Du er logget ut")
        page.get_by_role("button", name="Sett på pause").click()
        expect(page.locator("body")).to_contain_text("ingenting er lagret")
        page.get_by_role("link", name="Logg inn og gå tilbake").click()
        page.get_by_role("button", name="Hanne Moen").click()
        expect(page.get_by_label(re.compile("Begrunnelse"))).to_have_value(REASON)
        expect(page.locator("main")).to_contain_text("Vi har hentet fram det du skrev")

        page.get_by_label(re.compile("Begrunnelse")).fill(f"{REASON}.")
        page.get_by_role("button", name="Logg ut").click()
        expect(page).to_have_url(re.compile("/logg-inn"))
        assert REASON not in kept(page), "who signs out leaves nothing behind"
        page.goto(f"{base}/logg-inn?videre=/tiltak")
        page.get_by_role("button", name="Kari Lund").click()
        expect(page.get_by_label(re.compile("Begrunnelse"))).to_have_value("")
        assert page.evaluate("localStorage.length") == 0
        assert broken == []
        browser.close()
