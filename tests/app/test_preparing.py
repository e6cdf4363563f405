"""The worker makes previews: told as they go, ended by a stop, taken up by the next."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from app import preparing as worker
from app.clock import machine_time
from app.db import transaction
from tests.factories import NOW, a_municipality, lead, officer
from tests.workflow.at_once import at_once
from tests.workflow.redistribution.withdrawn import withdrawn
from workflow.redistribution import codes, preparing, redistribution_runs
from workflow.redistribution.models import Run, RunPreparation
from workflow.redistribution.states import PreparationState as State


@pytest.fixture
def asked(committed):
    """A preview of two withdrawn cases, waiting for a worker."""
    with transaction(committed.sessions) as session:
        here = a_municipality(session, decided=20)
        cases = [withdrawn(session, here) for _ in range(2)]
        return preparing.prepare(session, case_ids=cases, actor=officer(), at=NOW)


@pytest.fixture
def stands(committed, asked):
    def now():
        with committed.sessions() as session:
            seen = preparing.one(session, asked, actor=lead())
            runs = session.scalar(select(func.count()).select_from(Run))
            return seen, runs

    return now


@pytest.fixture
def in_the_middle(monkeypatch):
    """`in_the_middle(do)` happens once, while a preview is planned."""

    def put(do):
        planned, waiting = redistribution_runs.plan_run, [do]

        def plan_run(rules, basis, progress):
            if waiting:
                waiting.pop()()
            progress("placing", 0.5)
            return planned(rules, basis, progress)

        monkeypatch.setattr(redistribution_runs, "plan_run", plan_run)

    return put


def test_a_preview_is_made_in_the_name_of_who_asked(committed, stands):
    assert worker.prepare_next(committed.sessions)

    seen, runs = stands()
    assert (seen.state, runs) == (State.DONE, 1)
    with committed.sessions() as session:
        run = session.get_one(Run, seen.run_id)
        assert (run.actor, run.counts["cases"]) == (officer().name, 2)
    assert not worker.prepare_next(committed.sessions)


def test_how_far_it_has_come_is_seen_by_others_meanwhile(committed, stands, in_the_middle):
    seen = []
    in_the_middle(lambda: seen.append(stands()[0]))

    worker.prepare_next(committed.sessions)

    assert [(one.state, one.part) for one in seen] == [(State.WORKING, "placing")]


def test_what_is_stopped_in_the_middle_leaves_no_run(committed, asked, stands, in_the_middle):
    def stop():
        with transaction(committed.sessions) as session:
            preparing.stop(session, asked, actor=lead(), at=NOW)

    in_the_middle(stop)

    assert worker.prepare_next(committed.sessions)

    seen, runs = stands()
    assert (seen.state, runs) == (State.STOPPED, 0)


def test_a_worker_that_is_to_end_leaves_it_to_the_next(committed, stands, in_the_middle):
    ending = threading.Event()
    in_the_middle(ending.set)

    worker.prepare_next(committed.sessions, stop=ending)

    seen, runs = stands()
    assert (seen.state, runs) == (State.WAITING, 0)
    worker.prepare_next(committed.sessions)
    assert stands()[0].state is State.DONE


def test_what_a_killed_worker_had_is_made_by_another_once_its_lease_is_over(
    committed, stands, in_the_middle, monkeypatch
):
    def killed():
        raise KeyboardInterrupt

    in_the_middle(killed)
    with pytest.raises(KeyboardInterrupt):
        worker.prepare_next(committed.sessions)
    assert stands()[0].state is State.WORKING
    assert not worker.prepare_next(committed.sessions)

    later = machine_time() + worker.LEASE + timedelta(seconds=1)
    monkeypatch.setattr(worker, "machine_time", lambda: later)
    worker.prepare_next(committed.sessions)

    seen, runs = stands()
    assert (seen.state, runs) == (State.DONE, 1)


def test_a_fault_of_ours_is_told_and_logged(committed, stands, in_the_middle, caplog):
    def fails():
        raise RuntimeError("no such plan")

    in_the_middle(fails)

    assert worker.prepare_next(committed.sessions)

    seen, runs = stands()
    assert (seen.state, seen.code, runs) == (State.FAILED, codes.PREPARATION_FAILED, 0)
    assert "no such plan" in caplog.text


def test_a_refusal_is_told_by_its_code(committed, stands):
    with transaction(committed.sessions) as session:
        nobody = {"case_ids": [], "year": None, "method": None, "band": None}
        session.execute(update(RunPreparation).values(asked=nobody))

    worker.prepare_next(committed.sessions)

    seen, _ = stands()
    assert (seen.state, seen.code) == (State.FAILED, "input.invalid")


def test_two_workers_make_one_preview(committed, stands):
    at_once(committed.sessions, *[lambda _: worker.prepare_next(committed.sessions)] * 2)

    seen, runs = stands()
    assert (seen.state, runs) == (State.DONE, 1)


def test_stopped_as_it_ends_it_is_either_stopped_or_done(committed, asked, stands):
    at_once(
        committed.sessions,
        lambda _: worker.prepare_next(committed.sessions),
        lambda session: preparing.stop(session, asked, actor=lead(), at=NOW),
    )

    seen, runs = stands()
    assert (seen.state, runs) in {(State.STOPPED, 0), (State.DONE, 1)}


def test_it_goes_on_by_itself_until_it_is_told_to_end(committed, stands, monkeypatch):
    monkeypatch.setattr(worker, "GLANCE", 0.01)
    done = threading.Event()
    made = redistribution_runs.preview

    def preview(*args, **given):
        done.set()
        return made(*args, **given)

    monkeypatch.setattr(redistribution_runs, "preview", preview)
    stop = threading.Event()

    with worker.keeps_preparing(committed.sessions, stop=stop):
        assert done.wait(20)

    assert stop.is_set()
    assert stands()[0].state in {State.DONE, State.WAITING}
