"""Whom a message goes to, when it leaves, and what becomes of one that does not."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.models import User
from notifications import alarms, choosing, digests, dispatching, recipients
from notifications.deliver import deliver_next, put_off
from notifications.errors import ChosenAlready, NoAddressOfWork, NotDead
from notifications.models import Alarm, Dispatch, Notification
from notifications.queries import mark_read, notifications
from notifications.rules import RULES, AlarmEvent, Audience
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
    officer,
    reader,
    udi,
    writer,
)
from workflow.cases.models import Case, Distribution
from workflow.cases.states import Protection
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.events import Event
from workflow.kernel.outbox import OutboxMessage, publish
from workflow.travel.events import TravelEvent

LATER = NOW + timedelta(days=10)
LEASE = timedelta(seconds=60)


def tell(session: Session, *, at=NOW) -> None:
    while deliver_next(session, at=at):
        pass


def leaving(session: Session, *, at=NOW, way=Way.EMAIL) -> list[dispatching.Leaving]:
    """All that may leave by a channel, each sent as it is claimed."""
    found = []
    while (one := dispatching.claim(session, way, lease=LEASE, at=at)) is not None:
        dispatching.sent(session, one.id, at=at)
        found.append(one)
    return found


def post_office(session: Session, here: int, address: str = "post@kommune.example") -> int:
    return choosing.choose(session, here, topic=None, address=address, actor=writer(here), at=NOW)


def an_officer(
    session: Session, *, email: str | None = "kari@imdi.example", role=Role.LEAD
) -> Actor:
    number = session.scalar(
        insert(User).values(name="Kari", role=role, email=email, demo=False).returning(User.id)
    )
    return Actor("Kari", role, user_id=number)


def states(session: Session) -> list[DispatchState]:
    return list(session.scalars(select(Dispatch.state).order_by(Dispatch.id)))


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
        return len(dispatching.deliveries(session, actor=actor).items)

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


def test_an_officer_hears_by_own_choice(session):
    here = a_municipality(session, decided=10)
    kari = an_officer(session)
    silent = an_officer(session, email="ola@imdi.example")
    choosing.prefer(session, {Topic.CASES: Timing.AT_ONCE}, actor=kari, at=NOW)
    accepted(session, a_case(session), here)

    tell(session, at=LATER)

    assert [one.address for one in leaving(session, at=LATER)] == ["kari@imdi.example"]
    assert recipients.of_user(session, actor=silent) == []
    choosing.prefer(session, {Topic.CASES: None}, actor=kari, at=NOW)
    assert recipients.of_user(session, actor=kari) == []


def test_who_has_left_hears_no_more(session):
    here = a_municipality(session, decided=10)
    kari = an_officer(session)
    choosing.prefer(session, {Topic.CASES: Timing.AT_ONCE}, actor=kari, at=NOW)
    session.execute(update(User).values(ended_at=NOW))
    accepted(session, a_case(session), here)

    tell(session, at=LATER)

    assert [line.message for line in notifications(session, actor=kari)] == ["accepted"]
    assert leaving(session, at=LATER) == []


def test_only_officers_with_an_address_choose_for_themselves(session):
    here = a_municipality(session)

    with pytest.raises(NoAddressOfWork):
        choosing.prefer(
            session,
            {Topic.CASES: Timing.DAILY},
            actor=an_officer(session, email=None),
            at=NOW,
        )
    with pytest.raises(NotAllowed):
        choosing.prefer(session, {Topic.CASES: Timing.DAILY}, actor=writer(here), at=NOW)


@pytest.mark.parametrize(
    "address", ["", "kari", "a@b", "a b@c.no", "a@c.no\nBcc: x@y.no", "x" * 300]
)
def test_what_is_no_address_is_refused(session, address):
    here = a_municipality(session)

    with pytest.raises(Invalid):
        post_office(session, here, address)


def test_the_same_address_is_chosen_once_and_the_post_office_is_one(session):
    here = a_municipality(session)
    post_office(session, here)
    post_office(session, here, "nytt@kommune.example")

    def choose() -> None:
        choosing.choose(
            session,
            here,
            topic=Topic.TRAVEL,
            address="a@kommune.example",
            actor=writer(here),
            at=NOW,
        )

    choose()
    with pytest.raises(ChosenAlready):
        choose()
    seen = recipients.of_municipality(session, here, actor=lead())
    assert [one.address for one in seen] == ["nytt@kommune.example", "a@kommune.example"]


def test_a_municipality_chooses_for_itself_only(session):
    here, there = a_municipality(session), a_municipality(session)
    number = post_office(session, here)

    with pytest.raises(NotFound):
        choosing.choose(
            session, here, topic=None, address="a@b.example", actor=writer(there), at=NOW
        )
    with pytest.raises(NotFound):
        choosing.end(session, number, actor=writer(there), at=NOW)
    with pytest.raises(NotAllowed):
        choosing.choose(session, here, topic=None, address="a@b.example", actor=udi(), at=NOW)
    with pytest.raises(NotFound):
        recipients.of_municipality(session, here, actor=writer(there))


def test_imdi_sees_beforehand_whom_no_message_would_reach(session):
    reached, partly, nowhere = (a_municipality(session) for _ in range(3))
    post_office(session, reached)
    choosing.choose(
        session,
        partly,
        topic=Topic.REQUESTS,
        address="a@kommune.example",
        actor=writer(partly),
        at=NOW,
    )

    seen = recipients.unreachable(session, actor=officer())

    assert sorted(one.at_all for one in seen) == [False, True]
    assert all(Topic.REQUESTS not in one.topics for one in seen if not one.at_all)
    assert recipients.is_reachable(session, partly)
    assert not recipients.is_reachable(session, nowhere)
    with pytest.raises(NotAllowed):
        recipients.unreachable(session, actor=writer(nowhere))


def raised(session: Session) -> list[str]:
    return list(session.scalars(select(Alarm.event).order_by(Alarm.at, Alarm.event)))


def test_a_municipality_is_reminded_on_the_fourth_and_the_seventh_day_once_each(session):
    here = a_municipality(session, decided=10)
    asked(session, a_case(session), here)

    for day in range(12):
        alarms.raise_due(session, at=NOW + timedelta(days=day))
        alarms.raise_due(session, at=NOW + timedelta(days=day, hours=1))
        tell(session, at=NOW + timedelta(days=day, hours=2))

    assert raised(session) == [AlarmEvent.FOURTH_DAY, AlarmEvent.LAST_DAY, AlarmEvent.OVERDUE]
    told = [line.message for line in notifications(session, actor=reader(here))]
    assert told == ["answer_overdue", "last_reminder", "reminder", "asked"]
    assert [line.message for line in notifications(session, actor=lead())] == ["answer_overdue"]


def test_an_answer_before_the_reminder_is_told_leaves_it_unsaid(session):
    here = a_municipality(session, decided=10)
    asked(session, a_case(session), here)
    tell(session)
    later = NOW + timedelta(days=5)
    assert alarms.raise_due(session, at=later) == 1
    session.execute(update(Distribution).values(state="accepted"))

    tell(session, at=later)

    assert [line.message for line in notifications(session, actor=reader(here))] == ["asked"]


def test_a_permit_that_runs_out_is_told_of_a_month_and_a_fortnight_before(session):
    here = a_municipality(session, decided=10)
    asked(session, a_case(session), here)
    last_day = NOW.date() + timedelta(days=40)
    session.execute(update(Case).values(permit_expires_on=last_day))
    session.execute(update(Distribution).values(state="accepted"))

    for day in (5, 10, 20, 26, 40, 41):
        alarms.raise_due(session, at=NOW + timedelta(days=day))

    assert raised(session) == [AlarmEvent.PERMIT_MONTH, AlarmEvent.PERMIT_FORTNIGHT]
    session.execute(update(Case).values(permit_expires_on=last_day + timedelta(days=5)))
    assert alarms.raise_due(session, at=NOW + timedelta(days=41)) == 1


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


def test_every_topic_has_a_rule_and_municipalities_are_told_of_each_but_validity():
    assert {rule.topic for rule in RULES} == set(Topic)
    assert set(recipients.TOPICS_OF_A_MUNICIPALITY) == set(Topic) - {Topic.VALIDITY}
    assert {audience for rule in RULES for audience in rule.to} <= {
        Audience.MUNICIPALITY,
        Audience.PERSON,
        *recipients.ROLES_OF,
    }
