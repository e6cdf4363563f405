"""Each main flow once by keyboard alone: Tab, Space, Enter and letters.

The same journey as in test_browser_journey.py; only the hands are others. What has the focus must
be seen to have it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright import sync_api as playwright
from playwright.sync_api import Locator, expect

from app import db
from tests.databases import Database
from tests.journeys import test_browser_journey as journey
from tests.journeys.live import served
from tests.workflow.books import faults

database, cases = journey.database, journey.cases
#: More stops than any page has.
STOPS = 300
HAS_FOCUS = "element => element === document.activeElement"
#: Something is drawn round the element in focus, or round the choice it is the button of.
SHOWS_FOCUS = """element => [element, element.closest(".ds-field")].some(one => {
  const drawn = one && getComputedStyle(one);
  return drawn && (drawn.outlineStyle !== "none" && parseFloat(drawn.outlineWidth) > 0
    || drawn.boxShadow !== "none");
})"""


class ByKeyboard(journey.Browser):
    """Whoever sits here has no mouse."""

    #: What stands behind the label of a field.
    MARKS = " Må fylles ut| Valgfritt"

    def click(self, button: str) -> None:
        found = self.page.get_by_role("button", name=button, exact=True).first
        self._reaches(found)
        self.page.keyboard.press("Enter")

    def follows(self, link: str) -> None:
        found = self.page.get_by_role("link", name=link).first
        self._reaches(found)
        self.page.keyboard.press("Enter")

    def fills(self, label: str, text: str) -> None:
        named = re.compile(rf"^{re.escape(label)}({self.MARKS})?$")
        found = self.page.get_by_label(named).and_(self.page.locator("input, textarea")).first
        self._reaches(found)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)
        expect(found).to_have_value(text)

    def chooses(self, label: str) -> None:
        """A radio button: Tab to the first of its group, Space, then on by the arrow."""
        found = self.page.get_by_label(label, exact=True)
        name = found.get_attribute("name")
        group = self.page.locator(f"input[name={name}]")
        self._reaches(group.first)
        self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if found.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        expect(found).to_be_checked()

    def picks(self, label: str, option: str) -> None:
        """One of a list: Tab to it, then its first word; a blank would open the list."""
        named = re.compile(rf"^{re.escape(label)}({self.MARKS})?$")
        found = self.page.get_by_label(named).and_(self.page.locator("select")).first
        self._reaches(found)
        self.page.keyboard.type(option.split(maxsplit=1)[0])
        expect(found.locator("option:checked")).to_have_text(option)

    def _reaches(self, found: Locator) -> None:
        """By Tab from where the page begins, in the order of the page."""
        expect(found).to_be_visible()
        self.page.evaluate("document.activeElement.blur()")
        for _ in range(STOPS):
            if found.evaluate(HAS_FOCUS):
                assert found.evaluate(SHOWS_FOCUS), found
                return
            self.page.keyboard.press("Tab")
        pytest.fail(f"Tab does not lead to {found} on {self.page.url}")


@pytest.fixture(scope="module")
def browser(database: Database, cases: dict, chromium: Path) -> Iterator[ByKeyboard]:
    with served(database) as base, playwright.sync_playwright() as started:
        program = started.chromium.launch(
            executable_path=str(chromium),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield ByKeyboard(program, base, database)
        program.close()


@pytest.mark.trial
@pytest.mark.browser
def test_a_family_is_withdrawn_redistributed_and_settled_by_keyboard_alone(
    browser: ByKeyboard, cases: dict
):
    case = cases["placed"]

    journey.imdi_withdraws(browser)
    journey.the_municipality_still_sees_it(browser)
    journey.imdi_distributes_anew(browser)
    journey.the_municipality_says_yes_with_a_new_week(browser)
    journey.imdi_decides(browser, case)
    journey.udi_books_and_moves(browser)
    journey.the_municipality_meets_and_settles_them(browser, case)

    with db.transaction(browser.database.sessions) as session:
        assert faults(session) == {}


@pytest.mark.trial
@pytest.mark.browser
def test_the_first_stop_leads_past_the_menu(browser: ByKeyboard):
    browser.becomes(journey.KARI)
    browser.goes("/saker")

    browser.page.keyboard.press("Tab")
    skip = browser.page.get_by_role("link", name="Hopp til hovedinnholdet")
    assert skip.evaluate(HAS_FOCUS)
    browser.page.keyboard.press("Enter")

    assert browser.page.evaluate("document.activeElement.id") == "main"
