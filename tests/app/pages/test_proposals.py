"""Where a case could go: the order, its reasons, and the officer's choice."""

import re

import pytest

from tests.app.pages.conftest import Site
from workflow.kernel.actor import Role


@pytest.fixture
def officer(site: Site):
    return site.visit(Role.CASE_OFFICER)


def _page(site: Site, case: str) -> str:
    return f"/saker/{site.cases[case]}/forslag"


def test_the_order_stands_with_its_reasons(site: Site, officer):
    page = officer.text(_page(site, "registered"))

    assert "3 kommuner kan ta imot" in page
    assert "avgjørende" in page
    assert "vedtaksplasser er ledige" in page
    assert "Ikke med: 1 kommune" in page


def test_track_a_asks_the_former_first_and_track_b_says_it_has_no_preference(site: Site, officer):
    first = officer.text(_page(site, "withdrawn"))
    second = officer.text(_page(site, "track_b"))

    assert 'value="5006" aria-label="Velg Steinkjer" checked' in first
    assert "Spor A" in first
    assert "har ikke fortrinn" not in first
    assert "Tidligere kommune (Steinkjer) har ikke fortrinn." in second


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("Oslo", "er nummer"),
        ("guovdageaidnu", "er nummer"),
        ("Tinn", "er ikke med"),
        ("Atlantis", "Ingen kommune heter «Atlantis»"),
    ],
)
def test_why_not_another(site: Site, officer, asked, told):
    assert told in officer.text(f"{_page(site, 'registered')}?hvorfor={asked}")


def test_a_case_that_nobody_may_get_says_why(site: Site, officer):
    page = officer.text(_page(site, "not_ready"))

    assert "Ingen forslag nå" in page
    assert "fordeles først når vi vet når alle" in page


def test_another_than_the_first_needs_a_reason_and_then_goes(site: Site, officer):
    chosen = {"version": str(site.version("withdrawn")), "municipality_number": "0301"}

    refused = officer.send(_page(site, "withdrawn"), chosen)
    done = officer.send(_page(site, "withdrawn"), {**chosen, "override_reason": "Familie i Oslo"})
    page = officer.text(done.headers["location"])

    assert refused.status_code == 409
    assert 'value="0301" aria-label="Velg Oslo" checked' in refused.text
    assert "må svare på nytt" in page
    assert "Familie i Oslo" in page
    assert "Hvorfor denne kommunen?" in page


def test_the_auditor_reads_the_order_and_chooses_nothing(site: Site):
    auditor = site.visit(Role.AUDITOR)

    page = auditor.text(_page(site, "registered"))

    assert 'type="radio"' not in page
    assert (
        auditor.send(_page(site, "registered"), {"municipality_number": "0301"}).status_code == 403
    )


def test_others_have_no_proposals(site: Site):
    for role in (Role.MUNICIPALITY_WRITER, Role.TRAVEL_OFFICER):
        assert site.visit(role).get(_page(site, "registered")).status_code == 403


def test_a_municipality_that_no_email_reaches_is_marked_before_it_is_asked(site: Site, officer):
    path = _page(site, "registered")
    before = officer.text(path)
    first = re.search(r'name="municipality_number"[^>]*value="(\d{4})"[^>]*checked', before)
    named = {"municipality_number": first[1], "address": "postmottak@kommune.example"}
    lead = site.visit(Role.LEAD)
    lead.send("/varsling/uten-mottaker", named, page="/varsling/uten-mottaker")
    after = officer.text(path)

    assert "får ikke melding på e-post" in before
    assert before.count("får ikke e-post") == after.count("får ikke e-post") + 1
    assert "får ikke melding på e-post" not in after
