"""Every answer tells the browser what it must not do."""

from fastapi import FastAPI, Response
from starlette.testclient import TestClient

from app.security_headers import TWO_YEARS, SecurityHeaders


def _client(**options) -> TestClient:
    served = FastAPI()

    @served.get("/")
    def plain():
        return {}

    @served.get("/own")
    def own():
        return Response(headers={"Cache-Control": "public, max-age=60"})

    served.add_middleware(SecurityHeaders, **options)
    return TestClient(served)


def test_nothing_inline_and_nothing_foreign_runs():
    policy = _client().get("/").headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_an_answer_that_does_not_exist_has_them_too():
    answer = _client().get("/nowhere")

    assert answer.status_code == 404
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_nobody_keeps_an_answer_unless_it_says_so_itself():
    assert _client().get("/").headers["cache-control"] == "no-store"
    assert _client().get("/own").headers["cache-control"] == "public, max-age=60"


def test_a_form_may_lead_to_the_identity_provider_that_is_named():
    policy = _client(form_action=["https://login.example"]).get("/").headers

    assert "form-action 'self' https://login.example;" in policy["content-security-policy"]


def test_the_browser_is_held_to_encryption_only_where_there_is_some():
    client = _client()

    assert "strict-transport-security" not in client.get("/").headers
    for behind in (client.get("https://testserver/"), _client(encrypted=True).get("/")):
        assert behind.headers["strict-transport-security"] == TWO_YEARS


def test_no_other_site_has_anything_of_ours_in_its_pages():
    headers = _client().get("/").headers

    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cross-origin-embedder-policy"] == "require-corp"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    for feature in ("camera", "geolocation", "microphone", "usb"):
        assert f"{feature}=()" in headers["permissions-policy"]
