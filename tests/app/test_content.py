"""What comes in is of the kind the operation takes, and what goes out says what it is."""

import pytest

from tests.factories import officer

HOUSEHOLD = '{"group":"private","persons":[{"birth_year":1985,"sex":"female","nationality":"SY"}]}'
KINDS = {
    "text/plain": HOUSEHOLD,
    "application/x-www-form-urlencoded": HOUSEHOLD,
    "application/xml": "<case/>",
    "": HOUSEHOLD,
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind or "none")
def test_json_comes_as_json_or_not_at_all(nothing_happens, kind):
    """A form of another site can send these kinds; with a token or without it changes nothing."""
    sent = {"content-type": kind} if kind else {}
    sent["authorization"] = f"Bearer {nothing_happens.token}"

    answer = nothing_happens.client.post("/api/v1/cases", content=KINDS[kind], headers=sent)

    assert answer.status_code == 422
    assert nothing_happens.get("/cases").json()["items"] == []


def test_files_are_not_taken(nothing_happens):
    answer = nothing_happens.client.post(
        "/api/v1/cases",
        files={"file": ("case.json", HOUSEHOLD, "application/json")},
        headers={"authorization": f"Bearer {nothing_happens.token}"},
    )

    assert answer.status_code == 422


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "OPTIONS"])
def test_methods_nobody_has_are_refused(nothing_happens, method):
    answer = nothing_happens.client.request(method, "/api/v1/cases")

    assert answer.status_code == 405
    assert "authorization" not in answer.text.lower()


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_no_other_origin_is_let_in(nothing_happens, origin):
    asked = {"origin": origin, "access-control-request-method": "POST"}

    for method in ("GET", "OPTIONS"):
        answer = nothing_happens.client.request(method, "/api/v1/cases", headers=asked)
        assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", ["/static/", "/static/../settings.py", "/static/vendor/", "/.git"])
def test_folders_and_what_is_beside_them_are_not_shown(nothing_happens, path):
    assert nothing_happens.client.get(path).status_code == 404


def test_every_answer_says_what_it_is_and_is_kept_by_nobody(as_):
    api = as_(officer())

    for answer in (api.get("/cases"), api.get("/nowhere"), api.client.get("/logg-inn")):
        kind = answer.headers["content-type"]
        assert kind.startswith(("application/json", "application/problem+json", "text/html; char"))
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "server" not in answer.headers
