"""A session ends by idleness, by age, by hand; being active keeps it awake, asking does not."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update

from app.db import reading, transaction
from app.models import SignIn, User
from app.signin.sessions import NOTED, Limits, There, by_cookie, sign_in, sign_out
from workflow.kernel.actor import Role

BEGUN = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LIMITS = Limits(idle=30 * MINUTE, most=120 * MINUTE)
HINT = "eyJ.an-id-token-that-names-10101010101.x"


@pytest.fixture
def user(committed):
    with transaction(committed.sessions) as session:
        return session.execute(
            insert(User).values(name="Kari Nordmann", role=Role.LEAD).returning(User.id)
        ).scalar_one()


@pytest.fixture
def secret(committed, user):
    with transaction(committed.sessions) as session:
        return sign_in(session, user, limits=LIMITS, at=BEGUN)


@pytest.fixture
def after(committed, secret):
    """Who is found so many minutes after the session began."""

    def ask(minutes, *, active=True, limits=LIMITS):
        at = BEGUN + minutes * MINUTE
        return by_cookie(committed.sessions, secret, limits=limits, active=active, at=at)

    return ask


def test_without_anything_done_it_lasts_half_an_hour(after):
    assert after(29, active=False) is not None
    assert after(30, active=False) is None


def test_what_is_done_keeps_it_awake_for_two_hours_and_no_longer(after):
    for minutes in range(25, 120, 25):
        assert after(minutes) is not None, minutes

    assert after(119) is not None
    assert after(120) is None


def test_asking_how_long_it_lasts_does_not_make_it_longer(after):
    after(20, active=False)
    asked = after(25, active=False)

    assert asked is not None
    assert asked.lasting.left == 5 * MINUTE
    assert after(31, active=False) is None


def test_it_tells_how_long_it_lasts_idle_and_at_most(after):
    first, late = after(0), after(0.5)
    for minutes in (25, 50, 75, 100, 110):
        last = after(minutes)

    assert (first.lasting.left, first.lasting.most) == (30 * MINUTE, 120 * MINUTE)
    assert late.lasting.left == 29.5 * MINUTE
    assert last.lasting.left == last.lasting.most == 10 * MINUTE


def test_being_active_is_written_down_once_a_minute(after, committed):
    def seen_at():
        with reading(committed.sessions) as session:
            return session.scalar(select(SignIn.seen_at))

    after(0.9)
    before = seen_at()
    after(1)

    assert NOTED == MINUTE
    assert (before, seen_at()) == (BEGUN, BEGUN + MINUTE)


def test_limits_that_are_made_shorter_hold_for_the_sessions_there_are(after):
    assert after(10, limits=Limits(idle=5 * MINUTE, most=120 * MINUTE)) is None
    assert after(10, limits=Limits(idle=30 * MINUTE, most=9 * MINUTE)) is None
    assert after(10) is not None


def test_a_session_ends_with_its_user(after, committed, user):
    with transaction(committed.sessions) as session:
        session.execute(update(User).where(User.id == user).values(ended_at=BEGUN))

    assert after(1) is None


def test_the_hint_for_signing_out_there_opens_with_the_cookie_only(committed, user):
    there = There("kommune", "sid-1", HINT)
    with transaction(committed.sessions) as session:
        secret = sign_in(session, user, there=there, at=BEGUN)
        stored = session.scalar(select(SignIn.sealed_hint))
        wrong = sign_out(session, "another")
        left = sign_out(session, secret)
        again = sign_out(session, secret)

    assert b"10101010101" not in stored
    assert (wrong, again) == (None, None)
    assert (left.provider, left.id_token) == ("kommune", HINT)


def test_beginning_a_session_clears_those_away_that_are_over(committed, secret, user):
    with transaction(committed.sessions) as session:
        sign_in(session, user, limits=LIMITS, at=BEGUN + 121 * MINUTE)

        assert len(session.scalars(select(SignIn)).all()) == 1
