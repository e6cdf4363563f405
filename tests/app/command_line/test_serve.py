"""`bosetting serve` on a database nobody has filled."""

import pytest
import uvicorn
from typer.testing import CliRunner

from app.command_line import make_cli
from tests.factories import a_municipality


@pytest.fixture
def served(monkeypatch):
    """What would be served; nothing listens."""
    asked = []
    monkeypatch.setattr(uvicorn, "run", lambda *_, **options: asked.append(options))
    return asked


def test_without_municipalities_it_says_how_to_load_them_and_serves(database, served):
    answer = CliRunner().invoke(make_cli(), ["serve", "--port", "0"])

    assert answer.exit_code == 0
    assert "`bosetting import municipalities`" in answer.stderr
    assert [options["port"] for options in served] == [0]


def test_with_municipalities_it_serves_without_a_word(database, served):
    with database.sessions.begin() as session:
        a_municipality(session)

    answer = CliRunner().invoke(make_cli(), ["serve"])

    assert (answer.exit_code, answer.stderr, len(served)) == (0, "", 1)
