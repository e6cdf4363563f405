"""Size, text and turns, before anything is done with a request."""

import threading
import time

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.main import create_app
from tests.factories import a_case, officer
from workflow.cases.models import Case

JSON = {"content-type": "application/json"}


def send(api, content, **headers):
    told = JSON | {"authorization": f"Bearer {api.token}"} | headers
    return api.client.post("/api/v1/cases", content=content, headers=told)


def test_a_body_that_says_it_is_too_large_is_not_read(as_, settings):
    answer = send(as_(officer()), b"x" * (settings.request_limit_bytes + 1))

    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")
    assert answer.json()["limit_bytes"] == settings.request_limit_bytes
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_turns_out_too_large_is_refused(as_, settings):
    pieces = iter([b"x" * settings.request_limit_bytes, b"x"])

    answer = send(as_(officer()), pieces)

    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


def test_a_body_of_the_largest_size_is_read(as_, settings):
    body = b'{"group": "private"' + b" " * settings.request_limit_bytes
    body = body[: settings.request_limit_bytes - 1] + b"}"

    answer = send(as_(officer()), body)

    assert len(body) == settings.request_limit_bytes
    assert answer.json()["errors"][0]["pointer"] == "/persons"


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b'{"group": "\xff"}', "not UTF-8 at byte 11"),
        (b'{"group": ', "JSON decode error"),
        (b"[" * 100_000, ""),
        (b'{"group": ' + b"9" * 5000 + b"}", ""),
        (b'{"group": "private", "persons": NaN}', ""),
        (b"\0", "JSON decode error"),
        (b"[]", ""),
        (b"", ""),
        (b'{"departure_country": "\\ud800"}', ""),
        (b'{"departure_country": "\\u0000"}', ""),
    ],
    ids=repr,
)
def test_what_is_no_text_or_no_json_is_malformed(nothing_happens, content, detail):
    answer = send(nothing_happens, content)

    assert (answer.status_code, answer.json()["code"]) == (422, "input.invalid")
    assert all("pointer" in error for error in answer.json()["errors"])
    assert any(detail in error["detail"] for error in answer.json()["errors"])


def test_another_kind_of_body_is_malformed(as_):
    answer = send(as_(officer()), b"group=private", **{"content-type": "text/plain"})

    assert answer.status_code == 422


def test_a_nul_in_the_address_is_malformed(as_):
    api = as_(officer())
    headers = {"authorization": f"Bearer {api.token}"}

    for path in ("/api/v1/cases?q=a%00b", "/api/v1/cases/%00", "/api/v1/municipalities/%00000"):
        answer = api.client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "input.invalid")


def test_more_requests_than_turns_all_get_their_answer_though_each_waits_for_a_row(
    as_, world, committed, settings
):
    """Twenty steps on one case, four turns: four wait for the row, the others for a turn."""
    case = world(a_case)
    api = as_(officer())
    answers = []

    def lapse():
        answers.append(api.post(f"/cases/{case}/lapse", {"reason": "x"}, if_match="*"))

    threads = [threading.Thread(target=lapse) for _ in range(20)]
    with committed.engine.connect() as ours:
        ours.execute(select(Case.id).where(Case.id == case).with_for_update())
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        alive = api.client.get("/health/live")
        ours.rollback()
    for thread in threads:
        thread.join(timeout=30)

    assert settings.thread_limit < len(threads)
    assert alive.status_code == 200
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19


def test_the_largest_size_is_a_setting(settings):
    app = create_app(settings.model_copy(update={"request_limit_bytes": 10}))

    with TestClient(app) as client:
        answer = client.post("/api/v1/cases", content=b"x" * 11)

    assert answer.json()["limit_bytes"] == 10


@pytest.mark.parametrize(
    ("content", "pointer"),
    [
        (b'{"group": "private", "group": "private"}', "/group"),
        (b'{"persons": [{}, {"sex": "male", "a/b": {"x": 1, "x": 1}}]}', "/persons/1/a~1b/x"),
        (b'{"\\ud800": 1, "\\ud800": 1}', r"/\ud800"),
        (b'{"group": ', ""),
        (b'{"group": NaN}', ""),
        ('{"group": "private"}'.encode("utf-16-le"), ""),
    ],
    ids=repr,
)
def test_json_with_two_meanings_is_malformed_and_the_place_is_named(as_, content, pointer):
    answer = send(as_(officer()), content)

    assert (answer.status_code, answer.json()["code"]) == (422, "input.invalid")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
