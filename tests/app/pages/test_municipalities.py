"""What IMDi's lead registers on the page of a municipality."""

import re
from html import unescape

from sqlalchemy import select

from tests.app.pages.conftest import Site
from workflow.capacity.models import PlaceAccount
from workflow.kernel.actor import Role

TINN = "/kommuner/3818"


def _years(site: Site) -> list[tuple[int, int | None]]:
    with site.reading() as session:
        here = PlaceAccount.municipality_id == site.municipalities["Tinn"]
        return [
            (one.year, one.original_request)
            for one in session.scalars(select(PlaceAccount).where(here).order_by(PlaceAccount.year))
        ]


def test_places_of_nobody_are_refused_at_their_field_and_then_registered(site: Site):
    lead = site.visit(Role.LEAD)
    version = re.search(r'name="version" value="([^"]*)"', lead.text(f"{TINN}?year=2020"))
    assert version is not None
    given = {"version": unescape(version[1]), "pool": "tullball", "original_request": "15"}
    before = _years(site)

    refused = lead.send(f"{TINN}/anmodning?year=2020", given, page=TINN)
    untouched = _years(site)
    done = lead.send(f"{TINN}/anmodning?year=2020", given | {"pool": "ordinary"}, page=TINN)

    assert (refused.status_code, done.status_code) == (422, 303)
    assert "Velg «Plasser» fra listen." in refused.text
    assert untouched == before
    assert (2020, 15) in _years(site)
