"""Settings from the environment and from files; secrets among them are never repeated."""

import pytest

from app.errors import CannotStart
from app.settings import Settings, settings

SECRET = "a secret of the deployment's, long enough"
URL = "postgresql+psycopg://kari:hemmelig-passord@db.test/bosetting"


@pytest.fixture(autouse=True)
def read_anew():
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_secret_may_stand_in_a_file(monkeypatch, tmp_path):
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    monkeypatch.delenv("BOSETTING_SECRET", raising=False)
    monkeypatch.setenv("BOSETTING_SECRET_FILE", str(file))

    assert settings().secret.get_secret_value() == SECRET


def test_so_may_the_address_of_the_database(monkeypatch, tmp_path):
    file = tmp_path / "url"
    file.write_text(URL)
    monkeypatch.delenv("BOSETTING_DATABASE_URL", raising=False)
    monkeypatch.setenv("BOSETTING_DATABASE_URL_FILE", str(file))

    assert settings().database_url == URL


def test_only_secrets_stand_in_files(monkeypatch, tmp_path):
    file = tmp_path / "demo"
    file.write_text("true")
    monkeypatch.setenv("BOSETTING_DEMO_FILE", str(file))

    assert settings().demo is False


def test_a_secret_in_two_places_is_one_too_many(monkeypatch, tmp_path):
    monkeypatch.setenv("BOSETTING_SECRET", SECRET)
    monkeypatch.setenv("BOSETTING_SECRET_FILE", str(tmp_path / "secret"))

    with pytest.raises(CannotStart, match="leave one of them out"):
        settings()


def test_a_file_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("BOSETTING_SECRET", raising=False)
    monkeypatch.setenv("BOSETTING_SECRET_FILE", str(tmp_path / "nowhere"))

    with pytest.raises(CannotStart, match="nowhere cannot be read"):
        settings()


def test_what_cannot_be_used_is_named_and_not_repeated(monkeypatch):
    monkeypatch.setenv("BOSETTING_SECRET", "too-short-secret")
    monkeypatch.setenv("BOSETTING_ANSWER_DAYS", "hemmelig")

    with pytest.raises(CannotStart) as refused:
        settings()

    assert "BOSETTING_SECRET: " in str(refused.value)
    assert "BOSETTING_ANSWER_DAYS: " in str(refused.value)
    assert "too-short-secret" not in str(refused.value)
    assert "hemmelig" not in str(refused.value)


def test_settings_shown_show_no_secret():
    shown = repr(Settings(secret=SECRET, database_url=URL, owner_database_url=URL))

    assert SECRET not in shown
    assert "hemmelig-passord" not in shown


def test_several_words_are_parted_by_commas_or_blanks(monkeypatch):
    monkeypatch.setenv("BOSETTING_TRUSTED_HOSTS", "bosetting.example.no, .intern.no")

    assert settings().trusted_hosts == ("bosetting.example.no", ".intern.no")
