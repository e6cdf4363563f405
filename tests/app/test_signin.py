"""Who is asking: tokens, cookies, and what does not hold."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update

from app import signin
from app.clock import machine_time
from app.db import transaction
from app.models import AccessToken, SignIn, User
from app.signin import COOKIE, issue_token, revoke_token, sign_in, sign_out
from app.signin.secret import hash_of
from tests.factories import a_municipality, officer
from workflow.kernel.actor import SYSTEM, Role

HOUSEHOLD = {
    "group": "private",
    "persons": [{"birth_year": 1985, "sex": "female", "nationality": "SY"}],
}


@pytest.fixture
def user(committed):
    with transaction(committed.sessions) as session:
        return session.execute(
            insert(User)
            .values(name="Kari Nordmann", title="Saksbehandler", role=Role.CASE_OFFICER, demo=True)
            .returning(User.id)
        ).scalar_one()


@pytest.fixture
def browser(client, committed, user):
    """A client with a session, and the session's CSRF token."""
    with transaction(committed.sessions) as session:
        client.cookies.set(COOKIE, sign_in(session, user))
        client.csrf = session.scalar(select(SignIn.csrf))
    return client


def _id_of(session, api) -> int:
    """The number of the token an Api asks by."""
    held = hash_of(api.token)
    return session.scalar(select(AccessToken.id).where(AccessToken.secret_hash == held))


def asked_with(client, authorization):
    headers = {"authorization": authorization} if authorization is not None else {}
    return client.get("/api/v1/cases", headers=headers)


def test_a_stranger_is_told_how_to_come_in(client):
    answer = asked_with(client, None)

    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in.required")
    assert answer.headers["www-authenticate"] == 'Bearer realm="bosetting"'


@pytest.mark.parametrize("authorization", ["Bearer x", "Bearer ", "Basic eDp5", "Bearer a b", "x"])
def test_what_does_not_hold_is_told_so(nothing_happens, authorization):
    answer = asked_with(nothing_happens.client, authorization)

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_token_holds_until_it_expires_or_is_revoked(as_, committed, monkeypatch):
    monkeypatch.setattr(signin.tokens, "TRUSTED_SECONDS", -1.0)
    api, other = as_(officer()), as_(officer())
    before = api.get("/cases").status_code, other.get("/cases").status_code

    with transaction(committed.sessions) as session:
        revoke_token(session, _id_of(session, api), actor=SYSTEM, at=machine_time())
        session.execute(
            update(AccessToken)
            .where(AccessToken.revoked_at.is_(None))
            .values(expires_at=machine_time() - timedelta(seconds=1))
        )

    assert before == (200, 200)
    assert (api.get("/cases").status_code, other.get("/cases").status_code) == (401, 401)


def test_a_token_found_is_believed_for_a_moment_but_never_past_its_end(as_, committed, monkeypatch):
    monkeypatch.setattr(signin.tokens, "TRUSTED_SECONDS", 60.0)
    monkeypatch.setattr("app.main.ask_again", lambda *_: None)
    api = as_(officer())
    first = api.get("/cases").status_code
    with transaction(committed.sessions) as session:
        revoke_token(session, _id_of(session, api), actor=SYSTEM, at=machine_time())
    moment = api.get("/cases").status_code

    later = machine_time() + signin.LASTS
    monkeypatch.setattr(signin.tokens, "machine_time", lambda: later)

    assert (first, moment, api.get("/cases").status_code) == (200, 200, 401)


def test_secrets_are_stored_hashed(as_, committed):
    api = as_(officer())

    with transaction(committed.sessions) as session:
        (stored,) = session.scalars(select(AccessToken.secret_hash))

    assert len(stored) == 32
    assert api.token.encode() not in stored


def test_a_token_of_a_municipality_names_it(session):
    here = a_municipality(session)

    issue_token(session, name="x", role=Role.MUNICIPALITY_READER, municipality_id=here)
    for wrong in (
        {"role": Role.MUNICIPALITY_READER},
        {"role": Role.LEAD, "municipality_id": here},
        {"role": Role.RECEPTION_CENTRE},
        {"role": Role.LEAD, "reception_centre": "Dale"},
        {"role": Role.SYSTEM},
    ):
        with pytest.raises(ValueError, match=r"go together|nobody has"):
            issue_token(session, name="x", **wrong)


def test_a_cookie_signs_in_and_reads(browser):
    assert browser.get("/api/v1/cases").status_code == 200


def test_a_change_by_cookie_needs_the_token_of_the_sign_in(browser):
    without = browser.post("/api/v1/cases", json=HOUSEHOLD)
    wrong = browser.post("/api/v1/cases", json=HOUSEHOLD, headers={"x-csrf-token": "x"})
    right = browser.post("/api/v1/cases", json=HOUSEHOLD, headers={"x-csrf-token": browser.csrf})

    assert (without.status_code, without.json()["code"]) == (403, "csrf.failed")
    assert wrong.status_code == 403
    assert right.status_code == 201


def test_a_session_ends_when_it_is_signed_out_or_the_user_leaves(browser, committed, user):
    with transaction(committed.sessions) as session:
        session.execute(update(User).values(ended_at=machine_time()))
    left = browser.get("/api/v1/cases")
    with transaction(committed.sessions) as session:
        session.execute(update(User).values(ended_at=None))
    back = browser.get("/api/v1/cases")
    with transaction(committed.sessions) as session:
        sign_out(session, browser.cookies[COOKIE])

    assert (left.status_code, back.status_code) == (401, 200)
    assert browser.get("/api/v1/cases").status_code == 401


def test_signing_in_clears_old_sessions_away(session):
    user_id = session.execute(
        insert(User).values(name="x", role=Role.LEAD, demo=True).returning(User.id)
    ).scalar_one()
    sign_in(session, user_id)
    session.execute(update(SignIn).values(expires_at=machine_time() - timedelta(hours=1)))

    sign_in(session, user_id)

    assert len(session.scalars(select(SignIn)).all()) == 1


def test_the_bearer_goes_before_the_cookie(browser):
    answer = browser.get("/api/v1/cases", headers={"authorization": "Bearer x"})

    assert answer.status_code == 401


def test_the_cookie_is_not_for_scripts_and_not_for_other_sites():
    from starlette.requests import Request
    from starlette.responses import Response

    response = Response()
    scope = {"type": "http", "scheme": "https", "path": "/", "headers": [], "server": ("x", 443)}
    signin.set_cookie(response, Request(scope | {"query_string": b""}), "secret")

    cookie = response.headers["set-cookie"].lower()

    for part in ("httponly", "samesite=lax", "secure", "path=/"):
        assert part in cookie
