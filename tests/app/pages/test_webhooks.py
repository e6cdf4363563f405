"""A municipality's administrator makes a webhook, sees its secret once, tries it, sends again."""

import re

import pytest

from app.db import transaction
from app.webhooks import queues
from app.webhooks.states import DeliveryState, Fault
from tests.app.pages.conftest import Site
from tests.factories import NOW
from tests.journeys.stages_of_webhooks import a_delivery, a_webhook
from workflow.kernel.actor import Actor, Role

URL = "https://fagsystem.example.no/hendelser"
HOME = "/varsler/webhooks"
INLINE = re.compile(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{40,}")


@pytest.fixture
def visitor(site: Site):
    return site.visit(Role.MUNICIPALITY_ADMINISTRATOR)


def test_it_is_made_shown_once_tried_changed_turned_off_and_deleted(site: Site, visitor):
    made = visitor.send(HOME, {"url": URL, "events": "case.distributed"}, page=HOME)
    secret = SECRET.search(made.text)
    (path,) = set(re.findall(rf"{HOME}/[0-9a-f-]{{36}}", visitor.text(HOME)))
    assert secret is not None
    assert secret[0] not in visitor.text(path)
    assert not INLINE.search(made.text)

    rotated = visitor.send(f"{path}/hemmelighet", page=path)
    assert SECRET.search(rotated.text)[0] != secret[0]

    assert visitor.send(f"{path}/prove", page=path).status_code == 303
    assert "Venter" in visitor.text(path)
    version = re.search(r'name="version" value="(\d+)"', visitor.text(path))[1]
    changed = {"url": f"{URL}/2", "version": version}
    assert visitor.send(path, changed, page=path).status_code == 303
    assert visitor.send(path, changed, page=path).status_code == 409  # what was read is old
    assert f"{URL}/2" in visitor.text(path)
    assert visitor.send(f"{path}/av", page=path).status_code == 303
    assert "Slått av" in visitor.text(path)
    assert visitor.send(f"{path}/prove", page=path).status_code == 409
    assert visitor.send(f"{path}/paa", page=path).status_code == 303
    assert visitor.send(f"{path}/slett", page=path).status_code == 303
    assert visitor.get(path).status_code == 404


@pytest.mark.parametrize(
    "url", ["http://fagsystem.example.no", "https://10.0.0.1/", "https://a:b@x.no"]
)
def test_an_address_inside_or_without_tls_is_refused_at_its_field(visitor, url):
    answer = visitor.send(HOME, {"url": url}, page=HOME)

    assert answer.status_code == 409
    assert "Adressen må begynne med https://" in answer.text


def test_what_is_given_up_is_seen_with_its_attempts_and_sent_again(site: Site, visitor):
    actor = Actor(
        "x", Role.MUNICIPALITY_ADMINISTRATOR, municipality_id=site.municipalities["Steinkjer"]
    )
    with transaction(site.database.sessions) as session:
        webhook_id = a_webhook(session, actor)
        delivery = a_delivery(session, webhook_id, actor)
        tried = queues.Taken(webhook_id, delivery, 1, 10, URL, f"test_{delivery}", b"", ())
        settings = site.app.state.settings
        outcome = queues.Outcome(7, 502, Fault.STATUS)
        queues.settle(session, settings, tried, outcome, chance=0, at=NOW)
    path = f"{HOME}/{webhook_id}"

    text = visitor.text(f"{path}?status={DeliveryState.DEAD}")
    assert "Gitt opp" in text
    assert "502" in text
    assert not INLINE.search(text)
    assert visitor.send(f"{path}/leveranser/{delivery}/send", page=path).status_code == 303
    assert visitor.send(f"{path}/leveranser/{delivery}/send", page=path).status_code == 409


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.LEAD, 200), (Role.TRAVEL_OFFICER, 200), (Role.MUNICIPALITY_WRITER, 403)],
)
def test_the_page_is_for_who_answers_for_integrations(site: Site, role, status):
    assert site.visit(role).get(HOME).status_code == status
