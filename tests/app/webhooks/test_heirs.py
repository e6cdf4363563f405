"""A merger hands webhooks over: what waits still arrives, what comes is told, and two stay two."""

import json

import pytest
from sqlalchemy import select

from app import heirs
from app.db import transaction
from app.webhooks import commands, queries, sending
from app.webhooks.models import Webhook
from tests.factories import NOW, a_case, a_municipality
from workflow.cases.events import CaseEvent
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import NotFound
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish


def admin_of(municipality_id):
    return Actor("Anne", Role.MUNICIPALITY_ADMINISTRATOR, municipality_id=municipality_id)


@pytest.fixture
def merged(committed, settings, receiver):
    """Two with a webhook each and something waiting for it, then one; a third beside."""
    with transaction(committed.sessions) as session:
        north, south, new, beside = (a_municipality(session) for _ in range(4))
        case = a_case(session)
    sending.fan_out(committed.sessions)
    with transaction(committed.sessions) as session:
        made = {}
        for of in (north, south, beside):
            url = receiver.address(f"/{of}")
            made[of], _ = commands.make(
                session, url=url, events=[], settings=settings, actor=admin_of(of), at=NOW
            )
            publish(session, Event(CaseEvent.LAPSED, case, of), at=NOW)
    sending.fan_out(committed.sessions)
    with transaction(committed.sessions) as session:
        heirs.hand_over(session, [north, south], new)
        publish(session, Event(CaseEvent.RESTORED, case, new), at=NOW)
    sending.fan_out(committed.sessions)
    return north, south, new, beside, made


def test_what_waited_arrives_and_what_comes_is_told_to_both(committed, settings, receiver, merged):
    north, south, _, beside, _ = merged

    sending.drain(committed.sessions, settings)

    lapsed, restored = (f"no.bosetting.{one}.v1" for one in (CaseEvent.LAPSED, CaseEvent.RESTORED))
    came = {
        of: [json.loads(got.body)["type"] for got in receiver.at(f"/{of}")]
        for of in (north, south, beside)
    }
    assert came == {north: [lapsed, restored], south: [lapsed, restored], beside: [lapsed]}


def test_the_successor_looks_after_them_and_nobody_else(committed, settings, merged):
    north, south, new, beside, made = merged

    with transaction(committed.sessions) as session:
        seen = queries.webhooks(session, actor=admin_of(new))
        commands.rotate_secret(session, made[north], settings=settings, actor=admin_of(new), at=NOW)
        for other in (north, south, beside):
            with pytest.raises(NotFound):
                commands.end(session, made[south], actor=admin_of(other), at=NOW)
        holders = dict(session.execute(select(Webhook.id, Webhook.municipality_id)).all())

    assert {one.id for one in seen} == {made[north], made[south]}
    assert holders == {made[north]: new, made[south]: new, made[beside]: beside}
