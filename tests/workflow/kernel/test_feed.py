"""Positions: every one once, in the order of commits, and nothing comes in below what was seen."""

import threading
import time
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select

from app.db import transaction
from tests.factories import NOW, a_case
from workflow.kernel import feed
from workflow.kernel.events import Event
from workflow.kernel.outbox import OutboxMessage, publish, recall


def placed(database):
    with database.sessions() as session:
        found = select(OutboxMessage.position, OutboxMessage.type).where(
            OutboxMessage.position.is_not(None)
        )
        return {row.position: row.type for row in session.execute(found)}


def place(database, at=NOW, most=feed.BATCH):
    with transaction(database.sessions) as session:
        return feed.place(session, at=at, most=most)


def test_what_an_earlier_transaction_commits_later_comes_after_what_was_read(committed):
    with transaction(committed.sessions) as slow:
        publish(slow, Event("slow"), at=NOW)
        with transaction(committed.sessions) as quick:
            publish(quick, Event("quick"), at=NOW)
        place(committed)
        read = placed(committed)
    place(committed)

    assert read == {1: "quick"}
    assert placed(committed) == {1: "quick", 2: "slow"}
    with committed.sessions() as session:
        in_order = session.scalars(select(OutboxMessage.type).order_by(OutboxMessage.id)).all()
    assert in_order == ["slow", "quick"]  # by ids the reader would have passed over it


WRITERS, EACH = 3, 20


def write(database, number, together):
    together.wait()
    for turn in range(EACH):
        with transaction(database.sessions) as session:
            publish(session, Event(f"{number}-{turn}"), at=NOW)
            if turn % WRITERS == number:
                time.sleep(0.02)


def read(database, column, seen, written):
    last, over = 0, False
    while not over:
        over = written.is_set()
        while column is OutboxMessage.position and place(database, most=7):
            pass
        with database.sessions() as session:
            rows = session.execute(
                select(column, OutboxMessage.type).where(column > last).order_by(column)
            ).all()
        seen += [row.type for row in rows]
        last = rows[-1][0] if rows else last


def test_a_reader_who_goes_by_positions_misses_nothing_while_many_write(databases):
    """The control: who goes by ids instead, as they are written, does miss some."""
    written, together = threading.Event(), threading.Barrier(WRITERS)
    seen = {"one": [], "another": [], "by id": []}
    with databases.fresh(connections=2 * WRITERS) as database:
        writers = [
            threading.Thread(target=write, args=(database, number, together))
            for number in range(WRITERS)
        ]
        columns = (OutboxMessage.position, OutboxMessage.position, OutboxMessage.id)
        readers = [
            threading.Thread(target=read, args=(database, column, one, written))
            for column, one in zip(columns, seen.values(), strict=True)
        ]
        for thread in (*readers, *writers):
            thread.start()
        for thread in writers:
            thread.join()
        written.set()
        for thread in readers:
            thread.join()
        positions = sorted(placed(database))

    every = sorted(f"{number}-{turn}" for number in range(WRITERS) for turn in range(EACH))
    assert sorted(seen["one"]) == sorted(seen["another"]) == every
    assert len(seen["by id"]) < len(every)
    assert positions == list(range(1, len(every) + 1))


def test_what_may_not_leave_yet_holds_back_what_came_after_it_of_the_same_case(session):
    case, other = a_case(session), a_case(session)
    feed.place(session, at=NOW)
    later = NOW + timedelta(minutes=30)
    publish(session, Event("run", case), at=NOW, leaves_at=later)
    publish(session, Event("after", case), Event("beside", other), at=NOW)

    assert len(feed.place(session, at=NOW)) == 1
    assert len(feed.place(session, at=later)) == 2

    order = select(OutboxMessage.type).order_by(OutboxMessage.position.desc()).limit(3)
    assert session.scalars(order).all() == ["after", "run", "beside"]


def test_what_has_a_position_is_not_called_back_and_what_is_called_back_gets_none(session):
    case, run = a_case(session), uuid4()
    later = NOW + timedelta(minutes=30)
    publish(session, Event("told", case), at=NOW, run_id=run)
    feed.place(session, at=NOW)
    publish(session, Event("kept", case), at=NOW, leaves_at=later, run_id=run)

    assert recall(session, run_id=run, case_ids=[case], at=NOW) == 1
    assert len(feed.place(session, at=later)) == 0
