"""Pages of the planner: methods, one case of a run, replay, drafts, what-if, scores."""

import re
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from app import db
from tests.app.pages.conftest import SECRET_NAME, Site
from tests.factories import NOW, lead
from workflow.capacity.models import PlaceAccount
from workflow.cases.models import Case
from workflow.kernel.actor import Role
from workflow.redistribution import drafts
from workflow.redistribution.models import RuleDraft, WhatIf
from workflow.redistribution.rules import NewRuleSet

INLINE = re.compile(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


def a_run(site: Site, method: str = "balanced") -> str:
    """A preview of a redistribution, and its address."""
    answer = site.visit(Role.CASE_OFFICER).send("/fordeling/ny", {"method": method})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def a_case_of(site: Site, run: str) -> str:
    found = re.search(rf'href="({run}/saker/[0-9a-f-]+)"', site.visit(Role.AUDITOR).text(run))
    assert found is not None
    return found[1]


def test_a_run_by_another_method_shows_its_steps_with_their_bounds(site: Site):
    run = a_run(site)

    text = site.visit(Role.CASE_OFFICER).text(run)

    assert "Jevnest mulig, alle saker sett under ett" in text
    assert "Flest mulig personer får plass" in text
    assert "Grensen" in text
    assert not INLINE.search(text)
    assert "Det samme svaret" in site.visit(Role.AUDITOR).text(f"{run}/regn-paa-nytt")


def test_a_case_of_a_run_says_why_not_and_is_put_elsewhere_for_a_reason(site: Site):
    run = a_run(site)
    address = a_case_of(site, run)
    officer = site.visit(Role.CASE_OFFICER)
    other = "Oslo" if "Steinkjer</h1>" in officer.text(address) else "Steinkjer"

    why_not = officer.text(f"{address}?hvorfor={other}")
    tinn = officer.text(f"{address}?hvorfor=Tinn")
    unsaid = officer.send(address, {"municipality_number": other}, page=address)
    barred = officer.send(
        address, {"municipality_number": "Tinn", "override_reason": "Ønske"}, page=address
    )
    done = officer.send(
        address, {"municipality_number": other, "override_reason": "Søsken"}, page=address
    )

    assert "Ingen hard regel hindrer det" in why_not
    assert "Kommunen må registrere sitt vedtak." in tinn
    assert (unsaid.status_code, barred.status_code, done.status_code) == (422, 409, 303)
    assert "Søsken" in officer.text(address)
    assert "Pris mot planen" in officer.text(address)
    assert "er byttet for hånd" in officer.text(run)
    assert site.visit(Role.AUDITOR).get(address).status_code == 200
    assert site.visit(Role.MUNICIPALITY_WRITER).get(address).status_code == 403


def test_a_draft_is_tried_on_last_month_and_put_in_force(site: Site):
    leader = site.visit(Role.LEAD)
    form = {
        "valid_from": "01.01.2033",
        "vacancy_window": "5",
        "next_shown": "4",
        "note": "Jevnere",
        "method": "balanced",
        "chosen": "on",
        "former": "on",
    }

    address = leader.send("/regler/ny", form).headers["location"]
    too_early = leader.send(f"{address}/legg-fram", page=address)
    leader.send(f"{address}/prov", page=address)
    tried = leader.text(address)
    proposed = leader.send(f"{address}/legg-fram", page=address)

    assert too_early.status_code == 409
    assert "Siste måned" in tried
    assert "Ujevn bruk, prosentpoeng" in tried
    assert proposed.headers["location"] == "/regler"
    with site.reading() as session:
        made = session.scalars(select(RuleDraft).where(RuleDraft.note == "Jevnere")).one()
        assert (made.state, made.rules["steps"]) == ("in_force", ["former"])
        version = made.rules_version
    everybody = site.visit()
    assert "Jevnest mulig" in everybody.text(f"/regler/versjon/{version}")
    assert "ulikt" in everybody.text(f"/regler/sammenlign?a=1&b={version}")
    assert everybody.get("/regler/versjon/999").status_code == 404
    published = everybody.get("/rules").json()
    assert published["in_force"]["rules"]["apportionment"] == "adams"
    assert version in [one["version"] for one in published["items"]]


def test_what_if_is_shown_before_anything_is_kept_and_changes_no_figure(site: Site):
    officer = site.visit(Role.CASE_OFFICER)
    with site.reading() as session:
        before = session.execute(select(PlaceAccount.__table__)).all()
    asked = {
        "per_cent": "-34,3",
        "least": "10",
        "more_places": "5006 20",
        "before": "01.04.2020",
        "step": "show",
    }

    shown = officer.send("/hva-om", asked, page="/hva-om")

    assert shown.status_code == 200
    assert "Forskjellen" in shown.text
    assert "Steinkjer" in shown.text
    with site.reading() as session:
        assert session.scalars(select(WhatIf)).all() == []
    kept = officer.send("/hva-om", asked | {"step": "keep", "name": "Som i 2020"}, page="/hva-om")
    address = kept.headers["location"]
    assert "Som i 2020" in site.visit(Role.AUDITOR).text(address)
    with site.reading() as session:
        assert session.execute(select(PlaceAccount.__table__)).all() == before
    assert site.visit(Role.MUNICIPALITY_WRITER).get(address).status_code == 403
    wrong = officer.send(
        "/hva-om",
        {"per_cent": "mye", "more_places": "x", "airports_closed": "1", "step": "show"},
        page="/hva-om",
    )
    assert wrong.status_code == 422
    assert wrong.text.count("Skriv «") >= 3


def test_scores_are_brought_in_with_their_source_and_offered_as_a_way_to_plan(site: Site):
    leader = site.visit(Role.LEAD)
    with site.reading() as session:
        number = session.scalars(
            select(Case.case_number).where(Case.id == site.cases["withdrawn"])
        ).one()
    assert "utfallsskår, innenfor" not in leader.text("/fordeling/ny")
    text = f"case,municipality,score\n{number},0301,0.9\n"

    missing = leader.send("/skar", {"source": "Modell 1"}, page="/skar")
    done = leader.send("/skar", {"source": "Modell 1", "text": text}, page="/skar")

    assert (missing.status_code, done.status_code) == (422, 303)
    assert "Modell 1" in site.visit(Role.AUDITOR).text("/skar")
    assert "Høyest utfallsskår" in leader.text("/fordeling/ny")
    assert "Utfallsskår" in leader.text(a_run(site, "score"))


def test_why_not_says_what_would_have_to_change(site: Site):
    text = site.visit(Role.CASE_OFFICER).text(
        f"/saker/{site.cases['registered']}/forslag?hvorfor=Tinn"
    )

    assert "Hva som må endres:" in text
    assert "Kommunen må registrere sitt vedtak." in text


@pytest.mark.parametrize("role", [Role.LEAD, Role.CASE_OFFICER, Role.AUDITOR])
def test_pages_of_the_planner_are_free_of_what_the_policy_forbids(site: Site, role):
    with db.transaction(site.database.sessions) as session:
        new = NewRuleSet(date(2034, 1, 1), Decimal("0.1"), 5, "Utkast")
        draft = drafts.write(session, new, actor=lead(), at=NOW)
        drafts.simulate(session, draft, actor=lead(), at=NOW)
    run = a_run(site)
    visitor = site.visit(role)

    for path in (
        "/hva-om",
        "/skar",
        "/regler",
        f"/regler/utkast/{draft}",
        run,
        f"{run}/regn-paa-nytt",
        a_case_of(site, run),
    ):
        text = visitor.text(path)
        assert not INLINE.search(text), path
        assert SECRET_NAME not in text, path
