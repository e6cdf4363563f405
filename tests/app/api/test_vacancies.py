"""/vacancies: reported, read with their fate, closed."""

import pytest

from app.clock import request_time
from tests.applications import at_all_times
from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    a_vacancy,
    asked,
    auditor,
    officer,
    reader,
    udi,
    writer,
)

HOME = {"kind": "home", "places": 4, "available_from_week": "2020-W24", "accessible": True}
NOBODY = "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"


@pytest.fixture(autouse=True)
def april(client):
    client.app.dependency_overrides[request_time] = at_all_times(NOW)


def refused(answer):
    return answer.status_code, answer.json()["code"]


def test_a_home_is_reported_read_and_closed(as_, world):
    here = world(a_municipality, number="5001")
    api = as_(writer(here))

    made = api.post("/vacancies", HOME | {"comment": "tre soverom"})
    path = f"/vacancies/{made.json()['id']}"
    read = api.get(path)
    closed = api.post(f"{path}/close", {"reason": "leid ut"}, if_match=read.headers["etag"])

    assert made.status_code == 201
    assert made.headers["location"] == f"/api/v1{path}"
    assert made.json() == read.json()
    assert (read.json()["municipality_number"], read.json()["state"]) == ("5001", "open")
    assert (read.json()["available_from_week"], read.json()["group"]) == ("2020-W24", None)
    assert closed.json()["state"] == "closed"
    assert [(fate["what"], fate["why"]) for fate in closed.json()["fate"]] == [
        ("registered", None),
        ("closed", "leid ut"),
    ]


def test_a_home_after_a_withdrawn_case(as_, world):
    here = world(a_municipality, decided=10)
    api = as_(writer(here))
    body = HOME | {"reason_code": "withdrawn_case"}
    before = api.post("/vacancies", body)
    case = world(a_case)
    world(asked, case, here)
    as_(officer()).step(f"/cases/{case}/withdraw", {"reason": "ingen reise"})

    after = api.post("/vacancies", body | {"withdrawn_case_id": str(case)})

    assert refused(before) == (409, "vacancy.not_after_withdrawal")
    assert (after.status_code, after.json()["withdrawn_case_id"]) == (201, str(case))


def test_vacancies_are_the_municipalitys_own(as_, world):
    here, there = world(a_municipality), world(a_municipality)
    vacancy = world(a_vacancy, here)
    path = f"/vacancies/{vacancy}"

    assert as_(reader(here)).get(path).status_code == 200
    assert as_(auditor()).get(path).status_code == 200
    for actor in (reader(there), udi()):
        api = as_(actor)
        assert refused(api.get(path)) == (404, "not_found")
        assert api.get("/vacancies").json()["items"] == []
        assert refused(api.post(f"{path}/close", if_match="*"))[0] == 404
    assert refused(as_(officer()).post("/vacancies", HOME)) == (403, "actor.not_allowed")
    assert refused(as_(reader(here)).post("/vacancies", HOME)) == (403, "actor.not_allowed")
    assert refused(as_(officer()).post(f"{path}/close", if_match="*"))[0] == 403


def test_closing_asks_what_was_read(as_, world):
    here = world(a_municipality)
    vacancy = world(a_vacancy, here)
    api, path = as_(writer(here)), f"/vacancies/{vacancy}/close"

    assert refused(api.post(path)) == (428, "precondition.required")
    assert refused(api.post(path, if_match='"vacancy-9"')) == (412, "stale")
    assert api.post(path, if_match='"vacancy-1"').status_code == 200
    assert refused(api.post(path, if_match="*")) == (409, "vacancy.not_open")
    assert refused(api.post(f"/vacancies/{NOBODY}/close", if_match="*"))[0] == 404


def test_the_list_is_filtered_and_paged(as_, world):
    here = world(a_municipality, number="5001")
    world(a_municipality, number="5002")
    for _ in range(3):
        world(a_vacancy, here)
    api = as_(officer())

    first = api.get("/vacancies", limit=2).json()
    rest = api.get("/vacancies", limit=2, cursor=first["next"]).json()

    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    assert len(api.get("/vacancies", state="open", municipality="5001").json()["items"]) == 3
    assert api.get("/vacancies", state="closed").json()["items"] == []
    assert api.get("/vacancies", municipality="5002").json()["items"] == []
    assert api.get("/vacancies", municipality="9999").json()["items"] == []


def test_malformed_reports_say_where(as_, world):
    api = as_(writer(world(a_municipality)))

    for change, pointer in (
        ({"places": 0}, "/places"),
        ({"places": 2.0}, "/places"),
        ({"kind": "tent"}, "/kind"),
        ({"available_from_week": "2021-W53"}, "/available_from_week"),
        ({"group": "anybody"}, "/group"),
        ({"accessible": "yes"}, "/accessible"),
        ({"comment": "x" * 2001}, "/comment"),
        ({"rooms": 0}, "/rooms"),
        ({"available_until_week": "2020-W23"}, "/available_until_week"),
        ({"quarantine": "yes"}, "/quarantine"),
        ({"garden": True}, "/garden"),
    ):
        answer = api.post("/vacancies", HOME | change)
        assert refused(answer) == (422, "input.invalid"), change
        assert answer.json()["errors"][0]["pointer"] == pointer
    past = api.post("/vacancies", HOME | {"available_from_week": "2020-W10"})
    assert refused(past) == (409, "vacancy.week_past")
