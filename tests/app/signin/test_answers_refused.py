"""Answers of an identity provider that let nobody in: forged, foreign, replayed, late, too weak."""

import json
from base64 import urlsafe_b64encode

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import update

from app.clock import machine_time
from app.db import transaction
from app.models import User
from app.signin import attempts
from tests.app.signin.ansattporten import Person, new_key
from tests.app.signin.conftest import COOKIE, HOME, STEINKJER, a_writer, code_of, is_in

STRANGER = new_key("first")


def unsigned(claims):
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    told = (urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return f"{'.'.join(told)}."


def by_a_stranger(claims):
    return jwt.encode({"alg": "RS256", "kid": "first"}, claims, STRANGER, algorithms=["RS256"])


def by_the_secret_of_all(claims):
    shared = OctKey.import_key("bosetting-client-and-32-more-bytes-of-it")
    return jwt.encode({"alg": "HS256", "kid": "first"}, claims, shared, algorithms=["HS256"])


@pytest.mark.parametrize(
    "change",
    [
        {"nonce": "another-sign-in-of-somebody"},
        {"nonce": None},
        {"exp": 1_600_000_000, "iat": 1_599_999_000},
        {"exp": None},
        {"iat": 4_000_000_000, "exp": 4_000_000_120},
        {"iss": "https://ansattporten.no"},
        {"aud": "another-client"},
        {"aud": ["bosetting-client", "another"], "azp": "another"},
        {"pid": None},
        unsigned,
        by_a_stranger,
        by_the_secret_of_all,
    ],
)
def test_an_id_token_that_does_not_hold_lets_nobody_in(house, change):
    if callable(change):
        house.provider.sign = change
    else:
        house.provider.claims = lambda claims: {
            name: value for name, value in (claims | change).items() if value is not None
        }
    browser, before = house.browser(), len(house.users())

    answer = house.sign_in(browser, a_writer("10101010110"))

    assert (answer.status_code, code_of(answer)) == (403, "sign_in.answer_invalid")
    assert not is_in(browser)
    assert len(house.users()) == before


def test_another_provider_may_not_answer_for_this_one(house):
    browser = house.browser()
    back = house.provider.authorize(house.go_there(browser), a_writer("10101010111"))

    answer = browser.get(back.replace("iss=https%3A%2F%2Fansattporten", "iss=https%3A%2F%2Fevil"))

    assert (answer.status_code, code_of(answer)) == (403, "sign_in.answer_invalid")


def test_an_answer_is_worth_something_once(house):
    browser = house.browser()
    back = house.provider.authorize(house.go_there(browser), a_writer("10101010106"))
    first = browser.get(back)
    thief = house.browser()
    thief.cookies.update(browser.cookies)
    thief.cookies.delete(COOKIE)

    replayed = thief.get(back)

    assert (first.status_code, replayed.status_code) == (303, 409)
    assert code_of(replayed) == "sign_in.stale"
    assert not is_in(thief)


def test_a_cookie_planted_before_signing_in_is_never_the_sessions(house):
    """Session fixation: whoever knows what the browser came with knows nothing."""
    browser, thief = house.browser(), house.browser()
    planted = "planted-by-somebody-else-0123456789abcdef01"
    for one in (browser, thief):
        one.cookies.set(COOKIE, planted)

    house.sign_in(browser, a_writer("10101010117"))
    held = {one.value for one in browser.cookies.jar if one.name == COOKIE} - {planted}
    alone = house.browser()
    alone.cookies.set(COOKIE, held.pop())

    assert held == set()
    assert is_in(alone)
    assert not is_in(thief)


def test_an_answer_is_worth_nothing_in_another_browser_or_with_another_state(house):
    browser, other = house.browser(), house.browser()
    back = house.provider.authorize(house.go_there(browser), a_writer("10101010107"))
    house.go_there(other)

    elsewhere = other.get(back)
    changed = browser.get(back.replace("state=", "state=x"))
    without = browser.get(f"{HOME}/logg-inn/kommune/svar?code=x")

    assert {elsewhere.status_code, changed.status_code, without.status_code} == {409}
    assert not is_in(other)
    assert browser.get(back).status_code == 303, "it was not used up by others"


def test_an_answer_that_comes_too_late_is_refused(house, monkeypatch):
    browser = house.browser()
    back = house.provider.authorize(house.go_there(browser), a_writer("10101010108"))
    later = machine_time() + attempts.LASTS
    monkeypatch.setattr("app.pages.sign_in.machine_time", lambda: later)

    answer = browser.get(back)

    assert (answer.status_code, code_of(answer)) == (409, "sign_in.stale")


def test_a_weaker_means_than_asked_for_is_refused(house):
    person = Person("10101010114", rights={"bosetting-svare": STEINKJER}, acr="low")

    answer = house.sign_in(house.browser(), person)

    assert (answer.status_code, code_of(answer)) == (403, "sign_in.level_too_low")


def test_a_user_who_has_left_does_not_come_back(house):
    browser = house.browser()
    house.sign_in(browser, a_writer("10101010115"))
    user = house.users()[-1]
    with transaction(house.database.sessions) as session:
        session.execute(update(User).where(User.id == user.id).values(ended_at=machine_time()))

    answer = house.sign_in(house.browser(), a_writer("10101010115"))

    assert (answer.status_code, code_of(answer)) == (403, "sign_in.user_ended")
    assert not is_in(browser), "nor does the session that was there go on"


def test_one_is_not_sent_on_to_another_host(house):
    browser = house.browser()
    for onward in ("https://evil.test/", "//evil.test/", "/\\evil.test", "evil"):
        back = house.provider.authorize(house.go_there(browser, onward), a_writer("10101010121"))
        assert browser.get(back).headers["location"] == "/kommune", onward
