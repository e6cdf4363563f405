"""The demonstration's own identity provider lets its ready people in, by the real way in."""

import sys

import httpx2
import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from app.db import transaction
from app.demonstration import ReadyUser
from app.demonstration_provider import SECRET, beside
from app.errors import CannotStart
from app.main import create_app
from app.settings import Settings
from tests import factories
from workflow.kernel.actor import Role
from workflow.municipalities.models import Municipality

HOME = "http://127.0.0.1:8000"
NUMBER = "840029212"
PEOPLE = (
    ReadyUser("Kari Test-Lund", Role.CASE_OFFICER, None, None),
    ReadyUser("Oddvar Test-Fjære", Role.MUNICIPALITY_WRITER, "Steinkjer", NUMBER),
    ReadyUser("Mona Test-Øy", Role.RECEPTION_CENTRE, "Dale mottak", None),
)


def test_ready_people_of_every_kind_come_in(committed):
    with transaction(committed.sessions) as session:
        factories.a_municipality(session, name="Steinkjer")
        session.execute(update(Municipality).values(organisation_number=NUMBER))
    with beside(PEOPLE) as file:
        app = create_app(
            Settings(database_url=committed.url, secret=SECRET, public_url=HOME, sign_in_file=file)
        )
        homes = {
            sub: _signed_in(TestClient(app, base_url=HOME, follow_redirects=False), sub)
            for sub in ("kari.test-lund", "oddvar.test-fjaere", "mona.test-oy")
        }
    app.state.engine.dispose()

    assert homes == {
        "kari.test-lund": "/oppgaver",
        "oddvar.test-fjaere": "/kommune",
        "mona.test-oy": "/mottak",
    }


def _signed_in(browser: TestClient, sub: str) -> str:
    there = browser.get("/logg-inn/demo").headers["location"]
    back = httpx2.post(there, data={"sub": sub}).headers["location"]
    return browser.get(back).headers["location"]


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "oidc_provider_mock", None)

    with pytest.raises(CannotStart, match=r"bosetting\[demo-oidc\]"), beside(PEOPLE):
        pass
