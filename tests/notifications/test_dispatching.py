"""When a message leaves, and what becomes of one that does not."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from notifications import choosing, digests, dispatching
from notifications.deliver import put_off
from notifications.errors import NotDead
from notifications.models import Dispatch, Notification
from notifications.queries import mark_read, notifications
from notifications.states import DispatchState, Language, Timing, Topic, Way
from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    accepted,
    administrator,
    asked,
    auditor,
    lead,
    reader,
    udi,
    writer,
)
from tests.notifications.telling import LEASE, leaving, post_office, states, tell
from workflow.cases.models import Case, Distribution
from workflow.cases.states import Protection
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotAllowed
from workflow.kernel.events import Event
from workflow.kernel.outbox import OutboxMessage, publish
from workflow.travel.events import TravelEvent


def test_a_question_goes_to_the_post_office_where_nobody_is_chosen(session):
    here = a_municipality(session, decided=10)
    post_office(session, here)
    asked(session, a_case(session), here)

    tell(session)

    (one,) = leaving(session)
    assert (one.address, one.topic) == ("post@kommune.example", Topic.REQUESTS)
    assert leaving(session) == []


def test_who_is_chosen_for_the_topic_comes_instead_of_the_post_office(session):
    here = a_municipality(session, decided=10)
    post_office(session, here)
    choosing.choose(
        session,
        here,
        topic=Topic.REQUESTS,
        address="flyktning@kommune.example",
        language=Language.EN,
        actor=writer(here),
        at=NOW,
    )
    asked(session, a_case(session), here)

    tell(session)

    (one,) = leaving(session)
    assert (one.address, one.language) == ("flyktning@kommune.example", Language.EN)


def test_an_sms_is_sent_beside_the_post_office_and_not_instead(session):
    here = a_municipality(session, decided=10)
    post_office(session, here)
    choosing.choose(
        session,
        here,
        topic=Topic.REQUESTS,
        address="+47 912 34 567",
        channel=choosing.Channel.SMS,
        actor=writer(here),
        at=NOW,
    )
    asked(session, a_case(session), here)

    tell(session)

    assert [one.address for one in leaving(session, way=Way.SMS)] == ["+4791234567"]
    assert [one.address for one in leaving(session)] == ["post@kommune.example"]


def test_what_has_been_answered_meanwhile_does_not_leave(session):
    here = a_municipality(session, decided=10)
    post_office(session, here)
    case = a_case(session)
    asked(session, case, here)
    tell(session)
    session.execute(update(Distribution).values(state="accepted"))

    assert leaving(session) == []
    assert states(session) == [DispatchState.OBSOLETE]


def test_of_a_case_protected_meanwhile_nothing_leaves(session):
    here = a_municipality(session, decided=10)
    post_office(session, here)
    asked(session, a_case(session), here)
    tell(session)
    session.execute(update(Case).values(address_protection=Protection.CONFIDENTIAL))

    assert leaving(session) == []


def test_who_no_longer_wants_it_does_not_get_what_waits(session):
    here = a_municipality(session, decided=10)
    number = post_office(session, here)
    asked(session, a_case(session), here)
    tell(session)
    choosing.end(session, number, actor=writer(here), at=NOW)

    assert leaving(session) == []


def test_to_one_address_messages_go_in_their_order(session):
    here, there = a_municipality(session, decided=10), a_municipality(session, decided=10)
    post_office(session, here)
    post_office(session, there, "post@der.example")
    for municipality in (here, here, there):
        asked(session, a_case(session), municipality)
    tell(session)

    first = dispatching.claim(session, Way.EMAIL, lease=LEASE, at=NOW)
    second = dispatching.claim(session, Way.EMAIL, lease=LEASE, at=NOW)

    assert first is not None
    assert second is not None
    assert (first.address, second.address) == ("post@kommune.example", "post@der.example")
    assert dispatching.claim(session, Way.EMAIL, lease=LEASE, at=NOW) is None


def test_a_claim_that_runs_out_is_somebody_elses_with_the_same_id(session):
    here = a_municipality(session, decided=10)
    post_office(session, here)
    asked(session, a_case(session), here)
    tell(session)
    first = dispatching.claim(session, Way.EMAIL, lease=LEASE, at=NOW)

    assert dispatching.claim(session, Way.EMAIL, lease=LEASE, at=NOW + LEASE / 2) is None
    again = dispatching.claim(session, Way.EMAIL, lease=LEASE, at=NOW + LEASE)

    assert again == first


def test_the_wait_doubles_and_varies_until_a_person_has_to_look(session):
    here = a_municipality(session, decided=10)
    post_office(session, here)
    asked(session, a_case(session), here)
    tell(session)
    at = NOW

    for tried in range(1, dispatching.MOST_TRIES + 1):
        one = dispatching.claim(session, Way.EMAIL, lease=LEASE, at=at)
        assert one is not None, tried
        dispatching.failed(session, one.id, "email.away", at=at)
        row = session.get_one(Dispatch, one.id, populate_existing=True)
        usual = min(dispatching.FIRST_WAIT * 2 ** (tried - 1), dispatching.LONGEST_WAIT)
        assert 0.5 * usual <= row.next_try_at - at <= 1.5 * usual
        at = row.next_try_at

    assert row.state is DispatchState.DEAD
    assert dispatching.claim(session, Way.EMAIL, lease=LEASE, at=at + timedelta(days=1)) is None


def test_a_dead_letter_is_sent_again_by_who_looks_after_them(session):
    here = a_municipality(session, decided=10)
    post_office(session, here)
    asked(session, a_case(session), here)
    tell(session)
    one = dispatching.claim(session, Way.EMAIL, lease=LEASE, at=NOW)
    assert one is not None
    dispatching.failed(session, one.id, "email.recipient_refused", final=True, at=NOW)

    with pytest.raises(NotAllowed):
        dispatching.retry(session, one.id, actor=writer(here), at=NOW)
    dispatching.retry(session, one.id, actor=administrator(), at=NOW)
    with pytest.raises(NotDead):
        dispatching.retry(session, one.id, actor=administrator(), at=NOW)

    assert [again.id for again in leaving(session)] == [one.id]
    assert leaving(session) == []


def test_each_sees_the_deliveries_that_are_its_own(session):
    here, there = a_municipality(session, decided=10), a_municipality(session, decided=10)
    post_office(session, here)
    asked(session, a_case(session), here)
    tell(session)

    def seen(actor: Actor) -> int:
        return len(dispatching.newest(session, actor=actor))

    assert [seen(actor) for actor in (lead(), auditor(), administrator(), writer(here))] == [1] * 4
    assert seen(writer(there)) == 0
    with pytest.raises(NotAllowed):
        seen(udi())


def test_the_days_digest_counts_what_nobody_has_read(session):
    here = a_municipality(session, decided=10)
    choosing.choose(
        session,
        here,
        topic=Topic.TRAVEL,
        address="reise@kommune.example",
        timing=Timing.DAILY,
        actor=writer(here),
        at=NOW,
    )
    case = a_case(session)
    publish(session, *[Event(TravelEvent.BOOKED, case, here) for _ in range(3)], at=NOW)
    tell(session)
    newest = notifications(session, actor=reader(here))[0]
    mark_read(session, newest.id, actor=reader(here), at=NOW)

    assert leaving(session) == []
    assert digests.gather(session, at=NOW) == 1
    assert digests.gather(session, at=NOW) == 0

    (one,) = leaving(session)
    assert (one.topic, one.counts) == (None, {Topic.TRAVEL: 2})


def test_a_digest_about_what_has_been_read_meanwhile_does_not_leave(session):
    here = a_municipality(session, decided=10)
    post_office(session, here)
    accepted(session, a_case(session), here)
    publish(session, Event("case.placed", None, here), at=NOW)
    tell(session)
    leaving(session)
    assert digests.gather(session, at=NOW) == 1
    session.execute(update(Notification).values(read_at=NOW, read_by="Kari"))

    assert leaving(session) == []


def test_of_one_case_an_event_waits_for_those_before_it(session):
    here = a_municipality(session, decided=10)
    case, other = a_case(session), a_case(session)
    tell(session)
    publish(session, Event(TravelEvent.BOOKED, case, here), at=NOW)
    publish(session, Event(TravelEvent.CANCELLED, case, here), at=NOW)
    publish(session, Event(TravelEvent.BOOKED, other, here), at=NOW)
    first = session.scalar(
        select(OutboxMessage.id)
        .where(OutboxMessage.case_id == case, OutboxMessage.taken_at.is_(None))
        .order_by(OutboxMessage.id)
    )
    assert first is not None
    put_off(session, first, "KeyError", at=NOW)

    tell(session)

    told = notifications(session, actor=reader(here))
    assert [(line.case_id, line.message) for line in told] == [(other, "travel_booked")]
    tell(session, at=NOW + timedelta(minutes=2))
    told = notifications(session, actor=reader(here))
    assert [line.message for line in told[:2]] == ["travel_cancelled", "travel_booked"]
    assert states(session) == [DispatchState.SENT]
