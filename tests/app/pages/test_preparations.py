"""The page of a preview under way: there for who comes back, gone on when it is done."""

import pytest

from app.pages import preparations
from app.preparing import prepare_next
from tests.app.pages.conftest import Site
from workflow.kernel.actor import Role


@pytest.fixture
def asked(site: Site, monkeypatch) -> str:
    """The page of a preview that waits for a worker."""
    monkeypatch.setattr(preparations, "AT_ONCE", 0)
    answer = site.visit(Role.CASE_OFFICER).send("/fordeling/ny", {"method": "rule"})
    return str(answer.headers["location"])


def ended(site: Site) -> None:
    while prepare_next(site.database.sessions):
        pass


def test_it_can_be_left_and_found_again_until_it_is_done(site: Site, asked):
    officer = site.visit(Role.CASE_OFFICER)
    page = officer.text(asked)
    assert "Venter på tur" in page
    assert "Du kan gå fra siden" in page
    assert "Oppdater siden" in page
    for listed in ("/fordeling", "/oppgaver"):
        assert f'href="{asked}"' in site.visit(Role.LEAD).text(listed)

    ended(site)

    done = officer.get(asked)
    assert done.status_code == 303
    assert "forhåndsvisning" in officer.text(done.headers["location"]).lower()
    assert f'href="{asked}"' not in officer.text("/fordeling")


def test_it_is_stopped_by_imdi_and_only_looked_at_by_others(site: Site, asked):
    auditor = site.visit(Role.AUDITOR)
    assert "/stopp" not in auditor.text(asked)
    assert auditor.send(f"{asked}/stopp", page="/varsler").status_code == 403

    officer = site.visit(Role.CASE_OFFICER)
    stopped = officer.send(f"{asked}/stopp", page=asked)

    assert stopped.headers["location"] == asked
    page = officer.text(asked)
    assert "Forhåndsvisningen er stoppet" in page
    assert "Ingenting er endret." in page
    assert "Oppdater siden" not in page
    ended(site)
    assert officer.get(asked).status_code == 200


def test_its_events_are_in_the_readers_language(site: Site, asked):
    officer = site.visit(Role.CASE_OFFICER).speaking("nn")
    officer.send(f"{asked}/stopp", page=asked)

    stream = officer.client.get(f"{asked}/hendelser")

    assert "event: ended" in stream.text
    assert '"part": "Stoppa"' in stream.text


def test_what_failed_says_why_and_what_to_do(site: Site, asked, monkeypatch):
    def fails(*args, **given):
        raise RuntimeError

    monkeypatch.setattr("app.preparing.redistribution_runs.preview", fails)
    ended(site)

    page = site.visit(Role.CASE_OFFICER).text(asked)

    assert "Forhåndsvisningen ble ikke ferdig" in page
    assert "meld fra til dem som drifter løsningen" in page
