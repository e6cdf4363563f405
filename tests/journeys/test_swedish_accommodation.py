"""Places are acquired by the pages alone: found, offered, signed, used, paid, ended."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from app.clock import request_time
from app.db import transaction
from app.main import create_app
from app.settings import Settings
from app.signin import COOKIE, CSRF_HEADER
from tests.accommodation import INVENTORY
from tests.app.pages.structure import faults
from tests.databases import Databases
from tests.journeys.client import Clock
from tests.journeys.test_sweden_isolation import _asker
from tests.swedish import NOW, decided, sweden
from workflow.kernel.actor import Role
from workflow.kernel.country import Country

pytestmark = pytest.mark.trial
TERMS = {
    "accommodation_kind": "direct_award",
    "supplier": "Stugbyn AB",
    "price": "199,50",
    "meals": "self_catering",
}
TIME = {"starts_on": "2022-07-01", "term": "six_months"}


@dataclass
class Person:
    client: TestClient
    headers: dict[str, str]

    def read(self, path: str) -> str:
        answer = self.client.get(path, headers=self.headers)
        assert answer.status_code == 200, (path, answer.status_code)
        assert faults(answer.text) == [], path
        return _seen(answer)

    def send(self, path: str, status: int = 303, **form: Any) -> httpx.Response:
        answer = self.client.post(path, data=form, headers=self.headers)
        assert answer.status_code == status, (path, answer.status_code, _seen(answer)[:3000])
        assert status == 303 or faults(answer.text) == [], path
        return answer

    def done(self, path: str, **form: Any) -> str:
        """Where one is led."""
        return str(self.send(path, **form).headers["location"])


def _seen(answer: httpx.Response) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).replace("\xa0", " ").split())


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture(scope="module")
def people(databases: Databases, clock: Clock) -> Iterator[dict[Role, Person]]:
    with databases.fresh(connections=2) as database:
        with transaction(database.sessions) as session:
            ids = sweden(session)
            decided(session)
        app = create_app(
            Settings(database_url=database.url, thread_limit=4, country=Country.SWEDEN)
        )
        app.dependency_overrides[request_time] = clock
        with TestClient(app, follow_redirects=False) as client:
            with transaction(database.sessions) as session:
                askers = [
                    _asker(session, client, role, ids)
                    for role in (
                        Role.MIGRATION_OFFICER,
                        Role.COUNTY_BOARD,
                        Role.MUNICIPALITY_WRITER,
                    )
                ]
            people = {
                one.role: Person(
                    client, {CSRF_HEADER: one.csrf, "cookie": f"{COOKIE}={one.secret}"}
                )
                for one in askers
            }
            yield people


def test_a_house_of_the_inventory_is_offered_accepted_slept_in_and_paid(people, clock):
    officer, board = people[Role.MIGRATION_OFFICER], people[Role.COUNTY_BOARD]
    inventory = board.done(
        "/inventering", source="Länsstyrelsen", day="2022-03-25", table=INVENTORY
    )
    lines = officer.client.get(inventory, headers=officer.headers).text
    rows = dict(re.findall(r'href="(/inventering/rader/\d+)">([^<]+)<', lines))
    line = {name: path for path, name in rows.items()}
    assert "Raden säger för lite" in officer.read(line["Campingen"])
    assert "säger för lite" in _seen(officer.send(f"{line['Campingen']}/anvand", 409))
    officer.done(f"{line['Campingen']}/avvisa", reason="Inga tält")
    house = officer.done(f"{line['Gamla skolan']}/anvand")
    assert "Länsstyrelsen, 2022-03-25: 3" in officer.read(house)

    offer = officer.done(
        f"{house}/erbjudande",
        **TERMS,
        beds="40",
        term="one_year",
        available_from="2022-06-15",
    )
    assert "Betalades 2015 för sådana platser 199 kr" in officer.read(offer)
    asked = {"version": "1", "starts_on": "2022-06-20", "beds": "40"}
    early = _seen(officer.send(f"{offer}/anta", 200, **asked))
    assert "Nya platser inom varseltiden" in early
    missing = officer.send(f"{offer}/anta", 409, **asked, confirm="on")
    assert "kan börja tidigast" in _seen(missing)
    contract = officer.done(
        f"{offer}/anta", **asked, confirm="on", notice_reason="Brådskar", told_on="2022-06-01"
    )
    told = officer.read(contract)
    assert "Karlstad 227 0 40 227 187 0 % 18 %" in told
    call_off = re.search(
        r'"(/avrop/[0-9a-f-]{36})"', officer.client.get(contract, headers=officer.headers).text
    )[1]

    clock.at = NOW + timedelta(days=60)
    slept = {"since": "2022-06-20", "until": "2022-06-29", "source": "Listan"}
    assert "fler än platserna" in _seen(
        officer.send(f"{call_off}/belaggning", 422, **slept, place_nights="401")
    )
    officer.done(f"{call_off}/belaggning", **slept, place_nights="300")
    file = officer.client.get(
        "/kostnader/belaggning.csv?fran=2022-07-01&till=2022-07-31", headers=officer.headers
    ).text
    assert f"{call_off.rpartition('/')[2]};2022-07-01;2022-07-30;;;Karlstad;Stugbyn AB;40" in file
    filled = file.replace(";;;Karlstad", ";900;;Karlstad")
    wrong = file.replace(";;;Karlstad", ";9000;;Karlstad")
    assert "2: not the nights" in _seen(officer.send("/kostnader", 422, source="L", table=wrong))
    officer.done("/kostnader", source="Listan", table=filled)
    assert "2022-07-30 900 75 %" in officer.read(call_off)
    costs = officer.read("/kostnader?fran=2022-06-20&till=2022-06-29&lan=17")
    assert "Kostnad 79 800 kr" in costs
    assert "Tomma platser 19 950 kr" in costs
    assert "Beläggning 75 %" in costs
    assert "Per använt dygn 266 kr" in costs
    assert "går inte att räkna från" in officer.read("/kostnader?fran=2023-01-01")
    clock.at = NOW


def test_an_agreement_past_the_number_is_seen_before_it_is_signed_and_ended(people):
    officer, own = people[Role.MIGRATION_OFFICER], people[Role.MUNICIPALITY_WRITER]
    agreed = TERMS | TIME | {"municipality": "1760", "beds": "10", "supplier": "Storfors kommun"}

    seen = _seen(officer.send("/avtal", 200, **agreed))
    assert "Över kommunens tal" in seen
    assert "Storfors 8 0 10 8 0 2 över" in seen
    assert "eller skriv skälet" in _seen(officer.send("/avtal", 409, **agreed, confirm="on"))
    contract = officer.done("/avtal", **agreed, confirm="on", excess_reason="Hela huset")
    assert "Över talet för 2022 med 2 platser: Hela huset" in officer.read(contract)
    assert own.client.get(contract, headers=own.headers).status_code == 404

    assert "före natten" in _seen(
        officer.send(f"{contract}/avsluta", 422, version="1", last_night="2022-05-01", reason="x")
    )
    officer.done(f"{contract}/avsluta", version="1", last_night="2022-08-31", reason="Uppsagt")
    assert "avslutat" in officer.read(contract)


def test_places_are_called_off_from_a_framework_and_ended(people):
    officer = people[Role.MIGRATION_OFFICER]
    framework = officer.done(
        "/avtal/ramavtal",
        **TERMS | {"pay_when_used": "on"},
        county="17",
        beds="50",
        starts_on="2022-07-01",
        term="three_years",
    )
    asked = TIME | {"municipality": "1781", "beds": "20"}

    assert "Kristinehamn 51 0 20 51 31" in _seen(officer.send(f"{framework}/avropa", 200, **asked))
    officer.done(f"{framework}/avropa", **asked, confirm="on")
    assert "åt gången" in _seen(
        officer.send(f"{framework}/avropa", 409, **asked | {"beds": "40"}, confirm="on")
    )
    text = officer.client.get(framework, headers=officer.headers).text
    call_off = re.search(r'"(/avrop/[0-9a-f-]{36})"', text)[1]
    officer.done(f"{call_off}/avsluta", version="1", last_night="2022-06-30", reason="Blev inte av")
    assert "Blev inte av" in officer.read(call_off)


def test_how_well_a_house_lies_is_stated_and_weighed(people):
    officer = people[Role.MIGRATION_OFFICER]
    house = officer.done(
        "/boenden",
        municipality="1766",
        name="Pensionatet",
        owner="private",
        standard="house",
        beds="12",
        provenance="Anbud",
        transit_metres="300",
    )
    officer.done(f"{house}/lage", version="1", points="55", note="Bussen går en gång om dagen")
    assert "Bedömt till 55" in officer.read(house)
    wrong = officer.send(f"{house}/lage", 422, version="2", points="101", note="x")
    assert "0 till 100" in _seen(wrong)
    offer = officer.done(
        f"{house}/erbjudande",
        **TERMS,
        beds="12",
        term="one_year",
        available_from="2022-06-15",
    )
    assert "mindre än erbjudandet" not in officer.read(offer)
    officer.done(f"{house}/platser", version="2", beds_now="9", reason="Ett rum är stängt")
    assert "Boendet har nu 9 platser" in officer.read(offer)
    limits = {"near_metres": "500", "far_metres": "5000", "near_minutes": "5", "far_minutes": "60"}
    of_each = {"transit": "0,4", "health_centre": "0,2", "school": "0,2", "service": "0,2"}
    weights = {f"{kind}_weight": weight for kind, weight in of_each.items()}
    weights |= {f"{kind}_{name}": value for kind in of_each for name, value in limits.items()}
    stated = {"valid_from": "2022-06-01", "reason": "Bussen först"}
    officer.send("/boenden/vikter", 422, **stated | weights | {"transit_weight": "0,5"})
    officer.done("/boenden/vikter", **stated | weights)
    assert "Bussen först" in officer.read("/boenden/vikter")
