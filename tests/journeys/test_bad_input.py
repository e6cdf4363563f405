"""Whatever is sent to whatever changes something: a clear refusal that names the place, no effect.

Every write operation of the OpenAPI document has a stage; one without fails the first test here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import TextClause, select, text

from app.clock import request_time
from app.db import transaction
from app.main import create_app
from app.request_id import HEADER
from app.settings import Settings
from app.signin import issue_token
from tests.databases import Database, Databases
from tests.journeys.all_stages import STAGES
from tests.journeys.astray import NOBODY, Astray, astray
from tests.journeys.client import Clock
from tests.journeys.malformed import Malformed, as_bytes, fields, no_json, no_such_object
from tests.journeys.stage import THEN, Stage
from workflow.kernel.actor import Actor
from workflow.kernel.audit import AuditEntry

WRITES = ("post", "put", "patch", "delete")
#: Largest body here, in bytes: room for the longest list the contract takes.
LIMIT = 300_000
#: After so many blocks in which nothing is to change it is seen that nothing has.
SEEN_TOGETHER = 5
BODILESS = {
    *("decideCase", "reopenDistribution", "undoWithdrawalRun", "undoRedistributionRun"),
    *("endMeasure", "endDelegation", "retryLetter", "letLetterGo", "readNotification", "endPause"),
    "endKindLimit",
    *("endRecipient", "retryDelivery", "approve", "deleteWebhook"),
    *("rotateWebhookSecret", "disableWebhook", "enableWebhook", "testWebhook"),
    *("replayWebhookDelivery", "takeTravelWishBack", "tellCarrierAgain"),
    *("simulateRuleDraft", "stopRunPreparation", "proposeRuleDraft", "untieCases"),
}


@dataclass
class Theatre:
    """All stages in one database, and the application they are played in."""

    client: TestClient
    database: Database
    stages: dict[str, Stage]
    tokens: dict[Actor, str]
    _known: dict[str, str] | None = None
    _unseen: int = 0

    @contextmanager
    def nothing_changes(self) -> Iterator[None]:
        """Not a row of any table is another when the block ends.

        The audit tells of the attempt, and tokens that do not hold are counted. To read it all
        takes its time: it is done after every few blocks, before something is to change, and last.
        """
        self._known = self._known or self.everything()
        yield
        self._unseen += 1
        if self._unseen == SEEN_TOGETHER:
            self.look()

    def look(self) -> None:
        """That nothing has changed in the blocks since one last looked."""
        if self._unseen:
            self._unseen = 0
            before, self._known = self._known, self.everything()
            assert self._known == before

    @contextmanager
    def something_changes(self) -> Iterator[None]:
        self.look()
        before = self._known or self.everything()
        yield
        self._known = self.everything()
        assert self._known != before

    def entries(self, request_id: str) -> list[AuditEntry]:
        with self.database.sessions() as session:
            its = select(AuditEntry).where(AuditEntry.request_id == request_id)
            return list(session.scalars(its.order_by(AuditEntry.position)))

    @cached_property
    def document(self) -> dict[str, Any]:
        return self.client.app.openapi()

    def play(self, operation: str, *, address: str | None = None, **sent: Any):
        stage = self.stages[operation]
        headers = {
            "authorization": f"Bearer {self.tokens[stage.who]}",
            "if-match": "*",
            "content-type": "application/json",
        } | sent.pop("headers", {})
        method, _ = self.operations[operation]
        return self.client.request(method, address or stage.address, headers=headers, **sent)

    @cached_property
    def operations(self) -> dict[str, tuple[str, dict[str, Any]]]:
        return {
            told["operationId"]: (method, told)
            for path in self.document["paths"].values()
            for method, told in path.items()
            if method in WRITES
        }

    def schema(self, operation: str) -> dict[str, Any]:
        """Of the body; an operation that can do without one has it all the same."""
        _, told = self.operations[operation]
        schema = told["requestBody"]["content"]["application/json"]["schema"]
        option = next(one for one in schema.get("anyOf", [schema]) if "$ref" in one)
        return self.document["components"]["schemas"][option["$ref"].rpartition("/")[2]]

    def everything(self) -> dict[str, str]:
        """A digest of each table."""
        with transaction(self.database.sessions) as session:
            return dict(session.execute(self._digests).all())  # type: ignore[arg-type]

    @cached_property
    def _digests(self) -> TextClause:
        with transaction(self.database.sessions) as session:
            tables = session.scalars(
                text(
                    "SELECT tablename FROM pg_tables"
                    " WHERE schemaname = 'public' AND tablename NOT LIKE 'audit%'"
                    " AND tablename <> 'rate_buckets'"
                )
            ).all()
        return text(
            " UNION ALL ".join(
                f"SELECT '{table}', md5(string_agg(row::text, ',' ORDER BY row::text))"
                f' FROM "{table}" AS row'
                for table in tables
            )
        )


@pytest.fixture(scope="module")
def theatre(databases: Databases) -> Iterator[Theatre]:
    with databases.fresh() as database:
        with transaction(database.sessions) as session:
            stages = {operation: make(session) for operation, make in STAGES.items()}
            tokens = {
                who: issue_token(
                    session,
                    name=who.name,
                    role=who.role,
                    municipality_id=who.municipality_id,
                    reception_centre=who.reception_centre,
                )
                for who in {stage.who for stage in stages.values()}
            }
        settings = Settings(
            database_url=database.url,
            thread_limit=4,
            request_limit_bytes=LIMIT,
            tries_at_once=10_000,
        )
        app = create_app(settings)
        app.dependency_overrides[request_time] = Clock(THEN)
        with TestClient(app, raise_server_exceptions=False) as client:
            theatre = Theatre(client, database, stages, tokens)
            yield theatre
            theatre.look()


def test_every_operation_that_changes_something_has_a_stage(theatre: Theatre):
    """A new one gets its stage in tests/journeys/stages_*.py; then all that follows tries it."""
    assert set(theatre.operations) == set(STAGES)


#: Of no JSON, no such objects, wrong fields, wrong addresses and headers: every how many is tried.
#: Each operation begins at another, so that each fault is tried somewhere; every fourth operation
#: each time, all of them in the trials.
A_FEW, MANY, ALL = (48, 24, 18, 14), (5, 1, 1, 5), (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("operation", "steps", "turn"),
    [
        pytest.param(operation, steps, turn, marks=marks)
        for steps, marks, every in (
            (A_FEW, (), 4),
            (MANY, pytest.mark.trial, 1),
            (ALL, pytest.mark.soak, 1),
        )
        for turn, operation in list(enumerate(STAGES))[::every]
    ],
)
def test_what_is_wrong_is_refused_where_it_stands(
    theatre: Theatre, operation: str, steps: tuple[int, int, int, int], turn: int
):
    right = theatre.stages[operation].body
    kinds = (
        list(no_json(right or {"reason": "x"}, limit_bytes=LIMIT)),
        no_such_objects(theatre, operation),
        wrong_fields(theatre, operation),
        astray(theatre.stages[operation], theatre.operations[operation][1]),
    )
    some = [kind[turn % step :: step] for kind, step in zip(kinds, steps, strict=True)]

    with theatre.nothing_changes():
        faults = {
            one.what: fault
            for one in chain.from_iterable(some)
            if (fault := refused(theatre, operation, one))
        }

    assert any(some)
    assert not faults, listed(faults)


def no_such_objects(theatre: Theatre, operation: str) -> list[Malformed]:
    right = theatre.stages[operation].body
    takes_one = "requestBody" in theatre.operations[operation][1]
    # Where nobody reads a body, one that is no JSON is refused all the same, and others are not.
    assert takes_one == (right is not None)
    return list(no_such_object(right)) if right is not None else []


def wrong_fields(theatre: Theatre, operation: str) -> list[Malformed]:
    right = theatre.stages[operation].body
    assert (right is None) == (operation in BODILESS)
    if right is None:
        return []
    schema = theatre.schema(operation)
    assert set(schema["properties"]) - set(right) <= ALTERNATIVES.get(operation, set())
    wrong = list(fields(right, schema, theatre.document["components"]["schemas"]))
    assert {f"/{name}" for name in right} <= set().union(*(one.pointers for one in wrong))
    return wrong


def listed(faults: dict[str, str]) -> str:
    return "\n".join(f"{what}: {fault}" for what, fault in faults.items())


#: Fields that a body has instead of others.
ALTERNATIVES = {
    "settleCase": {"settled_on"},
    "correctSettlement": {"persons"},
    "previewRedistributionRun": {"scope"},
    "previewWithdrawalRun": {"case_ids"},
    "addUser": {"provider", "subject", "reception_centre", "county"},
}


def refused(theatre: Theatre, operation: str, wrong: Malformed | Astray) -> str | None:
    """What is wrong with the refusal, if anything."""
    if isinstance(wrong, Malformed):
        return refused_body(theatre, operation, wrong)
    body = theatre.stages[operation].body
    content = as_bytes(body) if body is not None else b""
    answer = theatre.play(operation, content=content, **wrong.sent)
    kind = answer.headers["content-type"]
    if answer.status_code not in wrong.statuses or kind != "application/problem+json":
        return f"{answer.status_code} {answer.text[:200]}"
    return None


def refused_body(theatre: Theatre, operation: str, wrong: Malformed) -> str | None:
    answer = theatre.play(
        operation, content=wrong.content, headers={"content-type": wrong.content_type}
    )
    told = f"{answer.status_code} {answer.text[:300]}"
    if answer.status_code != wrong.status:
        return told
    if answer.headers["content-type"] != "application/problem+json":
        return told
    problem = answer.json()
    if problem["status"] != wrong.status or not problem["title"] or not problem["detail"]:
        return told
    if wrong.status == 413:
        return None if problem["code"] == "request.too_large" else told
    pointers = [fault["pointer"] for fault in problem["errors"]]
    if not pointers or not all(fault["detail"] for fault in problem["errors"]):
        return told
    if unnamed := wrong.pointers - set(pointers):
        return f"does not name {sorted(unnamed)}: {told}"
    return None


@pytest.mark.parametrize(
    ("operation", "change", "status", "code", "pointer"),
    [
        ("distributeCase", {"municipality_number": "9998"}, 422, None, "/municipality_number"),
        ("redistributeCase", {"municipality_number": "9998"}, 422, None, "/municipality_number"),
        ("distributeCase", {"year": 2019}, 422, None, "/year"),
        ("distributeCase", {"vacancy_id": NOBODY}, 404, "not_found", None),
        ("acceptCase", {"settlement_week": "2020-W41"}, 409, "week.after_permit", None),
        ("acceptCase", {"settlement_week": "2020-W15"}, 409, "week.past", None),
        ("acceptCase", {"settlement_week": None}, 422, "week.required", "/settlement_week"),
        ("changeWeek", {"settlement_week": "2020-W41"}, 409, "week.after_permit", None),
        ("registerCase", {"persons": []}, 422, None, "/persons"),
        ("registerCase", {"related_case_ids": [NOBODY]}, 422, None, "/related_case_ids"),
        ("joinCase", {"duf_number": "202099000199"}, 422, None, "/duf_number"),
        ("joinCase", {"birth_year": 2021}, 422, None, "/birth_year"),
        ("recordEntryInformation", {"from_on": None}, 422, None, "/from_on"),
        ("recordEntryInformation", {"person_ids": [NOBODY]}, 409, "person.not_in_case", None),
        ("settleCase", {"settled_on": "2020-04-05"}, 422, None, ""),
        ("settleCase", {"persons": None}, 422, None, ""),
        ("bookTravel", {"arrival_airport": "QQQ"}, 422, "airport.unknown", "/arrival_airport"),
        ("bookTravel", {"arrives_at": "2020-04-01T10:00:00Z"}, 409, "travel.in_past", None),
        ("bookTravel", {"arrives_at": "2020-10-02T10:00:00Z"}, 409, "travel.after_permit", None),
        ("arriveCase", {"arrived_at": "2020-05-05T10:00:00Z"}, 409, "arrival.in_future", None),
        ("previewWithdrawalRun", {"before": "2020-04-13"}, 422, None, "/before"),
        ("previewWithdrawalRun", {"group": "private"}, 409, "group.not_resettlement", None),
        ("confirmWithdrawalRun", {"token": "another"}, 422, None, "/token"),
        ("confirmRedistributionRun", {"token": "another"}, 422, None, "/token"),
        ("previewRedistributionRun", {"case_ids": [NOBODY]}, 404, "not_found", None),
        ("previewRedistributionRun", {"scope": "ready"}, 422, None, ""),
        ("reportVacancy", {"available_from_week": "2020-W10"}, 409, "vacancy.week_past", None),
        ("startMeasure", {"until_on": "2020-04-11"}, 422, None, "/until_on"),
        ("addUser", {"municipality_number": "9998"}, 422, None, "/municipality_number"),
        ("addUser", {"municipality_number": None}, 422, None, "/municipality_number"),
        ("addUser", {"email": "ola"}, 422, None, "/email"),
        ("addUser", {"email": None}, 422, None, "/email"),
        ("addUser", {"provider": "nobody", "subject": "x"}, 422, None, "/provider"),
        ("addUser", {"role": "system"}, 403, "actor.not_allowed", None),
        ("changeUserRole", {"role": "auditor"}, 409, "user.another_organisation", None),
        ("lendAuthority", {"until_on": "2020-04-12"}, 422, None, "/until_on"),
        ("lendAuthority", {"from_on": "2020-04-01"}, 422, None, "/from_on"),
        ("lendAuthority", {"delegate_id": 99999999}, 409, "delegation.not_a_colleague", None),
        ("lendAuthority", {"delegator_id": 99999999}, 404, "not_found", None),
        ("putRulesInForce", {"valid_from": "2020-04-01"}, 422, None, "/valid_from"),
        ("putRulesInForce", {"vacancy_window": 0.1234567}, 422, None, "/vacancy_window"),
        ("mergeMunicipalities", {"predecessors": ["9998"]}, 404, "not_found", None),
        ("mergeMunicipalities", {"on": "2020-04-12"}, 409, "reform.ahead", None),
    ],
)
def test_what_cannot_be_is_refused(theatre: Theatre, operation, change, status, code, pointer):
    right = theatre.stages[operation].body

    with theatre.nothing_changes():
        answer = theatre.play(operation, content=as_bytes(right | change))

    assert (answer.status_code, answer.json()["code"]) == (status, code or "input.invalid")
    if pointer is not None:
        assert answer.json()["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("operation", STAGES)
def test_what_is_right_is_done_and_stands_in_the_audit(theatre: Theatre, operation: str):
    """So it was the fault, and nothing else, that was refused above."""
    stage = theatre.stages[operation]

    with theatre.something_changes():
        answer = theatre.play(
            operation, content=as_bytes(stage.body) if stage.body is not None else b""
        )

    assert answer.status_code in {200, 201, 202, 204}, answer.text
    entries = theatre.entries(answer.headers[HEADER])
    assert entries, f"{operation} has left no entry"
    # Beside whom another may have prepared it.
    assert all(entry.actor.endswith(stage.who.name) for entry in entries)
    assert {entry.at for entry in entries} == {THEN}
    assert {entry.refusal for entry in entries} == {None}
    assert any(entry.before or entry.after for entry in entries)
