"""The week of a settlement typed and taken from the list over new year, in years of 53 weeks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import select

from app import clock, db
from tests import factories
from tests.databases import Databases
from tests.journeys.live import a_user, served
from workflow.cases.entry import Entry
from workflow.cases.models import Distribution
from workflow.cases.states import EntryStatus
from workflow.kernel.actor import Role

pytestmark = [pytest.mark.browser, pytest.mark.trial]
WRITER = "Ola Steinkjer"


@dataclass
class December:
    year: int
    page: Page
    asked: UUID

    def types(self, text: str) -> None:
        self.page.get_by_label("Bosettingsuke").first.fill(text)
        self.page.get_by_role("button", name="Vis dagene i uken").click()

    def sees(self, text: str) -> None:
        expect(self.page.locator("main")).to_contain_text(text)


@pytest.fixture(params=[2020, 2026])
def december(
    request: pytest.FixtureRequest, databases: Databases, chromium: Path
) -> Iterator[December]:
    """The middle of December, with a permit that lasts until February."""
    year = request.param
    now = datetime(year, 12, 14, 9, tzinfo=UTC)
    entry = Entry(
        EntryStatus.POSSIBLE,
        source="UDI",
        from_on=date(year, 12, 1),
        permit_expires_on=date(year + 1, 2, 1),
    )
    with databases.fresh(connections=4) as database:
        with db.transaction(database.sessions) as session:
            here = factories.a_municipality(
                session, number="5006", name="Steinkjer", decided=9, year=year
            )
            case = factories.a_case(session, entry=entry, at=now - timedelta(days=2))
            factories.asked(session, case, here, year=year, at=now - timedelta(days=1))
            asked = session.scalars(
                select(Distribution.id).where(Distribution.case_id == case)
            ).one()
            a_user(session, WRITER, Role.MUNICIPALITY_WRITER, municipality_id=here)
            clock.set_clock(session, now)
        with served(database) as base, sync_playwright() as started:
            program = started.chromium.launch(
                executable_path=str(chromium), args=["--no-sandbox", "--disable-gpu"]
            )
            page = program.new_context(base_url=base, locale="nb-NO").new_page()
            page.goto("/logg-inn")
            page.get_by_role("button", name=WRITER).click()
            page.goto(f"/kommune/foresporsler/{asked}")
            yield December(year, page, asked)
            program.close()


def test_week_53_comes_before_week_1_and_both_are_typed_by_number(december: December):
    year, page = december.year, december.page
    offered = page.locator("#settlement_week-weeks option")

    weeks = [one.get_attribute("value") for one in offered.all()]
    december.types("53")
    december.sees(f"Det er uke 53 (28. desember {year}–3. januar {year + 1}).")
    december.sees("første nyttårsdag")
    december.types("uke 1")
    december.sees(f"Det er uke 1 (4.–10. januar {year + 1}).")
    december.types(f"{year + 1}-W53")
    december.sees("Så mange uker har ikke året")

    assert weeks[:4] == [f"{year}-W52", f"{year}-W53", f"{year + 1}-W01", f"{year + 1}-W02"]
