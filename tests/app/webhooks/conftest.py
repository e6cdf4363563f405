"""A receiver, and a database with real commits whose clock stands where the tests begin."""

import pytest

from app.settings import Settings
from tests.app.webhooks.receiver import HERE, receiving

SETTINGS = Settings(secret="x" * 32, private_hosts=(HERE,))


@pytest.fixture
def settings():
    return SETTINGS


@pytest.fixture
def receiver():
    with receiving() as made:
        yield made
