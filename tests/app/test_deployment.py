"""A deployment is for one country, from its first start on."""

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from app.command_line import make_cli
from app.deployment import country_there, set_up
from app.errors import CannotStart
from app.main import create_app
from app.settings import Settings, settings
from tests.databases import Database
from tests.factories import NOW
from tests.journeys.neighbours import routes
from workflow.kernel.country import Country

SWEDEN, NORWAY = Country.SWEDEN, Country.NORWAY


def paths(country: Country) -> set[str]:
    app = create_app(Settings(database_url="postgresql+psycopg://nobody@/nothing", country=country))
    return {path for _, path in routes(app.routes)}


def test_the_first_start_says_which_country_it_is_and_the_next_is_held_to_it(committed: Database):
    set_up(committed.sessions, SWEDEN, at=NOW)
    set_up(committed.sessions, SWEDEN, at=NOW)

    with pytest.raises(CannotStart, match="deployment for Sweden"):
        set_up(committed.sessions, NORWAY, at=NOW)
    assert country_there(committed.sessions) is SWEDEN


def test_an_application_for_another_country_does_not_start(committed: Database):
    set_up(committed.sessions, SWEDEN, at=NOW)
    app = create_app(Settings(database_url=committed.url, country=NORWAY))

    with pytest.raises(CannotStart, match="BOSETTING_COUNTRY=se"), TestClient(app):
        pass


def test_the_register_that_is_imported_is_the_countrys(committed: Database, monkeypatch):
    monkeypatch.setenv("BOSETTING_DATABASE_URL", committed.url)
    monkeypatch.setenv("BOSETTING_COUNTRY", "se")
    settings.cache_clear()
    try:
        done = [CliRunner().invoke(make_cli(), ["import", "municipalities"]) for _ in range(2)]
    finally:
        settings.cache_clear()

    assert [one.exit_code for one in done] == [0, 0], done[0].output
    assert "Municipalities stored: 290." in done[0].output
    assert country_there(committed.sessions) is SWEDEN


def test_what_is_one_countrys_is_not_there_in_the_other():
    norwegian, swedish = paths(NORWAY), paths(SWEDEN)

    assert {"/saker", "/api/v1/cases", "/omgjoring"} <= norwegian - swedish
    assert {
        "/logg-inn",
        "/brukere",
        "/api/v1/users",
        "/revisjon",
        "/varsler",
    } <= norwegian & swedish
