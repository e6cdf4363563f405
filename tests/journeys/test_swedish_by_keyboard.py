"""The numbers of Sweden revised and places called off by keyboard alone."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from playwright import sync_api as playwright

from app import clock
from app.db import transaction
from tests.accommodation import a_framework
from tests.databases import Databases
from tests.journeys.live import a_user, served
from tests.journeys.test_by_keyboard import ByKeyboard
from tests.swedish import NOW, decided, sweden
from workflow.kernel.actor import Role
from workflow.kernel.country import Country

pytestmark = [pytest.mark.browser, pytest.mark.trial]
MAJA = "Maja Lindqvist"


class BySwedishKeyboard(ByKeyboard):
    GREETED = "Du är inloggad som"
    MARKS = " Måste fyllas i| Valfritt"


@pytest.fixture(scope="module")
def office(databases: Databases, chromium: Path) -> Iterator[tuple[BySwedishKeyboard, UUID]]:
    """Migrationsverket, with the first numbers of a year and a framework; and the framework."""
    with databases.fresh(connections=4) as database:
        with transaction(database.sessions) as session:
            sweden(session)
            decided(session)
            framework = a_framework(session)
            a_user(session, MAJA, Role.MIGRATION_OFFICER)
            clock.set_clock(session, NOW)
        with served(database, Country.SWEDEN) as base, playwright.sync_playwright() as started:
            program = started.chromium.launch(
                executable_path=str(chromium), args=["--no-sandbox", "--disable-gpu"]
            )
            browser = BySwedishKeyboard(program, base, database)
            browser.becomes(MAJA)
            yield browser, framework
            program.close()
            assert browser.policy_broken == []


def test_numbers_are_revised_after_a_look_at_what_changes(office):
    browser, _ = office

    browser.goes("/fordelningstal?ar=2022")
    browser.click("Visa vad som ändras")
    browser.sees("Du måste rätta detta")
    browser.chooses("Revidering")
    browser.fills("Meddelat kommunerna", "2022-06-01")
    browser.fills("Gäller från", "2022-07-15")
    browser.fills("Tal per kommun", "1780 200")
    browser.fills("Skäl", "Färre ankommer än väntat")
    browser.click("Visa vad som ändras")
    browser.sees("1 kommun ändras", "Ingenting är beslutat än")
    browser.click("Besluta")

    browser.sees("Fördelningstalen är beslutade. 1 kommun ändrades.")


def test_places_are_called_off_from_a_framework(office):
    browser, framework = office

    browser.goes(f"/avtal/{framework}")
    browser.picks("Kommun", "Karlstad")
    browser.fills("Platser", "20")
    browser.fills("Första natt", "2022-07-01")
    browser.picks("Avtalstid", "6 månader")
    browser.click("Visa vad som ändras")
    browser.sees("20 platser i Karlstad", "Ingenting är tecknat än")
    browser.click("Teckna")

    browser.sees("Platserna är avropade.")
