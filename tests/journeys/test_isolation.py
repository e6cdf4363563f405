"""What is a neighbour's does not exist: every route, every role, read and written.

The routes are the application's own, so a new one is walked as well; one whose path has a part that
stands neither among the neighbour's ids nor in PUBLIC fails. It holds three times: as it is,
without the application's own filters, and without the database's row security.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from difflib import unified_diff
from functools import cached_property
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from schemathesis.core.failures import FailureGroup
from sqlalchemy import false, func, make_url, select, text, true, update
from sqlalchemy.orm import Session

from app.audit.refused import Allowance
from app.clock import request_time
from app.db import reading, transaction
from app.models import User
from app.saved_views.models import SavedView
from app.signin import issue_token
from app.webhooks import queries as webhooks
from notifications import queries as notices
from tests.applications import Visitors, over
from tests.databases import Database, Databases
from tests.factories import NORWEGIAN
from tests.journeys.client import Clock
from tests.journeys.neighbours import (
    MARK,
    PUBLIC,
    Asker,
    asker,
    neighbour,
    nobodys,
    routes,
)
from tests.journeys.object_level import Sides, tried
from tests.journeys.stage import THEN
from tests.journeys.stages_beside_cases import STAGES as BESIDE
from tests.journeys.stages_of_cases import STAGES as OF_CASES
from tests.journeys.stages_of_letters import STAGES as OF_LETTERS
from tests.journeys.stages_of_messages import STAGES as OF_MESSAGES
from tests.journeys.stages_of_municipalities import STAGES as OF_MUNICIPALITIES
from workflow.cases import accounts, moves, queries
from workflow.kernel.actor import MUNICIPALITY, Role
from workflow.travel import queries as travel
from workflow.vacancies import queries as vacancies

STAGES = OF_CASES | BESIDE | OF_LETTERS | OF_MESSAGES | OF_MUNICIPALITIES
PART = re.compile(r"\{(\w+)(?::\w+)?\}")
#: One of each kind of actor that has anything that is somebody else's.
ASKERS = (
    Role.MUNICIPALITY_WRITER,
    Role.MUNICIPALITY_ADMINISTRATOR,
    Role.RECEPTION_CENTRE,
    Role.TRAVEL_OFFICER,
    Role.ADMINISTRATOR,
    # What is somebody else's to who reads all cases: those of protected addresses.
    Role.CASE_OFFICER,
    Role.AUDITOR,
)
#: Written by every request, whatever is asked: tries, refusals, when a session was last awake.
NOT_COUNTED = ("audit%", "rate_buckets", "sign_ins", "access_tokens", "sign_in_attempts")
#: Answers that differ with each request, and say nothing.
OF_EACH_REQUEST = re.compile(r'"(request_id|instance)":\s*"[^"]*"|data-session-(left|most)="\d+"')


class World:
    """One application, two neighbours, somebody of each role who is neither of the one."""

    def __init__(self, client: TestClient, database: Database) -> None:
        self.client, self.database = client, database
        with transaction(database.sessions) as session:
            self.theirs = neighbour(session, MARK, "Naboens mottak")
            self.ours = ours = neighbour(session, "Vårt", "Vårt mottak")
            self.bodies = {name: make(session).body for name, make in STAGES.items()}
            self.askers = {
                role: asker(session, client, role, ours.municipality_id, "Vårt mottak")
                for role in ASKERS
            }
            self.owners = [
                asker(session, client, role, self.theirs.municipality_id, "Naboens mottak")
                for role in NORWEGIAN
                if role is not Role.SYSTEM
            ]
            self._give_view_to_an_owner(session)

    def _give_view_to_an_owner(self, session: Session) -> None:
        """A view is one person's, of all who are there."""
        owners = select(func.max(User.id)).where(
            User.municipality_id == self.theirs.municipality_id,
            User.role == Role.MUNICIPALITY_WRITER,
        )
        session.execute(
            update(SavedView)
            .where(SavedView.id == self.theirs.ids["saved_view_id"])
            .values(user_id=owners.scalar_subquery())
        )

    def sides(self, role: Role) -> Sides:
        """A token of ours, beside the neighbour's ids."""
        with transaction(self.database.sessions) as session:
            token = issue_token(
                session,
                name=f"{role}",
                role=role,
                municipality_id=self.ours.municipality_id if role in MUNICIPALITY else None,
                reception_centre="Vårt mottak" if role is Role.RECEPTION_CENTRE else None,
            )
        return Sides(self.client, role, token, self.ours, self.theirs)

    @cached_property
    def routes(self) -> list[tuple[str, str, str | None]]:
        """Method, path and operation of every route."""
        return [
            (method, path, route.operation_id)
            for route, path in routes(self.client.app.routes)  # type: ignore[attr-defined]
            for method in sorted(route.methods - {"HEAD"})
        ]

    def routes_with(self, ids: Mapping[str, Any]) -> list[tuple[str, str, str | None]]:
        """Those whose path names any of these."""
        return [one for one in self.routes if ids.keys() & set(PART.findall(one[1]))]

    @cached_property
    def lists(self) -> list[tuple[str, str, str | None]]:
        """What is read without naming anything that is somebody's."""
        return [
            (method, path, operation)
            for method, path, operation in self.routes
            if method == "GET" and not set(PART.findall(path)) - PUBLIC.keys()
        ]

    def asks(
        self, who: Asker, method: str, path: str, operation: str | None, ids: dict[str, Any]
    ) -> tuple[int, str]:
        named = {part: PUBLIC[part].format(their_number=self.theirs.number) for part in PUBLIC}
        # What the asker may read of all is there both times.
        address = path.format(**(named | self.theirs.ids | ids))
        answer = who.ask(method, address, self.bodies.get(operation or ""))
        told = answer.text.replace(address, path).replace(quote(address, safe=""), path)
        told = OF_EACH_REQUEST.sub("", told)
        headers = {name: answer.headers.get(name) for name in ("etag", "location", "content-type")}
        return answer.status_code, f"{headers}{told}"

    def digests(self) -> dict[str, str]:
        with reading(self.database.sessions) as session:
            tables = session.scalars(
                text(
                    "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
                    f" AND tablename NOT LIKE ALL (ARRAY{list(NOT_COUNTED)})"
                )
            ).all()
            return {
                table: str(
                    session.scalar(
                        text(
                            "SELECT md5(string_agg(line::text, ',' ORDER BY line::text))"
                            f' FROM "{table}" AS line'
                        )
                    )
                )
                for table in tables
            }


@pytest.fixture(scope="module")
def world(shared_client: TestClient, databases: Databases) -> Iterator[World]:
    app = shared_client.app
    assert isinstance(app, FastAPI)
    with databases.fresh(connections=2) as database, over(app, database):
        app.dependency_overrides[request_time] = Clock(THEN)
        yield World(Visitors(app, raise_server_exceptions=False, follow_redirects=False), database)


AS_IT_IS, NO_FILTERS, NO_ROW_SECURITY = "as is", "without filters", "without row security"
#: Every wall and every kind of actor, and which part of the routes it tries: of so many each, from
#: which on. A municipality tries every twelfth with both walls, every time; in the trials it tries
#: all of them and the others a third, so that each route is tried some way or other; `make soak`
#: tries all of it.
PARTS = {
    (AS_IT_IS, Role.RECEPTION_CENTRE): (3, 0),
    (AS_IT_IS, Role.TRAVEL_OFFICER): (3, 1),
    (AS_IT_IS, Role.ADMINISTRATOR): (3, 2),
    (AS_IT_IS, Role.CASE_OFFICER): (3, 0),
    (AS_IT_IS, Role.AUDITOR): (3, 1),
    (NO_FILTERS, Role.MUNICIPALITY_WRITER): (3, 0),
    (NO_ROW_SECURITY, Role.MUNICIPALITY_WRITER): (3, 1),
}
TRIED = [
    pytest.param(AS_IT_IS, Role.MUNICIPALITY_WRITER, 12, 5),
    pytest.param(AS_IT_IS, Role.MUNICIPALITY_WRITER, 1, 0, marks=pytest.mark.trial),
    *(pytest.param(*who, *part, marks=pytest.mark.trial) for who, part in PARTS.items()),
    *(
        pytest.param(walls, role, 1, 0, marks=pytest.mark.soak)
        for walls in (AS_IT_IS, NO_FILTERS, NO_ROW_SECURITY)
        for role in ASKERS
        if (walls, role) != (AS_IT_IS, Role.MUNICIPALITY_WRITER)
    ),
]


@pytest.fixture
def still(
    walls: str, world: World, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """The world with both its walls, or with one of them taken away."""
    if walls == NO_FILTERS:
        _take_filters_away(monkeypatch)
    if walls == NO_ROW_SECURITY:
        with _no_row_security(world.database, databases):
            yield world
    else:
        yield world
    moves._locking.cache_clear()


def _take_filters_away(monkeypatch: pytest.MonkeyPatch) -> None:
    moves._locking.cache_clear()
    for module, name, now in (
        (queries, "_theirs", true()),
        (queries, "_own_questions", true()),
        (queries, "named_for", false()),
        (travel, "_own", true()),
        (notices, "_office", true()),
        (vacancies, "visible", true()),
        (webhooks, "own", true()),
        (webhooks, "_own_events", true()),
        (accounts, "may_read_ledger", True),
    ):
        before = getattr(module, name)
        for other in [one for one in list(sys.modules.values()) if vars(one).get(name) is before]:
            monkeypatch.setattr(other, name, lambda *_, now=now: now)


@contextmanager
def _no_row_security(database: Database, databases: Databases) -> Iterator[None]:
    url = make_url(databases.server.superuser_url).set(
        drivername="postgresql", database=database.name
    )
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as owner:
        secured = owner.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'"
        ).fetchall()
        try:
            for (table,) in secured:
                owner.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
            yield
        finally:
            for (table,) in secured:
                owner.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


@contextmanager
def asked_of_the_database() -> Iterator[list[str]]:
    """Every statement as the driver gets it, without its values."""
    asked: list[str] = []
    execute = psycopg.Cursor.execute

    def listens(cursor: Any, query: Any, *given: Any, **how: Any) -> Any:
        asked.append(str(query))
        return execute(cursor, query, *given, **how)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(psycopg.Cursor, "execute", listens)
        yield asked


def test_every_part_of_a_path_is_known(world: World):
    """A new one gets an id of the neighbour's in neighbours.py, or a line in PUBLIC."""
    parts = {part for _, path, _ in world.routes for part in PART.findall(path)}

    assert parts == world.theirs.ids.keys() | PUBLIC.keys()


@pytest.mark.parametrize(("walls", "role", "every", "first"), TRIED)
def test_what_is_a_neighbours_is_as_what_is_nobodys(
    still: World, role: Role, every: int, first: int, monkeypatch: pytest.MonkeyPatch
):
    """The same answer by the same statements: neither what it says nor its time tells."""
    who, theirs = still.askers[role], still.theirs.ids_for(role)
    before = still.digests()
    faults, asked_for = [], 0
    # More refusals are recorded than of one who asks so fast, so that their statements count too.
    monkeypatch.setattr(Allowance, "take", lambda allowance, holder: every == 1)
    for method, path, operation in still.routes_with(theirs)[first::every]:
        ids = {part: theirs[part] for part in PART.findall(path) if part in theirs}
        asked_for += 1
        for last in (False, True):
            with asked_of_the_database() as of_nothing:
                nothing = still.asks(who, method, path, operation, nobodys(ids))
            with asked_of_the_database() as of_theirs:
                got = still.asks(who, method, path, operation, ids)
            if of_theirs == of_nothing:
                break
            # Once a minute a session is seen to be awake: that is gone the second time.
            if last:
                told = "\n".join(unified_diff(of_nothing, of_theirs, lineterm="", n=1))
                faults.append(f"{method} {path} asks the database otherwise:\n{told}")
        if got != nothing or got[0] >= 500 or got[0] < 300:
            faults.append(f"{method} {path}: {got[0]}, nobody's: {nothing[0]}")

    assert not faults, "\n".join(faults)
    assert asked_for > 40 / every
    assert still.digests() == before


@pytest.mark.parametrize(("walls", "role", "every", "first"), TRIED)
def test_no_list_search_count_or_export_tells_of_a_neighbour(
    still: World, role: Role, every: int, first: int
):
    who, words = still.askers[role], still.theirs.words_for(role)
    faults = []
    for method, path, operation in still.lists[first::every]:
        for asked in ("", f"?q={MARK}&municipality={still.theirs.number}"):
            status, told = still.asks(who, method, path + asked, operation, {})
            found = [word for word in words if word in told]
            if found or status >= 500:
                faults.append(f"{path}{asked}: {status} {found}")

    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("role", "examples", "every"),
    [
        (Role.MUNICIPALITY_WRITER, 1, 6),
        pytest.param(Role.MUNICIPALITY_WRITER, 1, 1, marks=pytest.mark.trial),
        *(
            pytest.param(role, 60, 1, marks=pytest.mark.soak)
            for role in (Role.MUNICIPALITY_WRITER, Role.RECEPTION_CENTRE, Role.TRAVEL_OFFICER)
        ),
    ],
)
def test_a_token_with_a_neighbours_id_in_path_query_or_body_gets_what_nobodys_gets(
    world: World, role: Role, examples: int, every: int
):
    """Requests are made from the OpenAPI document, so a new operation's are too."""
    document = world.client.app.openapi()  # type: ignore[attr-defined]
    schema = schemathesis.openapi.from_dict(document)
    sides, before = world.sides(role), world.digests()
    operations = [
        (method, path)
        for path, item in document["paths"].items()
        for method in item
        if method != "get" or PART.search(path)
    ][::every]
    compared = {
        (method, path): tried(sides, schema, method, path, examples=examples)
        for method, path in operations
    }

    ids = sides.theirs.ids_for(role).keys()
    with_ids = [one for one in operations if ids & set(PART.findall(one[1]))]
    assert len(with_ids) > 40 / every
    assert [one for one in with_ids if not compared[one]] == []
    assert world.digests() == before


def test_without_both_walls_the_neighbours_case_is_found(
    world: World, databases: Databases, monkeypatch: pytest.MonkeyPatch
):
    """The control of the check: it can fail."""
    schema = schemathesis.openapi.from_dict(world.client.app.openapi())  # type: ignore[attr-defined]
    sides = world.sides(Role.MUNICIPALITY_WRITER)
    _take_filters_away(monkeypatch)

    with _no_row_security(world.database, databases), pytest.raises(FailureGroup, match="nobody's"):
        tried(sides, schema, "get", "/api/v1/cases/{case_id}", examples=1)

    moves._locking.cache_clear()


@pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.trial)])
def test_what_is_ones_own_is_there(world: World, every: int):
    """The control: were it not, the tests above would show nothing."""
    theirs = [
        (path, operation)
        for method, path, operation in world.routes
        if method == "GET" and set(PART.findall(path)) - PUBLIC.keys()
    ][::every]

    def opens(path: str, operation: str | None) -> bool:
        return any(
            world.asks(who, "GET", path, operation, world.theirs.ids | ids)[0] == 200
            for who in world.owners
            for ids in [{}, *world.theirs.also]
        )

    assert [path for path, operation in theirs if not opens(path, operation)] == []
