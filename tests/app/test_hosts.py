"""Requests are answered under our own names only; where faults are told stands at a known place."""

from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.clock import machine_time
from app.hosts import OnlyOurHosts, ours
from app.main import create_app
from app.settings import Settings


@pytest.fixture(scope="module")
def client() -> TestClient:
    hosts = ours(
        Settings(
            trusted_hosts=("bosetting.example.no", ".intern.no"),
            public_url="https://Bosetting.imdi.no",
        )
    )

    async def answer(request):
        return PlainTextResponse("ours")

    paths = ("/api/v1/cases", "/health/live")
    served = Starlette(routes=[Route(path, answer) for path in paths])
    return TestClient(OnlyOurHosts(served, hosts))


def asked(client, host, path="/api/v1/cases"):
    return client.get(path, headers={"host": host})


@pytest.mark.parametrize(
    "host",
    ["bosetting.example.no", "BOSETTING.example.no:8443", "a.intern.no", "bosetting.imdi.no"],
)
def test_our_names_are_answered(client, host):
    assert asked(client, host).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "bosetting.example.no.evil.example", "intern.no", "evilintern.no", "[::1", ""],
)
def test_other_names_are_not(client, host):
    answer = asked(client, host)

    assert (answer.status_code, answer.json()["code"]) == (421, "host.unknown")
    assert "evil" not in answer.text


def test_health_is_asked_by_address(client):
    assert asked(client, "10.0.0.7:8000", "/health/live").status_code == 200


def test_without_names_any_will_do():
    assert ours(Settings(public_url="https://bosetting.imdi.no")) == frozenset()


SOON = machine_time() + timedelta(days=90)


def told(committed, **configured):
    chosen = Settings(database_url=committed.url, **configured)
    with TestClient(create_app(chosen)) as client:
        return client.get("/.well-known/security.txt")


def test_where_to_tell_of_a_fault_is_told(committed):
    answer = told(
        committed,
        security_contact="mailto:sikkerhet@example.no",
        security_expires=SOON,
        public_url="https://bosetting.example.no",
    )

    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == [
        "Contact: mailto:sikkerhet@example.no",
        f"Expires: {SOON:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: nb, nn, en",
        "Canonical: https://bosetting.example.no/.well-known/security.txt",
    ]


def test_nothing_is_told_that_holds_no_longer(committed):
    contact = {"security_contact": "mailto:sikkerhet@example.no"}

    assert told(committed).status_code == 404
    past = machine_time() - timedelta(days=1)
    assert told(committed, **contact, security_expires=past).status_code == 404
