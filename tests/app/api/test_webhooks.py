"""Webhooks and the feed over HTTP: a secret is told once, versions count, the feed is polled."""

from sqlalchemy import select

from app.db import reading, transaction
from app.models import IdempotencyKey
from app.webhooks import queues
from tests.factories import NOW, a_case, lead, officer
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish

BODY = {
    "url": "https://fagsystem.example.no/bosetting",
    "events": ["no.bosetting.case.distributed.v1"],
}


def test_a_secret_is_told_once_and_not_kept_with_the_answer(as_, committed):
    api = as_(lead())

    first = api.post("/webhooks", BODY, idempotency_key="k1")
    again = api.post("/webhooks", BODY, idempotency_key="k1")

    secret = first.json()["secret"]
    assert secret.startswith("whsec_")
    assert first.headers["cache-control"] == "no-store"
    assert again.json() == first.json() | {"secret": None}
    with reading(committed.sessions) as session:
        assert secret.encode() not in session.scalars(select(IdempotencyKey.body)).one()
    assert "secret" not in api.get(f"/webhooks/{first.json()['id']}").json()
    assert len(api.get("/webhooks").json()["items"]) == 1


def test_a_change_has_to_have_read_what_it_changes(as_, committed):
    api = as_(lead())
    path = f"/webhooks/{api.post('/webhooks', BODY).json()['id']}"
    read = api.get(path).headers["etag"]
    api.post(f"{path}/rotate-secret")

    stale = api.put(path, BODY, if_match=read)
    changed = api.put(path, BODY | {"events": []}, if_match=api.get(path).headers["etag"])

    assert stale.status_code == 412
    assert changed.json()["events"] == []


def test_an_address_of_ours_is_refused(as_, committed):
    for url in ("https://169.254.169.254/", "https://localhost:8000/", "http://example.no/"):
        answer = as_(lead()).post("/webhooks", BODY | {"url": url})
        if "localhost" in url:  # a name: it is looked up when it is sent, and refused then
            assert answer.status_code == 201
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "webhook.address")


def test_an_event_of_another_country_is_refused_where_it_stands(as_, committed):
    wrong = ["no.bosetting.case.distributed.v1", "se.bosetting.report.signed.v1"]

    answer = as_(lead()).post("/webhooks", BODY | {"events": wrong})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/events/1"


def test_the_feed_is_polled_from_where_one_was(as_, committed):
    with transaction(committed.sessions) as session:
        case = a_case(session)
        publish(
            session, Event("case.accepted", case, None, {"settlement_week": "2020-W24"}), at=NOW
        )
        queues.fan_out(session, at=NOW)
    api = as_(officer())

    first = api.get("/events", limit=1).json()
    rest = api.get("/events", after=first["next"]).json()

    assert [one["type"] for one in first["items"]] == ["no.bosetting.case.registered.v1"]
    (event,) = rest["items"]
    assert (event["subject"], event["sequence"]) == (str(case), str(rest["last"]))
    assert event["data"] == {"municipality_number": None, "settlement_week": "2020-W24"}
    assert rest["next"] is None
    assert api.get("/events", after=rest["last"]).json()["items"] == []
