"""`bosetting token`: a bearer token, alone on its line."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from typer.testing import CliRunner

from app.command_line import make_cli
from app.db import reading
from app.main import create_app
from app.models import AccessToken
from app.settings import Settings
from tests.factories import a_municipality


def token(*arguments):
    return CliRunner().invoke(make_cli(), ["token", *arguments])


@pytest.fixture
def oslo(database):
    with database.sessions.begin() as session:
        return a_municipality(session, number="0301", name="Oslo")


def test_it_prints_a_token_that_the_application_takes(database, oslo):
    answer = token("--role", "municipality_writer", "--municipality", "0301", "--name", "Oslo KIS")
    (secret,) = answer.stdout.splitlines()
    with TestClient(create_app(Settings(database_url=database.url))) as client:
        read = client.get("/api/v1/cases", headers={"authorization": f"Bearer {secret}"})

    assert (answer.exit_code, read.status_code) == (0, 200)
    with reading(database.sessions) as session:
        kept = session.scalars(select(AccessToken)).one()
        assert (kept.name, kept.role, kept.municipality_id) == (
            "Oslo KIS",
            "municipality_writer",
            oslo,
        )
        assert (kept.expires_at - kept.at).total_seconds() == 8 * 3600


def test_the_name_is_the_role_unless_told_and_the_hours_are_chosen(database):
    token("--role", "lead", "--hours", "1")

    with reading(database.sessions) as session:
        kept = session.scalars(select(AccessToken)).one()
        assert (kept.name, (kept.expires_at - kept.at).total_seconds()) == ("lead", 3600)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--role", "king"),
        ("--role", "system"),
        ("--role", "municipality_writer"),
        ("--role", "municipality_writer", "--municipality", "9998"),
        ("--role", "lead", "--municipality", "0301"),
        ("--role", "reception_centre"),
        ("--role", "lead", "--hours", "0"),
        (),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(database, oslo, arguments):
    answer = token(*arguments)

    assert (answer.exit_code, answer.stdout) == (2, "")
    with reading(database.sessions) as session:
        assert session.scalars(select(AccessToken)).all() == []


def test_a_reception_centre_has_a_token_of_its_own(database):
    answer = token("--role", "reception_centre", "--reception-centre", "Dale mottak")

    assert answer.exit_code == 0


def test_tokens_are_listed_and_one_is_revoked_by_its_number(database):
    token("--role", "lead", "--name", "one", "--scope", "read")
    token("--role", "auditor", "--name", "two")

    number, *rest = token("list").stdout.splitlines()[1].split("\t")
    revoked = token("revoke", number)
    left = token("list").stdout
    every = token("list", "--all").stdout

    assert rest[:4] == ["one", "lead", "read", "-"]
    assert (revoked.exit_code, revoked.stdout) == (0, "")
    assert "two" in left
    assert "one" not in left
    assert "revoked" in every
    assert "bos_" not in every


def test_a_number_nobody_has_is_refused(database):
    from workflow.kernel.errors import NotFound

    assert isinstance(token("revoke", "12").exception, NotFound)
