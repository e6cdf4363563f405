"""/approvals, /approval-rules and POST /rules: what takes two answers 202, and another confirms."""

from dataclasses import replace
from uuid import uuid4

import pytest

from tests.factories import (
    a_case,
    a_municipality,
    administrator,
    asked,
    auditor,
    lead,
    officer,
    placed,
    writer,
)
from workflow.kernel.actor import Actor, Role

COLLEAGUE = Actor("Jonas Saksbehandler", Role.CASE_OFFICER)
WITHDRAWAL = {"reason": "Stans", "legal_ground": "conditions_failed"}
RULES = {
    "valid_from": "2100-07-01",
    "vacancy_window": 0.2,
    "next_shown": 3,
    "note": "Etter høring",
}


def takes_two(as_, action: str, threshold: int = 1) -> None:
    rule = {"needed": True, "threshold": threshold}
    assert as_(administrator()).post(f"/approval-rules/{action}", rule).status_code == 200


def refused(answer):
    return answer.status_code, answer.json()["code"]


@pytest.mark.trial
def test_a_reversal_waits_and_is_carried_out_by_another(as_, world):
    case, here = world(a_case), world(a_municipality, decided=20)
    world(placed, case, here)
    takes_two(as_, "reversal")
    first, second = as_(officer()), as_(COLLEAGUE)

    answer = first.step(f"/cases/{case}/withdraw", WITHDRAWAL)

    (waiting,) = answer.json()["items"]
    assert answer.status_code == 202
    assert first.get(f"/cases/{case}").json()["state"] == "placed"
    assert (waiting["action"], waiting["state"], waiting["case_id"]) == (
        "reversal",
        "waiting",
        str(case),
    )
    path = f"/approvals/{waiting['id']}"
    own = first.post(f"{path}/approve")
    assert refused(own) == (409, "approvals.same_person")
    assert own.json()["prepared_by"] == "Kari Saksbehandler"
    assert own.json()["roles"] == ["case_officer", "lead"]
    tried = as_(auditor()).get("/audit", actor="token:Kari Saksbehandler").json()["items"]
    assert "approvals.same_person" in [entry["refusal"] for entry in tried]
    (listed,) = second.get("/approvals", state="waiting").json()["items"]
    assert listed["may_confirm"]
    done = second.post(f"{path}/approve")
    assert (done.status_code, done.json()["state"]) == (200, "approved")
    assert first.get(f"/cases/{case}").json()["state"] == "withdrawn"
    assert refused(as_(lead()).post(f"{path}/approve")) == (409, "approvals.settled")


def test_the_same_request_again_has_one_preparation(as_, world):
    case, here = world(a_case), world(a_municipality, decided=20)
    world(placed, case, here)
    takes_two(as_, "reversal")
    api, key = as_(officer()), str(uuid4())
    tag = api.get(f"/cases/{case}").headers["etag"]

    answers = [
        api.post(f"/cases/{case}/withdraw", WITHDRAWAL, if_match=tag, idempotency_key=key)
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert len(api.get("/approvals").json()["items"]) == 1


def test_a_large_run_waits_and_a_stale_one_says_what_changed(as_, world):
    case, here = world(a_case), world(a_municipality, decided=20)
    world(asked, case, here)
    takes_two(as_, "run")
    first, second = as_(officer()), as_(COLLEAGUE)
    body = {"before": "2020-04-02", "reason": "Stans"}
    run = first.post("/withdrawal-runs", body).json()

    answer = first.post(f"/withdrawal-runs/{run['id']}/confirm", {"token": run["token"]})

    (waiting,) = answer.json()["items"]
    assert answer.status_code == 202
    assert waiting["parameters"]["run_id"] == run["id"]
    first.step(f"/cases/{case}/withdraw", {"reason": "Alene"})
    stale = second.post(f"/approvals/{waiting['id']}/approve")
    assert refused(stale) == (409, "run.stale")
    assert stale.json()["changed"][0]["case_id"] == str(case)
    rejected = second.post(f"/approvals/{waiting['id']}/reject", {"reason": "Foreldet"})
    assert rejected.json()["state"] == "rejected"


def test_extra_places_wait_with_what_was_said_beside_them(as_, world):
    here = world(a_municipality, number="5006", decided=20)
    takes_two(as_, "extra_places", 3)
    first = as_(writer(here))
    second = as_(replace(writer(here), name="Eli Kommune"))
    path = "/municipalities/5006/years/2020"
    places = {"decided_places": 30, "extra_places": 5, "minors": {"decided_places": 4}}

    answer = first.put(path, places, if_match="*")

    assert answer.status_code == 202
    now = first.get(path).json()
    assert (now["decided_places"], now["extra_places"]) == (20, 0)
    assert now["minors"]["decided_places"] == 4  # these are other places, and take one
    (waiting,) = answer.json()["items"]
    assert second.post(f"/approvals/{waiting['id']}/approve").status_code == 200
    now = first.get(path).json()
    assert (now["decided_places"], now["extra_places"]) == (30, 5)


def test_rules_are_put_in_force_by_two_leads(as_):
    takes_two(as_, "rule_set")
    first, second = as_(lead()), as_(Actor("Hanne Leder", Role.LEAD))

    (waiting,) = first.post("/rules", RULES).json()["items"]
    second.post(f"/approvals/{waiting['id']}/approve")

    newest = first.get("/rules").json()["items"][0]
    assert (newest["version"], newest["vacancy_window"], newest["actor"]) == (
        2,
        0.2,
        "Liv Leder & Hanne Leder",
    )


def test_rules_take_one_where_no_rule_says_two(as_):
    made = as_(lead()).post("/rules", RULES)

    assert (made.status_code, made.json()["version"]) == (201, 2)
    assert refused(as_(officer()).post("/rules", RULES)) == (403, "actor.not_allowed")


def test_what_takes_two_is_read_by_those_it_binds_and_changed_by_the_administrator(as_, world):
    here = world(a_municipality)
    rule = {"needed": True, "threshold": 60}

    for actor in (officer(), lead(), writer(here), auditor(), administrator()):
        assert len(as_(actor).get("/approval-rules").json()["items"]) == 4
    for actor in (officer(), lead(), writer(here), auditor()):
        answer = as_(actor).post("/approval-rules/run", rule)
        assert refused(answer) == (403, "actor.not_allowed")


def test_the_administrator_sees_no_approval_and_no_case(as_, world):
    case, here = world(a_case), world(a_municipality, decided=20)
    world(placed, case, here)
    takes_two(as_, "reversal")
    (waiting,) = as_(officer()).step(f"/cases/{case}/withdraw", WITHDRAWAL).json()["items"]
    api = as_(administrator())

    assert api.get("/approvals").json()["items"] == []
    assert api.get(f"/approvals/{waiting['id']}").status_code == 404
    assert api.get(f"/cases/{case}").status_code == 404
    assert api.get("/cases").json()["items"] == []
