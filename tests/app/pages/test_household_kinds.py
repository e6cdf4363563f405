"""Wishes about kinds of households on their pages: stated, answered, ended."""

import re

from tests.app.pages.conftest import Site
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
    early = writer.send(PAGE, typed | {"until_on": "2019-12-31"}, page=PAGE)
    stated = writer.send(PAGE, typed, page=PAGE)

    assert (wrong.status_code, early.status_code) == (422, 422)
    assert stated.headers["location"] == PAGE
    assert "Venter på IMDi" in writer.text(PAGE)
    listed = officer.text("/husholdningstyper")
    found = re.search(r'href="(/husholdningstyper/\d+)"', listed)
    assert found is not None
    assert "husholdningstyper som venter på svar: 1" in officer.text("/oppgaver")
    without = officer.send(found[1], {"kind_answer": "refused"}, page=found[1])
    neither = officer.send(found[1], {"kind_answer": "ended"}, page=found[1])
    answered = officer.send(found[1], {"kind_answer": "confirmed"}, page=found[1])
    again = officer.send(found[1], {"kind_answer": "confirmed"}, page="/husholdningstyper")
    assert (without.status_code, neither.status_code, again.status_code) == (422, 422, 409)
    assert answered.headers["location"] == "/husholdningstyper"
    own = writer.text(PAGE)
    end = re.search(rf'action="({PAGE}/\d+/slutt)"', own)
    assert "Gjelder" in own
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
    assert "Gjelder" in told
