"""What a command prints and how it ends, as whoever types it sees it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
import pytest

from app import migrate
from app.command_line.database import open_database, open_server
from app.errors import CannotStart
from app.settings import settings
from tests.architecture.sources import ROOT


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="bosetting-command-") as made:
        Path(made).chmod(0o711)  # as root, the user the server runs as has to get in
        yield Path(made) / "data"


@pytest.fixture
def environment(monkeypatch):
    """Settings as these variables say, and no others."""
    for name in [name for name in os.environ if name.startswith("BOSETTING_")]:
        monkeypatch.delenv(name)

    def choose(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(f"BOSETTING_{name.upper()}", str(value))
        settings.cache_clear()

    choose()
    yield choose
    settings.cache_clear()


def bosetting(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "app", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.trial
def test_migrate_makes_the_embedded_database_and_says_from_where_to_where(folder, environment):
    first = bosetting("migrate", "--data-dir", folder)
    second = bosetting("migrate", "--data-dir", folder)

    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == f"The database went from nothing to {migrate.head()}.\n"
    assert second.stdout == f"The database is at {migrate.head()} already.\n"


@pytest.mark.trial
def test_migrate_takes_the_owners_login_from_the_environment(databases, environment):
    with databases.fresh(template="template0", connections=1) as empty:
        environment(database_url=empty.url, owner_database_url=empty.owner_url)

        answer = bosetting("migrate")

    assert answer.stdout == f"The database went from nothing to {migrate.head()}.\n"


@pytest.mark.trial
def test_migrate_without_the_owners_login_is_one_sentence(committed, environment):
    environment(database_url=committed.url)

    answer = bosetting("migrate")

    assert answer.returncode == 1
    assert answer.stdout == ""
    assert answer.stderr.startswith("bosetting: Set BOSETTING_OWNER_DATABASE_URL")
    assert answer.stderr.count("\n") == 1


@pytest.mark.trial
def test_serve_refuses_a_login_that_owns_the_tables(committed, environment):
    environment(database_url=committed.owner_url)

    answer = bosetting("serve")

    assert answer.returncode == 1
    assert "bosetting_owner can act as the owner of tables" in answer.stderr
    assert answer.stderr.count("\n") == 1


@pytest.mark.trial
@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_database_that_does_not_answer_is_one_sentence(environment, command):
    nowhere = "postgresql+psycopg://someone:secret@/nowhere?host=/no/such/folder"
    environment(database_url=nowhere, owner_database_url=nowhere)

    answer = bosetting(command)

    assert answer.returncode == 1
    assert answer.stderr.startswith("bosetting: The database nowhere does not answer")
    assert "secret" not in answer.stderr
    assert answer.stderr.count("\n") == 1


def test_an_unknown_option_is_wrong_usage(environment):
    answer = bosetting("migrate", "--no-such-thing")

    assert answer.returncode == 2


@pytest.mark.trial
def test_the_embedded_database_is_migrated_when_it_is_opened(folder, environment):
    with (
        open_database(folder) as addresses,
        psycopg.connect(addresses.url.replace("+psycopg", "")) as connection,
    ):
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()

    assert addresses.embedded
    assert found == (migrate.head(),)


@pytest.mark.trial
def test_the_settings_name_the_folder_where_the_command_does_not(folder, environment):
    environment(data_dir=folder)

    with open_server(None) as addresses:
        opened = addresses.embedded and folder.is_dir()

    assert opened


def test_a_named_database_is_used_as_it_is(committed, environment):
    environment(database_url=committed.url)

    with open_database(None) as addresses:
        assert (addresses.url, addresses.embedded) == (committed.url, False)


def test_two_databases_are_one_too_many(folder, environment):
    environment(database_url="postgresql+psycopg://somewhere/else")

    with pytest.raises(CannotStart, match="leave one of them out"), open_server(folder):
        pass
