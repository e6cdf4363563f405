"""What one is told who is not let in, or no longer is, as Chromium shows it: nothing axe faults."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, sync_playwright
from sqlalchemy import update

from app.clock import machine_time
from app.db import transaction
from app.models import SignIn
from tests.app.pages.structure import faults
from tests.app.signin.ansattporten import Person
from tests.app.signin.conftest import HOME, House, a_writer
from tests.journeys.test_every_page_in_browser import DESK, too_wide, violations

pytestmark = [pytest.mark.browser, pytest.mark.trial]


def _without_right(house: House) -> Any:
    return house.sign_in(house.browser(), Person("10101010212"))


def _no_municipality(house: House) -> Any:
    return house.sign_in(house.browser(), a_writer("10101010213", "987464291"))


def _answered_twice(house: House) -> Any:
    browser = house.browser()
    back = house.provider.authorize(house.go_there(browser), a_writer("10101010214"))
    browser.get(back)
    return browser.get(back)


def _signed_out(house: House) -> Any:
    browser = house.browser()
    house.sign_in(browser, a_writer("10101010215"))
    return house.send(browser, "/logg-ut")


def _ended(house: House) -> Any:
    browser = house.browser()
    house.sign_in(browser, a_writer("10101010216"))
    with transaction(house.database.sessions) as session:
        session.execute(update(SignIn).values(expires_at=machine_time()))
    return browser.post("/varsler/lest", data={"csrf_token": "of the session that was"})


TOLD: dict[Callable[[House], Any], int] = {
    _without_right: 403,
    _no_municipality: 403,
    _answered_twice: 409,
    _signed_out: 200,
    _ended: 401,
}


def test_who_is_not_let_in_hears_why_and_where_to_go_on(house: House, chromium):
    answers = [(made(house), status) for made, status in TOLD.items()]
    visitor = house.browser()
    shown = ""

    def answered(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path == "/":
            # A page that goes on by itself would be gone before it is looked at.
            still = shown.replace('http-equiv="refresh"', "")
            route.fulfill(body=still, content_type="text/html; charset=utf-8")
        else:
            asked = visitor.get(path)
            kind = asked.headers.get("content-type", "text/plain")
            route.fulfill(status=asked.status_code, body=asked.content, content_type=kind)

    with sync_playwright() as started:
        program = started.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        page: Page = program.new_page(reduced_motion="reduce")
        page.route("**/*", answered)
        for answer, status in answers:
            assert answer.status_code == status, answer.text
            assert faults(answer.text) == []
            shown = answer.text
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size(DESK)
                page.goto(f"{HOME}/")
                assert [*violations(page)] == [], page.title()
            assert [*too_wide(page)] == [], page.title()
            assert page.title().startswith(page.locator("h1").inner_text())
            assert page.locator("main a.ds-button").count() > 0
        program.close()
