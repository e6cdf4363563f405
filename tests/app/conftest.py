"""The API as a client meets it: the whole application on a database of the test's own."""

import logging
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.db import transaction
from app.main import create_app
from app.settings import Settings
from app.signin import issue_token
from tests.applications import meeting
from tests.databases import Database, Databases
from workflow.kernel.actor import Actor, Role

V1 = "/api/v1"


@dataclass
class Api:
    """Asks as one actor; `json` bodies, paths below /api/v1."""

    client: TestClient
    token: str | None

    def get(self, path: str, **params: Any):
        return self.client.get(f"{V1}{path}", params=params, headers=self._headers({}))

    def post(self, path: str, body: Any = None, **headers: str):
        return self.client.post(f"{V1}{path}", json=body, headers=self._headers(headers))

    def put(self, path: str, body: Any = None, **headers: str):
        return self.client.put(f"{V1}{path}", json=body, headers=self._headers(headers))

    def step(self, path: str, body: Any = None, *, read: str | None = None, **headers: str):
        """A change of what is read at `read` (by default the address above the step)."""
        tag = self.get(read or path.rpartition("/")[0]).headers["etag"]
        return self.post(path, body, if_match=tag, **headers)

    def _headers(self, given: dict[str, str]) -> dict[str, str]:
        told = {name.replace("_", "-"): value for name, value in given.items()}
        return told | ({"authorization": f"Bearer {self.token}"} if self.token else {})


@pytest.fixture
def settings(committed: Database) -> Settings:
    return Settings(database_url=committed.url, thread_limit=4)


@pytest.fixture
def client(shared_client: TestClient, committed: Database) -> Iterator[TestClient]:
    with meeting(shared_client, committed) as client:
        yield client


@pytest.fixture
def own_client(settings: Settings) -> Iterator[TestClient]:
    """Of an application that is the test's own, for what it counts or loses."""
    with TestClient(create_app(settings), follow_redirects=False) as made:
        yield made


@pytest.fixture
def as_(client: TestClient, committed: Database) -> Callable[[Actor | None], Api]:
    """`as_(officer())` asks as that actor, `as_(None)` as a stranger."""

    def ask(actor: Actor | None) -> Api:
        if actor is None:
            return Api(client, None)
        with transaction(committed.sessions) as session:
            token = issue_token(
                session,
                name=actor.name,
                role=actor.role,
                municipality_id=actor.municipality_id,
                reception_centre=actor.reception_centre,
            )
        return Api(client, token)

    return ask


@pytest.fixture(scope="module")
def nothing_happens(shared_client: TestClient, databases: Databases) -> Iterator[Api]:
    """An officer's, for what is refused as malformed: one database for all tests of a module."""
    with databases.fresh(connections=4) as database:
        with transaction(database.sessions) as session:
            token = issue_token(session, name="Kari", role=Role.CASE_OFFICER)
        with meeting(shared_client, database) as client:
            yield Api(client, token)


@pytest.fixture
def world(committed: Database) -> Callable[..., Any]:
    """`world(a_case, persons=3)` calls a factory in a transaction of its own."""

    def make(factory: Callable[..., Any], *args: Any, **options: Any) -> Any:
        with transaction(committed.sessions) as session:
            return factory(session, *args, **options)

    return make


@pytest.fixture
def restored():
    """The log of this process as it was, for what configures it."""
    root = logging.getLogger()
    names = ("app", "uvicorn", "uvicorn.access")
    before = root.handlers[:], root.level, [logging.getLogger(n).level for n in names]
    hook, silent = sys.excepthook, logging.getLogger("uvicorn.access").disabled
    yield
    root.handlers[:], sys.excepthook = before[0], hook
    root.setLevel(before[1])
    logging.getLogger("uvicorn.access").disabled = silent
    for name, level in zip(names, before[2], strict=True):
        logging.getLogger(name).setLevel(level)
