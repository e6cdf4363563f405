"""Whom messages go to is the office's own choice."""

import pytest
from sqlalchemy import select, update

from app.models import User
from notifications import choosing, recipients
from notifications.errors import ChosenAlready, NoAddressOfWork
from notifications.queries import notifications
from notifications.rules import RULES, SWEDISH_RULES, Audience
from notifications.states import TOPICS_IN, Language, Timing, Topic
from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    accepted,
    lead,
    officer,
    udi,
    writer,
)
from tests.notifications.telling import LATER, an_officer, leaving, post_office, tell
from workflow.kernel.country import Country
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.municipalities.models import Municipality


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


def test_an_officer_who_changes_language_is_written_to_in_it(session):
    here = a_municipality(session, decided=10)
    kari, ola = an_officer(session), an_officer(session, email="ola@imdi.example")
    for one in (kari, ola):
        choosing.prefer(session, {Topic.CASES: Timing.AT_ONCE}, actor=one, at=NOW)
    accepted(session, a_case(session), here)

    choosing.write_in(session, Language.NN, actor=kari)
    tell(session, at=LATER)

    assert {one.address: one.language for one in leaving(session, at=LATER)} == {
        "kari@imdi.example": Language.NN,
        "ola@imdi.example": Language.NB,
    }


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
    numbers = dict(session.execute(select(Municipality.id, Municipality.number)).all())
    three = [numbers[one] for one in (reached, partly, nowhere)]
    asked = recipients.unreached(session, Topic.REQUESTS, three, actor=officer())
    told = recipients.unreached(session, Topic.WITHDRAWALS, three, actor=officer())
    assert set(asked) == {numbers[nowhere]}
    assert set(told) == {numbers[partly], numbers[nowhere]}
    assert recipients.unreached(session, Topic.REQUESTS, three[:2], actor=officer()) == {}
    with pytest.raises(NotAllowed):
        recipients.unreachable(session, actor=writer(nowhere))
    with pytest.raises(NotAllowed):
        recipients.unreached(session, Topic.REQUESTS, three, actor=writer(nowhere))


def test_every_topic_has_a_rule_and_municipalities_are_told_of_each_but_validity():
    told = recipients.TOPICS_OF_A_MUNICIPALITY
    assert {rule.topic for rule in RULES} == {*TOPICS_IN[Country.NORWAY]}
    assert {rule.topic for rule in SWEDISH_RULES} == {*TOPICS_IN[Country.SWEDEN], Topic.CASES}
    assert {*told[Country.NORWAY]} == {*TOPICS_IN[Country.NORWAY]} - {Topic.VALIDITY}
    assert {*told[Country.SWEDEN]} == {Topic.TARGETS, Topic.SWAPS, Topic.PLACES}
    assert {audience for rule in (*RULES, *SWEDISH_RULES) for audience in rule.to} <= {
        Audience.MUNICIPALITY,
        Audience.PERSON,
        *recipients.ROLES_OF,
    }


def test_many_post_offices_are_named_at_once_in_place_of_those_before(session):
    here, there = a_municipality(session), a_municipality(session)
    post_office(session, here)
    told = {here: "ny@kommune.example", there: "postmottak@der.example"}

    recipients_before = recipients.of_municipality(session, here, actor=officer())
    choosing.name_post_offices(session, told, actor=lead(), at=NOW)

    for municipality, address in told.items():
        (one,) = recipients.of_municipality(session, municipality, actor=officer())
        assert (one.topic, one.address) == (None, address)
    assert recipients_before[0].address != told[here]
    with pytest.raises(Invalid):
        choosing.name_post_offices(session, {here: "ingen"}, actor=lead(), at=NOW)
    with pytest.raises(NotAllowed):
        choosing.name_post_offices(session, told, actor=officer(), at=NOW)
