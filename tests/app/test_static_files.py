"""Styles and scripts are kept by the browser for as long as they are the same."""

import re

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from app.static_files import ASK_EACH_TIME, FOLDER, FOR_GOOD, icon, static_files, static_url

FONT = "/static/vendor/inter-5.3.0/inter-latin-wght-normal.woff2"


@pytest.fixture(scope="module")
def client() -> TestClient:
    served = FastAPI()
    served.mount("/static", static_files())
    return TestClient(served)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        (static_url("app.css"), FOR_GOOD),
        ("/static/app.css", ASK_EACH_TIME),
        ("/static/app.css?v=000000000000", ASK_EACH_TIME),
        (FONT, FOR_GOOD),
    ],
)
def test_only_what_never_changes_at_its_address_is_kept_for_good(client, address, kept):
    answer = client.get(address)

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == kept


def test_a_style_comes_compressed_and_is_not_sent_twice(client):
    first = client.get("/static/app.css")

    again = client.get("/static/app.css", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["content-encoding"] == "gzip"
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/static/../app/settings.py", "/static/%2e%2e/frame.py"])
def test_nothing_outside_the_folder_is_served(client, path):
    assert client.get(path).status_code == 404


def test_an_address_changes_with_the_content(tmp_path, monkeypatch):
    monkeypatch.setattr("app.static_files.FOLDER", tmp_path)
    (tmp_path / "a.css").write_text("a {}")
    (tmp_path / "b.css").write_text("b {}")

    assert static_url("a.css").partition("?")[2] != static_url("b.css").partition("?")[2]


def test_what_the_styles_refer_to_lies_there():
    referred = re.findall(r'url\("([^")]+)"\)', (FOLDER / "app.css").read_text("utf-8"))

    assert referred
    assert all((FOLDER / path).is_file() for path in referred)


def test_an_icon_is_silent_unless_it_is_given_words():
    assert 'aria-hidden="true"' in icon("Airplane")
    assert 'aria-label="Reise &lt;bestilt&gt;"' in icon("Airplane", "Reise <bestilt>")
