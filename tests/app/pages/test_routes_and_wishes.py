"""Routes, papers and what the carrier is asked for, as UDI's pages take them."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from app import db
from tests import factories
from tests.app.pages.conftest import Site
from tests.app.pages.travels import PLAN, UDI, new_case, send, state
from workflow.cases import entry
from workflow.cases.states import CaseState
from workflow.kernel.actor import Role

THEN = factories.NOW + timedelta(days=9)
ROUTE = {
    "route_0_flight": "LH 1307",
    "route_0_departs_from": "bey",
    "route_0_departs_on": "09.06.2020",
    "route_0_departs_clock": "04.05",
    "route_0_arrives_in": "OSL",
    "route_0_arrives_on": "09.06.2020",
    "route_0_arrives_clock": "10.25",
    "route_0_transit_help": "Norsk Folkehjelp",
    "route_1_departs_from": "OSL",
    "route_1_departs_on": "09.06.2020",
    "route_1_departs_clock": "12.10",
}


def test_a_route_is_booked_by_the_clock_of_each_place_and_the_municipality_sees_the_help(
    site: Site,
):
    name = new_case(site)

    booked = send(site, name, "bestill", **PLAN, **ROUTE)

    assert booked.status_code == 303
    page = site.visit(UDI).text(f"/reiser/{site.cases[name]}")
    here = site.visit(Role.MUNICIPALITY_WRITER).text(f"/kommune/bosettinger/{site.cases[name]}")
    week = site.visit(Role.MUNICIPALITY_WRITER).text("/kommune/ankomster?uke=2020-W24")
    for text in (page, here):
        assert "BEY 09.06.2020 04:05" in text
        assert "norsk tid 03:05–10:25" in text
        assert "SK 336" in text
    assert "Hjelp på OSL: Norsk Folkehjelp" in week


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"route_0_departs_from": "XXX1"}, "som en flyplass med tre bokstaver"),
        ({"route_0_departs_clock": "25.00"}, "som timer og minutter"),
        ({"route_0_arrives_on": ""}, "Fyll ut"),
        ({"route_1_departs_from": "BGO"}, "Strekning 2 passer ikke"),
    ],
)
def test_a_route_that_does_not_hold_together_comes_back(site: Site, changed, told):
    name = new_case(site)

    answer = send(site, name, "bestill", **PLAN, **(ROUTE | changed))

    assert answer.status_code == 422
    assert told in answer.text
    assert "LH 1307" in answer.text
    assert state(site, name) is CaseState.PLACED


def test_papers_are_recorded_and_stop_what_comes_after_them(site: Site):
    name = new_case(site)

    recorded = send(site, name, "papirer", issued_on="01.03.2020")
    too_late = send(site, name, "bestill", **PLAN)

    assert recorded.status_code == 303
    assert (too_late.status_code, "reisepapirene går ut" in too_late.text) == (409, True)
    assert "Reisepapirene" in site.visit(UDI).text("/reiser")


def test_travel_is_asked_for_and_taken_back_and_outside_the_window_somebody_says_why(site: Site):
    name = new_case(site)
    asked = send(site, name, "onske", window_from="08.06.2020")
    page = site.visit(UDI).text(f"/reiser/{site.cases[name]}")
    late = {**PLAN, "arrives_on": "24.06.2020"}

    without = send(site, name, "bestill", **late)
    wish = re.search(r"/onske/([0-9a-f-]+)/trekk", page)
    back = send(site, name, f"onske/{wish[1]}/trekk")
    asked_again = send(site, name, "onske", window_from="08.06.2020")
    booked = send(site, name, "bestill", window_reason="Ingen ledige seter", **late)

    assert [one.status_code for one in (asked, back, asked_again, booked)] == [303] * 4
    assert "08.06.2020–21.06.2020" in page
    assert without.status_code == 409
    assert "skriv hvorfor" in without.text
    assert "Ingen ledige seter" in site.visit(UDI).text(f"/reiser/{site.cases[name]}")


def test_a_wish_of_another_case_is_not_taken_back(site: Site):
    one, other = new_case(site), new_case(site)
    send(site, one, "onske", window_from="08.06.2020")
    page = site.visit(UDI).text(f"/reiser/{site.cases[one]}")
    wish = re.search(r"/onske/([0-9a-f-]+)/trekk", page)

    answer = send(site, other, f"onske/{wish[1]}/trekk")

    assert answer.status_code == 404


def test_a_permit_that_was_renewed_says_since_when(site: Site):
    name = new_case(site)
    with db.transaction(site.database.sessions) as session:
        entry.record_entry(
            session,
            site.cases[name],
            replace(factories.ENTRY, permit_expires_on=date(2020, 12, 31), source="Ambassaden"),
            person_ids=None,
            actor=factories.udi(),
            at=THEN,
        )

    page = site.visit(UDI).text(f"/reiser/{site.cases[name]}")

    assert "Innreisetillatelsen er fornyet" in page
    assert "til 31. desember 2020" in page
    assert "Ambassaden" in page
