"""The demonstration's database: filled whole or not at all, never mixed, on its own clock."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app import clock, demonstration, migrate
from app.db import transaction
from app.demonstration import Wanted
from app.errors import CannotStart
from app.main import create_app
from app.scenario.cases import STARTS_AT, march_2020
from app.scenario.load import Loaded, loaded
from app.settings import Settings
from app.signin import cookies
from tests.app.scenario.part import cut
from tests.factories import a_case, a_municipality
from workflow.cases.models import Case
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.municipalities.models import Municipality

MARCH_12 = date(2020, 3, 12)
WHICHEVER = Wanted()


@pytest.fixture
def part(monkeypatch):
    """The demonstration loads a small part of its scenario."""
    monkeypatch.setattr(demonstration, "march_2020", lambda *given: cut(march_2020(*given)))


@pytest.fixture
def fill(committed, part):
    def go(wanted=WHICHEVER, watch=iter, reject=pytest.fail):
        demonstration.fill(
            committed.sessions, committed.owner_url, wanted, watch=watch, reject=reject
        )

    return go


def case_numbers(committed):
    with committed.sessions() as session:
        return sorted(session.scalars(select(Case.case_number)))


def now(committed):
    with committed.sessions() as session:
        return clock.now(session, demo=True)


def test_an_empty_database_is_filled_once(committed, fill):
    fill()
    first = case_numbers(committed)
    fill()

    with committed.sessions() as session:
        assert loaded(session) == Loaded(2020, demonstration.GENERATED)
    assert first == case_numbers(committed) != []


@pytest.mark.trial
def test_a_fill_that_is_killed_is_begun_again_with_the_same_numbers(committed, fill):
    def end_in_the_middle(happenings):
        yield from happenings[:-20]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill(watch=end_in_the_middle)
    between = case_numbers(committed)
    fill()

    assert between == []
    assert case_numbers(committed)[0].endswith("-000001")


@pytest.mark.trial
def test_another_scenario_than_the_one_there_is_refused(fill, tmp_path):
    file = tmp_path / "figures.csv"
    file.write_text("Enhet;År;Kommunenummer;Kommune;Bosetting;Antall\n")
    fill(Wanted(seed=7))

    fill(Wanted(seed=7))
    for wanted in (Wanted(seed=8), Wanted(file=file)):
        with pytest.raises(CannotStart, match="--fresh"):
            fill(wanted)


def test_places_that_hold_no_scenario_and_unusable_lines_are_told(fill, tmp_path):
    file = tmp_path / "figures.csv"
    lines = ("Personer;2020;0301;Oslo;Vedtak om bosetting;9", "Personer;2020;0301;Oslo;Vedtak;x")
    file.write_text("\n".join(["Enhet;År;Kommunenummer;Kommune;Bosetting;Antall", *lines]))
    rejected = []

    with pytest.raises(CannotStart, match="find room"):
        fill(Wanted(file=file), reject=rejected.append)

    assert [row.line for row in rejected] == [3]


def test_somebody_elses_cases_and_places_are_neither_joined_nor_erased(committed, fill):
    with transaction(committed.sessions) as session:
        here = a_municipality(session, number="0301", decided=10)
    with pytest.raises(CannotStart, match="not the demonstration's"):
        fill()
    with transaction(committed.sessions) as session:
        a_case(session)
    with pytest.raises(CannotStart, match="not the demonstration's"):
        demonstration.erase(committed.owner_url)

    with committed.sessions() as session:
        assert session.scalar(select(Municipality.id)) == here
        assert session.scalar(select(func.count()).select_from(Case)) == 1


@pytest.mark.trial
def test_a_demonstration_is_erased_and_made_anew(committed, fill):
    fill(Wanted(seed=7))

    demonstration.erase(committed.owner_url)
    migrate.upgrade(committed.owner_url)
    committed.engine.dispose()
    fill(Wanted(seed=8))

    with committed.sessions() as session:
        assert loaded(session) == Loaded(8, demonstration.GENERATED)


@pytest.mark.trial
def test_an_empty_server_has_nothing_to_erase(databases):
    with databases.fresh(template="template0", connections=1) as empty:
        demonstration.erase(empty.owner_url)

        assert migrate.upgrade(empty.owner_url) is None


def test_one_demonstration_at_a_time_and_the_second_says_where_the_first_is(committed):
    with demonstration.alone(committed.url) as first:
        first.announce("http://127.0.0.1:8000")
        with (
            pytest.raises(CannotStart, match=r"already, at http://127\.0\.0\.1:8000:"),
            demonstration.alone(committed.url),
        ):
            pass

    with demonstration.alone(committed.url):
        pass


def test_the_clock_starts_at_ten_on_12_march_and_runs_on(committed):
    start = demonstration.start_clock(committed.sessions, None)
    first, later = now(committed), now(committed)

    assert start == STARTS_AT == datetime(2020, 3, 12, 9, tzinfo=UTC)
    assert STARTS_AT <= first < later < STARTS_AT + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("today", "start"),
    [
        (MARCH_12, STARTS_AT),
        (date(2020, 4, 1), datetime(2020, 4, 1, 8, tzinfo=UTC)),  # summer time
    ],
)
def test_the_clock_can_start_on_a_later_day(committed, today, start):
    assert demonstration.start_clock(committed.sessions, today) == start


def test_the_clock_never_starts_before_the_scenario(committed):
    with pytest.raises(CannotStart, match="begins on 2020-03-12"):
        demonstration.start_clock(committed.sessions, date(2020, 3, 11))


def test_started_again_it_goes_on_where_something_last_happened(committed):
    happened = STARTS_AT + timedelta(days=3, hours=1)
    with transaction(committed.sessions) as session:
        publish(session, Event("case.registered"), at=happened)

    assert demonstration.start_clock(committed.sessions, None) == happened
    assert demonstration.start_clock(committed.sessions, date(2020, 3, 15)) == happened
    with pytest.raises(CannotStart, match="is 2020-03-15 already"):
        demonstration.start_clock(committed.sessions, MARCH_12)


def test_signing_in_as_anyone_opens_nothing_but_a_demonstration(committed):
    app = create_app(Settings(database_url=committed.url, demo=True))
    with pytest.raises(CannotStart, match="holds no demonstration"), TestClient(app):
        pass
    with transaction(committed.sessions) as session:
        a_municipality(session)
        a_case(session)
    with pytest.raises(CannotStart, match="holds no demonstration"), TestClient(app):
        pass


@pytest.mark.trial
def test_who_chooses_a_name_comes_into_the_demonstration_and_nowhere_else(committed, fill):
    fill()

    with TestClient(create_app(Settings(database_url=committed.url, demo=True))) as client:
        assert "Velg hvem du vil være" in client.get("/logg-inn").text
    with TestClient(create_app(Settings(database_url=committed.url))) as client:
        page = client.get("/logg-inn").text
        form = {"user": "1", "csrf_token": client.cookies[cookies.PLAIN["form"]]}
        answer = client.post("/logg-inn", data=form)

    assert 'name="user"' not in page
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers
