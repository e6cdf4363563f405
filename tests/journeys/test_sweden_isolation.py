"""In a Swedish deployment, too, what is a neighbour's does not exist, and small numbers are hidden.

Every route, page or API, as a municipality, a county's board and who has no part in it; as it is,
without the application's own filters, and without the database's row security.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert, select, true

from app.clock import machine_time, request_time
from app.db import transaction
from app.main import create_app
from app.models import SignIn, User
from app.settings import Settings
from app.signin import sign_in
from app.webhooks import queries as webhooks
from tests import swedish
from tests.accommodation import a_plan, accommodation_of, signed
from tests.databases import Database, Databases
from tests.journeys import stages_of_webhooks
from tests.journeys.all_stages import SWEDISH as STAGES
from tests.journeys.client import Clock
from tests.journeys.neighbours import Asker, routes
from tests.journeys.stages_of_webhooks import a_webhook_of
from tests.journeys.test_isolation import OF_EACH_REQUEST, PART, _no_row_security
from tests.swedish import HOLDS, NOW, TOLD, a_run, agency, board, counted, sweden, writer
from workflow.accommodation import inventory, lines, objects, occupancy, offers
from workflow.accommodation import signed as signed_queries
from workflow.allocation import access, counts, excess, runs, statistics, swaps, targets
from workflow.allocation.states import VersionKind
from workflow.dialogue import log
from workflow.dialogue.log import NewEntry
from workflow.dialogue.states import ContactChannel, Party
from workflow.kernel.actor import MUNICIPALITY, Role
from workflow.kernel.country import Country
from workflow.reports import reading, reports
from workflow.reports.reports import NewReport
from workflow.reports.states import ReportKind

THEN = NOW + timedelta(days=20)
MARK = "Grannens hemlighet"
#: A number of people that stands nowhere but in the neighbour's small cells.
OURS, THEIRS, COUNTY = "1780", "1880", "17"
#: Parts of a path that say nothing of whose it is.
OPEN = {
    "number": THEIRS,
    "year": "2022",
    "county": "18",
    "code": "swap.too_large",
    "key_id": "1",
    "statistics_id": "1",
    "target_version_id": "1",
    "user_id": "2000000001",
    "delegation_id": "2000000001",
    "session_id": "2000000001",
    "token_id": "2000000001",
    "saved_view_id": "2000000001",
    "notice_id": "2000000001",
    "recipient_id": "2000000001",
    "delivery_id": "2000000001",
    "name": "nobody",
    "action": "targets",
}
#: Parts of a path that are somebody's.
SOMEBODYS = frozenset(
    {"target_swap_id", "dialogue_entry_id", "accommodation_id", "accommodation_offer_id"}
    | {"accommodation_contract_id", "call_off_id", "inventory_id", "inventory_row_id"}
    | {"procurement_plan_id", "approval_id", "webhook_id", "webhook_delivery_id"}
)
ASKERS = (Role.MUNICIPALITY_WRITER, Role.COUNTY_BOARD, Role.ADMINISTRATOR)
AS_IT_IS, NO_FILTERS, NO_ROW_SECURITY = "as is", "without filters", "without row security"
INLINE = re.compile(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


@dataclass
class World:
    client: TestClient
    database: Database
    askers: dict[Role, Asker]
    ids: dict[str, Any]
    bodies: dict[str, Any] = field(default_factory=dict)

    @property
    def routes(self) -> list[tuple[str, str, str | None]]:
        return [
            (method, path, route.operation_id)
            for route, path in routes(self.client.app.routes)  # type: ignore[attr-defined]
            for method in sorted(route.methods - {"HEAD"})
        ]

    def asks(
        self, who: Asker, method: str, path: str, operation: str | None, ids: dict[str, Any]
    ) -> tuple[int, str]:
        address = path.format(**(OPEN | self.ids | ids))
        answer = who.ask(method, address, self.bodies.get(operation or ""))
        told = answer.text.replace(address, path).replace(quote(address, safe=""), path)
        return answer.status_code, OF_EACH_REQUEST.sub("", told)


@pytest.fixture(scope="module")
def world(databases: Databases) -> Iterator[World]:
    with databases.fresh(connections=2) as database:
        with transaction(database.sessions) as session:
            ids = sweden(session)
            run = a_run(session)
            _things_of_neighbours(session, ids)
            swap = _swap(session, ids)
            entry = _entry(session, ids)
            acquired = accommodation_of(session, THEIRS, MARK, at=THEN)
            signed(session, OURS, beds=5)
            acquired |= a_plan(session, title=MARK)
            report = _report(session)
            acquired |= a_webhook_of(session, board("18"))
            acquired |= {"approval_id": swedish.a_decision_waits(session, THEIRS, MARK)}
        app = create_app(
            Settings(
                database_url=database.url,
                thread_limit=4,
                tries_at_once=10_000,
                country=Country.SWEDEN,
            )
        )
        app.dependency_overrides[request_time] = Clock(THEN)
        with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
            with transaction(database.sessions) as session:
                askers = {role: _asker(session, client, role, ids) for role in (*ASKERS, *READERS)}
            theirs = {"target_swap_id": swap, "dialogue_entry_id": entry, "report_id": report}
            theirs |= acquired
            made = World(client, database, askers, {**theirs, "key_run_id": run})
            with transaction(database.sessions) as session:
                made.bodies = {
                    name: make(session).body
                    for name, make in (STAGES | stages_of_webhooks.STAGES).items()
                    if SOMEBODYS & set(PART.findall(_path(made, name)))
                    or "dialogue" in _path(made, name)
                }
            yield made


READERS = (Role.MIGRATION_OFFICER, Role.COUNTY_COORDINATOR, Role.AUDITOR)


def _path(world: World, operation: str) -> str:
    return next((path for _, path, name in world.routes if name == operation), "")


def _things_of_neighbours(session: Any, ids: dict[str, int]) -> None:
    numbers = {ids[number]: 40 for number in ("1780", "1784", "1880", "1882", "1884")}
    first = targets.Decision(VersionKind.FIRST, TOLD, HOLDS)
    targets.decide(session, 2022, numbers, first, actor=agency(), at=NOW)
    counted(
        session,
        {"1780": 41, "1784": 20, "1880": 43, "1882": 3, "1884": 3, "1883": 977},
        own={"1880": 2, "1882": 2, "1780": 9},
    )
    for number in ("1780", "1880"):
        reason = MARK if number == THEIRS else "Vårt"
        excess.explain_count(session, 2022, ids[number], reason=reason, actor=agency(), at=NOW)


def _swap(session: Any, ids: dict[str, int]) -> UUID:
    return swaps.propose(
        session,
        year=2022,
        giver_id=ids["1880"],
        taker_id=ids["1882"],
        persons=3,
        reason=MARK,
        actor=writer(ids["1882"]),
        at=NOW,
    )


def _entry(session: Any, ids: dict[str, int]) -> UUID:
    new = NewEntry(
        held_on=NOW.date(),
        party=Party.MUNICIPALITY,
        channel=ContactChannel.MEETING,
        participants=MARK,
        proposal=MARK,
        municipality_id=ids[THEIRS],
        follow_up_on=NOW.date(),
    )
    return log.write(session, new, actor=agency(), at=NOW)


def _report(session: Any) -> UUID:
    """Örebro county's part of it says something."""
    new = NewReport(ReportKind.INTERIM, "Delredovisning", 2022, NOW.date(), "Regeringskansliet")
    made = reports.draft(session, new, actor=agency(), at=NOW)
    part = reading.part(session, made, "18", actor=agency())
    who = board("18")
    reports.sign(session, made, "18", MARK, sha256=part.sha256, actor=who, at=NOW)
    return made


def _asker(session: Any, client: TestClient, role: Role, ids: dict[str, int]) -> Asker:
    county = {Role.COUNTY_BOARD: COUNTY, Role.COUNTY_COORDINATOR: "01"}.get(role)
    user = session.execute(
        insert(User)
        .values(
            name=f"Vår {role}",
            role=role,
            municipality_id=ids[OURS] if role in MUNICIPALITY else None,
            county=county,
        )
        .returning(User.id)
    ).scalar_one()
    secret = sign_in(session, user, at=machine_time())
    csrf = session.scalars(select(SignIn.csrf).where(SignIn.user_id == user)).one()
    return Asker(role, client, secret, csrf)


@contextmanager
def with_walls(walls: str, world: World, databases: Databases, monkeypatch: Any) -> Iterator[None]:
    if walls == NO_FILTERS:
        for module, name in (
            *((module, "in_full") for module in (access, statistics, runs, counts, excess)),
            *((module, "in_full") for module in (objects, lines, signed_queries, occupancy)),
            (offers, "offers_of"),
            *((webhooks, name) for name in ("own", "_own_events")),
            *((inventory, name) for name in ("inventories_of", "_rows_of")),
            *((module, "_visible") for module in (swaps, log)),
            *((reading, name) for name in ("visible", "own_parts")),
        ):
            monkeypatch.setattr(module, name, lambda *_: true())
    if walls == NO_ROW_SECURITY:
        with _no_row_security(world.database, databases):
            yield
    else:
        yield


WALLS = pytest.mark.parametrize("walls", [AS_IT_IS, NO_FILTERS, NO_ROW_SECURITY])
#: What is tried every time, and what in the trials; `make soak` tries all of it.
WHEN: dict[tuple[str, Role], tuple[pytest.MarkDecorator, ...]] = {
    (AS_IT_IS, Role.MUNICIPALITY_WRITER): (),
    (AS_IT_IS, Role.COUNTY_BOARD): (pytest.mark.trial,),
    (NO_FILTERS, Role.MUNICIPALITY_WRITER): (pytest.mark.trial,),
    (NO_ROW_SECURITY, Role.COUNTY_BOARD): (pytest.mark.trial,),
}
TRIED = pytest.mark.parametrize(
    ("walls", "role"),
    [
        pytest.param(walls, role, marks=WHEN.get((walls, role), (pytest.mark.soak,)))
        for walls in (AS_IT_IS, NO_FILTERS, NO_ROW_SECURITY)
        for role in ASKERS
    ],
)


def test_every_part_of_a_path_is_known(world: World):
    parts = {part for _, path, _ in world.routes for part in PART.findall(path)}

    assert parts - OPEN.keys() == {
        *(SOMEBODYS | {"key_run_id", "report_id"}),
    }


def _nobodys(part: str) -> Any:
    return 2_000_000_001 if part.startswith(("inventory", "webhook_d")) else uuid4()


def deep(request: pytest.FixtureRequest) -> bool:
    return "soak" in (request.config.option.markexpr or "").replace("not soak", "")


@TRIED
def test_what_is_a_neighbours_is_as_what_is_nobodys(
    world: World, databases: Databases, monkeypatch: pytest.MonkeyPatch, walls: str, role: Role
):
    who, faults, asked = world.askers[role], [], 0
    with with_walls(walls, world, databases, monkeypatch):
        for method, path, operation in world.routes:
            named = SOMEBODYS & set(PART.findall(path))
            if not named:
                continue
            asked += 1
            nothing = world.asks(
                who, method, path, operation, {name: _nobodys(name) for name in named}
            )
            got = world.asks(who, method, path, operation, {})
            if got != nothing or not 300 <= got[0] < 500:
                faults.append(f"{method} {path}: {got[0]} {nothing[0]}")

    assert asked >= 24
    assert not faults, "\n".join(faults)


@TRIED
def test_no_list_page_or_file_tells_of_a_neighbour(
    world: World,
    databases: Databases,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    walls: str,
    role: Role,
):
    who, faults = world.askers[role], []
    # One of them looks at every list, the others each at some; `make soak` at all.
    every = 1 if (walls, role) == (AS_IT_IS, Role.MUNICIPALITY_WRITER) or deep(request) else 4
    with with_walls(walls, world, databases, monkeypatch):
        for method, path, operation in world.routes[::every]:
            parts = set(PART.findall(path))
            if method != "GET" or parts & SOMEBODYS:
                continue
            asked = f"?ar=2022&lan=18&county=18&municipality={THEIRS}"
            for query in ("", asked) if deep(request) else (asked,):
                status, told = world.asks(who, method, path + query, operation, {})
                if MARK in told or status >= 500 or INLINE.search(told):
                    faults.append(f"{path}{query}: {status}")

    assert not faults, "\n".join(faults)


@WALLS
def test_small_numbers_of_others_are_hidden_and_cannot_be_reckoned(
    world: World, databases: Databases, monkeypatch: pytest.MonkeyPatch, walls: str
):
    """Askersund and Nora have three each: one more of Örebro's is hidden with them."""
    who = world.askers[Role.MUNICIPALITY_WRITER]
    with with_walls(walls, world, databases, monkeypatch):
        got = who.ask("GET", "/api/v1/targets/2022").json()

    seen = {one["municipality"]["number"]: one["in_the_number"] for one in got["municipalities"]}
    assert seen["1780"] == 41
    assert seen["1882"] is None
    assert seen["1884"] is None
    inside = [number for number in seen if number.startswith("18")]
    assert sum(seen[number] is None for number in inside) >= 3
    county = next(one for one in got["counties"] if one["code"] == "18")
    assert county["in_the_number"] == 43 + 3 + 3 + 977
    assert got["country"]["in_the_number"] == 41 + 20 + 43 + 3 + 3 + 977


@pytest.mark.parametrize("role", READERS)
def test_who_reads_all_reads_it_and_what_is_ones_own_is_there(world: World, role: Role):
    """The control: were it not, the tests above would show nothing."""
    who = world.askers[role]
    swap, entry = world.ids["target_swap_id"], world.ids["dialogue_entry_id"]

    report = f"/redovisning/{world.ids['report_id']}"
    house, contract = world.ids["accommodation_id"], world.ids["accommodation_contract_id"]
    addresses = (
        *(f"/omfordelning/{swap}", f"/dialog/{entry}", f"/api/v1/target-swaps/{swap}"),
        *(f"/api/v1/accommodation/{house}", f"/api/v1/accommodation-contracts/{contract}"),
    )
    for address in (*addresses, report):
        answer = who.ask("GET", address)
        assert answer.status_code == 200, address
        assert MARK in answer.text, address
    got = who.ask("GET", "/api/v1/targets/2022").json()
    numbers = {one["municipality"]["number"]: one for one in got["municipalities"]}
    assert numbers["1882"]["in_the_number"] == 3
    assert numbers["1880"]["excess_reason"] == MARK


def test_every_page_opens_for_whom_it_is(world: World):
    """What a role finds in its menu, and what hangs below it."""
    for role, who in world.askers.items():
        home = who.ask("GET", "/")
        assert home.status_code == 303
        page = who.ask("GET", home.headers["location"])
        assert page.status_code == 200, (role, home.headers["location"])
        assert 'lang="sv"' in page.text
        for href in set(re.findall(r'<li>\s*<a href="(/[^"]*)"', page.text)):
            answer = who.ask("GET", href.replace("&amp;", "&"))
            assert answer.status_code == 200, (role, href, answer.text[:300])
            assert not INLINE.search(answer.text), href


def test_the_norwegian_part_is_not_there(world: World):
    who = world.askers[Role.MIGRATION_OFFICER]

    for address in ("/saker", "/kommuner", "/omgjoring", "/api/v1/cases", "/api/v1/rules"):
        assert who.ask("GET", address).status_code == 404, address


def test_without_both_walls_the_neighbours_swap_is_found(
    world: World, databases: Databases, monkeypatch: pytest.MonkeyPatch
):
    """The control of the check: it can fail."""
    monkeypatch.setattr(swaps, "_visible", lambda *_: true())
    who = world.askers[Role.MUNICIPALITY_WRITER]

    with _no_row_security(world.database, databases):
        answer = who.ask("GET", f"/omfordelning/{world.ids['target_swap_id']}")

    assert answer.status_code == 200
    assert MARK in answer.text
