"""Object-level authorization over our own OpenAPI: a neighbour's id is as an id that nothing has.

Schemathesis makes the requests from the document, so what a new operation takes is tried too: the
id in the path, in the query, and wherever a body names one. The check is ours: Schemathesis' own
`object_level_authorization` learns of ids while its runner plays, and found nothing in 2,400
requests with reads by id open and row security off, where this one fails at the first.
"""

import json
import re
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case
from schemathesis.core.failures import Failure
from schemathesis.generation import GenerationMode

from tests.journeys.neighbours import Neighbour, nobodys
from workflow.kernel.actor import Role

#: Fields of bodies and queries that name something by its id, and which id of a neighbour's.
NAMED: Final = {
    "case_ids": "case_id",
    "related_case_ids": "case_id",
    "withdrawn_case_id": "case_id",
    "person_ids": "person_id",
    "delegator_id": "user_id",
    "delegate_id": "user_id",
}
#: Answers differ in these with each request, and say nothing by them.
OF_EACH_REQUEST: Final = re.compile(r'"(request_id|instance)":\s*"[^"]*"')
IN_PATH: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Sides:
    """Two neighbours, and a token of the one."""

    client: TestClient
    role: Role
    token: str
    ours: Neighbour
    theirs: Neighbour

    def sends(self, case: Case) -> Any:
        sent = case.as_transport_kwargs(base_url="http://testserver")
        headers = dict(sent.pop("headers")) | {"authorization": f"Bearer {self.token}"}
        sent.pop("cookies", None)
        if "data" in sent:
            sent["content"] = sent.pop("data")
        return self.client.request(**sent, headers=headers)


@dataclass(frozen=True)
class Trial:
    sides: Sides
    #: The same request with ids that nothing has.
    nobodys: Case
    in_path: bool


TRIED: ContextVar[Trial] = ContextVar("tried")


@schemathesis.check
def as_nobodys(ctx: Any, response: Any, case: Case) -> None:
    """What is somebody else's answers exactly as what does not exist; in a path never well."""
    trial = TRIED.get()
    nothing = trial.sides.sends(trial.nobodys)
    told, expected = _said(response, case), _said(nothing, trial.nobodys)
    fine = range(400 if trial.in_path else 200, 500)
    if told != expected or response.status_code not in fine:
        raise Failure(
            operation=case.operation.label,
            title="A neighbour's is told from nobody's",
            message=f"{trial.sides.role}: {told}\nnobody's: {expected}",
        )


def _said(response: Any, case: Case) -> str:
    text = OF_EACH_REQUEST.sub("", response.text)
    for one in _ids_in(case.path_parameters, case.query, case.body):
        # A whole word: the id 1 is no part of the status 401.
        text = re.sub(rf"(?<!\w){re.escape(str(one))}(?!\w)", "…", text)
    etag = dict(response.headers).get("etag")
    return f"{response.status_code} {etag} {text}"


def _ids_in(*places: Any) -> Iterator[Any]:
    for place in places:
        if isinstance(place, dict):
            for name, value in place.items():
                if name in NAMED or name.endswith("_id"):
                    yield from value if isinstance(value, list) else [value]
                else:
                    yield from _ids_in(value)
        elif isinstance(place, list):
            yield from _ids_in(*place)


def put(place: Any, ids: dict[str, Any]) -> int:
    """Put these ids wherever one is named; how many."""
    done = 0
    if isinstance(place, list):
        return sum(put(one, ids) for one in place)
    if not isinstance(place, dict):
        return 0
    for name, value in place.items():
        known = ids.get(NAMED.get(name, name))
        if known is not None and value is not None:
            plain = str(known) if isinstance(known, UUID) else known
            place[name] = [plain] if isinstance(value, list) else plain
            done += 1
        else:
            done += put(value, ids)
    return done


def tried(sides: Sides, schema: Any, method: str, path: str, *, examples: int) -> int:
    """How many requests with a neighbour's id were compared."""
    theirs, ours = sides.theirs.ids_for(sides.role), sides.ours.ids
    compared = 0

    @seed(2020)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(schema[path][method.lower()].as_strategy(generation_mode=GenerationMode.POSITIVE))
    def plays(case: Case) -> None:
        nonlocal compared
        case.headers["If-Match"] = "*"
        case.headers.pop("Idempotency-Key", None)
        # Theirs in the path; and theirs named about what is one's own.
        for of_path in (theirs, ours):
            one, other = _copied(case), _copied(case)
            in_path = put(one.path_parameters, of_path)
            put(other.path_parameters, nobodys(of_path) if of_path is theirs else of_path)
            named = put(one.query, theirs) + put(one.body, theirs)
            put(other.query, nobodys(theirs))
            put(other.body, nobodys(theirs))
            if not (named or (in_path and of_path is theirs)):
                continue
            token = TRIED.set(Trial(sides, other, in_path > 0 and of_path is theirs))
            one.validate_response(sides.sends(one), checks=[as_nobodys])
            TRIED.reset(token)
            compared += 1

    plays()
    return compared


def _copied(case: Case) -> Case:
    return case.operation.Case(
        method=case.method,
        path_parameters=dict(case.path_parameters),
        headers=dict(case.headers),
        query=json.loads(json.dumps(case.query)),
        body=json.loads(json.dumps(case.body)) if isinstance(case.body, dict) else case.body,
        media_type=case.media_type,
    )
