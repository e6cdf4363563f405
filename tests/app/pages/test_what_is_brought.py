"""Ties of a case, weeks and services of a municipality, on their pages."""

import re
from datetime import timedelta

from sqlalchemy import select

from tests.app.pages.conftest import Site
from workflow.cases.models import Case
from workflow.kernel.actor import Role
from workflow.kernel.weeks import Week


def _number(site: Site, case: str) -> str:
    with site.reading() as session:
        return session.scalars(select(Case.case_number).where(Case.id == site.cases[case])).one()


def test_a_tie_is_added_shown_on_both_cases_and_taken_away(site: Site):
    officer = site.visit(Role.CASE_OFFICER)
    one, other = site.cases["registered"], site.cases["placed"]
    page = f"/saker/{one}/tilknytning"
    typed = {
        "version": str(site.version("registered")),
        "case_number": _number(site, "placed"),
        "tie_kind": "siblings",
        "tie_reach": "near",
        "strength": "60",
    }

    wrong = officer.send(page, typed | {"case_number": "2020-999999"}, page=page)
    none = officer.send(page, {"version": typed["version"]}, page=page)
    answer = officer.send(page, typed, page=page)

    assert (wrong.status_code, none.status_code) == (422, 422)
    assert "2020-999999" in wrong.text
    assert answer.headers["location"] == page
    assert "styrke 60 %" in officer.text(f"/saker/{other}")
    assert _number(site, "registered") in officer.text(f"/saker/{other}")
    typed = {"version": str(site.version("registered"))}
    officer.send(f"{page}/{other}/fjern", typed, page=page)
    assert "styrke 60" not in officer.text(f"/saker/{other}")


def test_weeks_are_said_one_by_one_and_many_at_once_and_stand_beside_the_answer(site: Site):
    writer = site.visit(Role.MUNICIPALITY_WRITER)
    first = Week.of(site.today + timedelta(weeks=1))
    page = "/kommune/ukeplan"

    wrong = writer.send(page, {f"persons-{first}": "mange"}, page=page)
    one = writer.send(page, {f"persons-{first}": "7"}, page=page)
    later = {"from_week": "2020-W30", "until_week": "2020-W31", "persons": "3"}
    many = writer.send(page, later, page=page)

    assert wrong.status_code == 422
    assert one.headers["location"] == many.headers["location"] == page
    values = dict(re.findall(r'name="persons-([^"]+)" value="(\d+)"', writer.text(page)))
    assert values == {str(first): "7", "2020-W30": "3", "2020-W31": "3"}
    asked = re.search(r"/kommune/foresporsler/[0-9a-f-]{36}", writer.text("/kommune"))
    assert asked is not None
    assert "Plass i ukene" in writer.text(asked[0])
    assert 'value="7"' in site.visit(Role.LEAD).text("/kommuner/5006/ukeplan")


def test_services_are_said_by_the_municipality_and_brought_in_by_imdi(site: Site):
    writer, lead = site.visit(Role.MUNICIPALITY_WRITER), site.visit(Role.LEAD)
    page = "/kommune/tilbud"
    typed = {"specialist_health": "on", "minutes": "35", "languages": "arabisk, Tigrinja"}

    answer = writer.send(page, typed, page=page)
    wrong = writer.send(page, {"languages": "x;y"}, page=page)

    assert answer.headers["location"] == page
    assert wrong.status_code == 422
    told = lead.text("/tilbud")
    assert "Steinkjer" in told
    assert "(35 minutter)" in told
    assert "(tigrinja)" in told
    token = re.search(r'name="csrf_token" value="([^"]+)"', told)
    assert token is not None
    sent = lead.client.post(
        "/tilbud",
        data={"csrf_token": token[1]},
        files={"text": ("t.csv", "municipality;service\n5006;school\n9999;school\n")},
    )
    assert sent.status_code == 200
    assert "9999" in sent.text
    assert "(35 minutter)" not in lead.text("/kommuner/5006/tilbud")
