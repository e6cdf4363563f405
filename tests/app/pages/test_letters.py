"""Letters in the browser: one that waits is stopped, one for a refugee is marked as delivered."""

import re

import pytest

from app.db import transaction
from tests.app.pages.conftest import Site
from tests.journeys.stages_of_letters import by_hand, waiting
from workflow.kernel.actor import Role

INLINE = re.compile(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
LIST = "/brev/overlevering"


@pytest.fixture
def officer(site: Site):
    return site.visit(Role.CASE_OFFICER)


def test_a_letter_that_waits_is_stopped_with_a_reason_and_let_go(site: Site, officer):
    with transaction(site.database.sessions) as session:
        page = f"/brev/{waiting(session)}"

    without = officer.send(f"{page}/stopp", page=page)
    stopped = officer.send(f"{page}/stopp", {"stop_reason": "wrong_content"}, page=page)
    text = officer.text(page)
    again = officer.send(f"{page}/stopp", {"stop_reason": "wrong_content"}, page=page)

    assert (without.status_code, stopped.status_code, again.status_code) == (422, 303, 409)
    assert "Stoppet" in text
    assert "Innholdet er feil" in text
    assert not INLINE.search(text)
    assert officer.send(f"{page}/slipp", page=page).status_code == 303
    assert "Stopp brevet" in officer.text(page)


def test_a_refugees_letter_is_on_the_list_until_it_is_marked(site: Site, officer):
    with transaction(site.database.sessions) as session:
        letter_id = str(by_hand(session))
    before = officer.text(LIST)
    said = {"letters": letter_id, "how": "posted", "on": "12.03.2020"}

    nothing = officer.send(LIST, {**said, "letters": ""}, page=LIST)
    to_come = officer.send(LIST, {**said, "on": "12.03.2099"}, page=LIST)
    marked = officer.send(LIST, said, page=LIST)

    assert f'value="{letter_id}"' in before
    assert not INLINE.search(before)
    assert (nothing.status_code, to_come.status_code, marked.status_code) == (422, 422, 303)
    after = officer.text(LIST)
    assert f'value="{letter_id}"' not in after
    assert "Postlagt" in after
    page = f"/brev/{letter_id}"
    said["how"] = "handed_over"
    assert officer.send(f"{page}/overlevert", said, page=page).status_code == 303
    assert "Overlevert" in officer.text(page)


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.AUDITOR, 200), (Role.MUNICIPALITY_WRITER, 403), (Role.TRAVEL_OFFICER, 403)],
)
def test_the_list_is_imdis(site: Site, role, status):
    answer = site.visit(role).get(LIST)

    assert answer.status_code == status
    assert "Merk som levert" not in answer.text
