"""Who tries too often waits; who has what holds does not."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, func, select

from app import tries
from app.clock import machine_time
from app.db import transaction
from app.main import create_app
from app.models import RateBucket
from app.settings import Settings
from app.signin import issue_token
from app.tries import place_of, take
from tests.factories import NOW
from workflow.kernel.actor import Role

FIVE = {"at_once": 5, "a_minute": 60}


def taken(session, *, seconds: float = 0, source: bytes = b"s", **bucket) -> bool:
    at = NOW + timedelta(seconds=seconds)
    return take(session, source, **FIVE | bucket, at=at) is not None


def test_a_bucket_holds_so_many_tries_and_fills_up_by_itself(session):
    at_once = [taken(session) for _ in range(7)]
    a_second_later = [taken(session, seconds=1) for _ in range(2)]
    much_later = [taken(session, seconds=3600) for _ in range(7)]

    assert at_once == [True] * 5 + [False] * 2
    assert a_second_later == [True, False]
    assert much_later == at_once


def test_each_place_has_a_bucket_of_its_own(session):
    for _ in range(6):
        taken(session, source=b"one")

    assert taken(session, source=b"other")


def test_a_clock_that_goes_back_gives_nothing(session):
    for _ in range(5):
        taken(session, seconds=10)

    assert not taken(session, seconds=0)
    assert not taken(session, seconds=10)


def test_who_comes_from_one_network_is_one_place():
    assert place_of("2001:db8:1:2:3:4:5:6") == place_of("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert place_of("2001:db8:1:3::9") != place_of("2001:db8:1:2::9")
    assert place_of("::ffff:192.0.2.7") == place_of("192.0.2.7") == "192.0.2.7"
    assert place_of("testclient") == "testclient"


@pytest.fixture
def few(committed):
    """An application that takes two wrong tokens at once, and one a minute."""
    settings = Settings(
        database_url=committed.url, thread_limit=4, tries_at_once=2, tries_a_minute=1
    )
    with TestClient(create_app(settings)) as client:
        yield client


def asked(client, token):
    return client.get("/api/v1/cases", headers={"authorization": f"Bearer {token}"})


def test_tokens_that_do_not_hold_are_counted_and_those_that_do_are_not(few, committed):
    with transaction(committed.sessions) as session:
        token = issue_token(session, name="x", role=Role.CASE_OFFICER)

    good = [asked(few, token).status_code for _ in range(5)]
    bad = [asked(few, "bos_wrong") for _ in range(4)]

    assert good == [200] * 5
    assert [answer.status_code for answer in bad] == [401, 401, 429, 429]
    assert bad[2].json()["code"] == "tries.too_many"
    assert 0 < int(bad[2].headers["retry-after"]) <= 60
    assert asked(few, token).status_code == 200


def test_every_node_counts_in_the_same_bucket(few, committed):
    for _ in range(2):
        asked(few, "bos_wrong")
    with TestClient(create_app(few.app.state.settings)) as another:
        assert asked(another, "bos_wrong").status_code == 429


def test_who_waits_is_answered_without_the_database(few, committed):
    for _ in range(3):
        asked(few, "bos_wrong")

    questions = []

    def note(connection, cursor, statement, *rest):
        questions.append(statement)

    event.listen(few.app.state.engine, "before_cursor_execute", note)
    refused = [asked(few, "bos_wrong").status_code for _ in range(3)]

    assert (refused, questions) == ([429] * 3, [])


def test_no_address_is_kept_and_what_is_kept_is_forgotten(few, committed):
    asked(few, "bos_wrong")

    with transaction(committed.sessions) as session:
        (source,) = session.scalars(select(RateBucket.source))
        fresh = tries.forget(session)
        session.get(RateBucket, source).at = machine_time() - timedelta(days=2)
        session.flush()
        old = tries.forget(session)
        left = session.scalar(select(func.count()).select_from(RateBucket))
    assert b"testclient" not in source
    assert (fresh, old, left) == (0, 1, 0)


def test_who_begins_to_sign_in_too_often_is_asked_to_wait(few):
    answers = [few.get("/logg-inn/nobody", headers={"accept": "text/html"}) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert answers[-1].headers["retry-after"]
    assert "For mange forsøk" in answers[-1].text
