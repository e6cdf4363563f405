"""/municipality-mergers, /municipality-splits: recorded by the lead, and who works where then."""

from datetime import UTC, datetime

import pytest

from app.clock import request_time
from tests.applications import at_all_times
from tests.factories import (
    a_case,
    a_municipality,
    asked,
    auditor,
    lead,
    officer,
    placed,
    places,
    reader,
    writer,
)
from tests.workflow.reforms.reforming import DAY, ENTERS, JANUARY, THEN

NEW = {"municipality_number": "1899", "official_name": "Fjordby", "county": "Nordland"}
EAST = {"municipality_number": "1871", "official_name": "Østby", "county": "Nordland"}
WEST = {"municipality_number": "1872", "official_name": "Vestby", "county": "Nordland"}


@pytest.fixture(autouse=True)
def january(client):
    client.app.dependency_overrides[request_time] = at_all_times(THEN)


@pytest.fixture
def two(world):
    """Nordby and Sørby, and a case placed in Nordby for January."""
    north = world(a_municipality, number="1811", name="Nordby", decided=20)
    south = world(a_municipality, number="1812", name="Sørby", decided=10)
    world(places, north, decided=12, year=2021)
    case = world(a_case, persons=3, entry=ENTERS)
    world(placed, case, north, week=JANUARY)
    return north, south, str(case)


def merger(**more):
    return {"predecessors": ["1811", "1812"], "successor": NEW, "on": DAY.isoformat()} | more


def refused(answer):
    return answer.status_code, answer.json()["code"]


def test_two_become_one_and_their_cases_its_own(as_, world, two):
    north, _, case = two
    before = as_(writer(north))

    made = as_(lead()).post("/municipality-mergers", merger())

    assert made.status_code == 201
    assert made.json() | {"id": 0} == {
        "id": 0,
        "on": "2021-01-01",
        "predecessors": ["1811", "1812"],
        "successors": ["1899"],
        "cases": 1,
        "persons": 3,
    }
    # Who worked for Nordby works for Fjordby, with the same token.
    assert before.get(f"/cases/{case}").json()["municipality_number"] == "1899"
    year = as_(auditor()).get("/municipalities/1899", year=2021).json()
    assert (year["decided_places"], year["held"], year["free"]) == (12, 3, 9)
    assert as_(auditor()).get("/municipalities/1811", year=2020).json()["name"] == "Nordby"
    assert refused(as_(auditor()).get("/municipalities/1811", year=2021)) == (404, "not_found")


def test_unread_notices_go_along(as_, world, committed, two):
    from notifications.queries import notifications, unread_count
    from tests.notifications.telling import tell

    north = two[0]
    world(asked, world(a_case), north)
    with committed.sessions.begin() as session:
        tell(session, at=datetime(2020, 6, 1, tzinfo=UTC))
        waiting = unread_count(session, actor=reader(north))

    as_(lead()).post("/municipality-mergers", merger())

    with committed.sessions() as session:
        successor = committed_id(session, "1899")
        lines = notifications(session, actor=reader(successor))
    assert waiting > 0
    assert len(lines) == waiting


def committed_id(session, number: str) -> int:
    from workflow.kernel.actor import SYSTEM
    from workflow.municipalities import queries

    return queries.by_number(session, number, on=DAY, actor=SYSTEM).id


def test_one_may_end_in_another_that_goes_on(as_, two):
    made = as_(lead()).post(
        "/municipality-mergers", merger(predecessors=["1812"], successor="1811")
    )

    assert made.json()["successors"] == ["1811"]


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"on": "2021-02-01"}, (409, "reform.ahead")),
        ({"on": "1999-01-01"}, (409, "reform.too_early")),
        ({"predecessors": ["1811", "1811"]}, (422, "reform.no_predecessor")),
        ({"predecessors": []}, (422, "input.invalid")),
        ({"predecessors": ["1850"]}, (404, "not_found")),
        ({"successor": "1811"}, (409, "reform.successor_is_predecessor")),
        ({"successor": NEW | {"municipality_number": "18"}}, (422, "input.invalid")),
        ({"successor": NEW | {"organisation_number": "123456789"}}, (422, "input.invalid")),
        ({"successor": NEW | {"latitude": 67.3}}, (422, "input.invalid")),
    ],
)
def test_a_merger_that_cannot_be_says_why(as_, two, change, answer):
    assert refused(as_(lead()).post("/municipality-mergers", merger(**change))) == answer


def test_what_is_wrong_with_the_new_one_is_pointed_at(as_, two):
    wrong = NEW | {"organisation_number": "123456789"}

    answer = as_(lead()).post("/municipality-mergers", merger(successor=wrong))

    assert [fault["pointer"] for fault in answer.json()["errors"]] == [
        "/successor/organisation_number"
    ]


def test_the_same_merger_twice_is_one(as_, two):
    api = as_(lead())

    first = api.post("/municipality-mergers", merger(), idempotency_key="merger-1")
    again = api.post("/municipality-mergers", merger(), idempotency_key="merger-1")
    other = api.post("/municipality-mergers", merger(), idempotency_key="merger-2")

    assert first.json() == again.json()
    assert refused(other) == (409, "municipality.ended")


def test_only_the_lead_records_reforms(as_, two):
    for actor in (officer(), writer(two[0]), auditor()):
        answer = as_(actor).post("/municipality-mergers", merger())
        assert refused(answer) == (403, "actor.not_allowed")


def test_after_a_split_imdi_moves_case_by_case(as_, two):
    _north, _, case = two
    body = {"municipality_number": "1811", "successors": [EAST, WEST], "on": DAY.isoformat()}

    split = as_(lead()).post("/municipality-splits", body)
    listed = as_(officer()).get("/municipality-splits/cases").json()["items"]
    moved = as_(officer()).step(f"/cases/{case}/move", {"municipality_number": "1872"})

    assert (split.status_code, split.json()["successors"]) == (201, ["1871", "1872"])
    assert [(line["case_id"], line["successors"]) for line in listed] == [(case, ["1871", "1872"])]
    assert (moved.status_code, moved.json()["state"]) == (200, "placed")
    assert as_(officer()).get(f"/cases/{case}").json()["municipality_number"] == "1872"
    assert as_(officer()).get("/municipality-splits/cases").json() == {"items": [], "next": None}


def test_cases_left_behind_come_in_pages(as_, world, two):
    north, _, first = two
    second = world(a_case, entry=ENTERS)
    world(asked, second, north)
    as_(lead()).post(
        "/municipality-splits",
        {"municipality_number": "1811", "successors": [EAST, WEST], "on": DAY.isoformat()},
    )
    api = as_(officer())

    page = api.get("/municipality-splits/cases", limit=1).json()
    rest = api.get("/municipality-splits/cases", limit=1, cursor=page["next"]).json()

    found = [line["case_id"] for line in page["items"] + rest["items"]]
    assert found == [first, str(second)]
    assert rest["next"] is None


def test_a_case_that_was_not_left_behind_stays(as_, two):
    answer = as_(officer()).step(f"/cases/{two[2]}/move", {"municipality_number": "1812"})

    assert refused(answer) == (409, "reform.case_not_left_behind")
