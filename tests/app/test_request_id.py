"""Every answer says which request it was."""

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.request_id import KnowsItsRequest, request_id

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(scope="module")
def client() -> TestClient:
    served = FastAPI()

    @served.get("/in-a-thread")
    def seen():
        return request_id()

    served.add_middleware(KnowsItsRequest)
    return TestClient(served)


def test_each_request_has_a_sign_of_its_own(client):
    first, second = client.get("/in-a-thread"), client.get("/in-a-thread")

    assert first.headers["x-request-id"] == first.json()
    assert first.json() != second.json()
    assert request_id() is None


def test_the_callers_own_sign_is_kept(client):
    answer = client.get("/in-a-thread", headers={"x-request-id": "kommune-0301.42"})

    assert answer.json() == answer.headers["x-request-id"] == "kommune-0301.42"


def test_a_trace_is_followed(client):
    told = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}

    assert client.get("/in-a-thread", headers=told).json() == TRACE


@pytest.mark.parametrize(
    "told",
    [
        {"x-request-id": "short"},
        {"x-request-id": "a" * 65},
        {"x-request-id": "a line\tin the log"},
        {"x-request-id": "<script>alert(1)</script>"},
        {"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"},
        {"traceparent": f"00-{TRACE.upper()}-00f067aa0ba902b7-01"},
        {"traceparent": f"ff-{TRACE}-00f067aa0ba902b7-01"},
        {"traceparent": TRACE},
    ],
)
def test_what_is_not_well_formed_is_repeated_nowhere(client, told):
    answer = client.get("/in-a-thread", headers=told)

    assert answer.headers["x-request-id"] == answer.json()
    assert len(answer.json()) == 32
    assert answer.json() not in {TRACE, *told.values()}


def test_a_page_that_does_not_exist_has_one_too(client):
    assert client.get("/nowhere").headers["x-request-id"]
