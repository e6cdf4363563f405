"""The worker tells everything once, does daily work once a day, and ends when it is told to."""

import logging
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.exc import OperationalError

from app import clock, worker
from app.db import transaction
from app.models import ScheduledWork
from app.settings import Settings
from notifications.models import Notification
from tests.factories import a_case, a_municipality, a_vacancy, asked, lead
from workflow.kernel.outbox import OutboxMessage
from workflow.kernel.weeks import Week
from workflow.redistribution import withdrawal_runs
from workflow.vacancies.models import Vacancy
from workflow.vacancies.states import VacancyState

NOON = datetime(2020, 4, 1, 12, tzinfo=UTC)
SETTINGS = Settings(vacancy_weeks=8)


@pytest.fixture
def at(committed):
    """`at(moment)` sets the clock the worker reads."""

    def choose(moment):
        with transaction(committed.sessions) as session:
            clock.set_clock(session, moment)

    choose(NOON)
    return choose


def questions(committed, count):
    """So many cases put to one municipality; each is two events, and one of them a notice."""
    with transaction(committed.sessions) as session:
        here = a_municipality(session, decided=4 * count)
        for _ in range(count):
            asked(session, a_case(session, name="Amina Test-Hassan"), here)


def told(committed):
    with committed.sessions() as session:
        return list(session.scalars(select(Notification.outbox_id)))


def test_everything_that_waits_is_told(committed, at):
    questions(committed, 3)

    done = worker.work(committed.sessions, SETTINGS)

    with committed.sessions() as session:
        waiting = select(func.count()).where(OutboxMessage.taken_at.is_(None))
        assert session.scalar(waiting) == 0
    assert done == 6 + len(worker.DAILY)
    assert len(told(committed)) == 3
    assert worker.work(committed.sessions, SETTINGS) == 0


def test_several_workers_tell_each_event_once(committed, at):
    questions(committed, 15)
    together = threading.Barrier(4)
    counts = []

    def one():
        together.wait()
        counts.append(worker.work(committed.sessions, SETTINGS))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(counts) == 30 + len(worker.DAILY)
    assert len(told(committed)) == len(set(told(committed))) == 15


def test_a_worker_killed_in_an_event_leaves_it_to_the_next(committed, at, monkeypatch):
    questions(committed, 1)
    worker.work(committed.sessions, SETTINGS)
    questions(committed, 1)
    real = worker.deliver_some

    def killed(session, *, at, most):
        real(session, at=at, most=most)
        raise KeyboardInterrupt

    monkeypatch.setattr(worker, "deliver_some", killed)
    with pytest.raises(KeyboardInterrupt):
        worker.work(committed.sessions, SETTINGS)
    monkeypatch.setattr(worker, "deliver_some", real)

    assert worker.work(committed.sessions, SETTINGS) == 2
    assert len(told(committed)) == 2


def test_a_runs_notices_wait_by_the_demonstrations_clock(committed, at):
    questions(committed, 1)
    tomorrow = NOON + timedelta(days=1)
    with transaction(committed.sessions) as session:
        run = withdrawal_runs.preview(
            session,
            before=tomorrow.date(),
            reason="Grensen er stengt",
            legal_ground=None,
            actor=lead(),
            at=tomorrow,
        )
        window = timedelta(minutes=30)
        withdrawal_runs.confirm(
            session, run.id, run.token, actor=lead(), at=tomorrow, undo_window=window
        )

    at(tomorrow + timedelta(minutes=29))
    worker.work(committed.sessions, SETTINGS)
    within = len(told(committed))
    at(tomorrow + timedelta(minutes=31))
    worker.work(committed.sessions, SETTINGS)

    assert within == 1
    assert len(told(committed)) > within


def test_a_home_nobody_took_expires_once_whoever_looks(committed, at):
    with transaction(committed.sessions) as session:
        home = a_vacancy(session, a_municipality(session), week=Week(2020, 14))
    for_eight_weeks = datetime(2020, 5, 29, 12, tzinfo=UTC)

    at(for_eight_weeks)
    worker.work(committed.sessions, SETTINGS)
    with committed.sessions() as session:
        kept = session.scalar(select(Vacancy.state).where(Vacancy.id == home))
    at(for_eight_weeks + timedelta(days=7))
    done = [worker.work(committed.sessions, SETTINGS) for _ in range(3)]

    with committed.sessions() as session:
        assert session.scalar(select(Vacancy.state).where(Vacancy.id == home)) == "expired"
        events = select(func.count()).where(OutboxMessage.type == "vacancy.expired")
        assert session.scalar(events) == 1
    assert kept is VacancyState.OPEN
    assert done[1:] == [0, 0]


def test_daily_work_is_due_again_early_the_next_morning(committed, at):
    assert worker.work(committed.sessions, SETTINGS) == len(worker.DAILY)

    with committed.sessions() as session:
        due = session.scalars(select(ScheduledWork.due_at)).all()
    at_three, at_seven = (datetime(2020, 4, 2, hour, tzinfo=UTC) for hour in (1, 5))  # in Norway
    assert set(due) == {at_three, at_seven}

    at(at_three - timedelta(minutes=1))
    assert worker.work(committed.sessions, SETTINGS) == 0
    at(at_three + timedelta(minutes=1))
    assert worker.work(committed.sessions, SETTINGS) == due.count(at_three)
    at(at_seven + timedelta(minutes=1))
    assert worker.work(committed.sessions, SETTINGS) == due.count(at_seven)


def test_daily_work_another_worker_has_in_hand_is_passed_over(committed, at):
    with transaction(committed.sessions) as session:
        session.execute(
            insert(ScheduledWork), [{"name": one.name, "due_at": NOON} for one in worker.DAILY]
        )

    with committed.sessions() as other:
        other.scalars(select(ScheduledWork).with_for_update()).all()
        assert worker.work(committed.sessions, SETTINGS) == 0

    assert worker.work(committed.sessions, SETTINGS) == len(worker.DAILY)


def test_the_log_says_what_happened_to_which_case_and_no_name(committed, at, caplog):
    questions(committed, 1)

    with caplog.at_level(logging.INFO, logger="app.worker"):
        worker.work(committed.sessions, SETTINGS)

    with committed.sessions() as session:
        message = session.scalars(
            select(OutboxMessage).where(OutboxMessage.type == "case.distributed")
        ).one()
    assert f"case.distributed: event {message.id}, case {message.case_id}" in caplog.messages
    assert "Hassan" not in caplog.text


def test_it_outlives_a_database_that_is_away_and_ends_when_told(committed, at, monkeypatch, caplog):
    questions(committed, 1)
    monkeypatch.setattr(worker, "GLANCE", 0.01)
    stop, real, calls = threading.Event(), worker.work, []

    def sometimes(*arguments, **options):
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("SELECT name FROM persons", {}, Exception("gone"))
        return real(*arguments, **options)

    monkeypatch.setattr(worker, "work", sometimes)
    thread = threading.Thread(
        target=worker.run, args=(committed.sessions, SETTINGS), kwargs={"stop": stop}
    )
    thread.start()
    deadline = datetime.now(UTC) + timedelta(seconds=20)
    while not told(committed) and datetime.now(UTC) < deadline:
        stop.wait(0.02)
    stop.set()
    thread.join(10)

    assert not thread.is_alive()
    assert len(told(committed)) == 1
    assert "OperationalError" in caplog.text
    assert "persons" not in caplog.text
