"""A protected address appears nowhere: every address that can be read is asked by every role."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import count
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import insert, select
from sqlalchemy.orm import Session
from starlette.routing import BaseRoute, Route
from starlette.testclient import TestClient

from app import clock, db, signin
from app.main import create_app
from app.models import User
from app.settings import Settings
from app.worker import work
from notifications.models import Notification
from tests import factories
from tests.applications import Visitors
from tests.databases import Database, Databases
from tests.factories import NORWEGIAN
from workflow.cases import protected, registration
from workflow.cases.extract import extract
from workflow.cases.models import Case, Distribution, Person
from workflow.cases.registration import NewCase
from workflow.cases.states import Group, Protection
from workflow.kernel.actor import MUNICIPALITY, SYSTEM, Actor, Role
from workflow.kernel.outbox import OutboxMessage
from workflow.redistribution import commands as redistribution
from workflow.redistribution import withdrawal_runs
from workflow.travel.models import Booking

SECRET_NAME = "Nadia Ukjent-Adresse"
SECRET_DUF = "201912345606"
#: Who asks; the three roles of a municipality see the same cases.
PEOPLE = [
    role
    for role in NORWEGIAN
    if role not in {Role.SYSTEM, Role.MUNICIPALITY_READER, Role.MUNICIPALITY_ADMINISTRATOR}
]
LISTED = "/api/v1/cases"
LATER = factories.NOW + timedelta(days=12)


@dataclass
class World:
    """Cases whose protection came at every stage of their life, and whom to ask about them."""

    app: FastAPI
    database: Database
    here: int
    case_ids: list[UUID]
    run_id: UUID
    vacancy_id: UUID
    open_number: str = ""
    numbers: list[str] = field(default_factory=list)
    ids: dict[str, list[str]] = field(default_factory=dict)
    turns: Iterator[int] = field(default_factory=count)

    def person(self, role: Role) -> tuple[TestClient, int]:
        """Somebody signed in with the role, in the municipality or centre of the cases."""
        with db.transaction(self.database.sessions) as session:
            user_id = session.execute(
                insert(User)
                .values(
                    name=f"Test {role}",
                    role=role,
                    municipality_id=self.here if role in MUNICIPALITY else None,
                    reception_centre="Dale mottak" if role is Role.RECEPTION_CENTRE else None,
                    demo=True,
                )
                .returning(User.id)
            ).scalar_one()
            secret = signin.sign_in(session, user_id)
        client = Visitors(self.app, follow_redirects=False)
        client.cookies.set(signin.COOKIE, secret)
        return client, user_id

    def machine(self, role: Role) -> TestClient:
        with db.transaction(self.database.sessions) as session:
            token = signin.issue_token(
                session,
                name=f"machine {role}",
                role=role,
                municipality_id=self.here if role in MUNICIPALITY else None,
                reception_centre="Dale mottak" if role is Role.RECEPTION_CENTRE else None,
            )
        client = Visitors(self.app, follow_redirects=False)
        client.headers["authorization"] = f"Bearer {token}"
        return client

    def words(self) -> list[str]:
        return [SECRET_NAME, SECRET_DUF, *self.numbers, *(str(one) for one in self.case_ids)]


@pytest.fixture(scope="module")
def world(databases: Databases) -> Iterator[World]:
    with databases.fresh(connections=6) as database:
        with db.transaction(database.sessions) as session:
            here, case_ids = _lives(session)
            run = withdrawal_runs.preview(
                session,
                before=LATER.date(),
                reason="Innreise er ikke mulig",
                legal_ground="conditions_failed",
                actor=factories.lead(),
                at=LATER,
            )
            vacancy_id = factories.a_vacancy(session, here)
            for case_id in case_ids:
                protected.protect(
                    session,
                    case_id,
                    Protection.STRICTLY_CONFIDENTIAL,
                    reason="Kode 6",
                    actor=factories.lead(),
                    at=LATER,
                )
            case_ids.append(_born_protected(session))
            clock.set_clock(session, LATER)
            run_id = run.id
        work(database.sessions, Settings(database_url=database.url, demo=True))
        app = create_app(Settings(database_url=database.url, demo=True))
        made = World(app, database, here, case_ids, run_id, vacancy_id)
        _look_up(made)
        yield made
        app.state.engine.dispose()


def _lives(session: Session) -> tuple[int, list[UUID]]:
    here = factories.a_municipality(session, number="5006", name="Steinkjer", decided=60)

    def a_case(**given) -> UUID:
        return factories.a_case(session, name=SECRET_NAME, **given)

    registered, asked, accepted, placed = (
        a_case(duf_number=SECRET_DUF),
        a_case(),
        a_case(),
        a_case(),
    )
    travels, withdrawn = a_case(), a_case()
    centre = a_case(group=Group.RECEPTION_CENTRE, entry=None, reception_centre="Dale mottak")
    factories.asked(session, asked, here)
    factories.accepted(session, accepted, here)
    factories.placed(session, placed, here)
    factories.booked(session, travels, here)
    factories.asked(session, withdrawn, here)
    redistribution.withdraw(
        session,
        withdrawn,
        reason="Innreise er ikke mulig",
        legal_ground=None,
        actor=factories.officer(),
        at=factories.NOW + timedelta(days=3),
    )
    factories.placed(session, centre, here)
    factories.placed(session, factories.a_case(session), here)  # an open one beside them
    return here, [registered, asked, accepted, placed, travels, withdrawn, centre]


def _born_protected(session: Session) -> UUID:
    case_id, _ = registration.register(
        session,
        NewCase(
            group=Group.RESETTLEMENT,
            persons=[factories.a_person(name=SECRET_NAME)],
            entry=factories.ENTRY,
            address_protection=Protection.CONFIDENTIAL,
        ),
        actor=factories.officer(),
        at=LATER,
    )
    return case_id


def _look_up(world: World) -> None:
    with db.reading(world.database.sessions) as session:
        world.numbers = list(
            session.scalars(select(Case.case_number).where(Case.id.in_(world.case_ids)))
        )
        world.open_number = session.scalars(
            select(Case.case_number).where(Case.id.not_in(world.case_ids))
        ).one()
        mine = {
            "case_id": select(Case.id).where(Case.id.in_(world.case_ids)),
            "person_id": select(Person.id).where(Person.case_id.in_(world.case_ids)),
            "booking_id": select(Booking.id).where(Booking.case_id.in_(world.case_ids)),
            "distribution_id": select(Distribution.id).where(
                Distribution.case_id.in_(world.case_ids)
            ),
        }
        world.ids = {name: [str(one) for one in session.scalars(of)] for name, of in mine.items()}


#: What stands in an address and is nobody's.
def _public(world: World) -> dict[str, str]:
    return {
        "number": "5006",
        "municipality_number": "5006",
        "year": "2020",
        "run_id": str(world.run_id),
        "vacancy_id": str(world.vacancy_id),
        "code": "places.none_free",
        "week": "2020-W24",
        "name": "app.css",
        "path": "app.css",
        "provider": "demo",
        "airport": "TRD",
        "language": "nb",
        "rule": "persons",
    }


def _every_get(app: FastAPI) -> Iterator[str]:
    """Every address that can be read, from the routes themselves."""

    def walk(routes: list[BaseRoute], before: str) -> Iterator[str]:
        for route in routes:
            if isinstance(route, Route) and "GET" in (route.methods or ()):
                yield before + route.path
            elif (inner := getattr(route, "original_router", None)) is not None:
                yield from walk(inner.routes, before + route.include_context.prefix)

    yield from walk(list(app.routes), "")


_PARAMETER = re.compile(r"\{(\w+)(?::\w+)?\}")


def _addresses(world: World) -> Iterator[tuple[str, bool]]:
    """Every address, and whether it is of a protected case."""
    public = _public(world)
    for path in _every_get(world.app):
        names = _PARAMETER.findall(path)
        secret = [name for name in names if name in world.ids]
        unknown = [name for name in names if name not in world.ids and name not in public]
        if unknown and not secret:
            if path.startswith(("/static", "/docs")) or "sid" in unknown:
                continue
            yield _PARAMETER.sub("1", path), False
            continue
        plain = _PARAMETER.sub(lambda found: public.get(found[1], found[0]), path)
        if not secret:
            yield plain, False
            continue
        # One address for each of them would take minutes; which one it is goes round.
        yield _PARAMETER.sub(partial(_one, world.ids, next(world.turns)), plain), True


def _one(ids: dict[str, list[str]], turn: int, found: re.Match[str]) -> str:
    return ids[found[1]][turn % len(ids[found[1]])]


#: A list that tells of the open case, by API and as a page: each walk passes them.
_LISTS = (LISTED, "/saker")


def _must_be_silent(
    world: World, client: TestClient, who: str, every: int = 1, first: int = 0
) -> int:
    """Asks one address of so many."""
    asked = 0
    open_ones = set()
    walk = list(_addresses(world))
    for path, of_protected in [one for one in walk if one[0] in _LISTS] + walk[first::every]:
        answer = client.get(path)
        asked += 1
        if of_protected:
            assert answer.status_code in {403, 404, 303, 401}, (who, path, answer.status_code)
        told = answer.text
        if world.open_number in told:
            open_ones.add(path)
        for word in world.words():
            if word not in path:
                assert word not in told, (who, path, word)
    # It would have been told: the open case beside them is, to all who have cases.
    assert open_ones or who.endswith(("administrator", "reception_centre")), who
    return asked


#: In the trials each asks a third of the addresses, and one all of them; in the soak all ask all.
THIRDS = 3


def _walks(roles: list[Role], whole: Role) -> list[object]:
    others = [role for role in roles if role is not whole]
    return [
        *(
            pytest.param(role, THIRDS, turn % THIRDS, marks=pytest.mark.trial)
            for turn, role in enumerate(others)
        ),
        pytest.param(whole, 1, 0, marks=pytest.mark.trial),
        *(pytest.param(role, 1, 0, marks=pytest.mark.soak) for role in others),
    ]


@pytest.mark.parametrize(("role", "every", "first"), _walks(PEOPLE, Role.LEAD))
def test_no_token_reads_anything_of_a_protected_case_at_any_address(
    world: World, role, every, first
):
    asked = _must_be_silent(world, world.machine(role), f"token {role}", every, first)

    assert asked > 60 / every


@pytest.mark.parametrize(
    ("role", "every", "first"),
    _walks([role for role in PEOPLE if role is not Role.LEAD], Role.MUNICIPALITY_WRITER),
)
def test_nobody_unnamed_reads_anything_of_a_protected_case_at_any_address(
    world: World, role, every, first
):
    client, _ = world.person(role)

    asked = _must_be_silent(world, client, f"person {role}", every, first)

    assert asked > 60 / every


@pytest.mark.trial
@pytest.mark.parametrize("role", PEOPLE)
def test_search_finds_no_protected_case(world: World, role):
    client, _ = world.person(role)
    own = world.machine(role)

    for q in (SECRET_NAME, SECRET_DUF, "2020-"):
        asked = {"q": q}
        for answer in (client.get("/saker", params=asked), own.get(LISTED, params=asked)):
            for number in world.numbers:
                assert number not in answer.text


@pytest.mark.trial
def test_the_export_of_cases_leaves_protected_ones_out(world: World):
    with db.reading(world.database.sessions) as session:
        told = [line.case_number for line in extract(session, year=None, actor=SYSTEM)]

    assert len(told) == 1
    assert not {*told} & {*world.numbers}


@pytest.mark.trial
def test_no_office_was_told_of_what_happened_since_it_is_protected(world: World):
    with db.reading(world.database.sessions) as session:
        events = session.scalars(
            select(OutboxMessage.id).where(OutboxMessage.case_id.in_(world.case_ids))
        ).all()
        told = session.scalars(
            select(Notification.id).where(Notification.case_id.in_(world.case_ids))
        ).all()

    assert events
    assert not told


@pytest.mark.trial
def test_numbers_of_the_municipality_are_those_of_its_open_cases(world: World):
    line = world.machine(Role.LEAD).get("/api/v1/municipalities/5006", params={"year": 2020}).json()

    assert (line["held"], line["settled"], line["free"]) == (2, 0, 58)


@pytest.mark.trial
def test_who_is_named_opens_the_case_and_nobody_else_of_the_office_does(world: World):
    named, user_id = world.person(Role.CASE_OFFICER)
    other, _ = world.person(Role.CASE_OFFICER)
    case_id = world.case_ids[3]
    lead = Actor("Liv Leder", Role.LEAD, user_id=987_654)
    with db.transaction(world.database.sessions) as session:
        grant = protected.name_person(
            session, case_id, user_id, reason="Følger saken", actor=lead, at=LATER
        )

    path = f"/api/v1/cases/{case_id}"
    asked = {"purpose": "follow_up"}
    try:
        assert named.get(path, params=asked).json()["persons"][0]["name"] == SECRET_NAME
        assert other.get(path, params=asked).status_code == 404
        # Not even who may open it finds it in a list.
        assert world.numbers[3] not in named.get("/saker").text
    finally:
        with db.transaction(world.database.sessions) as session:
            protected.end_access(session, grant, reason="Ferdig", actor=lead, at=LATER)
    assert named.get(path, params=asked).status_code == 404
