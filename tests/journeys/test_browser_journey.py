"""The whole way in a browser: withdrawn, redistributed, answered, booked, moved, come, settled."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright import sync_api as playwright
from playwright.sync_api import Page, expect

from app import clock, db
from tests import factories
from tests.databases import Database, Databases
from tests.journeys.live import a_user, served
from tests.notifications.telling import tell
from tests.workflow.books import faults
from workflow.kernel.actor import Role
from workflow.kernel.weeks import Week

AXE = (Path(__file__).parents[1] / "app" / "vendor" / "axe.min.js").read_text("utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Longest wait for what a page is to show, milliseconds.
PATIENCE = 10_000
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}

BEFORE = datetime(2020, 3, 2, 9, tzinfo=UTC)
MORNING = datetime(2020, 3, 12, 7, tzinfo=UTC)
NAME = "Amal Haddad"
KARI, OLA, NINA, MONA = "Kari Lund", "Ola Steinkjer", "Nina Strand", "Mona Eide"


class Browser:
    """A window for each person; the one who acts now has `page`."""

    GREETED = "Du er logget inn som"

    def __init__(self, program: playwright.Browser, base: str, database: Database) -> None:
        self.program, self.base, self.database = program, base, database
        self.windows: dict[str, Page] = {}
        self.policy_broken: list[str] = []
        self.page: Page = self._window()

    def _window(self) -> Page:
        context = self.program.new_context(locale="nb-NO", viewport=DESK, reduced_motion="reduce")
        page = context.new_page()
        page.on("console", self._note)
        page.set_default_timeout(PATIENCE)
        return page

    def _note(self, message) -> None:
        if "Content Security Policy" in message.text or "Refused to" in message.text:
            self.policy_broken.append(message.text)

    def becomes(self, name: str) -> None:
        """The person, on the first page of the role; signed in by the sign-in page, once."""
        if known := self.windows.get(name):
            self.page = known
            self.goes("/")
            return
        self.page = self.windows[name] = self._window()
        self.goes("/logg-inn")
        self.page.get_by_role("button", name=name).click()
        self.sees(f"{self.GREETED} {name}.")

    def goes(self, path: str) -> None:
        answer = self.page.goto(self.base + path)
        assert answer is not None
        assert answer.ok, (path, answer.status)

    def click(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).first.click()

    def follows(self, link: str) -> None:
        self.page.get_by_role("link", name=link).first.click()

    def fills(self, label: str, text: str) -> None:
        named = re.compile(rf"^{re.escape(label)}( Må fylles ut| Valgfritt)?$")
        fields = self.page.locator("input, textarea")
        self.page.get_by_label(named).and_(fields).fill(text)

    def chooses(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).check()

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text)

    def does_not_see(self, text: str) -> None:
        expect(self.page.locator("body")).not_to_contain_text(text)

    def waits_until(self, day: str) -> None:
        """The demonstration's clock, by its own form; the worker tells what there is to tell."""
        self.goes("/demo/klokke")
        self.fills("Dato", day)
        self.click("Still klokken")
        self.sees("Klokken er stilt fram.")
        with db.transaction(self.database.sessions) as session:
            now = clock.now(session, demo=True)
            tell(session, at=now)

    def is_accessible(self, path: str) -> None:
        """No fault that axe knows, and no sideways scroll on a phone."""
        self.goes(path)
        self.page.evaluate(AXE)
        found = self.page.evaluate(
            "options => axe.run(document, options)",
            {"runOnly": TAGS, "resultTypes": ["violations"], "preload": False},
        )
        told = [
            (fault["id"], [node["target"] for node in fault["nodes"]])
            for fault in found["violations"]
        ]
        assert told == [], path
        self.page.set_viewport_size(PHONE)
        width = self.page.evaluate("document.documentElement.scrollWidth")
        self.page.set_viewport_size(DESK)
        assert width <= PHONE["width"], path


@pytest.fixture(scope="module")
def database(databases: Databases) -> Iterator[Database]:
    with databases.fresh() as database:
        yield database


@pytest.fixture(scope="module")
def cases(database: Database) -> dict[str, UUID]:
    """On 12 March: one case placed in Steinkjer, one asked, one from a centre."""
    with db.transaction(database.sessions) as session:
        here = factories.a_municipality(session, number="5006", name="Steinkjer", decided=20)
        factories.a_municipality(session, number="5059", name="Orkland", decided=20)
        placed = factories.a_case(session, name=NAME, persons=3, at=BEFORE)
        factories.placed(session, placed, here, week=Week(2020, 17), at=BEFORE)
        asked = factories.a_case(session, at=BEFORE)
        factories.asked(session, asked, here, at=BEFORE + timedelta(days=4))
        for name, role in ((KARI, Role.CASE_OFFICER), (NINA, Role.TRAVEL_OFFICER)):
            a_user(session, name, role)
        a_user(session, OLA, Role.MUNICIPALITY_WRITER, municipality_id=here)
        a_user(session, MONA, Role.RECEPTION_CENTRE, reception_centre="Dale mottak")
        clock.set_clock(session, MORNING)
    return {"placed": placed, "asked": asked}


@pytest.fixture(scope="module")
def browser(database: Database, cases: dict[str, UUID], chromium: Path) -> Iterator[Browser]:
    """Everybody's windows stay open for the next test: first what only looks, then the journey."""
    with served(database) as base, playwright.sync_playwright() as started:
        program = started.chromium.launch(
            executable_path=str(chromium),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        found = Browser(program, base, database)
        yield found
        program.close()
        assert found.policy_broken == []


#: A page of each kind; the structure of each is looked at every time (test_structure), and all of
#: them in the soak.
OF_EACH_KIND = ["/kommune", "{question}", "/kommune/boliger/ny", "/reiser/{placed}", "/saker"]
MAIN_PAGES = {
    OLA: [
        "/kommune",
        "/kommune/foresporsler",
        "{question}",
        "/kommune/bosettinger",
        "/kommune/bosettinger/{placed}",
        "/kommune/ankomster",
        "/kommune/boliger/ny",
        "/kommune/vedtak",
        "/varsler",
    ],
    NINA: ["/reiser", "/reiser/{placed}", "/reiser/uke/2020-W17", "/reiser/endringer"],
    MONA: ["/mottak"],
    KARI: ["/oppgaver", "/saker", "/saker/{asked}", "/omgjoring/ny", "/kommuner"],
}


@pytest.mark.parametrize(
    "looked_at",
    [
        pytest.param(OF_EACH_KIND, marks=pytest.mark.trial),
        pytest.param([page for of in MAIN_PAGES.values() for page in of], marks=pytest.mark.soak),
    ],
    ids=["of each kind", "all"],
)
def test_the_main_pages_are_accessible_and_fit_a_phone(
    browser: Browser, cases: dict[str, UUID], looked_at: list[str]
):
    browser.becomes(OLA)
    browser.follows("2020-000002")
    question = re.search(r"/kommune/foresporsler/[^?#]+", browser.page.url)
    assert question is not None
    looked = 0
    for office, pages in MAIN_PAGES.items():
        mine = [page for page in pages if page in looked_at]
        if mine:
            browser.becomes(office)
        for page in mine:
            browser.is_accessible(page.format(question=question[0], **cases))
            looked += 1
    assert looked == len(looked_at)


def imdi_withdraws(browser: Browser) -> None:
    """12 March: IMDi withdraws all that was distributed before the day."""
    browser.becomes(KARI)
    browser.goes("/omgjoring/ny")
    browser.fills("Fordelt før", "12.03.2020")
    browser.fills("Begrunnelse", "Innreise er ikke mulig nå")
    browser.click("Se forhåndsvisning")
    browser.sees("Trekk 2 saker?", "5 personer holder ikke lenger av plasser")
    browser.click("Trekk 2 saker")
    browser.sees("2 saker er trukket, og plassene er frigitt.", "Fram til da kan alt angres")


def the_municipality_still_sees_it(browser: Browser) -> None:
    """The municipality still sees what it was asked, and what happens next."""
    browser.waits_until("13.03.2020")
    browser.becomes(OLA)
    browser.sees("Trukket fra dere 2", "Dere blir spurt først", "20")
    browser.follows("2020-000001")
    browser.sees("Saken er trukket", "Begrunnelse: Innreise er ikke mulig nå")
    browser.does_not_see(NAME)


def imdi_distributes_anew(browser: Browser) -> None:
    """IMDi distributes anew; entry was known, so the former municipality is asked first."""
    browser.becomes(KARI)
    browser.goes("/fordeling/ny")
    browser.click("Se forhåndsvisning")
    browser.sees("Spør kommunene om 2 saker?", "Steinkjer")
    browser.click("Fordel 2 saker")
    browser.sees("2 saker er fordelt på nytt.")
    browser.waits_until("14.03.2020")


def the_municipality_says_yes_with_a_new_week(browser: Browser) -> None:
    """A yes needs a new week; it is typed as people do."""
    browser.becomes(OLA)
    browser.sees("Venter på svar fra dere 2", "fordelt på nytt")
    browser.follows("2020-000001")
    browser.sees("Et tidligere ja gjelder ikke lenger.")
    browser.click("Godkjenn fordeling")
    browser.sees("Fyll ut «Bosettingsuke».")
    browser.fills("Bosettingsuke", "24")
    browser.click("Vis dagene i uken")
    browser.sees("Det er uke 24 (8.–14. juni 2020).")
    browser.chooses("Ja")
    browser.click("Godkjenn fordeling")
    browser.sees("Fordelingen er godkjent. Bosettingsuken er uke 24 (8.–14. juni 2020).")
    browser.does_not_see(NAME)


def imdi_decides(browser: Browser, case: UUID) -> None:
    """IMDi decides."""
    browser.becomes(KARI)
    browser.goes(f"/saker/{case}")
    browser.follows("Fatt vedtak")
    browser.sees("uke 24 (8.–14. juni 2020)")
    browser.click("Fatt vedtak")
    browser.sees("Bosettingsvedtaket er fattet.")


def udi_books_and_moves(browser: Browser) -> None:
    """UDI books, and moves what it has booked."""
    browser.becomes(NINA)
    browser.follows("2020-000001")
    browser.sees(NAME, "Nærmest kommunen: TRD")
    browser.fills("Ankomstdag", "09.06.2020")
    browser.fills("Klokkeslett", "13.05")
    browser.fills("Flight", "SK 336")
    browser.click("Bestill reise og meld ankomst")
    browser.sees("Reisen er bestilt.", "ankommer Værnes tirsdag 9. juni 2020 kl. 13:05")
    browser.follows("Endre reise")
    browser.fills("Ankomstdag", "10.06.2020")
    browser.fills("Klokkeslett", "09.40")
    browser.fills("Begrunnelse", "Avgangen er innstilt")
    browser.click("Endre reise")
    browser.sees("Reisen er endret.", "onsdag 10. juni 2020", "Avgangen er innstilt")
    browser.goes("/reiser/endringer")
    browser.sees("varselet er på vei")


def the_municipality_meets_and_settles_them(browser: Browser, case: UUID) -> None:
    """The municipality meets them, and settles them with one date."""
    browser.waits_until("10.06.2020")
    browser.becomes(OLA)
    browser.goes("/kommune/ankomster?uke=2020-W24")
    browser.sees("Endret fra 09.06.2020, 13:05", "Karantene 10.06.2020", "innen 17.06.2020")
    browser.waits_until("11.06.2020")
    browser.goes(f"/kommune/bosettinger/{case}")
    browser.sees(NAME)
    browser.click("Registrer ankomst")
    browser.sees("Ankomsten er registrert.")
    browser.fills("Bosettingsdato", "11.06.2020")
    browser.click("Registrer bosettingsdato")
    browser.sees("Husstanden er registrert som bosatt.")
    browser.goes("/kommune")
    browser.sees("Brukt av plassene som ble ledige hos dere", "25 %")


def test_a_family_is_withdrawn_redistributed_and_settled_through_the_pages(
    browser: Browser, cases: dict[str, UUID]
):
    case = cases["placed"]

    imdi_withdraws(browser)
    the_municipality_still_sees_it(browser)
    imdi_distributes_anew(browser)
    the_municipality_says_yes_with_a_new_week(browser)
    imdi_decides(browser, case)
    udi_books_and_moves(browser)
    the_municipality_meets_and_settles_them(browser, case)

    with db.transaction(browser.database.sessions) as session:
        assert faults(session) == {}
