"""A preview made beside the request: one worker's at a time, lost with it, stopped by who waits."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from tests.factories import NOW, a_municipality, auditor, lead, officer, writer
from tests.workflow.redistribution.withdrawn import preview, withdrawn
from workflow.kernel.actor import Actor, Delegator, Role
from workflow.kernel.audit import AuditEntry
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.planning.rule_sets import Method
from workflow.redistribution import codes, preparing
from workflow.redistribution.errors import NoScores
from workflow.redistribution.preparing import ATTEMPTS, Lost
from workflow.redistribution.states import PreparationState as State

LEASE = timedelta(seconds=60)


def asked_for(session, **given):
    return preparing.prepare(session, **({"case_ids": None, "actor": officer(), "at": NOW} | given))


def taken(session, *, now=NOW):
    return preparing.take(session, lease=LEASE, now=now, at=NOW)


def state(session, preparation_id):
    session.expire_all()
    return preparing.one(session, preparation_id, actor=auditor()).state


def test_a_worker_gets_what_was_asked_for_and_by_whom(session):
    here = a_municipality(session, decided=20)
    cases = [withdrawn(session, here) for _ in range(2)]
    kari = Actor("Kari for Ola", Role.LEAD, user_id=7, acting_for=Delegator(8, "Ola"))
    asked = asked_for(session, case_ids=cases, year=2020, method=Method.BALANCED, actor=kari)

    made = taken(session)

    assert (made.id, made.attempt, made.actor) == (asked, 1, kari)
    assert (made.case_ids, made.year, made.method, made.band) == (
        cases,
        2020,
        Method.BALANCED,
        None,
    )
    assert preparing.one(session, asked, actor=officer()).cases == 2


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"year": 2019}, Invalid),
        ({"case_ids": []}, Invalid),
        ({"method": Method.SCORE}, NoScores),
        ({"actor": auditor()}, NotAllowed),
    ],
)
def test_what_can_be_seen_to_be_wrong_is_said_at_once(session, wrong, refusal):
    with pytest.raises(refusal):
        asked_for(session, **wrong)

    assert preparing.under_way(session, actor=lead()) == []


def test_a_case_that_is_not_there_is_said_at_once(session):
    with pytest.raises(NotFound):
        asked_for(session, case_ids=[uuid4()])


def test_the_oldest_is_taken_first_and_nothing_twice(session):
    first = asked_for(session)
    second = asked_for(session, at=NOW + timedelta(minutes=1))

    found = [taken(session) for _ in range(3)]

    assert [one and one.id for one in found] == [first, second, None]


def test_how_far_it_has_come_is_told_and_its_lease_lasts_anew(session):
    asked = asked_for(session)
    mine = taken(session)

    preparing.tell(session, mine, "evening out", 0.4216, lease=LEASE, now=NOW + LEASE)

    seen = preparing.one(session, asked, actor=officer())
    assert (seen.state, seen.part, float(seen.done)) == (State.WORKING, "evening out", 0.422)
    assert taken(session, now=NOW + LEASE * 1.5) is None


def test_what_a_lost_worker_had_is_anothers_and_the_lost_one_writes_nothing(session):
    asked = asked_for(session)
    lost = taken(session)

    another = taken(session, now=NOW + 2 * LEASE)

    assert (another.id, another.attempt) == (asked, 2)
    with pytest.raises(Lost):
        preparing.tell(session, lost, "placing", 0, lease=LEASE, now=NOW)
    with pytest.raises(Lost):
        preparing.finish(session, lost, preview(session).id, at=NOW)
    preparing.fail(session, lost, "internal", "", at=NOW)
    assert state(session, asked) is State.WORKING


def test_it_is_given_up_when_it_has_been_lost_often_enough(session):
    asked = asked_for(session)
    for attempt in range(ATTEMPTS):
        assert taken(session, now=NOW + 2 * attempt * LEASE).attempt == attempt + 1

    assert taken(session, now=NOW + 2 * ATTEMPTS * LEASE) is None

    seen = preparing.one(session, asked, actor=officer())
    assert (seen.state, seen.code) == (State.FAILED, codes.PREPARATION_GIVEN_UP)


def test_a_worker_that_ends_puts_back_what_it_had_and_it_was_no_attempt(session):
    asked = asked_for(session)

    preparing.put_back(session, taken(session))

    assert state(session, asked) is State.WAITING
    assert taken(session).attempt == 1


@pytest.mark.parametrize("at_work", [False, True], ids=["waiting", "at work"])
def test_what_is_stopped_is_nobodys(session, at_work):
    asked = asked_for(session)
    mine = taken(session) if at_work else None

    preparing.stop(session, asked, actor=officer(), at=NOW)
    preparing.stop(session, asked, actor=lead(), at=NOW)

    assert state(session, asked) is State.STOPPED
    assert taken(session, now=NOW + 2 * LEASE) is None
    if mine:
        with pytest.raises(Lost):
            preparing.finish(session, mine, preview(session).id, at=NOW)
    stops = select(func.count()).where(AuditEntry.action == "preview_stopped")
    assert session.scalar(stops) == 1


def test_what_is_done_is_stopped_no_more(session):
    asked = asked_for(session)
    run = preview(session)
    preparing.finish(session, taken(session), run.id, at=NOW)

    preparing.stop(session, asked, actor=officer(), at=NOW)

    seen = preparing.one(session, asked, actor=auditor())
    assert (seen.state, seen.run_id, seen.ended_at) == (State.DONE, run.id, NOW)


def test_who_reads_no_runs_sees_none_and_stops_none(session):
    asked = asked_for(session)
    stranger = writer(a_municipality(session))

    assert preparing.under_way(session, actor=stranger) == []
    with pytest.raises(NotFound):
        preparing.one(session, asked, actor=stranger)
    for actor in (stranger, auditor()):
        with pytest.raises(NotAllowed):
            preparing.stop(session, asked, actor=actor, at=NOW)
    assert [one.id for one in preparing.under_way(session, actor=auditor())] == [asked]
