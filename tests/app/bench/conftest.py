import pytest

from app.command_line.database import Addresses


@pytest.fixture
def addresses(databases):
    """The test server, as `--data-dir` would give it."""
    return Addresses(databases.server.url, databases.server.owner_url, embedded=True)
