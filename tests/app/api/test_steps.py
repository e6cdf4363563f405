"""The steps of a case, one operation each: done, refused, and what was read."""

import pytest

from tests.applications import at_all_times
from tests.factories import (
    a_case,
    a_municipality,
    accepted,
    asked,
    auditor,
    booked,
    centre,
    lead,
    officer,
    placed,
    reader,
    udi,
    writer,
)
from workflow.cases.states import Group

NOBODY = "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"


def refused(answer):
    return answer.status_code, answer.json()["code"]


@pytest.fixture
def now(client, monkeypatch):
    """The API's clock stands where the factories' does."""
    from datetime import timedelta

    from app.clock import request_time
    from tests.factories import NOW

    client.app.dependency_overrides[request_time] = at_all_times(NOW + timedelta(days=60))


def test_a_case_from_the_question_to_the_settlement_decision(as_, world, now):
    here = world(a_municipality, number="5001", decided=10)
    case = world(a_case)
    imdi, municipality = as_(officer()), as_(writer(here))

    asked_ = imdi.step(f"/cases/{case}/distribute", {"municipality_number": "5001"})
    yes = municipality.step(f"/cases/{case}/accept", {"settlement_week": "2020-W30"})
    week = municipality.step(f"/cases/{case}/change-week", {"settlement_week": "2020-W31"})
    decision = imdi.step(f"/cases/{case}/decide")

    assert [answer.status_code for answer in (asked_, yes, week, decision)] == [200] * 4
    assert asked_.json()["state"] == "distributed"
    assert asked_.json()["answer_due"] == "2020-06-08"  # a week after 31 May is a Sunday
    assert yes.json()["settlement_week"] == "2020-W30"
    assert decision.json() | {"entry_status": ...} == {
        "id": str(case),
        "case_number": decision.json()["case_number"],
        "state": "placed",
        "persons_count": 2,
        "settled_count": 0,
        "entry_status": ...,
        "answer_due": "2020-06-08",
        "settlement_week": "2020-W31",
        "placed_on": "2020-05-31",
        "track": None,
    }
    assert decision.headers["etag"] == '"case-5"'


def test_a_yes_without_a_new_week_is_no_yes(as_, world, now):
    here = world(a_municipality, decided=10)
    case = world(a_case)
    world(asked, case, here)

    answer = as_(writer(here)).step(f"/cases/{case}/accept", {})

    assert refused(answer) == (422, "week.required")
    assert answer.json()["errors"] == [
        {
            "pointer": "/settlement_week",
            "detail": "a new settlement week is required, like 2020-W24",
        }
    ]


def test_a_week_that_is_none_is_malformed_and_one_that_cannot_be_is_refused(as_, world, now):
    here = world(a_municipality, decided=10)
    case = world(a_case)
    world(asked, case, here)
    api = as_(writer(here))

    for week in ("2021-W53", "2020W24", "2020-24", "24", "9999-W01", 24, "x", ""):
        answer = api.step(f"/cases/{case}/accept", {"settlement_week": week})
        assert refused(answer) == (422, "input.invalid"), week
        assert answer.json()["errors"][0]["pointer"] == "/settlement_week"
    for week, code in (
        ("2020-W10", "week.past"),
        ("2020-W45", "week.after_permit"),
        ("2021-W10", "week.after_permit"),
    ):
        answer = api.step(f"/cases/{case}/accept", {"settlement_week": week})
        assert refused(answer) == (409, code), week


def test_no_more_places_than_there_are(as_, world, now):
    world(a_municipality, number="5001", decided=1)
    case = world(a_case, persons=2)

    answer = as_(officer()).step(
        f"/cases/{case}/distribute",
        {"municipality_number": "5001", "override_reason": "familie der"},
    )

    assert refused(answer) == (409, "places.none_free")
    assert (answer.json()["free"], answer.json()["persons"]) == (1, 2)


def test_another_than_the_first_proposed_needs_a_reason(as_, world, now):
    world(a_municipality, number="5001", decided=10)
    world(a_municipality, number="5002", decided=10)
    case = world(a_case)
    body = {"municipality_number": "5002"}

    without = as_(officer()).step(f"/cases/{case}/distribute", body)
    with_it = as_(officer()).step(
        f"/cases/{case}/distribute", body | {"override_reason": "slekt i bygda"}
    )

    assert refused(without) == (409, "override.reason_missing")
    assert with_it.status_code == 200


def test_a_municipality_that_is_none(as_, world):
    case = world(a_case)

    answer = as_(officer()).step(f"/cases/{case}/distribute", {"municipality_number": "9998"})

    assert refused(answer) == (422, "input.invalid")
    assert answer.json()["errors"][0]["pointer"] == "/municipality_number"


def test_no_is_said_with_a_reason_and_taken_back(as_, world, now):
    here = world(a_municipality, number="5001", decided=10)
    case = world(a_case)
    world(asked, case, here)
    municipality = as_(writer(here))
    tag = municipality.get(f"/cases/{case}").headers["etag"]

    no = municipality.post(
        f"/cases/{case}/decline", {"reason_code": "no_housing", "text": "flom"}, if_match=tag
    )
    (question,) = municipality.get("/distributions").json()["items"]
    reopened = municipality.post(f"/distributions/{question['id']}/reopen")
    again = as_(officer()).step(f"/cases/{case}/distribute", {"municipality_number": "5001"})

    assert (no.status_code, no.json()["state"]) == (200, "declined")
    assert (question["state"], question["reason_code"], question["answer_text"]) == (
        "declined",
        "no_housing",
        "flom",
    )
    assert reopened.status_code == 204
    assert again.status_code == 200


def test_a_yes_is_taken_back_before_the_decision(as_, world, now):
    here = world(a_municipality, decided=10)
    case = world(a_case)
    world(accepted, case, here)
    municipality = as_(writer(here))

    answer = municipality.step(f"/cases/{case}/retract", {"reason_code": "no_capacity"})

    assert answer.json()["state"] == "declined"
    assert municipality.get(f"/cases/{case}").status_code == 404


def test_a_placed_case_is_withdrawn_on_a_legal_ground(as_, world, now):
    here = world(a_municipality, number="5001", decided=10)
    case = world(a_case)
    world(placed, case, here)
    imdi = as_(officer())

    without = imdi.step(f"/cases/{case}/withdraw", {"reason": "ingen reise"})
    done = imdi.step(
        f"/cases/{case}/withdraw",
        {"reason": "ingen reise", "legal_ground": "conditions_failed"},
    )
    shown = imdi.get(f"/cases/{case}").json()

    assert refused(without) == (409, "legal_ground.missing")
    assert done.status_code == 200
    assert (done.json()["state"], done.json()["track"]) == ("withdrawn", "A")
    assert done.json()["settlement_week"] is None
    assert shown["former_municipality_number"] == "5001"
    assert done.headers["etag"] == imdi.get(f"/cases/{case}").headers["etag"]
    assert imdi.get("/municipalities/5001", year=2020).json()["held"] == 0


def test_a_withdrawn_case_is_redistributed_only_when_entry_is_possible(as_, world, now):
    here = world(a_municipality, number="5001", decided=10)
    case = world(a_case)
    world(asked, case, here)
    imdi = as_(officer())
    imdi.step(f"/cases/{case}/withdraw", {"reason": "ingen reise"})
    tag = imdi.get(f"/cases/{case}").headers["etag"]
    imdi.put(
        f"/cases/{case}/entry-information",
        {"status": "not_possible", "source": "UDI"},
        if_match=tag,
    )

    blocked = imdi.step(f"/cases/{case}/redistribute", {"municipality_number": "5001"})
    imdi.put(
        f"/cases/{case}/entry-information", {"status": "possible", "source": "UDI"}, if_match="*"
    )
    done = imdi.step(f"/cases/{case}/redistribute", {"municipality_number": "5001"})

    assert refused(blocked) == (409, "entry.not_possible")
    assert done.json()["state"] == "redistributed"


def test_a_case_lapses_with_a_reason(as_, world, now):
    case = world(a_case)

    answer = as_(udi()).step(f"/cases/{case}/lapse", {"reason": "reiser ikke"})

    assert answer.json()["state"] == "lapsed"


def test_settlement_dates_one_for_all_or_one_each_and_corrected(as_, world, now):
    here = world(a_municipality, number="5001", decided=10)
    case = world(a_case, group=Group.PRIVATE, entry=None, persons=2)
    world(placed, case, here)
    municipality = as_(writer(here))
    first, second = (
        person["id"] for person in municipality.get(f"/cases/{case}").json()["persons"]
    )

    some = municipality.step(
        f"/cases/{case}/settle", {"persons": [{"person_id": first, "settled_on": "2020-04-20"}]}
    )
    rest = municipality.step(f"/cases/{case}/settle", {"settled_on": "2020-04-21"})
    fixed = municipality.step(
        f"/cases/{case}/correct-settlement",
        {"persons": [{"person_id": second, "settled_on": "2020-04-20"}], "reason": "skrivefeil"},
    )

    assert (some.json()["state"], some.json()["settled_count"]) == ("placed", 1)
    assert (rest.json()["state"], rest.json()["settled_count"]) == ("settled", 2)
    assert fixed.status_code == 200
    assert [
        person["settled_on"] for person in municipality.get(f"/cases/{case}").json()["persons"]
    ] == ["2020-04-20", "2020-04-20"]
    assert municipality.get("/municipalities/5001", year=2020).json()["settled"] == 2


def test_settlement_refusals(as_, world, now):
    here = world(a_municipality, decided=10)
    case = world(a_case, group=Group.PRIVATE, entry=None)
    world(placed, case, here)

    def settle(body, actor=None):
        return refused(as_(actor or writer(here)).step(f"/cases/{case}/settle", body))

    assert settle({"settled_on": "2020-04-01"}) == (409, "settle.before_placed")
    assert settle({"settled_on": "2020-12-24"}) == (409, "settle.in_future")
    assert settle({"settled_on": "2020-04-20"}, officer()) == (409, "reason.missing")
    assert settle({"settled_on": "2020-04-20"}, reader(here)) == (403, "actor.not_allowed")
    stranger = {"persons": [{"person_id": NOBODY, "settled_on": "2020-04-20"}]}
    assert settle(stranger) == (409, "person.not_in_case")
    assert settle({}) == (422, "input.invalid")


def test_many_decisions_say_one_by_one_how_they_went(as_, world, now):
    here = world(a_municipality, decided=10)
    yes, not_yet = world(a_case), world(a_case)
    world(accepted, yes, here)

    answer = as_(officer()).post(
        "/decisions", {"case_ids": [str(not_yet), str(yes), NOBODY, str(yes)]}
    )

    assert answer.status_code == 200
    assert [
        (item["case_id"], item["decided"], item["state"], item["code"])
        for item in answer.json()["items"]
    ] == [
        (str(not_yet), False, None, "state.wrong"),
        (str(yes), True, "placed", None),
        (NOBODY, False, None, "not_found"),
    ]


STEPS = {
    "distribute": {"municipality_number": "5001"},
    "redistribute": {"municipality_number": "5001"},
    "accept": {"settlement_week": "2020-W30"},
    "decline": {"reason_code": "other"},
    "retract": {"reason_code": "other"},
    "change-week": {"settlement_week": "2020-W30", "reason": "x"},
    "decide": None,
    "withdraw": {"reason": "x", "legal_ground": "conditions_failed"},
    "lapse": {"reason": "x"},
    "settle": {"settled_on": "2020-04-20", "reason": "x"},
    "correct-settlement": {"settled_on": "2020-04-20", "reason": "x"},
    "persons": {"birth_year": 2020, "sex": "female", "nationality": "SY", "reason": "birth"},
    "book-travel": {"arrival_airport": "TRD", "arrives_at": "2020-07-20T10:00:00Z"},
    "arrive": {"arrived_at": "2020-05-20T10:00:00Z"},
}


def test_every_step_asks_what_was_read(as_, world):
    world(a_municipality, number="5001", decided=10)
    case = world(a_case)
    api = as_(officer())

    for step, body in STEPS.items():
        path = f"/cases/{case}/{step}"
        assert refused(api.post(path, body)) == (428, "precondition.required"), step
        for read in ('"case-7"', '"booking-1", 1', "case-1", '""'):
            assert refused(api.post(path, body, if_match=read)) == (412, "stale"), step
    assert api.get(f"/cases/{case}").headers["etag"] == '"case-1"'


def test_a_step_on_anothers_case_is_a_step_on_no_case(as_, world):
    here, there = world(a_municipality, number="5001", decided=10), world(a_municipality)
    case = world(a_case)
    world(asked, case, here)
    api = as_(writer(there))

    for step, body in STEPS.items():
        foreign = api.post(f"/cases/{case}/{step}", body, if_match="*")
        missing = api.post(f"/cases/{NOBODY}/{step}", body, if_match="*")
        assert refused(foreign) == (404, "not_found"), step
        assert foreign.json() == missing.json(), step


def test_who_only_reads_takes_no_step(as_, world, now):
    here = world(a_municipality, number="5001", decided=10)
    household = {"reception_centre": "Dale mottak"}
    new, held, travels = (world(a_case, **household) for _ in range(3))
    world(placed, held, here)
    world(booked, travels, here)
    readers = [as_(actor) for actor in (auditor(), reader(here), centre())]

    for step, body in STEPS.items():
        case = {"distribute": new, "redistribute": new, "arrive": travels}.get(step, held)
        for api in readers:
            answer = api.post(f"/cases/{case}/{step}", body, if_match="*")
            assert answer.status_code in {403, 404, 409}, step
            assert answer.status_code != 409 or answer.json()["code"] == "state.wrong", step
    states = [as_(lead()).get(f"/cases/{case}").json()["state"] for case in (new, held, travels)]
    assert states == ["registered", "placed", "travel_booked"]


def test_a_step_in_the_wrong_state_is_refused(as_, world):
    case = world(a_case)

    answer = as_(officer()).step(f"/cases/{case}/decide")

    assert refused(answer) == (409, "state.wrong")
    assert (answer.json()["trigger"], answer.json()["state"]) == ("decide", "registered")
