"""Fixtures of letters: nothing older is read, and statements are counted."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event

from tests.factories import NOW, TODAY
from tests.workflow.letters.made import from_here
from workflow.capacity import commands as capacity
from workflow.capacity.commands import Cause, YearChange
from workflow.capacity.states import Pool
from workflow.kernel.actor import SYSTEM


@pytest.fixture(autouse=True)
def _nothing_older(request):
    if "session" in request.fixturenames:
        from_here(request.getfixturevalue("session"))


@pytest.fixture
def statements(session):
    """A collector of what the database is asked, for a `with`."""

    @contextmanager
    def collect():
        sent = []

        def note(connection, cursor, statement, *more):
            sent.append(statement)

        event.listen(session.bind, "before_cursor_execute", note)
        yield sent
        event.remove(session.bind, "before_cursor_execute", note)

    return collect


@pytest.fixture
def asked_for(session):
    """Register a request of 2031."""

    def register(municipality_id, **change):
        capacity.register_year(
            session,
            municipality_id=municipality_id,
            year=2031,
            pool=Pool.ORDINARY,
            change=YearChange(**change),
            cause=Cause(SYSTEM, NOW),
            on=TODAY,
        )

    return register
