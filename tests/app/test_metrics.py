"""What Prometheus is told: counts by route, times, the outbox; and nothing of anybody."""

import os
import re
import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import NullPool, create_engine, update

from app.db import transaction
from tests.factories import a_case, officer
from workflow.kernel.outbox import OutboxMessage


@pytest.fixture
def client(own_client):
    return own_client


@pytest.fixture
def told(client):
    """The samples by name and labels."""

    def read():
        answer = client.get("/metrics")
        assert answer.status_code == 200
        return {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    return read


def test_requests_are_counted_by_their_route(as_, client, world, told):
    case = world(a_case)
    api = as_(officer())
    for _ in range(3):
        api.get(f"/cases/{case}")
    client.get("/api/v1/cases")
    client.get("/whatever/../people/try")
    client.request("BREW", "/api/v1/cases")

    metrics = told()

    route = "/api/v1/cases/{case_id}"
    assert metrics["bosetting_requests_total", "/api/v1/cases/{case_id}", "200", "GET"] == 3
    assert metrics["bosetting_requests_total", "/api/v1/cases", "401", "GET"] == 1
    assert metrics["bosetting_requests_total", "404", "GET", "none"] >= 1
    assert metrics["bosetting_request_seconds_count", route, "GET"] == 3
    assert not any(str(case) in part for name in metrics for part in name)
    assert not any(re.search("BREW|people", part) for name in metrics for part in name)


def test_the_outbox_tells_what_waits(world, told, committed):
    empty = told()
    world(a_case)
    due = told()
    with transaction(committed.sessions) as session:
        session.execute(update(OutboxMessage).values(leaves_at="2999-01-01T00:00:00Z"))
    waits = told()

    assert empty["bosetting_outbox_messages", "due"] == 0
    assert due["bosetting_outbox_messages", "due"] == 1
    assert due[("bosetting_outbox_oldest_due_seconds",)] > 0
    assert waits["bosetting_outbox_messages", "due"] == 0
    assert waits["bosetting_outbox_messages", "waits_for_its_time"] == 1
    assert waits[("bosetting_outbox_oldest_due_seconds",)] == 0


def test_a_database_that_is_away_is_told_too(client, told):
    client.app.state.sessions.configure(
        bind=create_engine("postgresql+psycopg://x@/x?host=/nowhere", poolclass=NullPool)
    )

    assert told()[("bosetting_database_up",)] == 0


@pytest.mark.trial
def test_whichever_process_is_asked_tells_of_all(tmp_path):
    one_process = """
from sqlalchemy import create_engine
from app.db import make_sessions
from app.metrics import Metrics
engine = create_engine("postgresql+psycopg://x@/x?host=/nowhere")
metrics = Metrics(engine, make_sessions(engine), demo=False)
metrics.requests.labels("GET", "/api/v1/cases", 200).inc(2)
print(metrics.text().decode())
"""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    told = [
        subprocess.run(
            [sys.executable, "-c", one_process],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    ]

    line = 'bosetting_requests_total{method="GET",route="/api/v1/cases",status="200"} '
    assert f"{line}2.0" in told[0]
    assert f"{line}4.0" in told[1]
