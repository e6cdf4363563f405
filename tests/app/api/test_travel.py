"""Bookings in versions, arrivals, the queue."""

import pytest

from app.clock import request_time
from tests.applications import at_all_times
from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    accepted,
    an_airport,
    asked,
    auditor,
    booked,
    officer,
    placed,
    reader,
    udi,
    writer,
)
from workflow.cases.states import Group

NOBODY = "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"
BOOKING = {
    "arrival_airport": "TRD",
    "arrives_at": "2020-06-09T13:05:00+02:00",
    "flight": "SK 336",
}


@pytest.fixture
def at(client):
    """Sets what time it is for the requests that follow."""

    def set_time(moment):
        client.app.dependency_overrides[request_time] = at_all_times(moment)

    set_time(NOW.replace(day=10))
    return set_time


def refused(answer):
    return answer.status_code, answer.json()["code"]


def test_travel_is_booked_moved_cancelled_and_every_version_kept(as_, world, at):
    here = world(a_municipality, number="5001", decided=10)
    case = world(a_case)
    world(placed, case, here)
    api = as_(udi())

    made = api.step(f"/cases/{case}/book-travel", BOOKING)
    booking = made.json()["id"]
    moved = api.post(
        f"/bookings/{booking}/reschedule",
        {"arrives_at": "2020-06-10T13:05:00+02:00", "reason": "innstilt"},
        if_match=made.headers["etag"],
    )
    off = api.step(f"/bookings/{booking}/cancel", {"reason": "syk"})
    (told,) = api.get(f"/cases/{case}/bookings").json()["items"]

    assert made.status_code == 201
    assert made.headers["location"] == f"/api/v1/bookings/{booking}"
    assert made.json()["arrives_at"] == "2020-06-09T11:05:00Z"
    assert (moved.status_code, moved.json()["version"]) == (200, 2)
    assert (off.status_code, off.json()["state"]) == (200, "cancelled")
    assert [(one["version"], one["change"], one["reason"]) for one in told["versions"]] == [
        (1, "booked", None),
        (2, "rescheduled", "innstilt"),
        (3, "cancelled", "syk"),
    ]
    assert told == api.get(f"/bookings/{booking}").json()
    assert api.get(f"/cases/{case}").json()["state"] == "placed"
    assert api.get("/municipalities/5001", year=2020).json()["held"] == 2


def test_another_airport_needs_a_reason_and_has_to_be_known(as_, world, at):
    here = world(a_municipality, decided=10)
    world(an_airport, iata="OSL", name="Gardermoen")
    case = world(a_case)
    world(placed, case, here)
    path, api = f"/cases/{case}/book-travel", as_(udi())

    assert refused(api.step(path, BOOKING | {"arrival_airport": "OSL"})) == (
        409,
        "airport.reason_missing",
    )
    unknown = api.step(path, BOOKING | {"arrival_airport": "XXX"})
    assert refused(unknown) == (422, "airport.unknown")
    assert unknown.json()["errors"][0]["pointer"] == "/arrival_airport"
    reasoned = BOOKING | {"arrival_airport": "OSL", "airport_reason": "ingen fly"}
    assert api.step(path, reasoned).status_code == 201


def test_what_travel_cannot_be(as_, world, at):
    here = world(a_municipality, decided=10)
    ready, not_yet = world(a_case), world(a_case)
    private = world(a_case, group=Group.PRIVATE, entry=None)
    world(placed, ready, here)
    world(accepted, not_yet, here)
    world(placed, private, here)
    api = as_(udi())

    def book(case, **change):
        return refused(api.step(f"/cases/{case}/book-travel", BOOKING | change))

    assert book(ready, arrives_at="2020-04-01T10:00:00Z") == (409, "travel.in_past")
    assert book(ready, arrives_at="2020-12-01T10:00:00Z") == (409, "travel.after_permit")
    assert book(not_yet) == (409, "state.wrong")
    for wrong in ("2020-06-09", "2020-06-09T13:05:00", 1591700700, "1900", None):
        answer = api.step(f"/cases/{ready}/book-travel", BOOKING | {"arrives_at": wrong})
        assert refused(answer) == (422, "input.invalid"), wrong
        assert answer.json()["errors"][0]["pointer"] == "/arrives_at"
    assert api.get(f"/cases/{private}").status_code == 404
    assert refused(as_(officer()).step(f"/cases/{ready}/book-travel", BOOKING))[0] == 403


def test_a_booking_changes_only_as_it_was_read(as_, world, at):
    here, there = world(a_municipality, decided=10), world(a_municipality)
    case = world(a_case)
    booking = world(booked, case, here)
    api, path = as_(udi()), f"/bookings/{booking}/reschedule"
    body = {"arrives_at": "2020-06-11T10:00:00Z", "reason": "x"}
    of_case = api.get(f"/cases/{case}").headers["etag"]

    assert refused(api.post(path, body)) == (428, "precondition.required")
    assert refused(api.post(path, body, if_match='"booking-2"')) == (412, "stale")
    assert refused(api.post(path, body, if_match='"case-1"')) == (412, "stale")
    assert api.post(path, body, if_match=of_case).status_code == 200
    assert refused(api.post(path, body, if_match=of_case)) == (412, "stale")
    assert api.post(path, body, if_match='"booking-2"').status_code == 200
    assert api.post(path, body, if_match="*").status_code == 200
    foreign = as_(writer(there))
    for answer in (
        foreign.get(f"/bookings/{booking}"),
        foreign.post(path, body, if_match="*"),
        foreign.post(f"/bookings/{booking}/cancel", {"reason": "x"}, if_match="*"),
        api.post(f"/bookings/{NOBODY}/cancel", {"reason": "x"}, if_match="*"),
    ):
        assert refused(answer) == (404, "not_found")
    assert refused(as_(reader(here)).post(path, body, if_match="*")) == (403, "actor.not_allowed")


def test_persons_arrive_and_who_did_not_is_noted(as_, world, at):
    here = world(a_municipality, decided=10)
    case = world(a_case)
    world(booked, case, here)
    at(NOW.replace(month=6, day=10))
    api = as_(writer(here))
    first, second = (person["id"] for person in api.get(f"/cases/{case}").json()["persons"])
    path = f"/cases/{case}/arrive"

    some = api.step(path, {"arrived_at": "2020-06-09T12:30:00Z", "person_ids": [first]})
    again = api.step(path, {"arrived_at": "2020-06-09T12:30:00Z", "person_ids": [first]})
    future = api.step(path, {"arrived_at": "2020-07-09T12:30:00Z"})
    rest = api.step(path, {"arrived_at": "2020-06-09T18:00:00Z"})

    assert (some.status_code, some.json()["state"]) == (200, "arrived")
    assert refused(again) == (409, "arrival.already")
    assert refused(future) == (409, "arrival.in_future")
    assert rest.status_code == 200
    arrived = {
        person["id"]: person["arrived_at"] for person in api.get(f"/cases/{case}").json()["persons"]
    }
    assert arrived == {first: "2020-06-09T12:30:00Z", second: "2020-06-09T18:00:00Z"}


def test_the_queue_shows_what_runs_out_first(as_, world, at):
    here = world(a_municipality, number="5001", decided=50)
    waiting, under_way, asked_only = world(a_case), world(a_case), world(a_case)
    world(placed, waiting, here)
    world(booked, under_way, here)
    world(asked, asked_only, here)

    def ids(actor, **params):
        items = as_(actor).get("/travel/queue", **params).json()["items"]
        return {item["case_id"] for item in items}

    (item,) = as_(udi()).get("/travel/queue", booked=False).json()["items"]
    assert item["case_id"] == str(waiting)
    assert (item["runs_out"], item["runs_out_on"]) == ("week", "2020-06-14")
    assert (item["proposed_airport"], item["settlement_week"]) == ("TRD", "2020-W24")
    assert ids(udi()) == {str(waiting), str(under_way)}
    assert ids(udi(), booked=True) == {str(under_way)}
    assert ids(auditor()) == {str(waiting), str(under_way)}
    assert ids(reader(world(a_municipality))) == set()


def test_a_flight_tells_its_households_and_their_bookings_are_cancelled_at_once(as_, world, at):
    here, there = (world(a_municipality, decided=10) for _ in range(2))
    bookings = {str(world(booked, world(a_case), place)) for place in (here, there)}
    api = as_(udi())
    (flight,) = api.get("/flights").json()["items"]
    address = {name: flight[name] for name in ("flight", "arrival_airport", "day")}

    seen = api.get("/flights/households", **address).json()["items"]
    own = as_(writer(here)).get("/flights/households", **address).json()["items"]
    done = api.post(
        "/flights/cancel",
        {
            "bookings": [{name: one[name] for name in ("booking_id", "version")} for one in seen],
            "reason": "Innstilt",
        },
    )

    assert {one["booking_id"] for one in seen} == bookings
    assert {(one["state"], one["arrived_count"], one["met_by"]) for one in seen} == {
        ("booked", 0, None)
    }
    assert len(own) == 1
    assert [one["changed"] for one in done.json()["items"]] == [True, True]
    assert refused(api.get("/flights/households", **address)) == (404, "not_found")
