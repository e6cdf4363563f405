"""The same request twice: one effect, one answer, also when both come at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from app import idempotency
from app.clock import machine_time
from app.db import reading, transaction
from app.models import IdempotencyKey
from tests.factories import a_case, a_municipality, asked, lead, officer, udi, writer
from workflow.cases.models import Case, CaseStep

KEY = "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"
HOUSEHOLD = {
    "group": "private",
    "persons": [{"birth_year": 1985, "sex": "female", "nationality": "SY"}],
}


def count(committed, model):
    with reading(committed.sessions) as session:
        return session.scalar(select(func.count()).select_from(model))


def post(api, body=HOUSEHOLD, key=KEY, path="/cases"):
    return api.post(path, body, idempotency_key=key)


def test_the_same_key_and_body_has_one_effect_and_one_answer(as_, committed):
    api = as_(officer())

    first, second = post(api), post(api)

    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    for name in ("etag", "location", "content-type"):
        assert first.headers[name] == second.headers[name]
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert count(committed, Case) == 1


def test_another_body_under_the_key_is_refused(as_, committed):
    api = as_(officer())
    post(api)

    answer = post(api, HOUSEHOLD | {"group": "reception_centre"})

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.key_reused")
    assert count(committed, Case) == 1


def test_the_key_belongs_to_one_operation(as_, world):
    case = world(a_case)
    api = as_(officer())
    api.post(f"/cases/{case}/lapse", {"reason": "x"}, if_match="*", idempotency_key=KEY)

    other = api.post(f"/cases/{case}/withdraw", {"reason": "x"}, if_match="*", idempotency_key=KEY)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency.key_reused")


def test_keys_are_each_callers_own(as_, committed):
    post(as_(officer()))

    answer = post(as_(udi()))

    assert answer.status_code == 201
    assert "idempotent-replayed" not in answer.headers
    assert count(committed, Case) == 2


def test_a_new_token_of_the_same_caller_repeats_its_requests(as_, committed):
    first, second = post(as_(officer())), post(as_(officer()))

    assert second.content == first.content
    assert count(committed, Case) == 1


def test_what_was_refused_is_judged_again(as_, world, committed):
    case = world(a_case)
    path, body = f"/cases/{case}/accept", {"settlement_week": "2020-W30"}
    api = as_(officer())

    refused = api.post(path, body, if_match="*", idempotency_key=KEY)
    again = api.post(path, body, if_match="*", idempotency_key=KEY)

    assert refused.status_code == again.status_code == 409
    assert "idempotent-replayed" not in again.headers
    assert count(committed, IdempotencyKey) == 0


def test_a_replay_does_not_ask_what_was_read(as_, world):
    """The answer was lost on its way; the ETag of the repeat is old by the effect itself."""
    here = world(a_municipality, decided=10)
    case = world(a_case)
    world(asked, case, here)
    api = as_(writer(here))
    tag = api.get(f"/cases/{case}").headers["etag"]
    path, body = f"/cases/{case}/decline", {"reason_code": "other"}

    first = api.post(path, body, if_match=tag, idempotency_key=KEY)
    second = api.post(path, body, if_match=tag, idempotency_key=KEY)

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content == second.content


def test_an_answer_without_a_body_is_repeated_too(as_, world):
    here = world(a_municipality, decided=10)
    case = world(a_case)
    world(asked, case, here)
    api = as_(writer(here))
    api.step(f"/cases/{case}/decline", {"reason_code": "other"})
    (question,) = api.get("/distributions").json()["items"]
    path = f"/distributions/{question['id']}/reopen"

    first = api.post(path, idempotency_key=KEY)
    second = api.post(path, idempotency_key=KEY)

    assert (first.status_code, second.status_code) == (204, 204)
    assert second.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize("key", ["", "x" * 256, "a b"])
def test_a_malformed_key_is_refused(nothing_happens, key):
    answer = post(nothing_happens, key=key)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "Idempotency-Key"


def test_the_same_request_at_the_same_time_waits_and_gets_the_same_answer(as_, world, committed):
    """The first has its key and waits for the case, which we hold; the others wait for the key."""
    case = world(a_case)
    api = as_(officer())
    path = f"/cases/{case}/lapse"

    def lapse(_):
        return api.post(path, {"reason": "x"}, if_match='"case-1"', idempotency_key=KEY)

    with committed.engine.connect() as ours, ThreadPoolExecutor(4) as pool:
        ours.execute(select(Case.id).where(Case.id == case).with_for_update())
        answers = [pool.submit(lapse, number) for number in range(4)]
        _until_waiting(committed, 4)
        ours.rollback()
        done = [answer.result(timeout=20) for answer in answers]

    assert [answer.status_code for answer in done] == [200] * 4
    assert len({answer.content for answer in done}) == 1
    assert sum("idempotent-replayed" in answer.headers for answer in done) == 3
    assert count(committed, CaseStep) == 2


def test_the_same_key_with_two_bodies_at_the_same_time_has_one_effect(as_, world, committed):
    case = world(a_case)
    api = as_(lead())
    path = f"/cases/{case}/lapse"

    def lapse(reason):
        return api.post(path, {"reason": reason}, if_match='"case-1"', idempotency_key=KEY)

    with committed.engine.connect() as ours, ThreadPoolExecutor(2) as pool:
        ours.execute(select(Case.id).where(Case.id == case).with_for_update())
        answers = [pool.submit(lapse, reason) for reason in ("en", "to")]
        _until_waiting(committed, 2)
        ours.rollback()
        done = sorted(answer.result(timeout=20).status_code for answer in answers)

    assert done == [200, 422]


def test_keys_are_forgotten_when_nobody_will_repeat_them(as_, committed):
    api = as_(officer())
    post(api)
    with transaction(committed.sessions) as session:
        early = idempotency.forget(session)
        session.execute(update(IdempotencyKey).values(at=machine_time() - timedelta(days=31)))
    post(api, key="another")

    with transaction(committed.sessions) as session:
        assert (early, idempotency.forget(session)) == (0, 1)
    assert count(committed, IdempotencyKey) == 1


def _until_waiting(committed, wanted):
    """Until so many of the database's connections wait for a lock."""
    deadline = time.monotonic() + 20
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while time.monotonic() < deadline:
        with reading(committed.sessions) as session:
            if session.scalar(waiting) >= wanted:
                return
        time.sleep(0.02)
    pytest.fail(f"{wanted} requests never waited at once")
