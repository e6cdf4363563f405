"""Wishes about kinds of households on their pages: stated, answered, ended."""

import re
from uuid import UUID

from sqlalchemy import select

from app import db
from tests.app.pages.conftest import Site
from workflow.cases.models import Distribution, Person
from workflow.kernel.actor import Role

PAGE = "/kommune/husholdningstyper"


def test_a_wish_is_stated_by_the_municipality_answered_by_imdi_and_ended(site: Site):
    writer, officer = site.visit(Role.MUNICIPALITY_WRITER), site.visit(Role.CASE_OFFICER)
    typed = {
        "household_kind": "large_family",
        "most": "0",
        "from_on": site.today.isoformat(),
        "until_on": f"{site.today.year}-12-31",
        "reason": "Ingen store boliger",
    }

    wrong = writer.send(PAGE, typed | {"most": "mange", "household_kind": "x"}, page=PAGE)
    stated = writer.send(PAGE, typed, page=PAGE)

    assert wrong.status_code == 422
    assert stated.headers["location"] == PAGE
    assert "Venter på IMDi" in writer.text(PAGE)
    listed = officer.text("/husholdningstyper")
    found = re.search(r'href="(/husholdningstyper/\d+)"', listed)
    assert found is not None
    assert "husholdningstyper som venter på svar: 1" in officer.text("/oppgaver")
    without = officer.send(found[1], {"kind_answer": "refused"}, page=found[1])
    answered = officer.send(found[1], {"kind_answer": "confirmed"}, page=found[1])
    assert without.status_code == 422
    assert answered.headers["location"] == "/husholdningstyper"
    own = writer.text(PAGE)
    end = re.search(rf'action="({PAGE}/\d+/slutt)"', own)
    assert "Bekreftet" in own
    assert end is not None
    assert writer.send(end[1], {}, page=PAGE).headers["location"] == PAGE
    assert "Over" in writer.text(PAGE)


def test_what_imdi_records_holds_at_once(site: Site):
    lead, page = site.visit(Role.LEAD), "/kommuner/5006/husholdningstyper"
    typed = {
        "household_kind": "single_parent",
        "most": "2",
        "from_on": "01.01.2020",
        "until_on": f"31.12.{site.today.year}",
        "reason": "Avtalt på telefon",
    }

    assert lead.send(page, typed, page=page).headers["location"] == page

    told = lead.text(page)
    assert "2 husstander" in told
    assert "Bekreftet" in told


def test_a_households_kind_stands_where_it_is_placed_and_the_officer_sees_who_takes_none(
    site: Site,
):
    page = "/kommuner/0301/husholdningstyper"
    typed = {
        "household_kind": "single_parent",
        "most": "0",
        "from_on": site.today.isoformat(),
        "until_on": f"{site.today.year}-12-31",
        "reason": "Ingen barnehageplasser",
    }
    asked = _with_a_child(site, "registered", "distributed")
    officer, writer = site.visit(Role.CASE_OFFICER), site.visit(Role.MUNICIPALITY_WRITER)

    officer.send(page, typed, page=page)

    assert "Enslig forsørger" in officer.text(f"/saker/{site.cases['registered']}")
    assert "Enslig forsørger" in writer.text(f"/kommune/foresporsler/{asked}")
    assert "Enslig forsørger" not in officer.text(f"/saker/{site.cases['accepted']}")
    choose = f"/saker/{site.cases['registered']}/forslag"
    assert "ønsker ikke: enslig forsørger" in officer.text(choose)
    assert "Planleggeren legger ikke slike saker" in officer.text(f"{choose}?hvorfor=Oslo")
    assert "Planleggeren legger ikke" not in officer.text(f"{choose}?hvorfor=Steinkjer")


def _with_a_child(site: Site, *cases: str) -> UUID:
    """The last person of each case is a child; the question about the last case tells it too."""
    with db.transaction(site.database.sessions) as session:
        for case in cases:
            *_, child = session.scalars(
                select(Person).where(Person.case_id == site.cases[case]).order_by(Person.position)
            )
            child.birth_year = site.today.year - 5
        asked = session.scalars(
            select(Distribution).where(Distribution.case_id == site.cases[cases[-1]])
        ).one()
        first, *others, last = asked.shown["persons"]
        child_shown = last | {"birth_year": site.today.year - 5}
        asked.shown = asked.shown | {"persons": [first, *others, child_shown]}
        return asked.id
