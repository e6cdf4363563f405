"""A preview asked for with `Prefer: respond-async`: watched, stopped, and seen by nobody else."""

import json

import pytest

from app.preparing import prepare_next
from tests.factories import a_municipality, auditor, officer, reader, udi
from tests.workflow.redistribution.withdrawn import withdrawn

NOBODY = "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"


@pytest.fixture
def asked(as_, world):
    """Where a preview of one case can be watched."""
    case = world(withdrawn, world(a_municipality, decided=20))
    answer = as_(officer()).post(
        "/redistribution-runs", {"case_ids": [str(case)]}, prefer="wait=1, respond-async"
    )
    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == "respond-async"
    assert answer.json()["state"] == "waiting"
    return answer.headers["location"].removeprefix("/api/v1")


def test_it_is_made_by_the_worker_and_found_as_any_other(as_, asked, committed):
    assert prepare_next(committed.sessions)

    done = as_(auditor()).get(asked).json()
    assert (done["state"], done["cases"], done["done"]) == ("done", 1, 1.0)
    run = as_(officer()).get(f"/redistribution-runs/{done['run_id']}").json()
    assert (run["state"], run["counts"]["cases"]) == ("preview", 1)
    assert as_(officer()).get("/run-preparations").json() == []


def test_its_end_is_told_as_an_event(as_, asked, committed):
    prepare_next(committed.sessions)

    stream = as_(officer()).get(f"{asked}/events")

    assert stream.headers["content-type"].startswith("text/event-stream")
    lines = dict(line.split(": ", 1) for line in stream.text.strip().splitlines())
    assert lines["event"] == "ended"
    assert json.loads(lines["data"])["state"] == "done"


def test_it_is_stopped_once_and_for_all(as_, asked, committed):
    imdi = as_(officer())

    stopped, again = imdi.post(f"{asked}/stop"), imdi.post(f"{asked}/stop")

    assert (stopped.json()["state"], again.json()) == ("stopped", stopped.json())
    assert not prepare_next(committed.sessions)


def test_without_the_word_the_preview_is_the_answer(as_, world):
    case = world(withdrawn, world(a_municipality, decided=20))

    answer = as_(officer()).post("/redistribution-runs", {"case_ids": [str(case)]}, prefer="wait=9")

    assert (answer.status_code, answer.json()["state"]) == (201, "preview")


def test_it_does_not_exist_for_who_reads_no_runs(as_, world, asked):
    for actor in (reader(world(a_municipality)), udi()):
        for path in (asked, f"{asked}/events"):
            assert as_(actor).get(path).status_code == 404
        assert as_(actor).post(f"{asked}/stop").status_code == 403
        assert as_(actor).get("/run-preparations").json() == []
    assert as_(officer()).get(f"/run-preparations/{NOBODY}/events").status_code == 404
