"""What time it is, in the demonstration and outside it."""

from datetime import UTC, datetime, timedelta

from fastapi.testclient import TestClient

from app import clock
from app.db import transaction
from app.main import create_app
from tests.factories import a_demonstration, lead

MARCH = datetime(2020, 3, 12, 9, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)


def test_the_clock_of_the_demonstration_is_set_and_goes_on(session):
    clock.set_clock(session, MARCH)
    first = clock.now(session, demo=True)
    clock.set_clock(session, MARCH + timedelta(days=30))
    second = clock.now(session, demo=True)
    clock.reset_clock(session)
    third = clock.now(session, demo=True)

    assert timedelta() <= first - MARCH < A_MINUTE
    assert timedelta() <= second - MARCH - timedelta(days=30) < A_MINUTE
    assert abs(third - clock.machine_time()) < A_MINUTE


def test_outside_the_demonstration_nobody_sets_the_clock(session):
    clock.set_clock(session, MARCH)

    assert abs(clock.now(session, demo=False) - clock.machine_time()) < A_MINUTE


def test_a_request_lives_in_the_demonstrations_time_and_its_token_in_ours(settings, committed, as_):
    token = as_(lead()).token
    with transaction(committed.sessions) as session:
        a_demonstration(session)
        clock.set_clock(session, MARCH)
    measure = {"group": "private", "reason": "x", "from_on": "2020-03-12"}
    headers = {"authorization": f"Bearer {token}"}

    def started(demo):
        app = create_app(settings.model_copy(update={"demo": demo}))
        with TestClient(app) as client:
            return client.post("/api/v1/measures", json=measure, headers=headers).json()["at"]

    assert started(demo=True).startswith("2020-03-12T09:0")
    assert not started(demo=False).startswith("2020")
