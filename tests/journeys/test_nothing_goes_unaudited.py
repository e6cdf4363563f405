"""Every write operation of the API leaves an entry in the audit, of its own request.

A new operation gets its stage in tests/journeys/stages_*.py, and fails here until it is audited.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from app.clock import request_time
from app.db import transaction
from app.request_id import HEADER
from app.signin import issue_token
from tests.applications import meeting
from tests.databases import Database, Databases
from tests.journeys.client import Clock
from tests.journeys.stage import THEN, Stage
from tests.journeys.test_bad_input import STAGES, WRITES
from workflow.kernel.audit import AuditEntry


@dataclass
class Theatre:
    """All stages in one database, each to be played once."""

    client: TestClient
    database: Database
    stages: dict[str, Stage]
    tokens: dict[str, str]

    def play(self, operation: str) -> Any:
        stage = self.stages[operation]
        method = next(
            method
            for path in self.client.app.openapi()["paths"].values()
            for method, told in path.items()
            if method in WRITES and told["operationId"] == operation
        )
        return self.client.request(
            method,
            stage.address,
            json=stage.body,
            headers={"authorization": f"Bearer {self.tokens[operation]}", "if-match": "*"},
        )

    def entries(self, request_id: str) -> list[AuditEntry]:
        with self.database.sessions() as session:
            its = select(AuditEntry).where(AuditEntry.request_id == request_id)
            return list(session.scalars(its.order_by(AuditEntry.position)))


@contextmanager
def played_in(client: TestClient, database: Database) -> Iterator[Theatre]:
    with transaction(database.sessions) as session:
        stages = {operation: make(session) for operation, make in STAGES.items()}
        tokens = {
            operation: issue_token(
                session,
                name=stage.who.name,
                role=stage.who.role,
                municipality_id=stage.who.municipality_id,
                reception_centre=stage.who.reception_centre,
            )
            for operation, stage in stages.items()
        }
    with meeting(client, database):
        client.app.dependency_overrides[request_time] = Clock(THEN)
        yield Theatre(client, database, stages, tokens)


@pytest.fixture(scope="module")
def theatre(shared_client: TestClient, databases: Databases) -> Iterator[Theatre]:
    with databases.fresh() as database, played_in(shared_client, database) as theatre:
        yield theatre


@pytest.mark.parametrize("operation", STAGES)
def test_an_operation_that_changes_something_is_in_the_audit(theatre: Theatre, operation: str):
    answer = theatre.play(operation)

    assert answer.status_code in {200, 201, 202, 204}, answer.text
    entries = theatre.entries(answer.headers[HEADER])
    assert entries, f"{operation} has left no entry"
    who = theatre.stages[operation].who.name  # beside whom another may have prepared it
    assert all(entry.actor.endswith(who) for entry in entries)
    assert {entry.at for entry in entries} == {THEN}
    assert {entry.refusal for entry in entries} == {None}
    assert any(entry.before or entry.after for entry in entries)
