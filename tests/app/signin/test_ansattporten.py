"""Municipality staff sign in with Ansattporten: the right gives the role, for one municipality."""

from time import monotonic
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from sqlalchemy import text

from app.db import reading
from app.signin import oidc
from tests.app.signin.ansattporten import LOGIN, NotTaken, Person, new_key
from tests.app.signin.conftest import COOKIE, HOME, OSLO, STEINKJER, a_writer, code_of, is_in
from workflow.kernel.actor import Role


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


def test_two_tabs_of_one_browser_can_both_be_completed(house):
    browser = house.browser()
    one, two = house.go_there(browser), house.go_there(browser)

    second = browser.get(house.provider.authorize(two, a_writer("10101010109")))
    first = browser.get(house.provider.authorize(one, a_writer("10101010109")))

    assert (first.status_code, second.status_code) == (303, 303)
    user = house.users()[-1]
    assert len([s for s in house.sessions() if s.user_id == user.id]) == 1
    assert is_in(browser)


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


def test_a_provider_nobody_knows_is_not_found(house):
    assert house.browser().get("/logg-inn/skatt").status_code == 404
