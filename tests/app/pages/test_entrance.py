"""In and out: sign-in, home, the clock of the demonstration."""

import re

import pytest

from app import signin
from app.frame import HOMES
from tests.app.pages.conftest import Site, Visitor
from tests.factories import NORWEGIAN
from workflow.kernel.actor import Role

PEOPLE = [role for role in NORWEGIAN if role is not Role.SYSTEM]


@pytest.mark.parametrize("role", PEOPLE)
def test_every_role_has_a_home(site: Site, role):
    answer = site.visit(role).get("/")

    assert answer.status_code == 303
    assert answer.headers["location"] == HOMES.get(role, "/profil")


def test_a_stranger_is_shown_in_and_then_to_the_page_asked_for(site: Site):
    stranger = site.visit()

    answer = stranger.get("/profil")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/logg-inn?videre=%2Fprofil"


def test_one_signs_in_as_a_ready_user_and_is_greeted_once(site: Site):
    site.visit(Role.CASE_OFFICER)
    stranger = site.visit()
    page = stranger.text("/logg-inn?videre=/profil")
    user = re.search(r'name="user" value="(\d+)"', page)

    answer = stranger.send("/logg-inn", {"user": user[1], "videre": "/profil"}, page="/logg-inn")

    assert (answer.status_code, answer.headers["location"]) == (303, "/profil")
    assert "Du er logget inn som" in stranger.text("/profil")
    assert "Du er logget inn som" not in stranger.text("/profil")


@pytest.mark.parametrize("onward", ["//evil.example", "https://evil.example", "/\\evil"])
def test_signing_in_leads_to_our_own_pages_only(site: Site, onward):
    site.visit(Role.CASE_OFFICER)
    stranger = site.visit()
    user = re.search(r'name="user" value="(\d+)"', stranger.text("/logg-inn"))

    answer = stranger.send("/logg-inn", {"user": user[1], "videre": onward}, page="/logg-inn")

    assert answer.headers["location"] in {*HOMES.values(), "/profil"}


def test_a_form_without_the_token_does_nothing(site: Site):
    stranger, reader = site.visit(), site.visit(Role.LEAD)

    assert stranger.client.post("/logg-inn", data={"user": "1"}).status_code == 403
    assert reader.client.post("/logg-ut").status_code == 403
    assert reader.get("/profil").status_code == 200


def test_signing_out_ends_the_session(site: Site):
    reader = site.visit(Role.LEAD)

    answer = reader.send("/logg-ut", page="/profil")

    assert answer.headers["clear-site-data"] == '"storage"'
    assert answer.headers["location"] == "/logg-inn"
    assert reader.get("/profil").status_code == 303


def test_the_clock_goes_forward_and_never_back(site: Site):
    reader = site.visit(Role.LEAD)
    before = re.search(r"<time[^>]*>([^<]+)<", reader.text("/profil"))[1]

    moved = reader.send("/demo/klokke", {"step": "day"}, page="/profil")
    back = reader.send("/demo/klokke", {"clock": "01.01.2020"}, page="/profil")

    assert moved.status_code == 303
    assert re.search(r"<time[^>]*>([^<]+)<", reader.text("/profil"))[1] != before
    assert back.status_code == 422
    assert "som ikke er passert" in back.text
    assert 'value="01.01.2020"' in back.text


def test_the_language_is_switched_by_a_form_and_the_page_stays(site: Site):
    """No script: a form at the foot of every page, a redirect, a cookie."""
    stranger = site.visit()
    page = stranger.text("/regler")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None

    answer = stranger.client.post(
        "/sprak",
        data={"csrf_token": token[1], "language": "nn"},
        headers={"referer": "http://testserver/regler?year=2020"},
    )

    assert 'action="/sprak"' in page
    assert (answer.status_code, answer.headers["location"]) == (303, "/regler?year=2020")
    again = stranger.text("/regler?year=2020")
    assert '<html lang="nn"' in again
    assert "Slik blir kommunane rangerte" in again or "Slik verkar rangeringa" in again
    assert re.search(r'value="nn" lang="nn" aria-current="true"', again)


def test_a_person_has_the_language_in_the_next_browser_too(site: Site):
    """The user's choice, then the browser's cookie, then what it accepts, then bokmål."""
    person = site.visit(Role.MUNICIPALITY_WRITER)
    person.send("/sprak", {"language": "nn"})
    other = Visitor(site.app, person.client.cookies[signin.COOKIE])

    answer = other.speaking("en").client.get("/profil", headers={"accept-language": "en"})

    assert answer.headers["content-language"] == "nn"
    assert "Innlogginga di" in answer.text
    assert "Fann ikkje sida" in other.get("/saker/x").text


def test_a_language_nobody_offers_changes_nothing(site: Site):
    person = site.visit(Role.CASE_OFFICER)

    for unknown in ("sv", "xx", ""):
        assert person.send("/sprak", {"language": unknown}).status_code == 303

    assert '<html lang="nb"' in person.text("/profil")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("nn-NO,nn;q=0.9,en;q=0.5", "nn"),
        ("en-GB", "nb"),
        ("en, nn;q=0.1", "nn"),
        ("sv, no;q=0.5", "nb"),
        ("fr", "nb"),
    ],
)
def test_a_browser_without_a_choice_gets_the_norwegian_it_accepts(site: Site, accepted, language):
    answer = site.visit().client.get("/hjelp", headers={"accept-language": accepted})

    assert answer.headers["content-language"] == language
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["vary"].split(", "))


@pytest.mark.parametrize("name", ["guovdageaidnu", "KAUTOKEINO", "5430"])
@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_a_sami_municipality_is_found_by_each_name_and_shown_with_both(site, name, language):
    page = site.visit(Role.CASE_OFFICER).speaking(language).get("/kommuner", q=name, year=2020).text

    assert "Guovdageaidnu - Kautokeino" in page
    assert "Steinkjer" not in page.split("<main", 1)[1]
