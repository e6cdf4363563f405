"""`bosetting audit`: what is whole is said to be, what is broken is named and ends with 1."""

import base64
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text
from typer.testing import CliRunner

from app.command_line import make_cli
from app.errors import CannotStart
from app.settings import settings
from tests.factories import NOW, officer
from workflow.kernel import audit
from workflow.kernel.audit import Change


def run(*arguments: str):
    return CliRunner().invoke(make_cli(), ["audit", *arguments])


@pytest.fixture
def entries(database):
    with database.sessions.begin() as session:
        for turn in range(3):
            told = Change("case:x", after={"turn": turn})
            audit.record(session, told, "told", actor=officer(), at=NOW)


def tamper(database, statement: str) -> None:
    owner = create_engine(database.owner_url, poolclass=NullPool)
    with owner.begin() as connection:
        connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
        connection.execute(text(statement))


def test_a_whole_audit_is_counted(database, entries):
    answer = run("verify")

    assert answer.exit_code == 0
    assert answer.stdout == "3 entries in 1 chains, 0 broken; 0 anchors; 0 reasons erased.\n"


def test_the_first_broken_link_is_named_and_the_exit_code_is_one(database, entries):
    tamper(database, "UPDATE audit_entries SET actor = 'nobody' WHERE seq >= 2")

    answer = run("verify")

    assert answer.exit_code == 1
    assert answer.stdout.splitlines() == [
        "case:x 2: has been changed",
        "3 entries in 1 chains, 1 broken; 0 anchors; 0 reasons erased.",
    ]


def test_an_anchor_is_made_told_to_the_folder_and_checked_against(
    database, entries, monkeypatch, tmp_path: Path
):
    signing, public = run("key").stdout.splitlines()
    (tmp_path / "key").write_text(f"{signing}\n")
    monkeypatch.setenv("BOSETTING_AUDIT_KEY_FILE", str(tmp_path / "key"))
    settings.cache_clear()

    made = run("anchor", "--out", str(tmp_path / "anchors"))
    whole = run("verify", "--anchors", str(tmp_path / "anchors"))
    tamper(database, "DELETE FROM audit_entries WHERE seq = 3")
    cut = run("verify", "--anchors", str(tmp_path / "anchors"))

    assert made.stdout.startswith("Anchor 1: 1 leaves, root ")
    assert f"1 written to {tmp_path / 'anchors'}." in made.stdout
    assert whole.exit_code == 0
    assert "1 anchors" in whole.stdout
    assert (cut.exit_code, cut.stdout.splitlines()[0]) == (
        1,
        "case:x 3: anchor 1 has it, and it is gone",
    )
    assert len(base64.b64decode(public)) == 32


def test_without_a_key_it_says_how_one_is_made(database):
    answer = run("anchor")

    assert isinstance(answer.exception, CannotStart)
    assert "bosetting audit key" in str(answer.exception)
