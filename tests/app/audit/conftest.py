"""A register with audit chains of every length, anchored, and one who may do everything in it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import NullPool, create_engine, make_url
from sqlalchemy.orm import Session

from app.audit import anchors, verify
from app.db import Sessions, transaction
from tests.app.audit.tampering import MUTATIONS
from tests.databases import Database, Databases
from tests.factories import NOW, a_case, a_municipality, asked, lead, officer, placed
from workflow.cases import measures
from workflow.cases.states import Group
from workflow.redistribution import commands as redistribution

KEY = Ed25519PrivateKey.from_private_bytes(b"a key of the tests, 32 bytes it.")
TRUSTED = frozenset([KEY.public_key().public_bytes_raw()])


def lives(sessions: Sessions, cases: int) -> None:
    """Cases with some steps each, some with reasons."""
    with transaction(sessions) as session:
        here = a_municipality(session, decided=500)
        for number in range(cases):
            case = a_case(session)
            if number % 4 == 1:
                asked(session, case, here)
            elif number % 4 == 2:
                placed(session, case, here)
            elif number % 4 == 3:
                asked(session, case, here)
                redistribution.withdraw(
                    session, case, reason="Stopp", legal_ground=None, actor=officer(), at=NOW
                )
        measures.start(
            session,
            group=Group.PRIVATE,
            reason="Smittevern",
            from_on=NOW.date(),
            until_on=None,
            actor=lead(),
            at=NOW,
        )


def anchored(sessions: Sessions, folder: Path) -> anchors.Anchor:
    with transaction(sessions) as session:
        made = anchors.make(session, KEY)
    anchors.export_all(sessions, folder)
    return made


@dataclass(frozen=True)
class Audited:
    """Anchored chains, and the superuser's own connection to them."""

    database: Database
    folder: Path
    superuser: Any

    def faults(self, **but: Any) -> list[verify.Fault]:
        wanted = {"trusted": TRUSTED, "folder": self.folder} | but
        return list(verify.verify(self.database.sessions, **wanted))

    def found_after(self, kind: str, seed: int) -> tuple[str, list[verify.Fault]]:
        """Tamper once, check, and take it back."""
        with self.superuser.connect() as connection, Session(connection) as session:
            session.connection()
            driver: psycopg.Connection[Any] = connection.connection.driver_connection
            driver.execute("SET LOCAL session_replication_role = replica")
            with driver.cursor() as cursor:
                what = MUTATIONS[kind](cursor, random.Random(seed))
            found = list(
                verify.verify_in(
                    session, trusted=TRUSTED, folder=self.folder, checked=verify.Checked()
                )
            )
            session.rollback()
        return what, found


@pytest.fixture(scope="module")
def audited(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audited]:
    folder = tmp_path_factory.mktemp("anchors")
    with databases.fresh(connections=3) as database:
        lives(database.sessions, 6)
        anchored(database.sessions, folder)
        lives(database.sessions, 6)
        anchored(database.sessions, folder)
        anchored(database.sessions, folder)  # nothing has moved
        name = make_url(database.url).database
        url = make_url(databases.server.superuser_url).set(database=name)
        superuser = create_engine(url, poolclass=NullPool)
        yield Audited(database, folder, superuser)
