"""A worker that dies while it erases leaves the case whole for the next one."""

import threading

import pytest
from sqlalchemy import select, text

from app.db import transaction
from app.settings import Settings
from app.worker import work
from tests.databases import Database
from tests.workflow.privacy.test_erasing import LATER, approve_all, lapsed
from workflow.cases.models import Case, Person
from workflow.privacy import erasing
from workflow.privacy.models import Erasure
from workflow.privacy.states import ErasureState


@pytest.fixture
def approved(committed: Database) -> Database:
    """Two cases that are to be erased."""
    with transaction(committed.sessions) as session:
        for _ in range(2):
            case_id = lapsed(session)
            session.execute(
                text("UPDATE persons SET name = 'Xanthippe' WHERE case_id = :case"),
                {"case": case_id},
            )
        approve_all(session)
    return committed


def named(database: Database) -> list[bool]:
    """Of each case, whether its people have names still; never some of them."""
    with transaction(database.sessions) as session:
        cases = session.scalars(select(Case.id).order_by(Case.case_number)).all()
        told = [
            set(session.scalars(select(Person.name).where(Person.case_id == one))) for one in cases
        ]
    assert all(names in ({"Xanthippe"}, {None}) for names in told)
    return [names == {"Xanthippe"} for names in told]


def test_a_worker_killed_between_the_texts_and_the_end_has_changed_nothing(approved, monkeypatch):
    def dies(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(erasing, "_close", dies)
        with pytest.raises(KeyboardInterrupt), transaction(approved.sessions) as session:
            erasing.erase_next(session, at=LATER)
    assert named(approved) == [True, True]

    work(approved.sessions, Settings(database_url=approved.url, demo=True))

    assert named(approved) == [False, False]
    with transaction(approved.sessions) as session:
        assert set(session.scalars(select(Erasure.state))) == {ErasureState.ERASED}


def test_two_workers_erase_each_case_once(approved):
    done: list = []

    def erase() -> None:
        with transaction(approved.sessions) as session:
            done.append(erasing.erase_next(session, at=LATER))

    workers = [threading.Thread(target=erase) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=20)

    assert len(set(done)) == 2
    assert named(approved) == [False, False]
