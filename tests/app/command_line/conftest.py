"""A database for commands run in this process."""

import os

import pytest

from app.settings import settings


@pytest.fixture
def database(committed, monkeypatch):
    """The one the environment names, with real commits; no other setting is set."""
    for name in [name for name in os.environ if name.startswith("BOSETTING_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("BOSETTING_DATABASE_URL", committed.url)
    settings.cache_clear()
    yield committed
    settings.cache_clear()


@pytest.fixture(autouse=True)
def _log_as_it_was(restored):
    """A command configures the log of its process, which here is the tests'."""
