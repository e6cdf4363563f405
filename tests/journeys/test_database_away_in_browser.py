"""While the database is away every page says so, in Chromium, in each language, light and dark."""

from contextlib import ExitStack

import pytest

from app import languages, signin
from app.main import create_app
from app.settings import Settings
from tests.journeys import test_every_page_in_browser as pages
from tests.journeys.live import answering
from workflow.kernel.country import Country

browser = pages.browser
pytestmark = [pytest.mark.browser, pytest.mark.trial]


@pytest.mark.parametrize("country", Country)
def test_a_page_says_that_the_database_is_away(databases, browser, country):
    found = []
    there = ExitStack()
    database = there.enter_context(databases.fresh(connections=2))
    app = create_app(Settings(database_url=database.url, country=country))
    with there, answering(app) as base:
        there.close()
        for language in languages.OF_COUNTRY[country]:
            context = browser.new_context(base_url=base, locale="nb-NO", viewport=pages.DESK)
            cookies = {languages.COOKIE: language, signin.COOKIE: "x" * 43}
            context.add_cookies(
                [{"name": name, "value": value, "url": base} for name, value in cookies.items()]
            )
            page = context.new_page()
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size(pages.DESK)
                answer = page.goto("/varsler")
                assert answer.status == 503
                assert page.locator("html").get_attribute("lang") == language
                assert page.title().startswith(page.locator("h1").inner_text())
                found += [(language, scheme, *one) for one in pages.violations(page)]
                found += [(language, *one) for one in pages.too_wide(page)]
            context.close()

    assert not found, "\n".join(map(str, found))
