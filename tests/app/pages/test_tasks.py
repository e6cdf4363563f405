"""IMDi's first page: true numbers, and each opens to what is behind it."""

import re

from tests.app.pages.conftest import SECRET_NAME, Site
from workflow.kernel.actor import Role


def test_tasks_stand_by_urgency_with_their_cases(site: Site):
    page = site.visit(Role.CASE_OFFICER).text("/oppgaver")

    titles = re.findall(r'<h2 id="task-[a-z_]+">([^<]+?) <span class="count">(\d+)', page)
    assert titles == [
        ("Svarfristen er ute", "1"),
        ("Kommunen har sagt nei", "1"),
        ("Godkjent, venter på bosettingsvedtak", "2"),
        ("Trukket, og innreise er mulig", "2"),
        ("Nye saker klare for fordeling", "1"),
    ]
    assert SECRET_NAME not in page


def test_every_number_of_the_page_is_that_of_the_list_it_opens(site: Site):
    officer = site.visit(Role.CASE_OFFICER)
    page = officer.text("/oppgaver")

    links = re.findall(r'href="(/saker\?[^"]+)">Se alle (\d+) sak', page)
    assert len(links) == 5
    for address, number in links:
        found = officer.text(address.replace("&amp;", "&"))
        assert f'class="caption-total">{number} sak' in found, address


def test_the_places_held_by_who_cannot_travel_are_told_before_a_withdrawal(site: Site):
    page = site.visit(Role.CASE_OFFICER).text("/oppgaver")

    assert "Plasser holdt av for noen som ikke kan reise" in page


def test_the_auditor_reads_and_is_offered_no_runs(site: Site):
    page = site.visit(Role.AUDITOR).text("/oppgaver")

    assert 'href="/omgjoring/ny"' not in page
    assert site.visit(Role.MUNICIPALITY_WRITER).get("/oppgaver").status_code == 403
