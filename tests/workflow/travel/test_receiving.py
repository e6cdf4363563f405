"""How a municipality receives: who meets, and what of the checklist is done."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    booked,
    officer,
    reader,
    udi,
    writer,
)
from workflow.kernel.audit import AuditEntry
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.outbox import OutboxMessage
from workflow.travel import commands, receiving
from workflow.travel.checklist import Duty
from workflow.travel.errors import BookingClosed
from workflow.travel.models import Booking

THEN = NOW + timedelta(days=9)


@pytest.fixture
def here(session):
    return a_municipality(session, decided=20)


@pytest.fixture
def booking_id(session, here):
    return booked(session, a_case(session), here)


@pytest.fixture
def case_id(session, booking_id):
    return session.scalar(select(Booking.case_id).where(Booking.id == booking_id))


def lines(session, case_id, actor):
    found = receiving.checklist_of(session, case_id, actor=actor)
    return {line.duty: line.done_on for line in found.lines}


def test_who_meets_is_said_of_the_travel_as_it_is(session, here, booking_id):
    receiving.meet(session, booking_id, who=" Kari, 900 00 000 ", actor=writer(here), at=THEN)
    said = receiving.meeting(session, booking_id, actor=udi())
    commands.reschedule(
        session,
        booking_id,
        arrives_at=said.at + timedelta(days=40),
        reason="Kansellert",
        actor=udi(),
        at=THEN,
    )
    later = receiving.meeting(session, booking_id, actor=writer(here))
    receiving.meet(session, booking_id, who="Ola", actor=writer(here), at=THEN)
    again = receiving.meeting(session, booking_id, actor=writer(here))

    assert (said.who, said.stands) == ("Kari, 900 00 000", True)
    assert (later.who, later.stands) == ("Kari, 900 00 000", False)
    assert (again.who, again.booking_version, again.stands) == ("Ola", 2, True)


def test_udi_is_told_that_somebody_meets_and_not_who(session, here, booking_id):
    receiving.meet(session, booking_id, who="Kari, 900 00 000", actor=writer(here), at=THEN)

    told = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.position.desc())).first()
    assert told.type == "travel.meeting_confirmed"
    assert told.facts == {"booking_id": str(booking_id), "version": 1}
    assert (entry.action, entry.after) == ("meeting_confirmed", {"version": 1})


@pytest.mark.parametrize("who", ["", "  ", "x" * 201])
def test_somebody_is_to_be_named(session, here, booking_id, who):
    with pytest.raises(Invalid) as refused:
        receiving.meet(session, booking_id, who=who, actor=writer(here), at=THEN)

    assert refused.value.pointer == "/who"


def test_nobody_meets_travel_that_is_off(session, here, booking_id):
    commands.cancel(session, booking_id, reason="Stopp", actor=udi(), at=THEN)

    with pytest.raises(BookingClosed):
        receiving.meet(session, booking_id, who="Kari", actor=writer(here), at=THEN)


def test_the_municipality_itself_receives(session, here, booking_id, case_id):
    for actor, refusal in (
        (officer(), NotAllowed),
        (udi(), NotAllowed),
        (reader(here), NotAllowed),
        (writer(a_municipality(session)), NotFound),
    ):
        with pytest.raises(refusal):
            receiving.meet(session, booking_id, who="Kari", actor=actor, at=THEN)
        with pytest.raises(refusal):
            receiving.mark(session, case_id, Duty.FOOD, done_on=THEN.date(), actor=actor, at=THEN)


def test_a_line_is_done_and_not_done_after_all(session, here, case_id):
    actor = writer(here)
    for done_on in (THEN.date(), THEN.date() - timedelta(days=1), None):
        receiving.mark(session, case_id, Duty.HOME_READY, done_on=done_on, actor=actor, at=THEN)

        assert lines(session, case_id, actor)[Duty.HOME_READY] == done_on
        assert lines(session, case_id, officer())[Duty.HOME_READY] == done_on

    written = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "duty_marked").order_by(AuditEntry.seq)
    ).all()
    assert [entry.after["done_on"] for entry in written] == ["2020-04-10", "2020-04-09", None]


def test_the_same_again_is_written_once(session, here, case_id):
    for _ in range(2):
        receiving.mark(
            session, case_id, Duty.FOOD, done_on=THEN.date(), actor=writer(here), at=THEN
        )

    written = select(AuditEntry).where(AuditEntry.action == "duty_marked")
    assert len(session.scalars(written).all()) == 1


def test_a_day_to_come_is_not_done(session, here, case_id):
    tomorrow = THEN.date() + timedelta(days=1)

    with pytest.raises(Invalid):
        receiving.mark(session, case_id, Duty.FOOD, done_on=tomorrow, actor=writer(here), at=THEN)


def test_there_is_no_list_before_there_is_travel(session, here):
    assert receiving.checklist_of(session, a_case(session), actor=officer()).lines == ()


def test_a_list_of_somebody_elses_case_does_not_exist(session, case_id):
    with pytest.raises(NotFound):
        receiving.checklist_of(session, case_id, actor=writer(a_municipality(session)))
