"""A place people sign in to with Ansattporten, and browsers to do it with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI
from joserfc.jwk import RSAKey
from sqlalchemy import select, update
from starlette.testclient import TestClient

from app.db import reading, transaction
from app.main import create_app
from app.models import SignIn, User
from app.settings import Settings
from app.signin.oidc import IdentityProvider
from tests import factories
from tests.app.signin.ansattporten import Ansattporten, Person, new_key
from tests.applications import Visitors
from tests.databases import Database, Databases
from workflow.municipalities.models import Municipality

HOME = "https://bosetting.test"
SECRET = "the key of a deployment that only tests know"
STEINKJER, OSLO = "840029212", "958935420"

FILE = """
[kommune]
kind = "ansattporten"
title = "Ansattporten"
office = "municipality"
issuer = "https://ansattporten.test"
client_id = "bosetting-client"
authentication = "private_key_jwt"
secret_file = "{key}"
key_id = "ours"
acr = ["substantial", "high"]
roles = {{ bosetting-svare = "municipality_writer", bosetting-lese = "municipality_reader" }}
"""


COOKIE = "__Host-bosetting_session"


def a_writer(pid: str, organisation: str = STEINKJER) -> Person:
    return Person(pid, rights={"bosetting-svare": organisation})


def is_in(browser) -> bool:
    return browser.get("/profil").status_code == 200


def code_of(answer) -> str:
    """The code of the refusal on a page."""
    return answer.text.split("<code>")[1].split("</code>")[0]


@dataclass
class House:
    """The application, its database and the provider beside it."""

    app: FastAPI
    database: Database
    provider: Ansattporten
    key: RSAKey

    def browser(self) -> TestClient:
        return Visitors(self.app, base_url=HOME, follow_redirects=False)

    def go_there(self, browser: TestClient, onward: str = "/profil") -> str:
        """Choose Ansattporten; the address the browser is sent to."""
        answer = browser.get("/logg-inn/kommune", params={"videre": onward})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def sign_in(self, browser: TestClient, person: Person, **options):
        """All the way; the last answer."""
        back = self.provider.authorize(self.go_there(browser), person, **options)
        return browser.get(back)

    def users(self) -> list[User]:
        with reading(self.database.sessions) as session:
            return list(session.scalars(select(User).order_by(User.id)))

    def sessions(self) -> list[SignIn]:
        with reading(self.database.sessions) as session:
            return list(session.scalars(select(SignIn).order_by(SignIn.id)))

    @staticmethod
    def send(browser: TestClient, path: str, *, page: str = "/hjelp", **data: str):
        """Post a form with the token that stands on a page."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).text)
        assert token is not None
        return browser.post(path, data={"csrf_token": token[1], **data})


@pytest.fixture(scope="session")
def building(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("sign-in")
    key = new_key("ours")
    (folder / "key.pem").write_bytes(key.as_pem(private=True))
    (folder / "providers.toml").write_text(FILE.format(key=folder / "key.pem"))
    with databases.fresh(connections=8) as database:
        with transaction(database.sessions) as session:
            for number, name, organisation in (
                ("5006", "Steinkjer", STEINKJER),
                ("0301", "Oslo", OSLO),
            ):
                made = factories.a_municipality(session, number=number, name=name)
                session.execute(
                    update(Municipality)
                    .where(Municipality.id == made)
                    .values(organisation_number=organisation)
                )
        app = create_app(
            Settings(
                database_url=database.url,
                secret=SECRET,
                public_url=HOME,
                tries_at_once=10_000,
                sign_in_file=folder / "providers.toml",
            )
        )
        provider = Ansattporten("bosetting-client", key, f"{HOME}/logg-inn/kommune/svar")
        yield House(app, database, provider, key)
        app.state.engine.dispose()


@pytest.fixture
def house(building: House) -> House:
    """The provider as it should be, and nobody signed in from the test before."""
    building.provider = Ansattporten(
        "bosetting-client", building.key, building.provider.redirect_uri, building.provider.key
    )
    asked = building.app.state.identity_providers["kommune"].provider
    building.app.state.identity_providers["kommune"] = IdentityProvider(
        asked, transport=building.provider.transport
    )
    return building
