"""Migrationsverket ranks offers, plans a purchase and keeps it, on the pages and over the API."""

import re
from datetime import date

import pytest
from fastapi.testclient import TestClient

from app.clock import request_time
from app.db import transaction
from app.main import create_app
from app.settings import Settings
from app.signin import COOKIE, CSRF_HEADER
from tests.accommodation import an_object, an_offer, drawn, signed
from tests.databases import Databases
from tests.journeys.client import Clock
from tests.journeys.neighbours import Asker
from tests.journeys.test_sweden_isolation import _asker
from tests.swedish import NOW, agency, decided, sweden
from workflow.accommodation import occupancy
from workflow.accommodation.nights import Slept
from workflow.kernel.actor import Role
from workflow.kernel.country import Country

pytestmark = pytest.mark.trial
HERE = "/upphandling/plan?platser=30&dag=2022-07-01&ar=2022"
THEN = NOW.replace(month=7, day=20)


@pytest.fixture(scope="module")
def officer(databases: Databases):
    """Two offers: a cheap one where the number is nearly filled, a dear one where it is not."""
    with databases.fresh(connections=4) as database:
        with transaction(database.sessions) as session:
            decided(session)
            there = drawn(session, signed(session, "1780", 220))
            slept = Slept(date(2022, 7, 1), date(2022, 7, 10), 1_100)
            occupancy.record(session, there, slept, "Räkning", actor=agency(), at=THEN)
            for number, price in (("1780", 19_900), ("1784", 34_700)):
                an_offer(session, an_object(session, number), price_ore=price)
        app = create_app(
            Settings(database_url=database.url, thread_limit=4, country=Country.SWEDEN)
        )
        app.dependency_overrides[request_time] = Clock(THEN)
        with TestClient(app, follow_redirects=False) as client:
            with transaction(database.sessions) as session:
                asker = _asker(session, client, Role.MIGRATION_OFFICER, sweden(session))
            yield asker


def send(officer: Asker, path: str, body: dict[str, str]):
    """A form of a page, as a browser sends it."""
    headers = {CSRF_HEADER: officer.csrf, "cookie": f"{COOKIE}={officer.secret}"}
    return officer.client.request("POST", path, data=body, headers=headers)


def test_the_ranking_turns_with_the_price_of_evenness(officer: Asker):
    def first(price: str) -> str:
        page = officer.ask("GET", f"/upphandling?dag=2022-07-01&ar=2022&jamnhet={price}").text
        return re.search(r'<span class="small">(Karlstad|Arvika)</span>', page)[1]

    assert (first("1"), first("2,50")) == ("Karlstad", "Arvika")


def test_what_stood_empty_is_told_beside_the_ranking(officer: Asker):
    page = officer.ask("GET", "/upphandling").text

    assert "50\N{NO-BREAK SPACE}% av platserna belagda" in page
    # 1 100 of 2 200 nights at 199 kronor.
    assert "218\N{NO-BREAK SPACE}900 kr" in page


def test_a_plan_is_drawn_kept_and_shown_with_what_it_was_made_of(officer: Asker):
    page = officer.ask("GET", HERE).text
    assert page.count("<circle") == 2
    sha256 = re.search(r'name="inputs" value="(\w{64})"', page)[1]

    body = {"title": "Sommaren", "chosen": "1", "inputs": sha256}
    answer = send(officer, HERE, body)
    kept = officer.ask("GET", answer.headers["location"]).text

    assert answer.status_code == 303
    assert sha256 in kept
    assert "nr 1 av 2, den bästa" in kept
    assert "Vandrarhemmet, Hotell AB" in kept


@pytest.mark.parametrize(
    ("address", "changed", "status"),
    [
        (HERE, {"chosen": "2"}, 409),
        (HERE, {"chosen": "9"}, 422),
        (HERE, {"title": ""}, 422),
        (HERE, {"inputs": "0" * 64}, 409),
        (HERE.replace("=30", "=900"), {}, 409),
        (HERE.replace("=30", "=x"), {}, 422),
    ],
)
def test_a_plan_that_cannot_be_is_not_kept(officer: Asker, address, changed, status):
    answer = send(officer, address, {"title": "Plan", "chosen": "1"} | changed)

    assert answer.status_code == status


def test_a_large_need_shows_what_is_missing(officer: Asker):
    page = officer.ask("GET", "/upphandling/stort-behov?platser=500&dag=2022-07-01&ar=2022").text

    assert "Värmlands län" in page
    assert officer.ask("GET", "/upphandling/stort-behov?platser=500&ar=2030").status_code == 422


def test_the_numbers_are_compensated_and_a_file_is_reckoned(officer: Asker):
    page = officer.ask("GET", "/upphandling/ersattning?ar=2022").text
    assert "7\N{NO-BREAK SPACE}800\N{NO-BREAK SPACE}000" in page

    table = "code,kind,quantity,since,until,printed\n1780,initial_night,30,2022-04-16,2022-06-15,"
    right = send(officer, "/upphandling/ersattning", {"file": table + "849000"})
    wrong = send(officer, "/upphandling/ersattning", {"file": table + "x"})

    assert "skrivet 849\N{NO-BREAK SPACE}000 kr, blir 549\N{NO-BREAK SPACE}000 kr" in right.text
    assert wrong.status_code == 422
    assert "2: printed" in wrong.text
