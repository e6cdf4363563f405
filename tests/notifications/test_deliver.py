"""Every change reaches the offices it concerns, once (R17)."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.deliver import CannotTell, deliver_next, deliver_some, put_off
from notifications.models import Notification
from notifications.queries import mark_all_read, mark_read, notifications, unread_count
from notifications.rules import BY_EVENT, RULES, SWEDISH_RULES, AlarmEvent, Audience
from tests.databases import Database
from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    accepted,
    asked,
    auditor,
    lead,
    officer,
    placed,
    reader,
    udi,
    writer,
)
from workflow.accommodation.events import AccommodationEvent
from workflow.allocation.events import AllocationEvent
from workflow.approvals.events import ApprovalEvent
from workflow.capacity.events import CapacityEvent
from workflow.cases.events import CaseEvent
from workflow.kernel.errors import NotFound
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.redistribution import withdrawal_runs
from workflow.reforms.events import ReformEvent
from workflow.reports.events import ReportEvent
from workflow.travel.events import TravelEvent
from workflow.vacancies.events import VacancyEvent

LATER = NOW + timedelta(days=10)


def deliver_all(session: Session, *, at=LATER) -> int:  # type: ignore[no-untyped-def]
    count = 0
    while deliver_next(session, at=at):
        count += 1
    return count


def messages(session: Session, actor) -> list[str]:  # type: ignore[no-untyped-def]
    return [line.message for line in notifications(session, actor=actor)]


def test_a_question_reaches_the_municipality_and_its_answer_imdi(session: Session) -> None:
    here, elsewhere = a_municipality(session, decided=10), a_municipality(session, decided=10)
    accepted(session, a_case(session), here)

    deliver_all(session)

    assert messages(session, reader(here)) == ["asked"]
    assert messages(session, reader(elsewhere)) == []
    assert messages(session, lead()) == ["accepted"]
    assert messages(session, udi()) == []
    assert messages(session, auditor()) == []


def test_a_municipality_that_lost_the_case_still_hears_that_it_was_withdrawn(
    session: Session,
) -> None:
    here = a_municipality(session, decided=10)
    case = a_case(session)
    placed(session, case, here)
    run = withdrawal_runs.preview(
        session,
        before=NOW.date() + timedelta(days=2),
        reason="stengt grense",
        legal_ground="conditions_failed",
        actor=officer(),
        at=NOW + timedelta(days=3),
    )
    withdrawal_runs.confirm(
        session,
        run.id,
        run.token,
        actor=officer(),
        at=NOW + timedelta(days=3),
        undo_window=timedelta(minutes=30),
    )

    deliver_all(session, at=NOW + timedelta(days=3, minutes=29))
    assert "withdrawn" not in messages(session, writer(here)), "it waits in the undo window"

    deliver_all(session, at=NOW + timedelta(days=3, minutes=30))
    first = notifications(session, actor=writer(here))[0]
    assert (first.message, first.case_id) == ("withdrawn", case)
    assert first.distribution_id is not None


def test_taken_once_told_once(session: Session) -> None:
    here = a_municipality(session, decided=10)
    asked(session, a_case(session), here)

    assert deliver_all(session) == 2
    assert deliver_all(session) == 0
    assert len(session.scalars(select(Notification)).all()) == 1


def test_two_workers_share_the_work_and_nothing_is_told_twice(committed: Database) -> None:
    with committed.sessions() as session, session.begin():
        here = a_municipality(session, decided=20)
        for _ in range(4):
            asked(session, a_case(session), here)

    with committed.sessions() as one, committed.sessions() as other:
        with one.begin(), other.begin():
            assert deliver_next(one, at=LATER)
            assert deliver_next(other, at=LATER), (
                "the second passes over what the first has in hand"
            )
        with one.begin():
            left = deliver_all(one)

    with committed.sessions() as session:
        assert left == 6
        assert messages(session, writer(here)) == ["asked"] * 4


def test_a_worker_that_dies_leaves_its_message_to_the_next(committed: Database) -> None:
    with committed.sessions() as session, session.begin():
        here = a_municipality(session, decided=20)
        asked(session, a_case(session), here)

    with committed.sessions() as dying:
        deliver_all(dying)
        dying.rollback()

    with committed.sessions() as next_one, next_one.begin():
        deliver_all(next_one)
        assert messages(next_one, writer(here)) == ["asked"]


def test_what_one_has_read_the_office_has_read(session: Session) -> None:
    here = a_municipality(session, decided=10)
    asked(session, a_case(session), here)
    deliver_all(session)
    line = notifications(session, actor=writer(here))[0]
    assert unread_count(session, actor=reader(here)) == 1

    mark_read(session, line.id, actor=writer(here), at=LATER)
    mark_read(session, line.id, actor=reader(here), at=LATER + timedelta(days=1))

    assert unread_count(session, actor=reader(here)) == 0
    read = notifications(session, actor=reader(here))[0]
    assert (read.read_at, read.read_by) == (LATER, writer(here).name)


def test_another_offices_notification_does_not_exist(session: Session) -> None:
    here, elsewhere = a_municipality(session, decided=10), a_municipality(session, decided=10)
    asked(session, a_case(session), here)
    deliver_all(session)
    line = notifications(session, actor=writer(here))[0]

    with pytest.raises(NotFound):
        mark_read(session, line.id, actor=writer(elsewhere), at=LATER)


def test_an_event_without_a_municipality_is_not_told_to_one(session: Session) -> None:
    publish(session, Event(CaseEvent.LAPSED), at=NOW)

    deliver_all(session)

    audiences = session.scalars(select(Notification.audience)).all()
    assert list(audiences) == [Audience.UDI]


def test_every_rule_is_of_an_event_that_exists_and_listed_once() -> None:
    events = {*CaseEvent, *TravelEvent, *ReformEvent, *ApprovalEvent, *AlarmEvent, *VacancyEvent}
    events |= {*CapacityEvent, *AllocationEvent, *AccommodationEvent, *ReportEvent}

    assert {rule.event for rule in (*RULES, *SWEDISH_RULES)} <= events
    assert len(BY_EVENT) == len(RULES) + len(SWEDISH_RULES)


def test_many_are_told_at_once_of_each_case_the_first_and_one_that_cannot_be_holds_up_no_other(
    session: Session,
):
    here = a_municipality(session, decided=20)
    first, second = a_case(session), a_case(session)
    deliver_all(session)
    publish(
        session,
        Event(TravelEvent.BOOKED, first, here),
        Event(TravelEvent.CANCELLED, first, here),
        Event(ApprovalEvent.APPROVED, second, here),  # names nobody
        Event(TravelEvent.BOOKED, None, here),
        at=NOW,
    )

    with pytest.raises(CannotTell) as fault, session.begin_nested():
        deliver_some(session, at=LATER, most=100)
    put_off(session, fault.value.event_id, "KeyError", at=LATER)
    rounds = [[one.type for one in deliver_some(session, at=LATER, most=100)] for _ in range(3)]

    assert rounds == [[TravelEvent.BOOKED, TravelEvent.BOOKED], [TravelEvent.CANCELLED], []]


def test_an_office_reads_all_that_was_shown_and_not_what_has_come_since(session: Session):
    here, there = a_municipality(session, decided=20), a_municipality(session, decided=20)
    for place in (here, here, there):
        asked(session, a_case(session), place)
    deliver_all(session)
    until = notifications(session, actor=writer(here))[0].id
    asked(session, a_case(session), here)
    deliver_all(session)

    read = mark_all_read(session, until, actor=writer(here), at=LATER)
    again = mark_all_read(session, until, actor=writer(here), at=LATER)

    assert (read, again) == (2, 0)
    assert unread_count(session, actor=writer(here)) == 1
    assert unread_count(session, actor=writer(there)) == 1
