"""The OpenAPI document holds what it promises, and the application keeps to it."""

import contextlib
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import jsonschema_rs
import pytest
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings

from app.api.schemas.fields import LARGEST_ID
from app.command_line.listening import listening
from app.db import transaction
from app.main import create_app
from app.settings import Settings
from app.signin import issue_token
from tests.factories import (
    a_case,
    a_municipality,
    a_vacancy,
    accepted,
    asked,
    booked,
    lead,
    placed,
    udi,
    writer,
)
from tests.journeys.neighbours import routes

APP = create_app(Settings(database_url="postgresql+psycopg://nobody@/nothing"))
#: By the routes: to make the document would take longer than to collect all other tests.
OPERATIONS = [
    f"{method} {path}"
    for route, path in routes(APP.routes)
    if route.include_in_schema and path.startswith("/api/")
    for method in sorted(route.methods)
]
#: The contract's table: what may be asked of every deployment.
CONTRACT = """
GET /municipalities
GET /municipalities/{number}
PUT /municipalities/{number}/years/{year}
GET /municipalities/{number}/years/{year}/ledger
POST /cases
GET /cases
GET /cases/{case_id}
GET /cases/{case_id}/history
PUT /cases/{case_id}/entry-information
GET /distributions
GET /distributions/{distribution_id}
GET /cases/{case_id}/proposals
POST /cases/{case_id}/distribute
POST /cases/{case_id}/redistribute
POST /cases/{case_id}/accept
POST /cases/{case_id}/decline
POST /cases/{case_id}/retract
POST /cases/{case_id}/change-week
POST /cases/{case_id}/decide
POST /decisions
POST /cases/{case_id}/withdraw
POST /cases/{case_id}/book-travel
POST /bookings/{booking_id}/reschedule
POST /bookings/{booking_id}/cancel
GET /cases/{case_id}/bookings
POST /cases/{case_id}/arrive
POST /cases/{case_id}/settle
POST /cases/{case_id}/correct-settlement
POST /cases/{case_id}/persons
POST /persons/{person_id}/leave
POST /cases/{case_id}/lapse
POST /withdrawal-runs
POST /redistribution-runs
GET /withdrawal-runs/{run_id}
GET /withdrawal-runs/{run_id}/items
GET /redistribution-runs/{run_id}
GET /redistribution-runs/{run_id}/items
POST /withdrawal-runs/{run_id}/confirm
POST /withdrawal-runs/{run_id}/undo
POST /redistribution-runs/{run_id}/confirm
POST /redistribution-runs/{run_id}/undo
POST /vacancies
GET /vacancies
POST /vacancies/{vacancy_id}/close
GET /travel/queue
POST /measures
GET /measures
POST /measures/{measure_id}/end
GET /rules
"""


def operations():
    for path, item in APP.openapi()["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def test_the_document_has_every_operation():
    assert sorted(name for name, _ in operations()) == sorted(OPERATIONS)


def test_every_row_of_the_contract_is_there():
    served = {name.replace("/api/v1", "", 1) for name, _ in operations()}

    assert set(CONTRACT.split("\n")) - {""} - served == set()


def test_every_operation_says_what_it_does_refuses_and_looks_like():
    assert {"token": []} in APP.openapi()["security"]
    names = [operation["operationId"] for _, operation in operations()]
    assert len(names) == len(set(names))
    for name, operation in operations():
        assert operation["description"], name
        assert operation["tags"], name
        assert "401" in operation["responses"], name
        for status, answer in operation["responses"].items():
            if status.startswith("4"):
                assert list(answer["content"]) == ["application/problem+json"], (name, status)
        if name.startswith("GET"):
            continue
        assert {"403", "409", "413", "422"} <= operation["responses"].keys(), name
        headers = {parameter["name"] for parameter in operation.get("parameters", ())}
        assert ("If-Match" in headers) == ("428" in operation["responses"]), name
        assert ("Idempotency-Key" in headers) == name.startswith("POST"), name


def test_every_example_is_one():
    checked = 0
    for name, operation in operations():
        contents = [operation.get("requestBody", {}).get("content", {})]
        contents += [answer.get("content", {}) for answer in operation["responses"].values()]
        for media in (media for content in contents for media in content.values()):
            for example in [media["example"]] if "example" in media else []:
                schema = {"components": APP.openapi()["components"]} | media["schema"]
                jsonschema_rs.validate(schema, example)
                checked += 1
        assert name.startswith("GET") or "requestBody" not in operation or checked
    assert checked > 80


def test_lists_are_bounded_and_follow_a_cursor():
    for name, operation in operations():
        parameters = {one["name"]: one for one in operation.get("parameters", ())}
        if "cursor" in parameters:
            assert parameters["limit"]["schema"]["maximum"] == 500, name


# The application, asked everything the document allows and much it does not -----------------------

CHECKED = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "unsupported_method",
)


@pytest.fixture(scope="module")
def served(databases):
    """A server with some of everything, its address, tokens, and ids that exist."""
    with databases.fresh(connections=4) as database:
        with transaction(database.sessions) as session:
            here = a_municipality(session, number="0301", name="Oslo", decided=5000)
            cases = [a_case(session) for _ in range(12)]
            for case in cases[2:4]:
                asked(session, case, here)
            for case in cases[4:6]:
                accepted(session, case, here)
            for case in cases[6:8]:
                placed(session, case, here)
            bookings = [booked(session, case, here) for case in cases[8:12]]
            vacancies = [a_vacancy(session, here) for _ in range(3)]
            tokens = [
                issue_token(
                    session,
                    name=actor.name,
                    role=actor.role,
                    municipality_id=actor.municipality_id,
                )
                for actor in (lead(), writer(here), udi())
            ]
        ids = {"case_id": cases, "booking_id": bookings, "vacancy_id": vacancies}
        with running(
            create_app(Settings(database_url=database.url, tries_at_once=10_000))
        ) as address:
            yield address, tokens, ids


@contextlib.contextmanager
def running(app):
    # Client and server are threads of one process: let them take turns quickly.
    usual = sys.getswitchinterval()
    sys.setswitchinterval(0.0002)
    with listening("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [taken]})
        thread.start()
        deadline = time.monotonic() + 20
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()
            sys.setswitchinterval(usual)


@pytest.fixture(scope="module")
def schema():
    import schemathesis  # takes half a second, which whoever does not run these need not wait

    return schemathesis.openapi.from_dict(APP.openapi())


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        # By turns what it takes and what it does not, of every eighth; all the rest in the trials.
        pytest.param(name, mode, marks=() if (turn + 8 * number) % 16 == 0 else pytest.mark.trial)
        for turn, name in enumerate(OPERATIONS)
        for number, mode in enumerate(("positive", "negative"))
    ],
    ids=str,
)
def test_the_application_keeps_to_its_document(name, mode, schema, served):
    from schemathesis.generation import GenerationMode

    method, path = name.split(" ")
    strategy = schema[path][method.lower()].as_strategy(generation_mode=GenerationMode(mode))

    @given(strategy)
    @settings(
        max_examples=1,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def asked_for(case):
        ask(case, served)

    asked_for()


@pytest.mark.soak
def test_the_application_keeps_to_its_document_for_long(served):
    """Schemathesis' own runner: every limit of every field, then a thousand examples of each."""
    address, tokens, _ = served
    for token in tokens:
        answer = subprocess.run(
            [
                Path(sys.executable).with_name("schemathesis"),
                "run",
                f"{address}/api/v1/openapi.json",
                *("--header", f"Authorization: Bearer {token}"),
                *("--checks", ",".join(CHECKED)),
                *("--phases", "examples,coverage,fuzzing,stateful"),
                *("--max-examples", "1000"),
                "--no-color",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stdout[-20_000:]


def ask(case, served):
    """Half of the well-formed requests are about something that exists, and say so."""
    from schemathesis.checks import CHECKS
    from schemathesis.generation import GenerationMode

    address, tokens, ids = served
    turn = len(repr(case.body)) + len(str(case.query))
    if case.meta.generation.mode is GenerationMode.POSITIVE and turn % 2:
        for name, known in ids.items():
            if name in (case.path_parameters or {}):
                case.path_parameters[name] = str(known[turn % len(known)])
        if "If-Match" in (case.headers or {}):
            case.headers["If-Match"] = "*"
    checks = [CHECKS.get_one(name) for name in CHECKED]
    case.call_and_validate(
        base_url=address,
        headers={"authorization": f"Bearer {tokens[turn % len(tokens)]}"},
        checks=checks,
    )


def test_no_operation_answers_a_stranger(served):
    with httpx.Client(base_url=served[0]) as client:
        for name in OPERATIONS:
            method, path = name.split(" ")
            for held in ({}, {"authorization": "Bearer x"}, {"cookie": "bosetting_session=x"}):
                url = re.sub(r"{(\w+)}", a_value, path)
                answer = client.request(method, url, headers=held, json={})
                assert answer.status_code == 401, name
                assert answer.headers["www-authenticate"].startswith("Bearer"), name


def a_value(parameter):
    """Something that passes for the parameter of a path."""
    return {"number": "0301", "year": "2020", "measure_id": "1"}.get(
        parameter[1], "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11"
    )


def test_the_document_is_served(served):
    assert httpx.get(f"{served[0]}/api/v1/openapi.json").json() == APP.openapi()


def test_identifiers_larger_than_any_are_malformed(nothing_happens):
    answer = nothing_happens.post(f"/measures/{LARGEST_ID + 1}/end")

    assert answer.status_code == 422
