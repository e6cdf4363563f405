"""Registering a household in the browser: a person at a time, and nothing lost on the way."""

import re

import pytest

from app import db
from tests.app.pages.conftest import Site
from workflow.cases.models import Case, Person
from workflow.cases.states import EntryStatus, Need
from workflow.kernel.actor import Role

MOTHER = {
    "name_1": "Amal Haddad",
    "birth_year_1": "1985",
    "sex_1": "female",
    "nationality_1": "sy",
    "languages_1": "arabisk, kurdisk",
}
CHILD = {"birth_year_2": "2014", "sex_2": "male", "nationality_2": "SY", "relation_2": "barn"}
CASE = {"group": "resettlement", "address_protection": "none", "people": "2"}
ENTRY = {
    "status": "possible_from",
    "source": "UDI",
    "from_on": "01.06.2020",
    "permit_expires_on": "30.09.2020",
}


def registered(site: Site, address: str) -> tuple[Case, list[Person]]:
    case_id = re.fullmatch(r"/saker/([0-9a-f-]{36})", address)[1]
    with db.reading(site.database.sessions) as session:
        case = session.get_one(Case, case_id)
        persons = session.query(Person).filter(Person.case_id == case.id)
        return case, list(persons.order_by(Person.position))


def how_many(site: Site) -> int:
    with db.reading(site.database.sessions) as session:
        return session.query(Case).count()


@pytest.mark.parametrize("role", [Role.CASE_OFFICER, Role.LEAD, Role.TRAVEL_OFFICER])
def test_a_household_becomes_a_case(site: Site, role):
    answer = site.visit(role).send(
        "/ny-sak", {**CASE, **MOTHER, **CHILD, **ENTRY, "needs": ["school"]}
    )

    assert answer.status_code == 303
    case, persons = registered(site, answer.headers["location"])
    assert (case.persons_count, case.needs, case.entry_status) == (
        2,
        [Need.SCHOOL],
        EntryStatus.POSSIBLE_FROM,
    )
    assert [person.nationality for person in persons] == ["SY", "SY"]
    assert persons[0].languages == ["arabisk", "kurdisk"]


def test_room_for_another_person_keeps_what_is_typed_and_registers_nothing(site: Site):
    officer = site.visit(Role.CASE_OFFICER)
    before = how_many(site)

    answer = officer.send("/ny-sak", {**MOTHER, "people": "1", "more": "yes"})

    assert answer.status_code == 200
    assert 'value="Amal Haddad"' in answer.text
    assert 'id="name_2"' in answer.text
    assert how_many(site) == before


def test_a_person_left_empty_is_nobody(site: Site):
    officer = site.visit(Role.CASE_OFFICER)

    answer = officer.send("/ny-sak", {**CASE, **MOTHER, "people": "3"})

    _, persons = registered(site, answer.headers["location"])
    assert len(persons) == 1


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({}, ["group", "birth_year_1", "sex_1", "nationality_1", "address_protection"]),
        (CASE | MOTHER | {"name_2": "Sami"}, ["birth_year_2", "sex_2", "nationality_2"]),
        (CASE | MOTHER | {"birth_year_1": "85"}, ["birth_year_1"]),
        (CASE | MOTHER | {"nationality_1": "Syria"}, ["nationality_1"]),
        (CASE | MOTHER | {"sex_1": "x"}, ["sex_1"]),
        (CASE | MOTHER | {"duf_number_1": "202099000100"}, ["duf_number_1"]),
        (CASE | MOTHER | CHILD | {"duf_number_2": "1"}, ["duf_number_2"]),
        (CASE | MOTHER | {"status": "possible_from", "source": "UDI"}, ["from_on"]),
        (CASE | MOTHER | {"status": "possible"}, ["source"]),
        (CASE | MOTHER | {"group": "reception_centre"}, ["reception_centre"]),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_registered(site: Site, wrong, fields):
    officer = site.visit(Role.CASE_OFFICER)
    before = how_many(site)

    answer = officer.send("/ny-sak", wrong)

    assert answer.status_code == 422
    for field in fields:
        assert re.search(rf'href="#{field}"', answer.text), field
        assert f'id="{field}"' in answer.text, field
    assert how_many(site) == before


@pytest.mark.parametrize(
    "role", [Role.AUDITOR, Role.ADMINISTRATOR, Role.MUNICIPALITY_WRITER, Role.RECEPTION_CENTRE]
)
def test_nobody_else_registers(site: Site, role):
    visitor = site.visit(role)

    assert visitor.get("/ny-sak").status_code == 403
    assert visitor.send("/ny-sak", {**CASE, **MOTHER}).status_code == 403
