"""Municipality staff sign in with Ansattporten: the right gives the role, for one municipality."""

import json
from base64 import urlsafe_b64encode
from time import monotonic
from urllib.parse import parse_qs, urlsplit

import pytest
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlalchemy import text, update

from app.clock import machine_time
from app.db import reading, transaction
from app.models import User
from app.signin import attempts, oidc
from app.signin.assertion import LASTS
from tests.app.signin.ansattporten import LOGIN, NotTaken, Person, new_key
from tests.app.signin.conftest import HOME, OSLO, STEINKJER
from workflow.kernel.actor import Role

COOKIE = "__Host-bosetting_session"


def a_writer(pid: str, organisation: str = STEINKJER) -> Person:
    return Person(pid, rights={"bosetting-svare": organisation})


def is_in(browser) -> bool:
    return browser.get("/profil").status_code == 200


def code_of(answer) -> str:
    """The code of the refusal on a page."""
    return answer.text.split("<code>")[1].split("</code>")[0]


def test_a_person_with_the_right_comes_in_and_to_the_page_asked_for(house):
    browser = house.browser()

    answer = house.sign_in(browser, a_writer("10101010101"))

    assert (answer.status_code, answer.headers["location"]) == (303, "/profil")
    page = browser.get("/profil").text
    assert "Kari Nordmann" in page
    assert "Steinkjer" in page
    user = house.users()[-1]
    assert (user.role, user.demo) == (Role.MUNICIPALITY_WRITER, False)


def test_the_cookies_are_the_hosts_own_and_not_for_scripts(house):
    browser = house.browser()

    answer = house.sign_in(browser, a_writer("10101010102"))

    (session,) = (c for c in answer.headers.get_list("set-cookie") if c.startswith(COOKIE))
    for part in ("HttpOnly", "Secure", "Path=/", "SameSite=lax"):
        assert part in session
    assert "Domain" not in session


def test_the_national_identity_number_is_nowhere_in_the_database(house):
    pid = "10101010103"
    house.sign_in(house.browser(), a_writer(pid))

    with reading(house.database.sessions) as session:
        tables = session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).all()
        stored = "".join(
            str(session.execute(text(f'SELECT t::text FROM "{table}" t')).all()) for table in tables
        )

    assert "sign_ins" in tables
    assert len(house.users()[-1].subject) == 64
    assert pid not in stored
    assert pid.encode().hex() not in stored


def test_the_same_person_is_the_same_user_and_loses_a_role_with_the_right(house):
    pid = "10101010104"
    house.sign_in(house.browser(), a_writer(pid))
    first = house.users()[-1]

    house.sign_in(house.browser(), Person(pid, rights={"bosetting-lese": STEINKJER}))
    again = house.users()[-1]
    house.sign_in(house.browser(), a_writer(pid, OSLO))
    elsewhere = house.users()[-1]

    assert (again.id, first.role, again.role) == (
        first.id,
        Role.MUNICIPALITY_WRITER,
        Role.MUNICIPALITY_READER,
    )
    assert elsewhere.id != first.id
    assert elsewhere.municipality_id != first.municipality_id


def test_who_has_both_rights_has_the_role_that_stands_first(house):
    rights = {"bosetting-lese": STEINKJER, "bosetting-svare": STEINKJER}

    house.sign_in(house.browser(), Person("10101010105", rights=rights))

    assert house.users()[-1].role is Role.MUNICIPALITY_WRITER


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


def test_two_tabs_of_one_browser_can_both_be_completed(house):
    browser = house.browser()
    one, two = house.go_there(browser), house.go_there(browser)

    second = browser.get(house.provider.authorize(two, a_writer("10101010109")))
    first = browser.get(house.provider.authorize(one, a_writer("10101010109")))

    assert (first.status_code, second.status_code) == (303, 303)
    user = house.users()[-1]
    assert len([s for s in house.sessions() if s.user_id == user.id]) == 1
    assert is_in(browser)


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


def test_who_lacks_the_right_is_told_how_to_get_it(house):
    for person, options in (
        (Person("10101010112"), {}),
        (a_writer("10101010112"), {"as_oneself": True}),
    ):
        browser, before = house.browser(), len(house.users())

        answer = house.sign_in(browser, person, **options)

        assert answer.status_code == 403
        assert "bosetting-svare" in answer.text
        assert "hovedadministrator" in answer.text
        assert f"{LOGIN}/endsession" in answer.text
        assert not is_in(browser)
        assert len(house.users()) == before


def test_the_provider_can_be_told_to_stop_who_lacks_the_right(house):
    known = house.app.state.identity_providers
    stricter = known["kommune"].provider.model_copy(update={"representation_required": True})
    known["kommune"] = oidc.IdentityProvider(stricter, transport=house.provider.transport)

    assert house.sign_in(house.browser(), a_writer("10101010122")).status_code == 303
    with pytest.raises(NotTaken, match="represents nobody"):
        house.sign_in(house.browser(), Person("10101010123"))


def test_an_organisation_that_is_no_municipality_is_told(house):
    browser = house.browser()

    answer = house.sign_in(browser, a_writer("10101010113", "987464291"))

    assert answer.status_code == 403
    assert "987464291" in answer.text
    assert not is_in(browser)


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


def test_signing_out_ends_the_session_here_and_there(house):
    browser = house.browser()
    house.sign_in(browser, a_writer("10101010116"))
    stolen = house.browser()
    stolen.cookies.update(browser.cookies)
    before = is_in(stolen)

    answer = house.send(browser, "/logg-ut")

    there = answer.text.split("0;url=")[1].split('"')[0].replace("&amp;", "&")
    asked = parse_qs(urlsplit(there).query)
    assert before
    assert there.startswith(f"{LOGIN}/endsession?")
    assert asked["post_logout_redirect_uri"] == [f"{HOME}/logg-inn"]
    hint = jwt.decode(asked["id_token_hint"][0], house.provider.key, algorithms=["RS256"])
    assert hint.claims["pid"] == "10101010116"
    assert not is_in(browser)
    assert not is_in(stolen), "a stolen cookie is worth nothing after signing out"


def test_the_provider_ends_its_sessions_and_no_others(house):
    mine, theirs = house.browser(), house.browser()
    house.sign_in(mine, a_writer("10101010117"))
    house.sign_in(theirs, a_writer("10101010118"))

    def ended(**query):
        frame = house.browser()  # a frame of the provider's page brings no cookie of ours
        return frame.get("/logg-ut/kommune/kanal", params=query)

    wrong = ended(iss="https://evil.test", sid="sid-10101010117")
    without = ended(iss="https://ansattporten.test", sid="")
    still = is_in(mine)
    right = ended(iss="https://ansattporten.test", sid="sid-10101010117")

    assert (wrong.status_code, without.status_code, still) == (404, 404, True)
    assert right.status_code == 200
    assert "frame-ancestors *" in right.headers["content-security-policy"]
    assert not is_in(mine)
    assert is_in(theirs)


def test_a_session_begun_anew_has_another_secret(house):
    browser = house.browser()
    house.sign_in(browser, a_writer("10101010119"))
    old = browser.cookies[COOKIE]

    house.sign_in(browser, a_writer("10101010119"))
    thief = house.browser()
    thief.cookies.set(COOKIE, old, domain="bosetting.test")

    assert browser.cookies[COOKIE] != old
    assert not is_in(thief)


def test_keys_that_are_changed_are_fetched_again(house, monkeypatch):
    monkeypatch.setattr(oidc, "KEYS_AGAIN", 0.0)
    house.sign_in(house.browser(), a_writer("10101010120"))
    before = house.provider.key

    try:
        house.provider.key = new_key("second")
        answer = house.sign_in(house.browser(), a_writer("10101010120"))
    finally:
        house.provider.key = before

    assert answer.status_code == 303


def test_a_provider_that_does_not_answer_is_told_and_nothing_is_kept(house):
    house.provider.away = True

    answer = house.browser().get("/logg-inn/kommune")

    assert (answer.status_code, code_of(answer)) == (502, "sign_in.failed")


def test_a_provider_that_does_not_answer_is_left_alone_for_a_moment(house, monkeypatch):
    tabs = [house.browser() for _ in range(3)]
    person = a_writer("10101010124")
    back = [house.provider.authorize(house.go_there(tab), person) for tab in tabs]

    house.provider.away = True
    first = tabs[0].get(back[0])
    house.provider.away = False
    second = tabs[1].get(back[1])
    monkeypatch.setattr(oidc, "monotonic", lambda: monotonic() + oidc.LEFT_ALONE)
    third = tabs[2].get(back[2])

    assert (first.status_code, second.status_code, third.status_code) == (502, 502, 303)


def test_who_changes_their_mind_is_back_where_they_began(house):
    browser = house.browser()
    there = house.go_there(browser)
    state = parse_qs(urlsplit(there).query)["state"][0]

    answer = browser.get(f"/logg-inn/kommune/svar?error=access_denied&state={state}")

    assert (answer.status_code, answer.headers["location"]) == (303, "/logg-inn")
    assert "Du avbrøt innloggingen" in browser.get("/logg-inn").text


def test_one_is_not_sent_on_to_another_host(house):
    browser = house.browser()
    for onward in ("https://evil.test/", "//evil.test/", "/\\evil.test", "evil"):
        back = house.provider.authorize(house.go_there(browser, onward), a_writer("10101010121"))
        assert browser.get(back).headers["location"] == "/kommune", onward


def test_a_provider_nobody_knows_is_not_found(house):
    assert house.browser().get("/logg-inn/skatt").status_code == 404


def test_each_assertion_is_fresh_short_and_for_the_issuer(house):
    signing = house.app.state.identity_providers["kommune"]._signing
    one, two = (jwt.decode(signing.fresh(), house.key).claims for _ in range(2))

    assert one["jti"] != two["jti"]
    assert one["exp"] - one["iat"] == LASTS.total_seconds() <= 120
    assert one["aud"] == "https://ansattporten.test"


def test_the_provider_of_these_tests_refuses_what_authlib_signs_by_itself(house):
    """If it did not, these tests would not show that ours is needed."""
    asked = house.go_there(house.browser())
    code = parse_qs(urlsplit(house.provider.authorize(asked, a_writer("1"))).query)["code"][0]
    client = OAuth2Client(
        "bosetting-client",
        house.key,
        token_endpoint_auth_method="private_key_jwt",
        transport=house.provider.transport,
    )
    client.register_client_auth_method(
        PrivateKeyJWT("https://ansattporten.test", headers={"kid": "ours"})
    )

    with client, pytest.raises(Exception, match="invalid_grant"):
        client.fetch_token(f"{LOGIN}/token", grant_type="authorization_code", code=code)

    assert house.provider.refused == ["exp"]


def test_the_provider_of_these_tests_asks_for_pkce_and_a_nonce(house):
    asked = house.go_there(house.browser())

    for left_out in ("code_challenge=", "nonce=", "state="):
        with pytest.raises(NotTaken):
            house.provider.authorize(asked.replace(left_out, "x="), a_writer("1"))
