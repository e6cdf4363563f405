"""What the embedded database's folder keeps for itself."""

import os

import pytest

from app.audit.anchors import signing_key
from app.command_line.kept_secrets import kept, using_kept
from app.errors import CannotStart
from app.settings import settings


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch):
    for name in [name for name in os.environ if name.startswith("BOSETTING_")]:
        monkeypatch.delenv(name)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_folder_makes_its_own_once_and_lends_them_for_the_block(tmp_path):
    with using_kept(tmp_path):
        first = settings()
    with using_kept(tmp_path):
        again = settings()

    assert first.secret == again.secret is not None
    assert signing_key(first).private_bytes_raw() == signing_key(again).private_bytes_raw()
    assert settings().secret is None
    assert {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {
        "secret": 0o600,
        "audit-key": 0o600,
    }


def test_what_the_environment_names_goes_before(tmp_path, monkeypatch):
    monkeypatch.setenv("BOSETTING_SECRET", "x" * 40)

    with using_kept(tmp_path):
        used = settings().secret

    assert used.get_secret_value() == "x" * 40
    assert not (tmp_path / "secret").exists()


def test_of_two_who_make_it_at_once_both_have_the_first(tmp_path):
    file = tmp_path / "secret"

    def slowly() -> str:
        file.write_text("the first")
        return "the second"

    assert kept(file, slowly) == "the first"
    assert [left.name for left in tmp_path.iterdir()] == ["secret"]


def test_a_folder_that_takes_nothing_is_one_sentence(tmp_path):
    with pytest.raises(CannotStart, match="cannot be used"):
        kept(tmp_path / "nowhere" / "secret", lambda: "never")
