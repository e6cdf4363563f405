"""GET /audit: the chains as the auditor and IMDi's lead read them, and nobody else."""

from dataclasses import replace
from itertools import pairwise

import pytest

from tests.factories import (
    NOW,
    a_case,
    a_municipality,
    accepted,
    administrator,
    asked,
    auditor,
    booked,
    lead,
    officer,
    reader,
    udi,
    writer,
)
from workflow.cases import commands, protected
from workflow.cases.states import DeclineReason, Protection


def test_a_cases_chain_in_the_order_it_was_written(as_, world):
    case, here = world(a_case), world(a_municipality, decided=20)
    world(accepted, case, here)

    answer = as_(auditor()).get("/audit", case_id=case)

    assert answer.status_code == 200
    entries = answer.json()["items"]
    assert [entry["action"] for entry in entries] == ["register", "distribute", "accept"]
    assert [entry["seq"] for entry in entries] == [1, 2, 3]
    assert all(one["hash"] == next_["previous_hash"] for one, next_ in pairwise(entries))
    last = entries[-1]
    assert (last["subject"], last["actor"]) == (f"case:{case}", "token:Ola Kommune")
    assert (last["role"], last["acting_for"]) == ("municipality_writer", f"municipality:{here}")
    assert (last["before"]["state"], last["after"]["state"]) == ("distributed", "accepted")
    assert (last["reason"], last["reason_erased"], last["refusal"]) == (None, False, None)


def test_what_came_after_a_position_and_page_by_page(as_, world):
    for _ in range(5):
        world(a_case)
    api = as_(lead())
    every = api.get("/audit", limit=500).json()["items"]

    later = api.get("/audit", after=every[1]["position"]).json()["items"]
    first = api.get("/audit", limit=2).json()
    second = api.get("/audit", limit=2, cursor=first["next"]).json()

    positions = [entry["position"] for entry in every]
    assert positions == sorted(set(positions))
    assert later == every[2:]
    assert first["items"] + second["items"] == every[:4]


def test_by_whom_what_and_refused_attempts_only(as_, world):
    case = world(a_case)
    here, elsewhere = (world(a_municipality, decided=20) for _ in range(2))
    world(asked, case, here)
    as_(writer(elsewhere)).get(f"/cases/{case}")
    api = as_(auditor())

    by = api.get("/audit", actor="token:Kari Saksbehandler", action="distribute").json()["items"]
    refused = api.get("/audit", refused=True).json()["items"]

    assert [entry["subject"] for entry in by] == [f"case:{case}"]
    assert [(entry["subject"], entry["refusal"]) for entry in refused] == [
        (f"case:{case}", "not_found")
    ]


def test_a_reason_stands_beside_the_entry(as_, world):
    case, here = world(a_case), world(a_municipality, decided=20)
    world(asked, case, here)
    world(
        commands.decline,
        case,
        reason_code=DeclineReason.OTHER,
        text="Ingen skoleplass",
        actor=writer(here),
        at=NOW,
    )

    [entry] = as_(auditor()).get("/audit", case_id=case, action="decline").json()["items"]

    assert entry["reason"] == "other: Ingen skoleplass"


@pytest.mark.parametrize(
    "actor", [officer(), udi(), administrator(), writer(1), reader(1)], ids=lambda one: one.role
)
def test_others_do_not_read_it(as_, world, actor):
    if actor.municipality_id is not None:
        actor = replace(actor, municipality_id=world(a_municipality))

    answer = as_(actor).get("/audit")

    assert (answer.status_code, answer.json()["code"]) == (403, "actor.not_allowed")


def test_a_protected_case_and_its_journey_are_not_told_of(as_, world):
    case, here = world(a_case), world(a_municipality, decided=20)
    booking = world(booked, case, here)
    other = world(a_case)
    api = as_(lead())
    assert {f"case:{case}", f"booking:{booking}"} <= subjects(api)

    world(protected.protect, case, Protection.CONFIDENTIAL, reason="Kode 7", actor=lead(), at=NOW)

    assert f"case:{other}" in subjects(api)
    assert not {f"case:{case}", f"booking:{booking}"} & subjects(api)
    assert api.get("/audit", case_id=case).json()["items"] == []


def subjects(api) -> set[str]:
    return {entry["subject"] for entry in api.get("/audit", limit=500).json()["items"]}


@pytest.mark.parametrize(
    "wrong", [{"after": -1}, {"after": "x"}, {"case_id": "x"}, {"cursor": "x"}, {"limit": 501}]
)
def test_what_is_no_filter_is_refused(as_, wrong):
    assert as_(auditor()).get("/audit", **wrong).status_code == 422
