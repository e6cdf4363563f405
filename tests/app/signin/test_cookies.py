"""Every cookie behind TLS is of this host alone, over TLS alone, out of reach of scripts."""

import re

import pytest
from fastapi.testclient import TestClient

from app import languages
from app.main import create_app
from app.settings import Settings
from app.signin import cookies
from tests.architecture.sources import ROOT, files
from tests.databases import Databases


@pytest.fixture(scope="module")
def app(databases: Databases):
    with databases.fresh(connections=4) as database:
        made = create_app(Settings(database_url=database.url))
        yield made
        made.state.engine.dispose()


def set_by(browser: TestClient) -> list[str]:
    """What a stranger's browser is given who reads a page and chooses a language."""
    page = browser.get("/logg-inn")
    (token,) = (value for name, value in browser.cookies.items() if name.endswith("_form"))
    chosen = browser.post("/sprak", data={"csrf_token": token, "language": "nb"})
    assert chosen.status_code == 303
    return page.headers.get_list("set-cookie") + chosen.headers.get_list("set-cookie")


def test_behind_tls_they_are_of_this_host(app):
    given = set_by(TestClient(app, base_url="https://bosetting.test", follow_redirects=False))

    assert len(given) >= 2
    for cookie in given:
        assert cookie.startswith("__Host-bosetting_")
        for part in ("HttpOnly", "Path=/", "SameSite=", "Secure"):
            assert part in cookie, cookie
        assert "domain" not in cookie.lower()


def test_on_one_machine_they_work_without_tls(app):
    given = set_by(TestClient(app, follow_redirects=False))

    assert all(cookie.startswith("bosetting_") for cookie in given)
    assert all("HttpOnly" in cookie and "SameSite=" in cookie for cookie in given)


@pytest.mark.parametrize("before", ["", "__Host-"])
def test_a_language_chosen_is_found_again(before):
    plain = cookies.PLAIN["language"]

    assert plain == languages.COOKIE
    assert languages._cookie(f"other=x; {before}{plain}=nn") == "nn"


def test_no_cookie_is_set_anywhere_else():
    elsewhere = [
        path
        for path in files("app")
        if str(path) != "app/signin/cookies.py"
        and re.search(r"(?<!signin)\.(set|delete)_cookie\(", (ROOT / path).read_text())
    ]

    assert elsewhere == []
