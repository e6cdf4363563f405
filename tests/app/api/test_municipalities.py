"""/municipalities: years, registration, the ledger."""

from tests.factories import (
    a_case,
    a_municipality,
    asked,
    auditor,
    lead,
    officer,
    reader,
    udi,
    writer,
)


def test_the_year_of_every_municipality_by_exact_share(as_, world):
    for number, decided, persons in (("5001", 20, 13), ("5002", 10, 2), ("5003", 0, 0)):
        here = world(a_municipality, number=number, decided=decided)
        if persons:
            world(asked, world(a_case, persons=persons), here)

    answer = as_(udi()).get("/municipalities", year=2020, sort="-unused_share")

    assert answer.status_code == 200
    assert [
        (item["municipality_number"], item["unused_share"], item["unused_share_exact"])
        for item in answer.json()["items"]
    ] == [("5002", 0.8, "4/5"), ("5001", 0.35, "7/20"), ("5003", None, None)]
    assert answer.json()["items"][1] | {"minors": ...} == {
        "municipality_number": "5001",
        "name": "Bygd 5001",
        "county": "Trøndelag",
        "year": 2020,
        "original_request": None,
        "adjusted_request": None,
        "decided_places": 20,
        "extra_places": 0,
        "held": 13,
        "settled": 0,
        "free": 7,
        "overrun": 0,
        "unused_share": 0.35,
        "unused_share_exact": "7/20",
        "minors": ...,
    }


def test_pages_of_municipalities(as_, world):
    for number in ("5001", "5002", "5003"):
        world(a_municipality, number=number)
    api = as_(auditor())

    first = api.get("/municipalities", year=2020, limit=2).json()
    second = api.get("/municipalities", year=2020, limit=2, cursor=first["next"]).json()

    assert [item["municipality_number"] for item in first["items"]] == ["5001", "5002"]
    assert [item["municipality_number"] for item in second["items"]] == ["5003"]
    assert second["next"] is None


def test_a_number_nobody_has_is_not_found(as_, world):
    world(a_municipality, number="5001")

    answer = as_(officer()).get("/municipalities/5002")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_the_lead_registers_requests_and_the_municipality_its_places(as_, world):
    here = world(a_municipality, number="5001")
    api, path = as_(lead()), "/municipalities/5001/years/2020"
    read = api.get("/municipalities/5001", year=2020)

    requests = api.put(
        path,
        {"original_request": 20, "adjusted_request": 13, "minors": {"original_request": 2}},
        if_match=read.headers["etag"],
    )
    decided = as_(writer(here)).put(
        path,
        {"decided_places": 18, "extra_places": 2, "minors": {"decided_places": 2}},
        if_match=requests.headers["etag"],
    )

    assert requests.status_code == 200
    assert decided.status_code == 200
    shown = decided.json()
    assert (shown["original_request"], shown["adjusted_request"]) == (20, 13)
    assert (shown["decided_places"], shown["extra_places"], shown["free"]) == (18, 2, 20)
    assert (shown["minors"]["original_request"], shown["minors"]["free"]) == (2, 2)
    assert api.get("/municipalities/5001", year=2020).headers["etag"] == decided.headers["etag"]


def test_two_who_read_the_same_year_do_not_overwrite_each_other(as_, world):
    here = world(a_municipality, number="5001")
    api, path = as_(writer(here)), "/municipalities/5001/years/2020"
    tag = api.get(path).headers["etag"]
    api.put(path, {"decided_places": 5}, if_match=tag)

    late = api.put(path, {"decided_places": 6}, if_match=tag)

    assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert api.get(path).json()["decided_places"] == 5


def test_a_change_without_what_was_read_is_refused(as_, world):
    here = world(a_municipality, number="5001")

    answer = as_(writer(here)).put("/municipalities/5001/years/2020", {"decided_places": 5})

    assert (answer.status_code, answer.json()["code"]) == (428, "precondition.required")


def test_who_registers_what(as_, world):
    here = world(a_municipality, number="5001", decided=5)
    there = world(a_municipality, number="5002")
    path = "/municipalities/5001/years/2020"

    def put(actor, body):
        return as_(actor).put(path, body, if_match="*")

    assert put(writer(here), {"original_request": 5}).status_code == 403
    assert put(writer(there), {"decided_places": 5}).status_code == 403
    assert put(reader(here), {"decided_places": 5}).status_code == 403
    assert put(officer(), {"adjusted_request": 5}).status_code == 403
    assert put(lead(), {"decided_places": 6}).json()["code"] == "reason.missing"
    assert put(lead(), {"decided_places": 6, "reason": "etter brev"}).status_code == 200


def test_the_first_request_stands(as_, world):
    world(a_municipality, number="5001")
    path = "/municipalities/5001/years/2020"
    as_(lead()).put(path, {"original_request": 20}, if_match="*")

    answer = as_(lead()).put(path, {"original_request": 13}, if_match="*")

    assert (answer.status_code, answer.json()["code"]) == (409, "request.stands")
    assert answer.json()["original_request"] == 20


def test_malformed_registrations_say_where(as_, world):
    here = world(a_municipality, number="5001")
    api, path = as_(writer(here)), "/municipalities/5001/years/2020"

    def pointers(body):
        answer = api.put(path, body, if_match="*")
        assert answer.status_code == 422
        return [error["pointer"] for error in answer.json()["errors"]]

    assert pointers({"decided_places": -1}) == ["/decided_places"]
    assert pointers({"decided_places": 1.5}) == ["/decided_places"]
    assert pointers({"decided_places": "5"}) == ["/decided_places"]
    assert pointers({"minors": {"decided_places": True}}) == ["/minors/decided_places"]
    assert pointers({"places": 5}) == ["/places"]
    assert pointers({}) == [""]
    assert api.get("/municipalities/5001", year=1).json()["errors"][0]["pointer"] == "year"
    assert api.get("/municipalities/51").status_code == 422


def test_the_ledger_is_the_municipalitys_own(as_, world):
    here = world(a_municipality, number="5001", decided=10)
    there = world(a_municipality, number="5002", decided=10)
    case = world(a_case, persons=3)
    world(asked, case, here)
    path = "/municipalities/5001/years/2020/ledger"

    own = as_(reader(here)).get(path)
    others = as_(reader(there)).get(path)

    assert [
        (line["kind"], line["persons"], line["case_id"], line["free_after"], line["actor"])
        for line in own.json()["items"]
    ] == [
        ("decided", 10, None, 10, "system"),
        ("hold", 3, str(case), 7, "Kari Saksbehandler"),
    ]
    assert others.status_code == 404
    assert as_(udi()).get(path).status_code == 404


def test_the_numbers_of_a_year_are_the_municipalitys_own(as_, world):
    here = world(a_municipality, number="5001", decided=10)
    there = world(a_municipality, number="5002", decided=10)
    world(asked, world(a_case, persons=3), here)
    path = "/municipalities/5001/years/2020/numbers"

    own = as_(reader(here)).get(path).json()

    assert (own["in_all"]["asked"], own["in_all"]["asked_persons"]) == (1, 3)
    assert len(own["months"]) == 12
    assert own["months"][3]["places"] == {"settled": 0, "held": 3, "ceiling": 10, "free": 7}
    assert as_(lead()).get(path).json() == own
    for other in (reader(there), udi()):
        assert as_(other).get(path).status_code == 404
