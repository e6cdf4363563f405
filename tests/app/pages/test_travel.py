"""UDI books, moves and cancels; the reception centre reads its own."""

import re
from datetime import timedelta

import pytest

from app import db
from tests import factories
from tests.app.pages.conftest import SECRET_NAME, Site
from tests.app.pages.travels import PLAN, UDI, new_case, send, state
from tests.factories import NORWEGIAN
from tests.notifications.telling import tell
from workflow.cases.states import CaseState, Group
from workflow.kernel.actor import Role
from workflow.travel import commands, queries

THEN = factories.NOW + timedelta(days=9)
READERS = [UDI, Role.CASE_OFFICER, Role.LEAD, Role.AUDITOR]
OTHERS = [role for role in NORWEGIAN if role not in {*READERS, Role.SYSTEM}]
PAGES = [
    "/reiser",
    "/reiser?vis=bestilt",
    "/reiser?vis=alle",
    "/reiser/uke/2020-W24",
    "/reiser/uke/2020-W30",
    "/reiser/endringer",
    "/reiser/avganger",
]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("role", READERS)
def test_who_reads_travel_reads_every_page_of_it(site: Site, role, path):
    page = site.visit(role).text(path)

    assert "<h1>" in page
    assert "style=" not in page
    assert SECRET_NAME not in page


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("role", OTHERS)
def test_nobody_else_reads_travel(site: Site, role, path):
    assert site.visit(role).get(path).status_code == 403


@pytest.mark.parametrize("role", [Role.CASE_OFFICER, Role.AUDITOR])
@pytest.mark.parametrize("action", ["bestill", "endre", "avbestill", "ankomst"])
def test_udi_alone_changes_travel(site: Site, role, action):
    assert send(site, "travel_booked", action, role, reason="x", **PLAN).status_code in {403, 422}
    assert state(site, "travel_booked") is CaseState.TRAVEL_BOOKED


def test_the_queue_says_what_runs_out_and_how_far_the_airport_is(site: Site):
    page = site.visit(UDI).text("/reiser")

    assert f"/reiser/{site.cases['placed']}" in page
    assert f"/reiser/{site.cases['travel_booked']}" not in page
    assert "uke 24 (8.–14. juni 2020)" in page
    assert "Bosettingsuken" in page
    assert "TRD" in page


def test_the_week_typed_leads_to_its_address(site: Site):
    answer = site.visit(UDI).get("/reiser/uke", uke="24")

    assert answer.headers["location"] == "/reiser/uke/2020-W24"
    assert "det er ikke brukt: 2021-W53" in site.visit(UDI).text("/reiser/uke?uke=2021-W53")


def test_names_are_udis_from_the_decision_on(site: Site):
    assert SECRET_NAME in site.visit(UDI).text(f"/reiser/{site.cases['placed']}")
    assert SECRET_NAME not in site.visit(UDI).text(f"/reiser/{site.cases['accepted']}")


def test_travel_is_booked_to_the_nearest_airport_and_the_notice_is_shown(site: Site):
    name = new_case(site)

    answer = send(site, name, "bestill", **PLAN)
    page = site.visit(UDI).text(f"/reiser/{site.cases[name]}")

    assert answer.status_code == 303
    assert state(site, name) is CaseState.TRAVEL_BOOKED
    assert "ankommer Værnes tirsdag 9. juni 2020 kl. 13:05 (SK 336)" in page
    assert "Varselet er på vei" in page


@pytest.mark.parametrize(
    ("given", "status", "sentence"),
    [
        ({"arrives_on": ""}, 422, "Fyll ut «Ankomstdag»"),
        ({"arrives_clock": "25.00"}, 422, "som timer og minutter"),
        ({"arrives_on": "01.10.2020"}, 409, "er etter at innreisetillatelsen går ut"),
        ({"arrives_on": "01.04.2020"}, 409, "er allerede passert"),
        ({"arrival_airport": "BOO"}, 409, "En annen flyplass må begrunnes"),
        ({"arrival_airport": "XXX"}, 422, "Flyplass"),
    ],
)
def test_a_plan_that_cannot_be_comes_back_as_it_was_typed(site: Site, given, status, sentence):
    with db.transaction(site.database.sessions) as session:
        factories.an_airport(session, iata="BOO", name="Bodø")
    name = new_case(site)

    answer = send(site, name, "bestill", **{**PLAN, **given})

    assert answer.status_code == status
    assert sentence in answer.text
    assert 'value="SK 336"' in answer.text
    assert state(site, name) is CaseState.PLACED


def test_another_airport_goes_with_a_reason(site: Site):
    name = new_case(site)

    answer = send(
        site,
        name,
        "bestill",
        **{**PLAN, "arrival_airport": "BOO", "airport_reason": "Eneste avgang"},
    )

    assert answer.status_code == 303
    assert "Eneste avgang" in site.visit(UDI).text(f"/reiser/{site.cases[name]}")


def test_a_booking_is_moved_and_its_versions_stand(site: Site):
    name = new_case(site, booked=True)
    changed = {**PLAN, "arrives_on": "11.06.2020"}

    form = site.visit(UDI).text(f"/reiser/{site.cases[name]}/endre")
    without = send(site, name, "endre", **changed)
    moved = send(site, name, "endre", reason="Avgangen er innstilt", **changed)
    page = site.visit(UDI).text(f"/reiser/{site.cases[name]}")

    assert "Ny ankomst" in form
    assert (without.status_code, moved.status_code) == (422, 303)
    assert "Avgangen er innstilt" in page
    assert "09.06.2020" in page
    assert "11.06.2020" in page


def test_a_booking_is_cancelled_and_the_case_is_to_be_booked_again(site: Site):
    name = new_case(site, booked=True)

    cancelled = send(site, name, "avbestill", reason="Ingen fly")
    page = site.visit(UDI).text("/reiser/endringer")

    assert cancelled.status_code == 303
    assert state(site, name) is CaseState.PLACED
    assert "Ingen fly" in page
    assert "varselet er på vei" in page


def test_the_list_of_changes_says_who_was_told_and_who_has_read(site: Site):
    name = new_case(site, booked=True)
    send(site, name, "avbestill", reason="Værforhold")
    with db.transaction(site.database.sessions) as session:
        tell(session, at=factories.NOW.replace(month=6))

    assert "varslet, ikke lest" in site.visit(UDI).text("/reiser/endringer")


def test_a_stale_form_books_nothing(site: Site):
    name = new_case(site)

    answer = send(site, name, "bestill", **{**PLAN, "version": "1"})

    assert answer.status_code == 409
    assert state(site, name) is CaseState.PLACED


def test_a_case_that_never_was_to_travel_says_so(site: Site):
    assert site.visit(UDI).get(f"/reiser/{site.cases['registered']}").status_code == 404
    assert site.visit(UDI).get(f"/reiser/{site.cases['centre']}").status_code == 404


def test_a_centre_reads_its_own_cases_and_how_they_travel(site: Site):
    centre = site.visit(Role.RECEPTION_CENTRE)

    listed = centre.text("/mottak")
    page = centre.text(f"/mottak/{site.cases['centre']}")

    assert str(site.cases["centre"]) in listed
    assert str(site.cases["placed"]) not in listed
    assert "i tråd med helsemyndighetenes anbefalinger" in listed
    assert SECRET_NAME in page
    assert centre.get(f"/mottak/{site.cases['placed']}").status_code == 404


@pytest.mark.parametrize("role", [role for role in READERS if role is not Role.RECEPTION_CENTRE])
def test_the_centres_pages_are_the_centres(site: Site, role):
    assert site.visit(role).get("/mottak").status_code == 403


def test_a_whole_flight_is_moved_and_cancelled_with_those_who_are_ticked(site: Site):
    udi = site.visit(UDI)
    with db.transaction(site.database.sessions) as session:
        here = site.municipalities["Steinkjer"]
        factories.places(session, here, decided=40, extra=200)
        for _ in range(2):
            booking = factories.booked(session, factories.a_case(session), here)
            arrives_at = queries.booking(session, booking, actor=factories.udi()).arrives_at
            commands.reschedule(
                session,
                booking,
                arrives_at=arrives_at,
                flight="WF 771",
                reason="Bekreftet",
                actor=factories.udi(),
                at=THEN,
            )
    [address] = re.findall(r'href="(/reiser/avgang\?[^"]*WF[^"]*)"', udi.text("/reiser/avganger"))
    page = udi.text(address.replace("&amp;", "&"))
    shown = dict(re.findall(r'name="(number|airport|day|version_[^"]+)" value="([^"]*)"', page))
    bookings = sorted(set(re.findall(r'name="booking" value="([^"]+)"', page)))

    nobody = udi.send("/reiser/avgang/avbestill", {**shown, "cancel_reason": "Innstilt"})
    moved = udi.send(
        "/reiser/avgang/flytt",
        {
            **shown,
            "booking": bookings,
            "arrives_on": "20.04.2020",
            "arrives_clock": "14.10",
            "flight": "WF 772",
            "reason": "Flyttet",
        },
    )

    assert len(bookings) == 2
    assert nobody.status_code == 422
    assert (moved.status_code, "2 husstander er flyttet" in moved.text) == (200, True)
    assert "WF 771" not in udi.text("/reiser/avganger")
    assert "WF 772" in udi.text("/reiser/avganger")


def test_a_centre_plans_and_the_municipality_answers(site: Site):
    with db.transaction(site.database.sessions) as session:
        here = site.municipalities["Steinkjer"]
        factories.places(session, here, decided=40, extra=200)
        case = factories.a_case(
            session, group=Group.RECEPTION_CENTRE, entry=None, reception_centre="Dale mottak"
        )
        factories.placed(session, case, here)
    centre, writer = site.visit(Role.RECEPTION_CENTRE), site.visit(Role.MUNICIPALITY_WRITER)
    plan = {"arrives_on": "20.04.2020", "arrives_clock": "14.10", "means": "train"}

    empty = centre.send(f"/mottak/{case}/transport", {})
    planned = centre.send(f"/mottak/{case}/transport", plan)
    page = writer.text(f"/kommune/bosettinger/{case}")
    no = {"plan_version": "1", "agreed": "no"}
    why = writer.send(f"/kommune/bosettinger/{case}/transport", no)
    said = writer.send(f"/kommune/bosettinger/{case}/transport", no | {"answer": "Stengt"})

    assert (empty.status_code, planned.status_code) == (422, 303)
    assert "Tog" in page
    assert (why.status_code, said.status_code) == (422, 303)
    assert "Stengt" in centre.text(f"/mottak/{case}")
