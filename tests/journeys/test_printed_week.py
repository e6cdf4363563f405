"""A week of arrivals on paper: one sheet, as it is taken to the airport."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from playwright import sync_api as playwright

from app import clock
from app.db import transaction
from tests import factories
from tests.databases import Database
from tests.journeys.live import a_user, served
from workflow.kernel.actor import Role

HOUSEHOLDS = 5
OLA = "Ola Kommune"


@pytest.mark.trial
@pytest.mark.browser
def test_a_week_of_five_households_is_one_sheet(committed: Database, chromium: Path):
    week = factories.WEEK
    with transaction(committed.sessions) as session:
        clock.set_clock(session, factories.NOW + timedelta(days=4))
        here = factories.a_municipality(session, name="Steinkjer", decided=90)
        for day in range(HOUSEHOLDS):
            noon = datetime.combine(week.monday + timedelta(days=day % 5), time(12), UTC)
            case = factories.a_case(session, persons=4)
            factories.booked(session, case, here, arrives_at=noon)
        a_user(session, OLA, Role.MUNICIPALITY_WRITER, municipality_id=here)

    with served(committed) as base, playwright.sync_playwright() as started:
        program = started.chromium.launch(
            executable_path=str(chromium), args=["--no-sandbox", "--disable-gpu"]
        )
        page = program.new_page()
        page.goto(f"{base}/logg-inn")
        page.get_by_role("button", name=OLA).click()
        page.goto(f"{base}/kommune/ankomster?uke={week}")
        drawn = page.locator(".arrival").count()
        sheets = page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
        program.close()

    assert drawn == HOUSEHOLDS
    assert sheets == 1
