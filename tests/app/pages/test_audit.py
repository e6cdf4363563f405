"""The auditor's page: filters in the address, a file of the same, and nobody else in it."""

import csv
import io

import pytest

from app.pages.audit import COLUMNS
from tests.app.pages.conftest import SECRET_DUF, SECRET_NAME, Site
from tests.factories import NORWEGIAN
from workflow.kernel.actor import Role

READERS = (Role.AUDITOR, Role.LEAD)


@pytest.mark.parametrize("role", READERS)
def test_the_newest_entries_stand_first_without_a_name_of_anybody_settled(site: Site, role: Role):
    text = site.visit(role).text("/revisjon")

    assert "Saken ble registrert" in text
    assert "case:" in text
    assert SECRET_NAME not in text
    assert SECRET_DUF not in text


@pytest.mark.parametrize(
    "role", [role for role in NORWEGIAN if role not in (*READERS, Role.SYSTEM)], ids=str
)
def test_others_have_no_such_page_and_no_such_file(site: Site, role: Role):
    visitor = site.visit(role)

    assert visitor.get("/revisjon").status_code == 403
    assert visitor.get("/revisjon/eksport.csv").status_code == 403
    assert "/revisjon" not in visitor.text("/hjelp")


def test_a_case_leads_to_its_own_chain(site: Site):
    visitor = site.visit(Role.AUDITOR)
    case_id = next(iter(site.cases.values()))

    assert f"/revisjon?subject=case:{case_id}" in visitor.text(f"/saker/{case_id}")
    text = visitor.text(f"/revisjon?subject=case:{case_id}")
    assert text.count(f">case:{case_id}<") >= 1
    assert visitor.text(f"/revisjon?subject={case_id}").count("<tr>") == text.count("<tr>")
    assert f"/revisjon?subject=case:{case_id}" not in site.visit(Role.CASE_OFFICER).text(
        f"/saker/{case_id}"
    )


def test_filters_stand_in_the_address_and_can_be_taken_away(site: Site):
    visitor = site.visit(Role.AUDITOR)

    text = visitor.text("/revisjon?kind=case&action=register&since=01.01.2000&until=2100-01-01")
    none = visitor.text("/revisjon?actor=token:nobody")
    nonsense = visitor.text("/revisjon?kind=x&since=x")

    assert "Fra 01.01.2000" in text
    assert 'href="/revisjon?kind=case&amp;action=register' in text
    assert "Saken ble fordelt" not in text
    assert "Ingen linjer passer" in none
    assert "Ingen linjer passer" not in nonsense


def test_attempts_that_were_refused_are_found(site: Site):
    case_id = next(iter(site.cases.values()))
    site.visit(Role.TRAVEL_OFFICER).send(f"/saker/{case_id}/falt-bort", {"reason": "x"})
    site.visit(Role.MUNICIPALITY_READER).get("/tiltak")

    text = site.visit(Role.AUDITOR).text("/revisjon?refused=true")

    assert "Avvist" in text
    assert "actor.not_allowed" in text


def test_the_file_has_every_column_of_the_same_entries(site: Site):
    visitor = site.visit(Role.AUDITOR)
    case_id = site.cases["placed"]

    shown = f"/revisjon?subject=case:{case_id}"
    answer = visitor.get(f"/revisjon/eksport.csv?subject=case:{case_id}&sort=at")

    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert rows[0] == list(COLUMNS)
    assert [row[COLUMNS.index("seq")] for row in rows[1:]] == [str(n) for n in range(1, len(rows))]
    assert {row[COLUMNS.index("subject")] for row in rows[1:]} == {f"case:{case_id}"}
    assert f"subject=case%3A{case_id}&amp;sort=at" in visitor.text(f"{shown}&sort=at")
    assert visitor.get(f"/revisjon/eksport.csv?subject=case:{case_id}").text != answer.text
