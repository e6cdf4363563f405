"""Withdrawal and redistribution runs: preview, confirm, report, undo."""

from datetime import timedelta

import pytest

from app.clock import request_time
from tests.applications import at_all_times
from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    asked,
    auditor,
    officer,
    placed,
    reader,
    udi,
)

NOBODY = "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"
WITHDRAWAL = {
    "before": "2020-04-10",
    "reason": "innreise er ikke mulig",
    "legal_ground": "conditions_failed",
}


@pytest.fixture
def at(client):
    def set_time(moment):
        client.app.dependency_overrides[request_time] = at_all_times(moment)

    set_time(NOW + timedelta(days=20))
    return set_time


def refused(answer):
    return answer.status_code, answer.json()["code"]


def counts(run):
    return run.json()["counts"]


def test_cases_are_withdrawn_redistributed_and_put_back(as_, world, at):
    here = world(a_municipality, number="5001", decided=20)
    one, two = world(a_case, persons=2), world(a_case, persons=3)
    world(asked, one, here)
    world(placed, two, here)
    late = world(a_case)
    world(asked, late, here, at=NOW + timedelta(days=9))
    api = as_(officer())

    preview = api.post("/withdrawal-runs", WITHDRAWAL)
    path = f"/withdrawal-runs/{preview.json()['id']}"
    untouched = api.get(f"/cases/{one}").json()["state"]
    done = api.post(f"{path}/confirm", {"token": preview.json()["token"]})
    again = api.post(f"{path}/confirm", {"token": preview.json()["token"]})

    assert preview.status_code == 201
    assert preview.headers["location"] == f"/api/v1{path}"
    assert preview.json()["state"] == "preview"
    assert counts(preview) == {
        "cases": 2,
        "persons": 5,
        "places_freed": 5,
        "reversal_decisions": 1,
        "excluded": 1,
    }
    assert untouched == "distributed"
    assert (done.status_code, done.json()["state"]) == (200, "confirmed")
    assert again.json() == done.json()
    lines = api.get(f"{path}/items").json()["items"]
    assert {line["case_id"]: (line["outcome"], line["code"]) for line in lines} == {
        str(one): ("withdrawn", None),
        str(two): ("withdrawn", None),
        str(late): ("excluded", "run.after_cut_off"),
    }
    assert api.get("/municipalities/5001", year=2020).json()["held"] == 2

    plan = api.post("/redistribution-runs", {"scope": "ready", "method": "rule", "year": 2020})
    plan_path = f"/redistribution-runs/{plan.json()['id']}"
    put = api.post(f"{plan_path}/confirm", {"token": plan.json()["token"]})
    placed_lines = api.get(f"{plan_path}/items", outcome="placed").json()["items"]
    back = api.post(f"{plan_path}/undo")
    undone = api.post(f"{path}/undo")

    assert (plan.status_code, counts(plan)["placed"], counts(plan)["unplaced"]) == (201, 2, 0)
    assert put.json()["state"] == "confirmed"
    assert {line["municipality_number"] for line in placed_lines} == {"5001"}
    assert all(line["reasons"] for line in placed_lines)
    assert back.json()["state"] == "undone"
    assert api.get(f"/cases/{one}").json()["state"] == "withdrawn"
    assert undone.json()["state"] == "undone"
    assert {line["outcome"] for line in api.get(f"{path}/items").json()["items"]} <= {
        "restored",
        "not_undone",
        "excluded",
    }


def test_a_stale_token_says_what_changed(as_, world, at):
    here = world(a_municipality, decided=20)
    case = world(a_case)
    world(asked, case, here)
    api = as_(officer())
    preview = api.post("/withdrawal-runs", WITHDRAWAL).json()
    api.step(f"/cases/{case}/withdraw", {"reason": "enkeltsak"})

    answer = api.post(f"/withdrawal-runs/{preview['id']}/confirm", {"token": preview["token"]})

    assert refused(answer) == (409, "run.stale")
    assert [changed["case_id"] for changed in answer.json()["changed"]] == [str(case)]


def test_the_letters_leave_and_then_nothing_is_undone(as_, world, at):
    here = world(a_municipality, decided=20)
    world(asked, world(a_case), here)
    api = as_(officer())
    preview = api.post("/withdrawal-runs", WITHDRAWAL).json()
    path = f"/withdrawal-runs/{preview['id']}"
    early = api.post(f"{path}/undo")
    confirmed = api.post(f"{path}/confirm", {"token": preview["token"]}).json()
    at(NOW + timedelta(days=20, minutes=31))

    answer = api.post(f"{path}/undo")

    assert refused(early) == (409, "run.not_confirmed")
    assert confirmed["undo_until"] == "2020-04-21T10:30:00Z"
    assert refused(answer) == (409, "undo.too_late")


def test_runs_are_imdis_and_read_by_the_auditor(as_, world, at):
    here = world(a_municipality, decided=20)
    world(asked, world(a_case), here)
    run = as_(officer()).post("/withdrawal-runs", WITHDRAWAL).json()
    path = f"/withdrawal-runs/{run['id']}"

    assert as_(auditor()).get(path).json() == run
    assert [one["id"] for one in as_(auditor()).get("/withdrawal-runs").json()["items"]] == [
        run["id"]
    ]
    assert as_(auditor()).get("/withdrawal-runs", state="undone").json()["items"] == []
    assert as_(auditor()).get(f"/redistribution-runs/{run['id']}").status_code == 404
    for actor in (reader(here), udi()):
        api = as_(actor)
        assert refused(api.get(path)) == (404, "not_found")
        assert refused(api.get(f"{path}/items")) == (404, "not_found")
        assert api.get("/withdrawal-runs").json()["items"] == []
        for body in ({"token": run["token"]}, {"token": "x"}):
            assert api.post(f"{path}/confirm", body).status_code in {403, 404}
    for actor in (auditor(), reader(here), udi()):
        assert refused(as_(actor).post("/withdrawal-runs", WITHDRAWAL)) == (
            403,
            "actor.not_allowed",
        )
        assert as_(actor).post("/redistribution-runs", {"scope": "ready"}).status_code == 403


def test_what_a_run_cannot_be(as_, world, at):
    world(asked, world(a_case), world(a_municipality, decided=20))
    api = as_(officer())

    def withdrawal(**change):
        return refused(api.post("/withdrawal-runs", WITHDRAWAL | change))

    def redistribution(body):
        return refused(api.post("/redistribution-runs", body))

    assert withdrawal(group="reception_centre") == (409, "group.not_resettlement")
    assert withdrawal(before="2021-01-01") == (422, "input.invalid")
    assert withdrawal(before="12.03.2020") == (422, "input.invalid")
    assert withdrawal(reason="") == (422, "input.invalid")
    assert withdrawal(legal_ground="because") == (422, "input.invalid")
    assert redistribution({}) == (422, "input.invalid")
    assert redistribution({"scope": "ready", "case_ids": [NOBODY]}) == (422, "input.invalid")
    assert redistribution({"case_ids": [NOBODY]}) == (404, "not_found")
    assert redistribution({"scope": "ready", "method": "random"}) == (422, "input.invalid")
    for kind in ("withdrawal", "redistribution"):
        path = f"/{kind}-runs/{NOBODY}"
        assert refused(api.get(path)) == (404, "not_found")
        assert refused(api.post(f"{path}/confirm", {"token": "x"})) == (404, "not_found")
        assert refused(api.post(f"{path}/undo")) == (404, "not_found")
    run = api.post("/withdrawal-runs", WITHDRAWAL).json()
    wrong = api.post(f"/withdrawal-runs/{run['id']}/confirm", {"token": "x"})
    assert refused(wrong) == (422, "input.invalid")
    assert wrong.json()["errors"][0]["pointer"] == "/token"


def test_the_lines_of_a_run_come_in_pages(as_, world, at):
    here = world(a_municipality, decided=20)
    for _ in range(3):
        world(asked, world(a_case), here)
    api = as_(officer())
    path = f"/withdrawal-runs/{api.post('/withdrawal-runs', WITHDRAWAL).json()['id']}/items"

    first = api.get(path, limit=2).json()
    rest = api.get(path, limit=2, cursor=first["next"]).json()

    assert first["items"] + rest["items"] == api.get(path).json()["items"]
    assert rest["next"] is None
