"""The OpenAPI document of a Swedish deployment holds what Norway's promises."""

import json

import jsonschema_rs
import pytest

from app.main import create_app
from app.settings import Settings
from tests.app.api import test_openapi
from workflow.kernel.country import Country


@pytest.fixture(scope="module")
def swedish():
    nothing = "postgresql+psycopg://nobody@/nothing"
    return create_app(Settings(database_url=nothing, country=Country.SWEDEN))


@pytest.fixture(scope="module")
def document(swedish):
    return swedish.openapi()


def test_every_operation_says_what_it_does_and_refuses(swedish, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(test_openapi, "APP", swedish)

    test_openapi.test_every_operation_says_what_it_does_refuses_and_looks_like()
    test_openapi.test_lists_are_bounded_and_follow_a_cursor()


def test_every_example_is_one(document):
    checked = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            contents = [operation.get("requestBody", {}).get("content", {})]
            contents += [one.get("content", {}) for one in operation["responses"].values()]
            for media in (media for content in contents for media in content.values()):
                if "example" in media:
                    schema = {"components": document["components"]} | media["schema"]
                    jsonschema_rs.validate(schema, media["example"])
                    checked += 1
            assert method == "get" or "requestBody" not in operation or checked, path
    assert checked > 50


def test_no_event_of_norway_stands_in_it(document):
    told = json.dumps(document)

    assert "se.bosetting.target.decided.v1" in told
    assert "no.bosetting" not in told.replace("`no.bosetting.webhook.test.v1`", "")


def test_every_tag_is_told_of(document):
    used = {
        tag for item in document["paths"].values() for one in item.values() for tag in one["tags"]
    }

    assert used == {tag["name"] for tag in document["tags"]}
