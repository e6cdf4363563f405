"""Notices and what leaves besides, in the browser."""

import re
from datetime import timedelta

from sqlalchemy import select, update

from app.db import transaction
from notifications import queries
from notifications.models import Dispatch
from notifications.states import DispatchState
from tests.app.pages.conftest import Site
from tests.factories import NOW, TODAY, officer, writer
from tests.journeys.stages_of_messages import a_dead_letter, an_address
from tests.journeys.stages_of_webhooks import a_delivery, a_webhook
from tests.notifications.telling import tell
from workflow.capacity import kind_limits
from workflow.capacity.kind_limits import NewLimit
from workflow.capacity.states import HouseholdKind
from workflow.kernel.actor import Role


def test_an_office_marks_all_its_notices_as_read(site: Site):
    with transaction(site.database.sessions) as session:
        tell(session, at=NOW + timedelta(days=9999))
    officer = site.visit(Role.CASE_OFFICER)
    until = re.search(r'name="until" value="(\d+)"', officer.text("/varsler"))

    nonsense = officer.send("/varsler/lest", {"until": "x"}, page="/varsler")
    done = officer.send("/varsler/lest", {"until": until[1]}, page="/varsler")

    assert (nonsense.status_code, done.status_code) == (303, 303)
    after = officer.text("/varsler")
    assert "Varslene er merket som lest." in after
    assert "Merk alle som lest" not in after
    assert "Alle varslene er lest." in officer.text("/varsler?ulest=true")


def test_all_are_marked_also_where_the_unread_are_on_a_later_page(site: Site, monkeypatch):
    with transaction(site.database.sessions) as session:
        tell(session, at=NOW + timedelta(days=9999))
    monkeypatch.setattr(queries, "PAGE", 1)
    writer = site.visit(Role.MUNICIPALITY_WRITER)
    [newest] = re.findall(r'action="/varsler/(\d+)/lest"', writer.text("/varsler"))

    writer.send(f"/varsler/{newest}/lest", page="/varsler")
    until = re.search(r'name="until" value="(\d+)"', writer.text("/varsler"))
    assert until is not None
    assert int(until[1]) < int(newest)
    writer.send("/varsler/lest", {"until": until[1]}, page="/varsler")

    assert "Alle varslene er lest." in writer.text("/varsler?ulest=true")


def test_a_wish_about_a_kind_of_household_leads_to_its_answer_and_the_answer_to_the_wish(
    site: Site,
):
    here = site.municipalities["Steinkjer"]
    large = HouseholdKind.LARGE_FAMILY
    wish = NewLimit(large, 0, TODAY, TODAY + timedelta(weeks=4), "Ingen store boliger")
    with transaction(site.database.sessions) as session:
        limit = kind_limits.state_limit(session, here, wish, actor=writer(here), at=NOW)
        tell(session, at=NOW + timedelta(days=9999))
    asked = site.visit(Role.CASE_OFFICER).text("/varsler")
    with transaction(site.database.sessions) as session:
        kind_limits.answer(session, limit, confirmed=True, actor=officer(), at=NOW)
        tell(session, at=NOW + timedelta(days=9999))
    answered = site.visit(Role.MUNICIPALITY_WRITER).text("/varsler")

    assert '<a href="/husholdningstyper">Kommune ønsker å begrense en husholdningstype</a>' in asked
    assert "Begrensning av en husholdningstype er bekreftet" not in asked
    assert 'aria-label="Merk som lest: Kommune ønsker å begrense en husholdningstype"' in asked
    assert (
        '<a href="/kommune/husholdningstyper">Begrensning av en husholdningstype er bekreftet</a>'
        in answered
    )
    assert "Ingen store boliger" not in answered


def test_what_was_given_up_says_why_in_words_and_is_sent_again(site: Site):
    with transaction(site.database.sessions) as session:
        here = site.municipalities["Steinkjer"]
        an_address(session, here)
        message = a_dead_letter(session, here)
        session.execute(update(Dispatch).values(fault="email.recipient_refused"))
        delivery = a_delivery(session, a_webhook(session))
    lead = site.visit(Role.LEAD)
    text = lead.text("/utsendinger?state=dead")

    assert "E-postserveren avviser mottakeren" in text
    assert "Ingen svarte" in text
    for number in (message, f"w{delivery}"):
        path = f"/utsendinger/{number}/igjen"
        assert path in text
        assert lead.send(path, page="/utsendinger").status_code == 303
    assert "/igjen" not in lead.text("/utsendinger?state=dead")
    with transaction(site.database.sessions) as session:
        state = session.scalar(select(Dispatch.state).where(Dispatch.id == message))
    assert state is DispatchState.PENDING
