"""A site to visit: the whole application over a database of the module's own, and its readers."""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx import Response
from sqlalchemy import insert
from sqlalchemy.orm import Session

from app import clock, db, languages, signin
from app.main import create_app
from app.models import User
from app.settings import Settings
from tests import factories
from tests.app.pages import structure
from tests.applications import Visitors, over
from tests.databases import Database, Databases
from workflow.cases import commands, entry
from workflow.cases.entry import Entry
from workflow.cases.models import Case
from workflow.cases.states import CaseState, EntryStatus, Group
from workflow.kernel.actor import MUNICIPALITY, Actor, Role
from workflow.redistribution import commands as redistribution

#: Nobody but those who may see names may read this anywhere.
SECRET_NAME = "Yusra Hemmelig-Navn"
SECRET_DUF = "201912345606"
#: How long ago the cases were registered.
SINCE = timedelta(days=12)
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Visitor:
    """A browser signed in as somebody (or nobody); it follows no redirects by itself."""

    def __init__(self, app: FastAPI, secret: str | None = None) -> None:
        self.client = Visitors(app, follow_redirects=False)
        if secret is not None:
            self.client.cookies.set(signin.COOKIE, secret)

    def speaking(self, language: str) -> "Visitor":
        self.client.cookies.set(languages.COOKIE, language)
        return self

    def get(self, path: str, **parameters):
        answer = self.client.get(path, params=parameters or None)
        _look_at(path, answer)
        return answer

    def text(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("location"))
        return answer.text

    def send(self, path: str, data: dict | None = None, *, page: str = "/hjelp"):
        """Post a form with the token that stands on a page."""
        found = _TOKEN.search(self.get(page).text)
        assert found is not None, page
        answer = self.client.post(path, data={"csrf_token": found[1], **(data or {})})
        _look_at(path, answer)
        return answer


#: Addresses without their ids and questions of pages that have been looked at, with the status.
_looked_at: set[tuple[str, int]] = set()
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")


def _look_at(path: str, answer: Response) -> None:
    """Each page once, and once as it refuses: whoever does not see it must find the way in it."""
    kind = (_ID.sub("-", path.partition("?")[0]), answer.status_code)
    if "<!doctype" in answer.text[:99] and kind not in _looked_at:
        _looked_at.add(kind)
        assert structure.faults(answer.text) == [], (path, answer.status_code)


@dataclass
class Site:
    """What stands in the database, by name."""

    app: FastAPI
    database: Database
    municipalities: dict[str, int]
    cases: dict[str, UUID]

    def visit(self, role: Role | None = None, municipality: str = "Steinkjer") -> Visitor:
        """A reader with a role; those of a municipality work in the one named."""
        if role is None:
            return Visitor(self.app)
        with db.transaction(self.database.sessions) as session:
            user = session.execute(
                insert(User)
                .values(
                    name=f"Test {role}",
                    title="Prøver seg fram",
                    role=role,
                    municipality_id=self.municipalities[municipality]
                    if role in MUNICIPALITY
                    else None,
                    reception_centre="Dale mottak" if role is Role.RECEPTION_CENTRE else None,
                    demo=True,
                )
                .returning(User.id)
            ).scalar_one()
            secret = signin.sign_in(session, user)
        return Visitor(self.app, secret)

    def reading(self) -> AbstractContextManager[Session]:
        return db.reading(self.database.sessions)

    def version(self, case: str) -> int:
        with self.reading() as session:
            return session.get_one(Case, self.cases[case]).version

    def state(self, case: str) -> CaseState:
        with self.reading() as session:
            return session.get_one(Case, self.cases[case]).state

    @staticmethod
    def officer() -> Actor:
        return factories.officer()

    @property
    def today(self) -> date:
        return (factories.NOW + SINCE).date()


@pytest.fixture(scope="session")
def one_app() -> FastAPI:
    """For the sites of all modules, one after the other."""
    return create_app(Settings(database_url="postgresql+psycopg://nobody@/nothing", demo=True))


@pytest.fixture(scope="session")
def furnished(databases: Databases, one_app: FastAPI) -> Iterator[Site]:
    """What every site is a copy of; nobody visits it."""
    with databases.fresh(connections=1) as database:
        with db.transaction(database.sessions) as session:
            municipalities = _municipalities(session)
            cases = _cases(session, municipalities)
            clock.set_clock(session, factories.NOW + SINCE)
        # What somebody is connected to cannot be copied.
        database.engine.dispose()
        yield Site(one_app, database, municipalities, cases)


@pytest.fixture(scope="module")
def site(databases: Databases, furnished: Site) -> Iterator[Site]:
    """Municipalities and a case in every state; it is SINCE after factories.NOW."""
    app = furnished.app
    with (
        databases.fresh(template=furnished.database.name, connections=12) as database,
        over(app, database),
    ):
        yield Site(app, database, dict(furnished.municipalities), dict(furnished.cases))


def _municipalities(session: Session) -> dict[str, int]:
    return {
        "Steinkjer": factories.a_municipality(session, number="5006", name="Steinkjer", decided=40),
        "Guovdageaidnu": factories.a_municipality(
            session,
            number="5430",
            name="Kautokeino",
            sami_name="Guovdageaidnu",
            county="Troms og Finnmark",
            decided=20,
        ),
        "Oslo": factories.a_municipality(
            session, number="0301", name="Oslo", county="Oslo", decided=100
        ),
        "Tinn": factories.a_municipality(
            session, number="3818", name="Tinn", county="Vestfold og Telemark"
        ),
    }


def _cases(session: Session, municipalities: dict[str, int]) -> dict[str, UUID]:
    """A case in every state, by the name of the state and some more."""
    here = municipalities["Steinkjer"]
    unknown = Entry(EntryStatus.UNKNOWN, source="UDI")

    def a_case(**given) -> UUID:
        return factories.a_case(session, name=SECRET_NAME, **given)

    cases = {
        "registered": a_case(),
        "not_ready": a_case(entry=unknown),
        "distributed": a_case(duf_number=SECRET_DUF),
        "accepted": a_case(),
        "accepted_too": a_case(),
        "placed": a_case(),
        "travel_booked": a_case(),
        "declined": a_case(),
        "withdrawn": a_case(),
        "track_b": a_case(),
        "waiting": a_case(),
        "centre": a_case(group=Group.RECEPTION_CENTRE, entry=None, reception_centre="Dale mottak"),
    }
    factories.asked(session, cases["distributed"], here)
    factories.accepted(session, cases["accepted"], here)
    factories.accepted(session, cases["accepted_too"], here)
    factories.placed(session, cases["placed"], here)
    factories.booked(session, cases["travel_booked"], here)
    factories.asked(session, cases["declined"], municipalities["Oslo"])
    commands.decline(
        session,
        cases["declined"],
        reason_code="no_housing",
        text="Ingen ledige boliger",
        actor=factories.writer(municipalities["Oslo"]),
        at=factories.NOW + timedelta(days=1),
    )
    for name in ("withdrawn", "track_b", "waiting"):
        factories.asked(session, cases[name], here)
        if name != "withdrawn":
            _entry(session, cases[name], unknown, after=timedelta(days=2))
        redistribution.withdraw(
            session,
            cases[name],
            reason="Innreise er ikke mulig nå",
            legal_ground=None,
            actor=factories.officer(),
            at=factories.NOW + timedelta(days=3),
        )
    _entry(session, cases["track_b"], factories.ENTRY, after=timedelta(days=4))
    factories.placed(session, cases["centre"], here)
    return cases


def _entry(session: Session, case_id: UUID, known: Entry, *, after: timedelta) -> None:
    entry.record_entry(
        session,
        case_id,
        known,
        person_ids=None,
        actor=factories.udi(),
        at=factories.NOW + after,
    )
