"""What is read beside a case is as new as the case, also where its lock had to be waited for."""

import time
from threading import Thread

from sqlalchemy import text

from app.db import transaction
from tests.factories import NOW, TODAY, a_case, a_municipality, asked, officer, writer
from workflow.cases import commands
from workflow.cases.moves import for_question
from workflow.cases.states import CaseState


def waits_for_a_lock(session):
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    deadline = time.monotonic() + 10
    while not session.scalar(waiting):
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.01)


def test_a_no_that_comes_while_the_case_is_waited_for_is_heard(committed):
    with transaction(committed.sessions) as session:
        here = a_municipality(session, decided=10)
        case_id = a_case(session)
        asked(session, case_id, here)
    found = []

    def read():
        with transaction(committed.sessions) as session:
            found.append(for_question(session, case_id, here, today=TODAY, actor=officer()))

    reader = Thread(target=read)
    with transaction(committed.sessions) as session:
        commands.decline(
            session, case_id, reason_code="no_housing", text=None, actor=writer(here), at=NOW
        )
        reader.start()
        waits_for_a_lock(session)
    reader.join()

    [(case, paused_by, declined)] = found
    assert case.state is CaseState.DECLINED
    assert declined
    assert paused_by is None
