"""One list of all that leaves: each sees its own part, page by page, and sends its own again."""

import pytest

from app import acting
from app.db import reading, transaction
from app.deliveries import By, Fate, deliveries, retry
from app.webhooks.errors import StillWaits
from notifications.errors import NotDead
from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    administrator,
    auditor,
    centre,
    lead,
    udi,
    writer,
)
from tests.journeys.stages_of_messages import a_dead_letter, an_address
from tests.journeys.stages_of_webhooks import a_delivery, a_webhook
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import NotAllowed, NotFound


def ways(session, actor, **wanted):
    return [one.way for one in deliveries(session, actor=actor, **wanted).items]


@pytest.fixture
def here(session):
    """A municipality with a message that was given up, and its administrator's webhook."""
    made = a_municipality(session, decided=10)
    an_address(session, made)
    a_dead_letter(session, made)
    owner = admin_of(made)
    a_delivery(session, a_webhook(session, owner), owner)
    return made


def admin_of(municipality_id):
    return Actor("Anne", Role.MUNICIPALITY_ADMINISTRATOR, municipality_id=municipality_id)


def test_messages_and_what_ones_own_webhooks_were_told_stand_in_one_list(session, here):
    a_delivery(session, a_webhook(session))
    there = admin_of(a_municipality(session))

    assert sorted(ways(session, admin_of(here))) == [By.EMAIL, By.WEBHOOK]
    assert ways(session, writer(here)) == [By.EMAIL]
    assert sorted(ways(session, lead())) == [By.EMAIL, By.WEBHOOK]
    assert ways(session, auditor()) == ways(session, administrator()) == [By.EMAIL]
    assert ways(session, there) == ways(session, udi()) == ways(session, centre()) == []
    assert ways(session, admin_of(here), states={Fate.OBSOLETE, Fate.DELIVERED}) == []
    with pytest.raises(NotAllowed):
        deliveries(session, actor=Actor("x", Role.SYSTEM))


def test_page_by_page_is_the_same_as_at_once(session, here):
    for _ in range(3):
        owner = admin_of(here)
        a_delivery(session, a_webhook(session, owner), owner)
    at_once = deliveries(session, actor=owner).items
    one_by_one, cursor = [], None
    while True:
        page = deliveries(session, limit=1, cursor=cursor, actor=owner)
        one_by_one += page.items
        if (cursor := page.next) is None:
            break

    assert tuple(one_by_one) == at_once
    assert len(at_once) == 5


def test_each_sends_its_own_again(session, here):
    owner = admin_of(here)
    told = {one.way: one.id for one in deliveries(session, actor=owner).items}

    assert retry(session, told[By.WEBHOOK], actor=owner, at=NOW).state is Fate.PENDING
    assert retry(session, told[By.EMAIL], actor=lead(), at=NOW).state is Fate.PENDING
    with pytest.raises(StillWaits):
        retry(session, told[By.WEBHOOK], actor=owner, at=NOW)
    with pytest.raises(NotDead):
        retry(session, told[By.EMAIL], actor=lead(), at=NOW)


@pytest.mark.parametrize("other", [lead(), udi(), centre()])
def test_what_anothers_webhook_was_told_is_not_there(session, here, other):
    (id_,) = (one.id for one in deliveries(session, actor=admin_of(here)).items if one.webhook_id)

    with pytest.raises(NotFound):
        retry(session, id_, actor=other, at=NOW)


def test_the_database_itself_shows_a_centre_its_own_webhooks_and_no_others(committed):
    with transaction(committed.sessions) as session:
        here = a_municipality(session)
        owners = (centre(), centre("Et annet mottak"), lead(), admin_of(here))
        for owner in owners:
            a_delivery(session, a_webhook(session, owner), owner)
        a_case(session)

    def seen(actor):
        with reading(committed.sessions, acting.acting_of(actor)) as session:
            tables = ("webhooks", "webhook_deliveries")
            return [
                session.connection().exec_driver_sql(f"SELECT count(*) FROM {one}").scalar()
                for one in tables
            ]

    assert seen(centre()) == seen(owners[1]) == seen(admin_of(here)) == [1, 1]
    assert seen(centre("Ukjent mottak")) == [0, 0]
    with transaction(committed.sessions, acting.acting_of(centre())) as session:
        (one,) = deliveries(session, actor=centre()).items
        assert retry(session, one.id, actor=centre(), at=NOW).state is Fate.PENDING
