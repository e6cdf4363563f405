"""Who a person is, put right at a page; a demand to be erased, taken down and answered."""

import re

from sqlalchemy import select

from tests.app.pages.conftest import SECRET_NAME, Site, Visitor
from workflow.cases.models import CaseStep, Person
from workflow.kernel.actor import Role
from workflow.kernel.audit import AuditEntry
from workflow.privacy.models import Erasure


def person_of(site: Site, case: str) -> str:
    with site.reading() as session:
        found = select(Person.id).where(Person.case_id == site.cases[case])
        return str(session.scalars(found.order_by(Person.position)).first())


def correct(site: Site, visitor: Visitor, case: str, **fields: str):
    page = f"/saker/{site.cases[case]}/personer/{person_of(site, case)}/rett"
    typed = {"version": str(site.version(case)), "reason": "Pass lagt fram", **fields}
    return visitor.send(page, typed, page=page)


def test_a_name_is_put_right_and_history_says_so_without_the_old_one(site: Site):
    officer = site.visit(Role.CASE_OFFICER)

    answer = correct(site, officer, "placed", name="Riktig Navn")

    assert answer.headers["location"] == f"/saker/{site.cases['placed']}"
    page = officer.text(answer.headers["location"])
    assert "Riktig Navn" in page
    assert "Opplysninger om en person ble rettet" in page
    with site.reading() as session:
        steps = session.scalars(select(CaseStep.facts)).all()
    assert not any(SECRET_NAME in str(facts) for facts in steps)


def test_a_number_that_cannot_be_is_told_at_its_field(site: Site):
    answer = correct(site, site.visit(Role.CASE_OFFICER), "placed", duf_number="202000000001")

    assert answer.status_code == 422
    assert "med tolv sifre" in answer.text
    assert "data-no-draft" in answer.text


def test_who_reads_only_corrects_nothing(site: Site):
    for role in (Role.AUDITOR, Role.MUNICIPALITY_WRITER):
        visitor = site.visit(role)
        path = f"/saker/{site.cases['placed']}/personer/{person_of(site, 'placed')}/rett"
        assert visitor.send(path, {"name": "X", "reason": "x"}).status_code == 403


def test_a_demand_that_comes_too_early_is_refused_told_why_and_on_record(site: Site):
    officer, person = site.visit(Role.CASE_OFFICER), person_of(site, "placed")
    page = f"/personer/{person}/innsyn"

    answer = officer.send(f"/personer/{person}/sletting", {"reason": "Brev"}, page=page)

    assert answer.status_code == 409
    assert "artikkel 17 nr. 3 b" in answer.text
    with site.reading() as session:
        kept = session.scalars(select(AuditEntry.refusal)).all()
    assert "erasure.still_needed" in kept


def test_a_demand_of_who_left_is_approved_by_a_lead_at_the_page_of_erasure(site: Site):
    officer, lead = site.visit(Role.CASE_OFFICER), site.visit(Role.LEAD)
    case, person = site.cases["placed"], person_of(site, "placed")
    leave = f"/saker/{case}/personer/{person}/ut"
    left = officer.send(
        leave, {"version": str(site.version("placed")), "reason": "Egen sak"}, page=leave
    )
    assert left.status_code == 303, left.text

    answer = officer.send(
        f"/personer/{person}/sletting", {"reason": "Brev"}, page=f"/personer/{person}/innsyn"
    )
    listed = lead.text("/sletting")
    token = re.search(r'name="token" value="([^"]+)"', listed)[1]
    with site.reading() as session:
        (proposed,) = session.scalars(select(Erasure.id).where(Erasure.person_id == person)).all()
    typed = {"erasure_ids": str(proposed), "token": token, "confirmed": "on"}
    approved = lead.send("/sletting", typed, page="/sletting")

    assert answer.headers["location"] == f"/personer/{person}/innsyn"
    assert "Én person" in listed
    assert "lagt fram av" in listed
    assert (approved.status_code, approved.headers["location"]) == (303, "/sletting")
    assert "venter på en leder" in officer.text(f"/personer/{person}/innsyn")
