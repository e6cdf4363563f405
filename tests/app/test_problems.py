"""Every refusal has a status, words in every language, and a line in docs/problems.md."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app import problems
from app.refusals import NotSignedIn
from app.security_headers import SecurityHeaders
from app.wording import table
from tests.factories import a_case, a_municipality, officer
from tools import draw_problems
from workflow.kernel.errors import Invalid, NotFound, Refused

LANGUAGES = ("nb", "en")


STATUSES = {401, 403, 404, 409, 412, 413, 421, 422, 428, 429, 502, 503}


def test_every_refusal_has_a_status():
    for error in draw_problems.refusals():
        assert draw_problems.status_of(error) in STATUSES, error


def test_a_code_has_one_status():
    """Errors of two features may share a code, where both say the same: a missing reason."""
    found = {}
    for error in draw_problems.refusals():
        found.setdefault(error.code, set()).add(draw_problems.status_of(error))

    assert {code: several for code, several in found.items() if len(several) > 1} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_words(language):
    words = table(language)["problem"]
    own = {
        error.code
        for error in draw_problems.refusals()
        if not error.__module__.startswith(draw_problems.SWEDISH)
    }
    codes = own | {code for code, status in draw_problems.statuses().items() if status == "–"}

    assert codes - words.keys() == set()
    for code in codes:
        assert {"title", "sentence", "next"} <= words[code].keys(), code
        assert words[code]["title"], code


def test_the_page_of_problems_is_what_the_code_draws():
    written = draw_problems.PAGE.read_text(encoding="utf-8")

    assert written == draw_problems.draw(), "run `make docs`"


@pytest.fixture
def broken():
    """An application in which everything goes wrong, each in its own way."""
    made = FastAPI()
    problems.register(made)
    made.add_middleware(problems.AnswersFailures)
    made.add_middleware(SecurityHeaders)

    class Sqlstate(Exception):
        def __init__(self, state):
            super().__init__("the database says so")
            self.sqlstate = state

    @made.get("/api/database/{state}")
    def database(state: str):
        raise OperationalError("SELECT 1", {}, Sqlstate(None if state == "none" else state))

    @made.get("/api/pool")
    def pool():
        raise PoolTimeout("no connection is free")

    @made.get("/api/bug")
    def bug():
        raise RuntimeError("Amal Haddad's number is 202099000102")

    @made.get("/api/facts")
    def facts():
        class Odd(Refused):
            code = "odd"

        raise Odd("odd", status="x", title="y", detail="z", free=2)

    @made.get("/saker")
    def page():
        raise NotFound("case")

    @made.get("/oppgaver")
    def signed_in_page():
        raise NotSignedIn

    @made.post("/oppgaver")
    def signed_in_form():
        raise Invalid("x", pointer="week")

    with TestClient(made, follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        ("40001", 409, "busy"),
        ("40P01", 409, "busy"),
        ("55P03", 409, "busy"),
        ("23505", 409, "busy"),
        ("22003", 422, "input.invalid"),
        ("57P01", 503, "database.away"),
        ("53300", 503, "database.away"),
        ("08006", 503, "database.away"),
        ("none", 503, "database.away"),
        ("42601", 500, "server.failed"),
    ],
)
def test_what_the_database_says_is_told_by_what_one_can_do(broken, state, status, code):
    answer = broken.get(f"/api/database/{state}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in answer.headers) == (code in {"busy", "database.away"})


def test_no_free_connection_is_told_as_a_database_away(broken):
    assert broken.get("/api/pool").json()["code"] == "database.away"


def test_a_fault_of_ours_tells_nothing_of_itself_and_keeps_the_headers(broken):
    answer = broken.get("/api/bug")

    assert (answer.status_code, answer.json()["code"]) == (500, "server.failed")
    assert "Amal" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_facts_stand_beside_and_never_in_place_of_what_a_problem_says(broken):
    told = broken.get("/api/facts").json()

    assert (told["status"], told["free"]) == (409, 2)
    assert told["type"] == "/problems/odd"
    assert told["detail"] == "odd"


def test_a_path_nobody_serves_and_a_method_nobody_takes(broken):
    missing, wrong = broken.get("/api/v1/nothing"), broken.delete("/api/bug")

    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method.not_allowed")


def test_a_page_is_answered_with_a_page(broken):
    answer = broken.get("/saker", headers={"accept": "text/html"})

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert table("nb")["problem"]["not_found"]["title"] in answer.text


def test_who_asks_a_page_for_json_gets_json(broken):
    answer = broken.get("/saker", headers={"accept": "application/json"})

    assert answer.json()["code"] == "not_found"


def test_a_reader_without_a_session_is_sent_to_sign_in_and_back(broken):
    page = broken.get("/oppgaver", headers={"accept": "text/html"})
    fragment = broken.get("/oppgaver", headers={"accept": "*/*", "hx-request": "true"})

    assert (page.status_code, page.headers["location"]) == (303, "/logg-inn?videre=%2Foppgaver")
    assert fragment.headers["hx-redirect"] == "/logg-inn?videre=%2Foppgaver"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("en", "en"),
        ("en-GB,nb;q=0.5", "en"),
        ("nb,en;q=0.9", "nb"),
        ("nn-NO,nb;q=0.5", "nn"),
        ("no", "nb"),
        ("de", "nb"),
        ("", "nb"),
        ("*", "nb"),
        ("en;q=x", "nb"),
        ("../../etc", "nb"),
    ],
)
def test_a_problem_speaks_the_readers_language(broken, accepted, language):
    answer = broken.get("/api/database/40001", headers={"accept-language": accepted})

    assert answer.headers["content-language"] == language
    assert answer.json()["title"] == table(language)["problem"]["busy"]["title"]


def test_pointers_are_json_pointers():
    assert problems.pointer(("body", "persons", 0, "name")) == "/persons/0/name"
    assert problems.pointer(("body", "a/b", "~")) == "/a~1b/~0"
    assert problems.pointer(("query", "limit")) == "limit"
    assert problems.pointer(("body",)) == ""


def test_the_facts_of_a_refusal_fill_its_sentence(as_, world):
    world(a_municipality, number="5001", name="Steinkjer", decided=1)
    case = world(a_case, persons=2)

    told = as_(officer()).step(
        f"/cases/{case}/distribute",
        {"municipality_number": "5001", "override_reason": "x"},
    )

    assert "Steinkjer" in told.json()["detail"]
    assert "{" not in told.json()["detail"]
