"""A merger while somebody else puts a case to one of the municipalities."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from tests.factories import a_case, a_municipality, asked, places
from tests.workflow.books import faults, figures, the_case
from tests.workflow.reforms.reforming import ENTERS, THEN, merging
from workflow.capacity.errors import NotRegistered


@pytest.fixture
def world(committed):
    """A municipality with places in 2021, and a case to put to it."""
    with committed.sessions.begin() as session:
        one = a_municipality(session, number="1811")
        places(session, one, decided=10, year=2021)
        case_id = a_case(session, persons=3, entry=ENTERS)
    return one, case_id


def until_somebody_waits(committed):
    """Until one connection waits for another's lock."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with committed.sessions() as session:
            waiting = session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))
        if waiting:
            return
        threading.Event().wait(0.01)
    pytest.fail("nobody waits")


def test_a_case_put_to_a_municipality_while_it_is_merged_goes_along(committed, world):
    one, case_id = world

    def merge_it():
        with committed.sessions.begin() as session:
            return merging(session, [one]).successors[0]

    with ThreadPoolExecutor(1) as pool:
        with committed.sessions.begin() as session:
            asked(session, case_id, one, year=2021, at=THEN)
            merger = pool.submit(merge_it)
            until_somebody_waits(committed)
        successor = merger.result(timeout=20)

    with committed.sessions() as session:
        assert the_case(session, case_id).municipality_id == successor
        assert figures(session, successor, year=2021).held == 3
        assert faults(session) == {}


def test_a_case_put_to_a_municipality_after_it_was_merged_finds_no_places(committed, world):
    one, case_id = world

    def put():
        with committed.sessions.begin() as session:
            asked(session, case_id, one, year=2021, at=THEN)

    with ThreadPoolExecutor(1) as pool:
        with committed.sessions.begin() as session:
            merging(session, [one])
            late = pool.submit(put)
            until_somebody_waits(committed)
        with pytest.raises(NotRegistered):
            late.result(timeout=20)

    with committed.sessions() as session:
        assert faults(session) == {}
