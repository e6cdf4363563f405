"""Who reads which events in the feed, and whose webhooks are whose."""

import pytest

from app.webhooks import commands, queries, queues
from app.webhooks.errors import TooMany
from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    administrator,
    auditor,
    centre,
    lead,
    reader,
    udi,
)
from tests.journeys.stages_of_webhooks import a_webhook
from workflow.cases import protected
from workflow.cases.states import Group, Protection
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish


def subjects(session, actor, after=0, limit=100):
    found = queries.feed(session, after=after, limit=limit, actor=actor)
    return {one["subject"] for one in found.events}


@pytest.fixture
def told(session):
    """Of a refugee to be fetched, of one at a centre, of one nobody may know of."""
    here, there = a_municipality(session), a_municipality(session)
    at_centre = {
        "group": Group.RECEPTION_CENTRE,
        "entry": None,
        "reception_centre": "Dale mottak",
    }
    fetched, stays = a_case(session), a_case(session, **at_centre)
    hidden = a_case(session, **at_centre)
    publish(
        session,
        Event("case.distributed", fetched, here),
        Event("case.distributed", stays, there),
        Event("case.distributed", hidden, here),
        at=NOW,
    )
    queues.fan_out(session, at=NOW)
    secret = {"reason": "Kode 7", "actor": lead(), "at": NOW}
    protected.protect(session, hidden, Protection.CONFIDENTIAL, **secret)
    return {"here": here, "there": there, "fetched": str(fetched), "stays": str(stays)}


def test_each_reads_its_own_and_nobody_of_a_protected_address(session, told):
    both = {told["fetched"], told["stays"]}

    assert subjects(session, lead()) == both
    assert subjects(session, auditor()) == both
    assert subjects(session, reader(told["here"])) == {told["fetched"]}
    assert subjects(session, reader(told["there"])) == {told["stays"]}
    assert subjects(session, udi()) == {told["fetched"]}
    assert subjects(session, centre()) == {told["stays"]}
    assert subjects(session, centre("Et annet mottak")) == set()
    with pytest.raises(NotAllowed):
        subjects(session, administrator())


def test_page_by_page_is_the_same_as_at_once_and_goes_on_after_the_end(session, told):
    at_once = queries.feed(session, after=0, limit=100, actor=lead())
    one_by_one, after, more = [], 0, True
    while more:
        page = queries.feed(session, after=after, limit=1, actor=lead())
        one_by_one += page.events
        after, more = page.last, page.more

    assert tuple(one_by_one) == at_once.events
    assert not at_once.more
    nothing = queries.feed(session, after=at_once.last, limit=100, actor=lead())
    assert (nothing.events, nothing.last) == ((), at_once.last)


def test_a_webhook_is_its_owners_only(session, settings):
    here, there = (
        Actor("Anne", Role.MUNICIPALITY_ADMINISTRATOR, municipality_id=a_municipality(session))
        for _ in range(2)
    )
    made = a_webhook(session, here)

    assert [one.id for one in queries.webhooks(session, actor=here)] == [made]
    for other in (there, lead(), udi(), centre()):
        with pytest.raises(NotFound):
            queries.webhook(session, made, actor=other)
        with pytest.raises(NotFound):
            commands.rotate_secret(session, made, settings=settings, actor=other, at=NOW)
    with pytest.raises(NotAllowed):
        queries.webhook(session, made, actor=reader(here.municipality_id))


def test_a_centre_is_told_of_its_own_cases_and_sees_its_own_webhooks_only(session, settings):
    queues.fan_out(session, at=NOW)
    other_centre = centre("Et annet mottak")
    mine, theirs = a_webhook(session, centre()), a_webhook(session, other_centre)
    for name in (centre().reception_centre, other_centre.reception_centre):
        about = a_case(session, group=Group.RECEPTION_CENTRE, entry=None, reception_centre=name)
        publish(session, Event("case.distributed", about, a_municipality(session)), at=NOW)
    publish(session, Event("case.distributed", a_case(session), None), at=NOW)
    queues.fan_out(session, at=NOW)

    assert [one.waiting for one in queries.webhooks(session, actor=centre())] == [1]
    assert queries.deliveries(session, mine, limit=9, actor=centre()).items[0].case_id is not None
    with pytest.raises(NotFound):
        queries.webhook(session, theirs, actor=centre())
    with pytest.raises(NotFound):
        commands.end(session, theirs, actor=centre(), at=NOW)


def test_an_owner_has_so_many_and_no_more(session):
    made = [a_webhook(session) for _ in range(commands.MOST)]

    with pytest.raises(TooMany):
        a_webhook(session)
    commands.end(session, made[0], actor=lead(), at=NOW)
    a_webhook(session)
