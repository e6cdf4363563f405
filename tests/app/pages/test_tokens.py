"""`/tilganger`: a token is shown once, and taken back."""

import re

import pytest
from sqlalchemy import select

from app.models import AccessToken
from tests.app.pages.conftest import Site
from tests.app.pages.test_every_page import INLINE, PEOPLE
from workflow.kernel.actor import Role

TOKEN = re.compile(r"bos_[0-9a-f]{8}_[\w-]{43}_[0-9a-f]{32}")
OWN = {"name": "Fagsystem", "role": "municipality_reader", "scope": "read", "days": "30"}


@pytest.mark.parametrize("role", PEOPLE[1:])
def test_the_page_is_for_administrators(site: Site, role):
    answer = site.visit(role).get("/tilganger")

    may = role in {Role.ADMINISTRATOR, Role.MUNICIPALITY_ADMINISTRATOR}
    assert answer.status_code == (200 if may else 403)
    assert not INLINE.search(answer.text)


def test_a_municipality_gives_its_own_systems_a_token_that_is_shown_once(site: Site):
    mia = site.visit(Role.MUNICIPALITY_ADMINISTRATOR)

    shown = mia.send("/tilganger", OWN)
    later = mia.text("/tilganger")

    (token,) = TOKEN.findall(shown.text)
    assert shown.headers["cache-control"] == "no-store"
    assert "Fagsystem" in later
    assert not TOKEN.search(later)
    bearing = {"authorization": f"Bearer {token}"}
    assert mia.client.get("/api/v1/distributions", headers=bearing).status_code == 200
    with site.reading() as session:
        kept = session.scalars(select(AccessToken).where(AccessToken.name == "Fagsystem")).one()
        assert kept.municipality_id == site.municipalities["Steinkjer"]
        assert kept.owner_id is not None


def test_a_token_is_taken_back_by_its_own_municipality_only(site: Site):
    site.visit(Role.MUNICIPALITY_ADMINISTRATOR).send("/tilganger", OWN | {"name": "Taes tilbake"})
    with site.reading() as session:
        number = session.scalar(select(AccessToken.id).where(AccessToken.name == "Taes tilbake"))
    path = f"/tilganger/{number}/trekk-tilbake"

    foreign = site.visit(Role.MUNICIPALITY_ADMINISTRATOR, "Oslo").send(path)
    own = site.visit(Role.MUNICIPALITY_ADMINISTRATOR).send(path)

    assert (foreign.status_code, own.status_code) == (404, 303)
    with site.reading() as session:
        assert session.scalar(select(AccessToken.revoked_at).where(AccessToken.id == number))


def test_a_municipality_sees_no_token_of_another(site: Site):
    site.visit(Role.MUNICIPALITY_ADMINISTRATOR).send("/tilganger", OWN | {"name": "Bare vårt"})

    assert "Bare vårt" not in site.visit(Role.MUNICIPALITY_ADMINISTRATOR, "Oslo").text("/tilganger")
    assert "Bare vårt" in site.visit(Role.ADMINISTRATOR).text("/tilganger")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"role": "lead"}, "role"),
        ({"role": "king"}, "role"),
        ({"scope": ""}, "scope"),
        ({"days": "0"}, "days"),
        ({"days": "367"}, "days"),
    ],
)
def test_what_cannot_be_comes_back_with_what_was_typed(site: Site, changed, field):
    answer = site.visit(Role.MUNICIPALITY_ADMINISTRATOR).send("/tilganger", OWN | changed)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert not TOKEN.search(answer.text)


def test_the_state_gives_tokens_to_whom_it_names(site: Site):
    ada = site.visit(Role.ADMINISTRATOR)
    form = {"name": "x", "role": "municipality_writer", "scope": "write", "days": "1"}

    unnamed = ada.send("/tilganger", form)
    unknown = ada.send("/tilganger", form | {"municipality_number": "9998"})
    centre = ada.send("/tilganger", form | {"role": "reception_centre"})
    lead = ada.send("/tilganger", form | {"role": "lead"})

    assert 'id="municipality_number-error"' in unnamed.text
    assert 'id="municipality_number-error"' in unknown.text
    assert 'id="reception_centre-error"' in centre.text
    assert (lead.status_code, len(TOKEN.findall(lead.text))) == (200, 1)
