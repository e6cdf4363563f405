"""Pages of protected addresses, of who has opened a folder, and of erasure."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app import clock, db
from app.models import User
from app.settings import Settings
from app.worker import work
from tests import factories
from tests.app.pages.conftest import SECRET_NAME, SINCE, Site
from workflow.cases.access_models import FolderOpening
from workflow.cases.models import Case, Person
from workflow.kernel.actor import Role
from workflow.redistribution import commands as redistribution


def _number(site: Site, case_id) -> str:
    with site.reading() as session:
        return session.get_one(Case, case_id).case_number


def _new_case(site: Site):
    with db.transaction(site.database.sessions) as session:
        return factories.a_case(session, name=SECRET_NAME)


def _newest_user(site: Site) -> int:
    with site.reading() as session:
        return session.scalars(select(User.id).order_by(User.id.desc()).limit(1)).one()


def _person(site: Site, case_id):
    with site.reading() as session:
        return session.scalars(
            select(Person.id).where(Person.case_id == case_id).order_by(Person.position)
        ).first()


def test_a_protected_case_is_opened_by_who_is_named_and_says_what_for(site: Site):
    case_id = _new_case(site)
    officer, officer_id = site.visit(Role.CASE_OFFICER), _newest_user(site)
    lead = site.visit(Role.LEAD)
    assert officer.get(f"/saker/{case_id}").status_code == 200

    graded = lead.send(
        "/skjermede/gradering",
        {
            "case_number": _number(site, case_id),
            "protection": "strictly_confidential",
            "reason": "Kode 6",
        },
    )
    assert graded.status_code == 303
    assert officer.get(f"/saker/{case_id}").status_code == 404
    named = lead.send(
        f"/skjermede/{case_id}/tilgang", {"user_id": str(officer_id), "reason": "Følger saken"}
    )
    assert named.status_code == 303
    assert _number(site, case_id) in officer.text("/skjermede")
    assert SECRET_NAME not in officer.text("/skjermede")

    asked = officer.get(f"/saker/{case_id}")
    assert asked.headers["location"].startswith(f"/saker/{case_id}/formaal?videre=")
    assert SECRET_NAME not in officer.text(asked.headers["location"])
    said = officer.send(
        f"/saker/{case_id}/formaal", {"purpose": "follow_up", "videre": f"/saker/{case_id}"}
    )

    assert said.headers["location"] == f"/saker/{case_id}"
    assert SECRET_NAME in officer.text(f"/saker/{case_id}")
    assert _number(site, case_id) not in officer.text("/saker")


def test_a_lead_cannot_name_itself(site: Site):
    case_id = _new_case(site)
    lead, lead_id = site.visit(Role.LEAD), _newest_user(site)
    lead.send(
        "/skjermede/gradering",
        {"case_number": _number(site, case_id), "protection": "confidential", "reason": "Kode 7"},
    )

    answer = lead.send(
        f"/skjermede/{case_id}/tilgang", {"user_id": str(lead_id), "reason": "Nysgjerrig"}
    )

    assert answer.status_code == 409
    assert lead.get(f"/saker/{case_id}").status_code == 404


def test_an_auditor_sees_names_once_it_says_what_for(site: Site):
    auditor = site.visit(Role.AUDITOR)
    case_id = site.cases["placed"]
    assert SECRET_NAME not in auditor.text(f"/saker/{case_id}")

    auditor.send(f"/saker/{case_id}/formaal", {"purpose": "supervision"})

    assert SECRET_NAME in auditor.text(f"/saker/{case_id}")


def test_the_persons_own_log_names_everybody_who_opened_the_folder(site: Site):
    case_id = _new_case(site)
    site.visit(Role.LEAD).text(f"/saker/{case_id}")
    officer = site.visit(Role.CASE_OFFICER)

    page = officer.text(f"/personer/{_person(site, case_id)}/innsyn")

    assert "Test lead" in page
    assert "Finne kommune" in page
    assert "Innsyn for personen selv" in page


def test_a_folder_opened_again_in_the_hour_is_one_line(site: Site):
    case_id = _new_case(site)
    officer = site.visit(Role.CASE_OFFICER)

    for _ in range(3):
        officer.text(f"/saker/{case_id}")

    with site.reading() as session:
        of_case = select(FolderOpening.purpose).where(FolderOpening.case_id == case_id)
        assert session.scalars(of_case).all() == ["finding_municipality"]


def test_what_shows_no_name_opens_no_folder(site: Site):
    writer = site.visit(Role.MUNICIPALITY_WRITER)

    writer.text(f"/kommune/bosettinger/{site.cases['accepted']}")

    with site.reading() as session:
        found = select(FolderOpening.id).where(
            FolderOpening.case_id == site.cases["accepted"],
            FolderOpening.actor_role == Role.MUNICIPALITY_WRITER,
        )
        assert not session.scalars(found).all()


def test_all_about_a_person_is_a_file(site: Site):
    case_id = _new_case(site)
    officer = site.visit(Role.CASE_OFFICER)

    answer = officer.get(f"/personer/{_person(site, case_id)}/innsyn/opplysninger")

    told = json.loads(answer.text)
    assert told["tables"]["persons"]["rows"][0]["name"] == SECRET_NAME
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.trial
def test_a_case_kept_long_enough_is_proposed_approved_and_erased(site: Site):
    case_id = _new_case(site)
    with db.transaction(site.database.sessions) as session:
        redistribution.lapse(
            session,
            case_id,
            reason="Kom ikke",
            actor=factories.officer(),
            at=factories.NOW - timedelta(days=500),
        )
        session.execute(
            update(Case)
            .where(Case.id == case_id)
            .values(created_at=factories.NOW - timedelta(days=600))
        )
    settings = Settings(database_url=site.database.url, demo=True)
    lead = site.visit(Role.LEAD)
    with db.transaction(site.database.sessions) as session:
        clock.set_clock(session, factories.NOW + SINCE + timedelta(days=400))
    try:
        work(site.database.sessions, settings)
        page = lead.text("/sletting")
        assert _number(site, case_id) in page
        token, chosen = (
            _between(page, 'name="token" value="'),
            _between(page, 'erasure_ids" value="'),
        )
        preview = lead.send("/sletting", {"token": token, "erasure_ids": chosen})
        assert "Bekreft sletting" in preview.text
        approved = lead.send(
            "/sletting", {"token": token, "erasure_ids": chosen, "confirmed": "on"}
        )
        assert approved.status_code == 303
        work(site.database.sessions, settings)
    finally:
        with db.transaction(site.database.sessions) as session:
            clock.set_clock(session, factories.NOW + SINCE)

    with site.reading() as session:
        case = session.get_one(Case, case_id)
        assert case.erased_at is not None
        assert session.scalars(select(Person.name).where(Person.case_id == case_id)).all() == [
            None,
            None,
        ]
    assert _number(site, case_id) in lead.text(f"/saker/{case_id}")


def test_others_have_no_page_of_erasure(site: Site):
    assert site.visit(Role.CASE_OFFICER).get("/sletting").status_code == 403
    assert site.visit(Role.MUNICIPALITY_WRITER).get("/sletting").status_code == 403


def _between(page: str, before: str) -> str:
    return page.split(before, 1)[1].split('"', 1)[0]
