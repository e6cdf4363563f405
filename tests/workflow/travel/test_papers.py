"""Papers of travel hold 90 days; the travel lies inside them, and the queue is ordered by them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    an_airport,
    booked,
    officer,
    placed,
    udi,
    writer,
)
from workflow.cases import history
from workflow.cases.models import Case
from workflow.cases.states import Group
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.outbox import OutboxMessage
from workflow.travel import commands, worklists
from workflow.travel.errors import ArrivesAfterPapers, NothingToTravelFor
from workflow.travel.papers import record_papers
from workflow.travel.seen import RunsOut

LATER = NOW + timedelta(days=4)
ISSUED = date(2020, 3, 1)


def record(session, case_id, *, issued_on=ISSUED, **changes):
    how = {"actor": udi(), "at": LATER} | changes
    return record_papers(session, case_id, issued_on=issued_on, **how)


def test_papers_hold_ninety_days_and_the_travel_lies_inside_them(session):
    an_airport(session)
    here = a_municipality(session, decided=10)
    case_id = a_case(session)
    placed(session, case_id, here)

    record(session, case_id)

    assert session.scalar(select(Case.papers_expire_on)) == date(2020, 5, 30)
    with pytest.raises(ArrivesAfterPapers) as told:
        commands.book(
            session,
            case_id,
            arrival_airport="TRD",
            arrives_at=datetime(2020, 6, 9, 11, tzinfo=UTC),
            actor=udi(),
            at=LATER,
        )
    assert told.value.facts == {"arrives_on": "2020-06-09", "papers_expire_on": "2020-05-30"}


def test_new_papers_take_the_place_of_the_old_and_history_keeps_both(session):
    here = a_municipality(session, decided=10)
    case_id = a_case(session)
    placed(session, case_id, here)

    record(session, case_id)
    record(session, case_id, issued_on=date(2020, 4, 2), expires_on=date(2020, 8, 1))

    steps = [
        step
        for step in history.history(session, case_id, actor=officer())
        if step.trigger == "record_papers"
    ]
    assert [step.facts for step in steps] == [
        {"issued_on": "2020-03-01", "expires_on": "2020-05-30", "before": None},
        {"issued_on": "2020-04-02", "expires_on": "2020-08-01", "before": "2020-05-30"},
    ]
    told = session.scalars(
        select(OutboxMessage.facts).where(OutboxMessage.type == "travel.papers_recorded")
    ).all()
    assert told[-1]["expires_on"] == "2020-08-01"


def test_the_queue_is_ordered_by_what_runs_out_first(session):
    here = a_municipality(session, decided=20)
    by_week, by_papers = a_case(session), a_case(session)
    for case_id in (by_week, by_papers):
        placed(session, case_id, here)
    record(session, by_papers)

    found = worklists.queue(session, actor=udi(), at=LATER).items

    assert [(item.case_id, item.runs_out, item.runs_out_on) for item in found] == [
        (by_papers, RunsOut.PAPERS, date(2020, 5, 30)),
        (by_week, RunsOut.WEEK, date(2020, 6, 14)),
    ]
    assert found[0].papers_expire_on == date(2020, 5, 30)


@pytest.mark.parametrize("actor", [officer(), writer(1)])
def test_papers_are_udis(session, actor):
    here = a_municipality(session, decided=10)
    case_id = a_case(session)
    placed(session, case_id, here)
    acting = actor if not actor.is_municipality else writer(here)

    with pytest.raises(NotAllowed):
        record(session, case_id, actor=acting)


@pytest.mark.parametrize(
    "wrong", [{"issued_on": date(2021, 1, 1)}, {"expires_on": ISSUED - timedelta(days=1)}]
)
def test_days_that_cannot_be_are_refused(session, wrong):
    here = a_municipality(session, decided=10)
    case_id = a_case(session)
    placed(session, case_id, here)

    with pytest.raises(Invalid):
        record(session, case_id, **wrong)


def test_who_does_not_come_from_abroad_or_has_come_has_none(session):
    an_airport(session)
    here = a_municipality(session, decided=10)
    centre = a_case(session, group=Group.RECEPTION_CENTRE, entry=None, reception_centre="Dale")
    come = a_case(session)
    booked(session, come, here)
    commands.arrive(
        session,
        come,
        arrived_at=datetime(2020, 6, 9, 12, tzinfo=UTC),
        actor=udi(),
        at=datetime(2020, 6, 9, 13, tzinfo=UTC),
    )

    with pytest.raises(NothingToTravelFor):
        record(session, come, at=datetime(2020, 6, 10, tzinfo=UTC))
    with pytest.raises(NotFound):  # UDI sees those it books for
        record(session, centre)
