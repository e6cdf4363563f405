from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import make_url

from app.bench.database import OwnDatabase, libpq
from app.command_line.database import Addresses


@pytest.fixture
def addresses(databases):
    """The test server, as `--data-dir` would give it."""
    return Addresses(databases.server.url, databases.server.owner_url, embedded=True)


@pytest.fixture
def an_own_database(databases):
    """Opens a database as `own_database` does, which takes its time to migrate it."""

    @contextmanager
    def opened() -> Iterator[OwnDatabase]:
        with databases.fresh(connections=1) as made:
            address, owner = (libpq(make_url(url)) for url in (made.url, made.owner_url))
            yield OwnDatabase(made.url, address, owner)

    return opened
