"""Events reach each receiver at least once, in order per case, whatever the others do."""

import base64
import json
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from app import deployment
from app.db import transaction
from app.webhooks import commands, queries, queues, sending
from app.webhooks.catalogue import BY_EVENT
from app.webhooks.models import Webhook, WebhookAttempt, WebhookDelivery
from app.webhooks.retries import MOST_TRIES, WAITS
from app.webhooks.states import DeliveryState, Fault, Off
from tests.factories import a_case, a_municipality, lead
from tests.swedish import agency
from workflow.cases import protected
from workflow.cases.events import CaseEvent
from workflow.cases.states import Protection
from workflow.kernel.actor import Actor, Role
from workflow.kernel.country import Country
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.travel.events import TravelEvent

#: Seconds: more than a busy machine takes to answer itself; with one that hangs, not too much more.
PATIENCE = 20.0
LITTLE_PATIENCE = 1.0


def now():
    return datetime.now(UTC)


def a_webhook(committed, settings, url, actor=None, events=()):
    with transaction(committed.sessions) as session:
        return commands.make(
            session, url=url, events=events, settings=settings, actor=actor or lead(), at=now()
        )


def happen(committed, *events):
    with transaction(committed.sessions) as session:
        publish(session, *events, at=now())


def send(committed, settings):
    sending.fan_out(committed.sessions)
    return sending.drain(committed.sessions, settings, patience=PATIENCE)


def rows(committed, model):
    with committed.sessions() as session:
        return list(session.scalars(select(model).order_by(*model.__table__.primary_key)))


def due_now(committed):
    """As if the waits were over."""
    with transaction(committed.sessions) as session:
        session.execute(update(WebhookDelivery).values(next_try_at=now() - timedelta(seconds=1)))
        session.execute(update(Webhook).values(next_at=now() - timedelta(seconds=1)))


@pytest.fixture
def case(committed):
    with transaction(committed.sessions) as session:
        made = a_case(session, name="Amina Test-Hassan")
    sending.fan_out(committed.sessions)  # before anybody listens
    return made


def test_an_event_comes_as_a_cloud_event_that_the_public_library_verifies(
    committed, settings, receiver, case
):
    webhook_id, secret = a_webhook(committed, settings, receiver.address())
    happen(committed, Event(TravelEvent.BOOKED, case, None, {"booking_id": "b", "flight": "SK1"}))

    assert send(committed, settings) == 1

    (got,) = receiver.got
    told = Verifier(secret).verify(got.body, got.headers)
    assert told == json.loads(got.body)
    assert told["specversion"] == "1.0"
    assert told["type"] == "no.bosetting.travel.booked.v1"
    assert told["subject"] == str(case)
    assert told["id"] == got.id
    assert told["data"] == {"municipality_number": None, "booking_id": "b"}
    assert got.headers["content-type"] == "application/cloudevents+json"
    with pytest.raises(WebhookVerificationError):
        Verifier(secret).verify(got.body + b" ", got.headers)
    with committed.sessions() as session:
        kept = session.scalar(select(Webhook.secret).where(Webhook.id == webhook_id))
    assert base64.b64decode(secret.removeprefix("whsec_")) not in kept
    assert secret.encode() not in kept


def test_two_secrets_hold_after_a_rotation_and_one_a_day_later(committed, settings, receiver, case):
    webhook_id, first = a_webhook(committed, settings, receiver.address())
    with transaction(committed.sessions) as session:
        second = commands.rotate_secret(
            session, webhook_id, settings=settings, actor=lead(), at=now()
        )
    happen(committed, Event(CaseEvent.LAPSED, case))
    send(committed, settings)
    with transaction(committed.sessions) as session:
        session.execute(update(Webhook).values(secret_before_until=now()))
    happen(committed, Event(CaseEvent.LAPSED, case))
    send(committed, settings)

    both, one = receiver.got
    for secret in (first, second):
        Verifier(secret).verify(both.body, both.headers)
    Verifier(second).verify(one.body, one.headers)
    with pytest.raises(WebhookVerificationError):
        Verifier(first).verify(one.body, one.headers)


def test_what_is_not_taken_comes_again_under_the_same_id_until_it_is_dead_and_is_replayed(
    committed, settings, receiver, case
):
    webhook_id, _ = a_webhook(committed, settings, receiver.address())
    receiver.answers["/"] = receiver.says(500)
    happen(committed, Event(CaseEvent.LAPSED, case))
    for _ in range(MOST_TRIES + 1):
        send(committed, settings)
        due_now(committed)

    (dead,) = rows(committed, WebhookDelivery)
    assert (dead.state, dead.fault, dead.attempts) == ("dead", "status", MOST_TRIES)
    assert len({got.id for got in receiver.got}) == 1
    assert len({got.body for got in receiver.got}) == 1
    assert len(receiver.got) == MOST_TRIES

    receiver.answers.clear()
    with transaction(committed.sessions) as session:
        commands.replay(session, webhook_id, dead.id, actor=lead(), at=now())
    send(committed, settings)

    (told,) = rows(committed, WebhookDelivery)
    assert (told.state, told.fault) == (DeliveryState.DELIVERED, None)
    assert len({got.id for got in receiver.got}) == 1
    tried = rows(committed, WebhookAttempt)
    assert [one.number for one in tried] == list(range(1, MOST_TRIES + 2))
    assert [one.status for one in tried] == [500] * MOST_TRIES + [204]


@pytest.mark.parametrize(
    ("answer", "fault", "status", "patience"),
    [
        ("hangs", Fault.SLOW, None, LITTLE_PATIENCE),
        ("closes_mid_answer", Fault.AWAY, None, PATIENCE),
        ("says", Fault.STATUS, 500, PATIENCE),
    ],
)
def test_a_receiver_that_does_not_answer_as_it_should_holds_up_nobody_else(
    committed, settings, receiver, case, answer, fault, status, patience
):
    way = getattr(receiver, answer)
    receiver.answers["/bad"] = way(500) if answer == "says" else way
    a_webhook(committed, settings, receiver.address("/bad"))
    a_webhook(committed, settings, receiver.address("/good"))
    happen(committed, *[Event(CaseEvent.LAPSED, case) for _ in range(5)])
    sending.fan_out(committed.sessions)
    began = time.monotonic()
    together = [
        threading.Thread(
            target=sending.drain,
            args=(committed.sessions, settings),
            kwargs={"patience": patience, "well_only": bool(number)},
        )
        for number in range(2)
    ]
    for thread in together:
        thread.start()
    while len(receiver.at("/good")) < 5 and time.monotonic() < began + PATIENCE:
        time.sleep(0.01)
    for thread in together:
        thread.join()

    assert len(receiver.at("/good")) == 5
    (first, *others) = [one for one in rows(committed, WebhookDelivery) if one.state != "delivered"]
    assert (first.state, first.fault, first.attempts) == (DeliveryState.FAILED, fault, 1)
    assert [one.attempts for one in others] == [0] * 4  # behind it: the order of the case is kept
    assert [one.status for one in rows(committed, WebhookAttempt) if one.fault] == [status]
    waits = first.next_try_at - now()
    assert timedelta() < waits <= 1.2 * WAITS[0]


def test_while_it_is_sent_no_transaction_is_open(committed, settings, receiver, case):
    a_webhook(committed, settings, receiver.address())
    happen(committed, Event(CaseEvent.LAPSED, case))
    seen = []

    def look(handler):
        seen.append(committed.engine.pool.checkedout())
        receiver.says(204)(handler)

    receiver.answers["/"] = look
    send(committed, settings)

    assert seen == [0]


def test_of_one_case_nothing_comes_before_what_was_not_taken_and_other_cases_go_on(
    committed, settings, receiver, case
):
    with transaction(committed.sessions) as session:
        other = a_case(session)
    sending.fan_out(committed.sessions)
    a_webhook(committed, settings, receiver.address())
    receiver.answers["/"] = receiver.says(503, retry_after="120")
    happen(committed, Event(CaseEvent.ACCEPTED, case))
    send(committed, settings)
    receiver.answers.clear()
    happen(
        committed,
        Event(CaseEvent.PLACED, case),
        Event(CaseEvent.ACCEPTED, other),
        Event(CaseEvent.PLACED, other),
    )
    (failed,) = rows(committed, WebhookDelivery)
    with transaction(committed.sessions) as session:
        session.execute(update(Webhook).values(next_at=now()))
    send(committed, settings)
    of_others = [json.loads(got.body)["subject"] for got in receiver.got[1:]]
    due_now(committed)
    send(committed, settings)

    assert failed.next_try_at - now() > timedelta(seconds=100)
    assert of_others == [str(other)] * 2
    of_case = [json.loads(got.body) for got in receiver.got[3:]]
    assert [one["type"] for one in of_case] == [
        "no.bosetting.case.accepted.v1",
        "no.bosetting.case.placed.v1",
    ]
    assert {one["subject"] for one in of_case} == {str(case)}


def test_410_turns_it_off_and_what_waits_is_dead(committed, settings, receiver, case):
    webhook_id, _ = a_webhook(committed, settings, receiver.address())
    receiver.answers["/"] = receiver.says(410)
    happen(committed, *[Event(CaseEvent.LAPSED, case)] * 3)
    send(committed, settings)
    due_now(committed)
    send(committed, settings)
    happen(committed, Event(CaseEvent.LAPSED, case))
    send(committed, settings)

    with committed.sessions() as session:
        seen = queries.webhook(session, webhook_id, actor=lead())
    assert (seen.off_why, seen.waiting, seen.dead) == (Off.GONE, 0, 3)
    assert len(receiver.got) == 1


def test_a_municipality_is_told_its_own_and_what_it_has_chosen(committed, settings, receiver):
    with transaction(committed.sessions) as session:
        here, there = a_municipality(session), a_municipality(session)
        case = a_case(session)
    sending.fan_out(committed.sessions)
    a_webhook(committed, settings, receiver.address("/all"), administrator_of(here))
    chosen = [CaseEvent.WITHDRAWN]
    a_webhook(committed, settings, receiver.address("/some"), administrator_of(here), chosen)
    happen(
        committed,
        Event(CaseEvent.DISTRIBUTED, case, here),
        Event(CaseEvent.DISTRIBUTED, case, there),
        Event(CaseEvent.WITHDRAWN, case, here),
        Event("approval.waits", None, here),
    )
    send(committed, settings)

    types = {path: [json.loads(one.body)["type"] for one in receiver.at(path)] for path in PATHS}
    withdrawn = BY_EVENT[CaseEvent.WITHDRAWN].type
    assert types == {
        "/all": [BY_EVENT[CaseEvent.DISTRIBUTED].type, withdrawn],
        "/some": [withdrawn],
    }


PATHS = ("/all", "/some")


def administrator_of(municipality_id):
    return Actor("Anne Admin", Role.MUNICIPALITY_ADMINISTRATOR, municipality_id=municipality_id)


def test_a_case_that_is_protected_meanwhile_is_told_nobody(committed, settings, receiver, case):
    a_webhook(committed, settings, receiver.address())
    happen(committed, Event(CaseEvent.ACCEPTED, case))
    sending.fan_out(committed.sessions)
    with transaction(committed.sessions) as session:
        protected.protect(
            session, case, Protection.CONFIDENTIAL, reason="Kode 7", actor=lead(), at=now()
        )
    happen(committed, Event(CaseEvent.PLACED, case))
    send(committed, settings)

    assert receiver.got == []
    assert [one.fault for one in rows(committed, WebhookDelivery)] == [Fault.WITHHELD]


def test_an_address_inside_is_refused_and_one_that_moves_inside_is_not_asked(
    committed, settings, receiver, case
):
    open_world = settings.model_copy(update={"private_hosts": ()})
    a_webhook(committed, settings, receiver.address())
    happen(committed, Event(CaseEvent.ACCEPTED, case))

    send(committed, open_world)

    assert receiver.got == []
    assert [one.fault for one in rows(committed, WebhookDelivery)] == [Fault.ADDRESS]


def test_a_sender_that_dies_leaves_it_to_the_next_and_comes_too_late_itself(
    committed, settings, receiver, case
):
    a_webhook(committed, settings, receiver.address())
    happen(committed, Event(CaseEvent.ACCEPTED, case))
    sending.fan_out(committed.sessions)
    lease = timedelta(seconds=1)
    with transaction(committed.sessions) as session:
        died = queues.take(session, settings, lease=lease, at=now())
    with transaction(committed.sessions) as session:
        assert queues.take(session, settings, lease=lease, at=now()) is None
    with transaction(committed.sessions) as session:
        later = queues.take(session, settings, lease=lease, at=now() + lease * 2)
        queues.settle(session, settings, later, queues.Outcome(5, 204), chance=0, at=now())
    with transaction(committed.sessions) as session:
        slow = queues.Outcome(9, fault=Fault.SLOW)
        queues.settle(session, settings, died, slow, chance=0, at=now())

    assert (died.message_id, died.body) == (later.message_id, later.body)
    (told,) = rows(committed, WebhookDelivery)
    assert (told.state, told.attempts) == (DeliveryState.DELIVERED, 2)
    assert [one.fault for one in rows(committed, WebhookAttempt)] == [Fault.SLOW, None]


def test_a_test_is_of_the_type_of_its_country(committed, settings, receiver):
    webhook_id, _ = a_webhook(committed, settings, receiver.address(), agency())
    with transaction(committed.sessions) as session:
        deployment.say(session, Country.SWEDEN, at=now())
        commands.test(session, webhook_id, actor=agency(), at=now())
    send(committed, settings)

    (got,) = receiver.got
    assert json.loads(got.body)["type"] == "se.bosetting.webhook.test.v1"


def test_a_test_is_sent_and_shown(committed, settings, receiver):
    webhook_id, secret = a_webhook(committed, settings, receiver.address())
    with transaction(committed.sessions) as session:
        made = commands.test(session, webhook_id, actor=lead(), at=now())
    send(committed, settings)

    (got,) = receiver.got
    assert Verifier(secret).verify(got.body, got.headers)["type"] == "no.bosetting.webhook.test.v1"
    with committed.sessions() as session:
        (seen,) = queries.deliveries(session, webhook_id, limit=5, actor=lead()).items
    assert (seen.id, seen.event_id, seen.state) == (made, got.id, DeliveryState.DELIVERED)
