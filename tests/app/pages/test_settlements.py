"""Who comes to a municipality: arrival, settlement dates, their correction, the week."""

import re

import pytest

from app import db
from tests import factories
from tests.app.pages.conftest import SECRET_NAME, Site
from workflow.cases.models import Case, Person
from workflow.cases.states import CaseState
from workflow.kernel.actor import Role

WRITER = Role.MUNICIPALITY_WRITER


def new_case(site: Site, *, booked: bool = True) -> str:
    """A case of three on its way to Steinkjer; returns its name."""
    name = f"coming {len(site.cases)}"
    with db.transaction(site.database.sessions) as session:
        case = factories.a_case(session, name=SECRET_NAME, persons=3)
        here = site.municipalities["Steinkjer"]
        factories.places(session, here, decided=40, extra=200)  # room for every test's case
        (factories.booked if booked else factories.placed)(session, case, here)
    site.cases[name] = case
    return name


def page_of(site: Site, name: str) -> str:
    return f"/kommune/bosettinger/{site.cases[name]}"


def persons(site: Site, name: str) -> list[Person]:
    with db.reading(site.database.sessions) as session:
        return list(
            session.query(Person)
            .filter(Person.case_id == site.cases[name])
            .order_by(Person.position)
        )


def state(site: Site, name: str) -> CaseState:
    with db.reading(site.database.sessions) as session:
        return session.get_one(Case, site.cases[name]).state


def send(site: Site, name: str, action: str, role: Role = WRITER, **fields):
    data = {"version": site.version(name), **fields}
    return site.visit(role).send(f"{page_of(site, name)}/{action}", data)


def arrived(site: Site, *, of_three: int = 3) -> str:
    name = new_case(site)
    come = [str(person.id) for person in persons(site, name)[:of_three]]
    answer = send(
        site,
        name,
        "ankomst",
        arrived_on="10.04.2020",
        arrived_clock="13.05",
        person_ids=come,
    )
    assert answer.status_code == 303
    return name


def test_names_are_there_from_the_decision_on_and_not_before(site: Site):
    writer = site.visit(WRITER)

    assert SECRET_NAME in writer.text(page_of(site, "placed"))
    assert SECRET_NAME not in writer.text(page_of(site, "accepted"))
    assert site.visit(WRITER, "Oslo").get(page_of(site, "placed")).status_code == 404


def test_the_list_opens_by_state_and_by_the_number_it_is_behind(site: Site):
    writer = site.visit(WRITER)

    listed = writer.text("/kommune/bosettinger?state=placed")
    behind = writer.text("/kommune/bosettinger?figure=held&year=2020")

    assert str(site.cases["placed"]) in listed
    assert str(site.cases["accepted"]) not in listed
    assert "Holdt av i 2020" in behind
    assert str(site.cases["distributed"]) in behind


def test_an_arrival_is_registered_for_those_who_came(site: Site):
    name = arrived(site, of_three=2)

    page = site.visit(WRITER).text(page_of(site, name))

    assert state(site, name) is CaseState.ARRIVED
    assert [person.arrived_at is not None for person in persons(site, name)] == [True, True, False]
    assert "17. april 2020" in page  # police, seven days on
    assert "10. juli 2020" in page  # health, three months on


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"arrived_on": "10.04.2020", "arrived_clock": "kl 1"}, 422, "som timer og minutter"),
        ({"arrived_on": "i går", "arrived_clock": "13.05"}, 422, "som dag, måned og år"),
        ({"arrived_on": "10.05.2020", "arrived_clock": "13.05"}, 409, "ligger fram i tid"),
    ],
)
def test_an_arrival_that_cannot_be_comes_back_as_it_was_typed(site: Site, typed, status, sentence):
    name = new_case(site)

    answer = send(site, name, "ankomst", person_ids=[str(persons(site, name)[0].id)], **typed)

    assert answer.status_code == status
    assert sentence in answer.text
    assert f'value="{typed["arrived_on"]}"' in answer.text
    assert f'value="{typed["arrived_clock"]}"' in answer.text


def test_nobody_ticked_is_nobody_come(site: Site):
    name = new_case(site)

    answer = send(site, name, "ankomst", arrived_on="10.04.2020", arrived_clock="13.05")

    assert answer.status_code == 422
    assert "Kryss av for minst én person" in answer.text


def test_a_household_is_settled_with_one_date(site: Site):
    name = arrived(site)

    answer = send(site, name, "bosett", settled_on="11.04.2020")

    assert answer.status_code == 303
    assert state(site, name) is CaseState.SETTLED
    assert {str(person.settled_on) for person in persons(site, name)} == {"2020-04-11"}


def test_one_has_another_date_and_one_none_yet(site: Site):
    name = arrived(site)
    _, second, third = persons(site, name)

    answer = send(
        site,
        name,
        "bosett",
        settled_on="11.04.2020",
        later=str(third.id),
        **{f"settled_{second.id}": "12.04.2020"},
    )

    assert answer.status_code == 303
    assert state(site, name) is CaseState.ARRIVED
    assert [str(person.settled_on) for person in persons(site, name)] == [
        "2020-04-11",
        "2020-04-12",
        "None",
    ]


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ("", 422, "Fyll ut «Bosettingsdato»"),
        ("30.04.2020", 409, "ligger fram i tid"),
        ("01.04.2020", 409, "er før bosettingsvedtaket"),
    ],
)
def test_a_date_that_cannot_be_is_refused_at_the_field(site: Site, typed, status, sentence):
    name = arrived(site)

    answer = send(site, name, "bosett", settled_on=typed)

    assert answer.status_code == status
    assert sentence in answer.text
    assert 'id="settled_on-error"' in answer.text


def test_a_wrong_date_at_a_person_stands_at_the_person(site: Site):
    name = arrived(site)
    first = persons(site, name)[0]

    answer = send(site, name, "bosett", settled_on="11.04.2020", **{f"settled_{first.id}": "x"})

    assert answer.status_code == 422
    assert f'href="#settled_{first.id}"' in answer.text


def test_a_date_is_corrected_with_a_reason_and_both_are_kept(site: Site):
    name = arrived(site)
    send(site, name, "bosett", settled_on="11.04.2020")
    first = persons(site, name)[0]
    field = f"corrected_{first.id}"

    without = send(site, name, "rett", **{field: "12.04.2020"})
    corrected = send(site, name, "rett", reason="Skrevet feil", **{field: "12.04.2020"})

    assert (without.status_code, corrected.status_code) == (422, 303)
    assert str(persons(site, name)[0].settled_on) == "2020-04-12"
    page = site.visit(WRITER).text(page_of(site, name))
    assert "Bosettingsdato rettet" in page
    assert "Skrevet feil" in page


def test_a_resettlement_case_is_not_settled_before_it_has_come(site: Site):
    page = site.visit(WRITER).text(page_of(site, "placed"))

    assert "kan ikke bosettes før ankomsten er registrert" in page


def test_a_case_from_a_centre_is_settled_without_an_arrival(site: Site):
    answer = send(site, "centre", "bosett", settled_on="05.04.2020")

    assert answer.status_code == 303
    assert state(site, "centre") is CaseState.SETTLED


@pytest.mark.parametrize("action", ["ankomst", "bosett", "rett"])
def test_a_reader_changes_nothing(site: Site, action):
    answer = send(site, "travel_booked", action, Role.MUNICIPALITY_READER)

    assert answer.status_code == 403


def test_the_week_shows_flight_airport_and_what_is_to_be_done(site: Site):
    page = site.visit(WRITER).text("/kommune/ankomster?uke=2020-W24")

    assert "tirsdag 9. juni 2020" in page
    assert "SK362" in page
    assert "Oppmøte hos politiet" in page
    assert "16.06.2020" in page
    assert "Karantene 09.06.2020 til" in page
    assert SECRET_NAME not in page


@pytest.mark.parametrize("asked", ["2020-W30", "30", "tull", "2021-W53", "9999-W52", ""])
def test_a_week_without_arrivals_says_so_and_what_is_no_week_is_told(site: Site, asked):
    page = site.visit(WRITER).text(f"/kommune/ankomster?uke={asked}")

    assert "Ingen ankomster denne uken" in page
    assert ("det er ikke brukt" in page) == (asked in {"tull", "2021-W53", "9999-W52"})


def test_over_new_year_one_goes_from_week_53_to_week_1_and_back(site: Site):
    last = site.visit(WRITER).text("/kommune/ankomster?uke=53")
    first = site.visit(WRITER).text("/kommune/ankomster?uke=2021-W01")

    assert "uke 53 (28. desember 2020–3. januar 2021)" in last
    assert all(f"uke={week}" in last for week in ("2020-W52", "2021-W01"))
    assert all(f"uke={week}" in first for week in ("2020-W53", "2021-W02"))


def test_the_arrivals_of_one_municipality_are_not_anothers(site: Site):
    page = site.visit(WRITER, "Oslo").text("/kommune/ankomster?uke=2020-W24")

    assert not re.search(r"SK362|2020-\d{6}", page)


def test_the_municipality_says_who_meets_and_ticks_its_checklist(site: Site):
    name = new_case(site)
    booking = re.search(
        r'name="booking_id" value="([^"]+)"', site.visit(WRITER).text(page_of(site, name))
    )

    answer = send(site, name, "moter", booking_id=booking[1], who="Vakta, 900 00 000")
    ticked = send(site, name, "sjekkliste", done=["home_ready"], shown=["home_ready", "food"])
    page = site.visit(WRITER).text(page_of(site, name))

    assert (answer.status_code, ticked.status_code) == (303, 303)
    assert "Vakta, 900 00 000" in page
    assert re.search(r'value="home_ready" checked', page)
    assert not re.search(r'value="transport" checked', page)
    assert "Vakta, 900 00 000" in site.visit(Role.TRAVEL_OFFICER).text(
        f"/reiser/{site.cases[name]}"
    )


def test_a_meeting_that_names_nobody_comes_back_with_what_is_missing(site: Site):
    name = new_case(site)

    answer = send(site, name, "moter", booking_id="00000000-0000-0000-0000-000000000000", who="")

    assert answer.status_code == 422
    assert 'id="who"' in answer.text


def test_an_address_for_a_calendar_is_shown_once(site: Site):
    writer = site.visit(WRITER)
    made = writer.send("/kommune/ankomster/kalender", {})
    address = re.search(r'id="address"[^>]* value="http://[^/]+(/kalender/[^"]+)"', made.text)
    listed = writer.text("/kommune/ankomster/kalender")
    ending = re.search(r'action="(/kommune/ankomster/kalender/\d+/avslutt)"', listed)

    assert site.visit().get(address[1]).status_code == 200
    assert address[1] not in listed
    assert writer.send(ending[1], {}).status_code == 303
    assert site.visit().get(address[1]).status_code == 404
