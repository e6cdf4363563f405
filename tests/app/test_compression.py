"""A page is compressed for its reader, and for nobody who may have had another ask for it."""

import pytest
from fastapi import FastAPI, Response
from starlette.testclient import TestClient

from app.compression import LEAST, PACKED, Compresses

TEXT = "Nesodden " * LEAST


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()

    @app.get("/")
    def answer(kind: str = "text/html", length: int = len(TEXT)) -> Response:
        return Response(TEXT[:length], media_type=kind)

    app.add_middleware(Compresses)
    return TestClient(app)


@pytest.mark.parametrize(
    ("asked", "compressed"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({}, False),
        ({"sec-fetch-site": "same-origin", "accept-encoding": "identity"}, False),
    ],
)
def test_a_page_is_compressed_for_whoever_asks_for_it_by_themselves(client, asked, compressed):
    answer = client.get("/", headers=asked)

    assert ("content-encoding" in answer.headers) == compressed
    assert answer.text == TEXT


@pytest.mark.parametrize(
    "of", [{"length": LEAST - 1}, *({"kind": kind} for kind in PACKED[:2])], ids=str
)
def test_what_is_small_or_packed_is_sent_as_it_is(client, of):
    answer = client.get("/", params=of, headers={"sec-fetch-site": "same-origin"})

    assert "content-encoding" not in answer.headers
