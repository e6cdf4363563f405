"""What holds for every page of IMDi and of everybody: who gets it, and nothing inline in it."""

import re
from itertools import cycle

import pytest
from sqlalchemy import insert, update

from app import db
from app.languages import NORWEGIAN as NORWEGIAN_LANGUAGES
from tests.app.pages.conftest import SECRET_NAME, Site
from tests.factories import NORWEGIAN
from tests.journeys.neighbours import routes
from workflow.kernel.actor import DIRECTORATE, Role
from workflow.municipalities.models import Municipality, MunicipalityBoundary

PEOPLE = [None, *(role for role in NORWEGIAN if role is not Role.SYSTEM)]
STAFF = DIRECTORATE | {Role.AUDITOR}
PUBLIC = (
    "/logg-inn",
    "/regler",
    "/regler/versjon/1",
    "/regler/sammenlign",
    "/hjelp",
    "/hjelp/tilstander",
    "/hjelp/imdi",
    "/hjelp/kommune",
    "/hjelp/udi",
    "/kontakt",
    "/tilgjengelighet",
    "/personvern",
    "/problems/places.none_free",
)
SIGNED_IN = (
    "/profil",
    "/profil/okter",
    "/fullmakter",
    "/visninger",
    "/varsler",
    "/varsler?ulest=true",
    "/demo/klokke",
)
INLINE = re.compile(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


@pytest.mark.parametrize(("role", "language"), [*zip(PEOPLE, cycle(NORWEGIAN_LANGUAGES))])
def test_everybody_reads_what_is_public_in_every_language(site: Site, role, language):
    visitor = site.visit(role).speaking(language)

    for path in PUBLIC:
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        assert f'<html lang="{language}"' in answer.text, path
        assert not INLINE.search(answer.text), path
        assert SECRET_NAME not in answer.text, path


@pytest.mark.parametrize(("role", "language"), [*zip(PEOPLE[1:], cycle(NORWEGIAN_LANGUAGES))])
def test_everybody_signed_in_has_a_profile_and_notices(site: Site, role, language):
    visitor = site.visit(role).speaking(language)

    for path in SIGNED_IN:
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        assert answer.headers["content-language"] == language
        assert not INLINE.search(answer.text), path
        assert SECRET_NAME not in answer.text, path


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.MUNICIPALITY_ADMINISTRATOR])
def test_those_who_look_after_sessions_have_a_page_of_them(site: Site, role):
    text = site.visit(role).text("/okter")

    assert not INLINE.search(text)
    assert SECRET_NAME not in text


@pytest.mark.parametrize(
    "role",
    [Role.LEAD, Role.TRAVEL_OFFICER, Role.MUNICIPALITY_ADMINISTRATOR, Role.RECEPTION_CENTRE],
)
def test_those_who_answer_for_integrations_have_a_page_of_webhooks(site: Site, role):
    text = site.visit(role).text("/varsler/webhooks")

    assert not INLINE.search(text)
    assert SECRET_NAME not in text


@pytest.mark.parametrize("path", ["/oppgaver", "/saker", "/okter", *SIGNED_IN])
def test_a_stranger_is_sent_to_sign_in(site: Site, path):
    answer = site.visit().get(path)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/logg-inn?videre=")


@pytest.mark.parametrize(("role", "language"), [*zip(PEOPLE[1:], cycle(("en", "nn", "nb")))])
def test_the_menu_of_a_role_leads_nowhere_it_may_not_go(site: Site, role, language):
    visitor = site.visit(role).speaking(language)
    menu = re.search(r'<nav id="menu".*?</nav>', visitor.text("/profil"), re.DOTALL)

    for path in re.findall(r'href="([^"]+)"', menu[0] if menu else ""):
        assert visitor.client.get(path, follow_redirects=True).status_code == 200, path


@pytest.mark.parametrize("role", [Role.LEAD, Role.AUDITOR, Role.MUNICIPALITY_READER])
def test_letters_are_free_of_what_the_policy_forbids(site: Site, role):
    lists = ("/brev", "/brev?state=stuck")
    for path in lists if role is Role.MUNICIPALITY_READER else (*lists, "/brev/overlevering"):
        text = site.visit(role).text(path)
        assert not INLINE.search(text), path
        assert SECRET_NAME not in text, path


@pytest.mark.parametrize(
    ("role", "paths"),
    [
        (Role.MUNICIPALITY_WRITER, ["/kommune/varsling", "/kommune/ukeplan", "/kommune/tilbud"]),
        (Role.MUNICIPALITY_WRITER, ["/kommune/husholdningstyper"]),
        (Role.MUNICIPALITY_READER, ["/kommune/varsling", "/kommune/ukeplan", "/kommune/tilbud"]),
        (Role.TRAVEL_OFFICER, ["/varsler/valg"]),
        (Role.LEAD, ["/varsler/valg", "/varsling/uten-mottaker", "/utsendinger"]),
        (Role.AUDITOR, ["/varsling/uten-mottaker", "/utsendinger?state=dead", "/tilbud"]),
        (Role.CASE_OFFICER, ["/tilbud", "/kommuner/5006/ukeplan", "/kommuner/5006/tilbud"]),
        (Role.LEAD, ["/husholdningstyper", "/kommuner/5006/husholdningstyper"]),
        (Role.ADMINISTRATOR, ["/utsendinger", "/utsendinger?state=dead"]),
    ],
)
def test_pages_beside_those_of_cases_are_free_of_what_the_policy_forbids(site: Site, role, paths):
    for path in paths:
        text = site.visit(role).text(path)
        assert not INLINE.search(text), path
        assert SECRET_NAME not in text, path


def test_every_page_of_a_case_is_free_of_what_the_policy_forbids(site: Site):
    officer = site.visit(Role.CASE_OFFICER)

    for (name, case_id), language in zip(site.cases.items(), cycle(NORWEGIAN_LANGUAGES)):
        officer.speaking(language)
        of_a_case = ("", "/forslag", "/trekk", "/innreise", "/bosatt", "/personer", "/uke")
        for path in (*of_a_case, "/tilknytning"):
            answer = officer.get(f"/saker/{case_id}{path}")
            assert answer.status_code == 200, (name, path)
            assert f'<html lang="{language}"' in answer.text, (name, path)
            assert not INLINE.search(answer.text), (name, path)


def test_the_map_draws_circles_and_boundaries_once_they_are_imported(site: Site):
    reader = site.visit(Role.CASE_OFFICER)
    with db.transaction(site.database.sessions) as session:
        east = 8 + Municipality.id % 8
        session.execute(update(Municipality).values(latitude=60, longitude=east))
    circles = reader.text("/kommuner/kart?year=2020")
    here = {"municipality_id": site.municipalities["Oslo"], "path": "M10 20l30 0l0 30z"}
    with db.transaction(site.database.sessions) as session:
        session.execute(insert(MunicipalityBoundary).values(here))
    areas = reader.text("/kommuner/kart?year=2020")
    again = reader.text("/kommuner/kart?year=2020&vis=circles")

    for text in (circles, areas, again):
        assert not INLINE.search(text)
        # The drawing is for the mouse: each link is in the table too.
        table = text.split("<tbody", 1)[1]
        drawn = re.findall(r'<a href="([^"]+)" tabindex="-1">', text)
        assert drawn
        assert all(f'href="{path}"' in table for path in drawn)
    marks = [re.findall(r'<(circle|path) class="k ', text) for text in (circles, areas, again)]
    assert marks == [["circle"] * 4, ["path"], ["circle"] * 4]


def test_pages_of_protection_and_erasure_are_free_of_what_the_policy_forbids(site: Site):
    lead = site.visit(Role.LEAD)
    case_id = site.cases["placed"]
    person = re.search(r"/personer/([0-9a-f-]+)/innsyn", lead.text(f"/saker/{case_id}"))
    assert person is not None

    for path in ("/skjermede", "/sletting", f"/saker/{case_id}/formaal", person[0]):
        answer = lead.get(path)
        assert answer.status_code == 200, path
        assert not INLINE.search(answer.text), path


def test_what_is_not_there_is_said_in_a_page(site: Site):
    officer = site.visit(Role.CASE_OFFICER)

    nobodys = "/saker/00000000-0000-0000-0000-000000000000"
    for path in (nobodys, "/problems/nonsense", "/saker/x", "/finnesikke", "/saker?q=%00"):
        answer = officer.get(path)
        assert answer.status_code == 404
        assert "Fant ikke siden" in answer.text
        assert 'class="bell" href="/logg-inn"' not in answer.text, path


def test_a_withdrawal_before_a_day_that_is_still_to_come_says_so(site: Site):
    form = {"before": "12.03.2030", "reason": "Innreise er ikke mulig", "legal_ground": ""}

    answer = site.visit(Role.CASE_OFFICER).send("/omgjoring/ny", form)

    assert answer.status_code == 422
    assert "kan ikke være senere enn i morgen" in answer.text


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("/omgjoring/{run}/bekreft", "/omgjoring/{run}"),
        ("/kommuner/5006/flyplass", "/kommuner/5006"),
        ("/saker/utvalg", "/saker"),
        ("/sprak", "/"),
    ],
)
def test_an_address_only_forms_are_sent_to_leads_to_their_page(site: Site, typed, page):
    run = "5d2f7a0e-0000-4000-8000-000000000000"

    answer = site.visit(Role.CASE_OFFICER).get(typed.format(run=run))

    assert (answer.status_code, answer.headers.get("location")) == (303, page.format(run=run))


def test_no_address_of_a_form_is_a_dead_end_for_who_types_it(site: Site):
    known = [(route.methods, path) for route, path in routes(site.app.routes)]
    read = {path for methods, path in known if "GET" in methods}
    typed = {path for methods, path in known if "POST" in methods and "/api/" not in path} - read
    reader = site.visit(Role.LEAD)

    answers = {path: reader.get(re.sub(r"\{\w+\}", "1", path)).status_code for path in typed}

    assert len(answers) > 50
    assert answers == dict.fromkeys(answers, 303)


def test_who_types_the_address_of_signing_out_is_asked_first(site: Site):
    reader = site.visit(Role.LEAD)

    asked = reader.text("/logg-ut")

    assert "Vil du logge ut?" in asked
    assert reader.get("/profil").status_code == 200
    assert site.visit().get("/logg-ut").headers["location"] == "/logg-inn"
