"""The OpenAPI document: generated from the code, with the refusals' form and an example of all."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api import sweden
from app.api.refusals import Problem
from app.api.schemas.webhooks import EXAMPLE
from app.signin import COOKIE
from app.webhooks.catalogue import PUBLISHED_IN
from workflow.kernel.country import Country

DESCRIPTION: Final = """
Settling refugees in municipalities: requests and decided places, cases and the municipalities'
answers, withdrawal and redistribution, vacancies and travel.

* Sign in with `Authorization: Bearer TOKEN`.
* What you may not see does not exist: 404, and left out of lists.
* One resource answers `ETag`; changing it needs `If-Match`.
* Every POST takes `Idempotency-Key`: the same key and body has one effect and one answer.
* Lists are read with `limit` and `cursor`; `next` is the cursor of what follows, null at the end.
* Refusals are `application/problem+json` (RFC 9457), in the language of `Accept-Language`.
* Times are UTC ISO 8601, days `2020-03-12`, weeks `2020-W24`; places and persons are whole numbers.
"""
TAGS: Final = {
    "municipalities": "Requests, decided places and what is held, settled and free, in persons.",
    "cases": "Households, and what is known of their entry.",
    "steps of a case": "What IMDi, municipalities and UDI do with a case.",
    "distributions": "What municipalities were asked, and where a case should go.",
    "travel": "UDI's bookings in versions, and arrivals.",
    "vacancies": "Homes and capacity municipalities report, and what became of each.",
    "letters": "What is written to municipalities and refugees, and a case for its archive.",
    "events": "What happened, in order, to be read or to be sent to an address of yours.",
    "notifications": "What offices are told, whom by e-mail and SMS, and what has not left.",
    "runs": "Many cases at once: preview, confirm, undo.",
    "users": "Who may come in, in which role, and authority lent for some days.",
    "four eyes": "What is prepared by one and confirmed by another.",
    "audit": "Who did what, for whom, when and why.",
    "privacy": "How long what is kept, erasure, and who may open a protected address.",
    "rules": "The published rules, and measures that pause a group.",
}
SIGN_IN: Final = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token from `bosetting token`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "A sign-in of a page (`__Host-bosetting_session` behind TLS); a change needs"
        " the header X-CSRF-Token as well.",
    },
}
_METHODS: Final = ("get", "put", "post", "delete")


#: Made once: to make one takes longer than to answer a hundred requests.
_documents: Final[dict[Country, dict[str, Any]]] = {}


def describe(app: FastAPI, country: Country) -> None:
    """Have the application tell its document in full, which is one for all of a country."""

    def document() -> dict[str, Any]:
        if country not in _documents:
            _documents[country] = _document(app, country)
        return _documents[country]

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way to change it


def _document(app: FastAPI, country: Country) -> dict[str, Any]:
    made = get_openapi(
        title=app.title,
        version=version("bosetting"),
        description=DESCRIPTION.strip(),
        routes=app.routes,
    )
    used = {
        tag for path in made["paths"].values() for told in path.values() for tag in told["tags"]
    }
    made["tags"] = [
        {"name": name, "description": told}
        for name, told in (TAGS | sweden.TAGS).items()
        if name in used
    ]
    made["components"]["securitySchemes"] = SIGN_IN
    made["security"] = [{name: []} for name in SIGN_IN]
    schemas = _with_its_events(made["components"]["schemas"], country)
    made["components"]["schemas"] = schemas
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs")
    schemas["Problem"] = problem
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path in made["paths"].values():
        for method in _METHODS:
            if method in path:
                _require_if_match(path[method])
                _give_examples(path[method], schemas)
    return made


def _with_its_events(schemas: dict[str, Any], country: Country) -> dict[str, Any]:
    """Types of events are those of the country, in examples too."""
    here = [one.type for one in PUBLISHED_IN[country]]
    schemas["EventType"]["enum"] = here
    if EXAMPLE in here:
        return schemas
    found: dict[str, Any] = json.loads(json.dumps(schemas).replace(EXAMPLE, here[0]))
    return found


def _require_if_match(operation: dict[str, Any]) -> None:
    """The code takes its absence to answer 428; a client has to send it."""
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "If-Match":
            parameter["required"] = True
            parameter["schema"] = {"type": "string", "maxLength": 1000}
            parameter["example"] = '"case-7"'


def _give_examples(operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    contents = [operation.get("requestBody", {}).get("content", {})]
    contents += [
        answer.get("content", {})
        for status, answer in operation["responses"].items()
        if status.startswith("2")
    ]
    for content in contents:
        for media in content.values():
            if "example" not in media and "examples" not in media:
                media["example"] = example(media["schema"], schemas)


_BY_FORMAT: Final = {
    "uuid": "5d2f7a0e-0c4b-4c1e-9a34-2f1a6c7c9b11",
    "date": "2020-06-08",
    "date-time": "2020-06-09T11:05:00Z",
}
_BY_TYPE: Final[dict[str, Any]] = {
    "number": 0.35,
    "string": "text",
    "boolean": True,
    "null": None,
}


def example(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """A value of the schema: its own first example, else the plainest one."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if found := schema.get("examples"):
        return found[0]
    for word in ("const", "default"):
        if schema.get(word) is not None:
            return schema[word]
    if "enum" in schema:
        return schema["enum"][0]
    if several := schema.get("anyOf") or schema.get("allOf"):
        return example(several[0], schemas)
    kind = schema.get("type", "object")
    if kind == "array":
        item = schema.get("items")
        return [example(item, schemas)] * max(1, schema.get("minItems", 1)) if item else []
    if kind == "object":
        wanted = schema.get("properties", {})
        return {name: example(part, schemas) for name, part in wanted.items()}
    if kind == "integer":
        return max(1, schema.get("minimum", 1))
    return _BY_FORMAT.get(schema.get("format", ""), _BY_TYPE[kind])
