"""IMDi, UDI and centres sign in with their own plain OpenID Connect: groups give roles."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

from app.acting import DOORKEEPER
from app.db import reading, transaction
from app.main import create_app
from app.models import User
from app.settings import Settings
from tests.app.signin.conftest import SECRET
from tests.databases import Databases
from tests.swedish import sweden
from workflow.kernel.actor import Role
from workflow.kernel.country import Country

#: It is built on Authlib's old half, which says so at each turn.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

HOME = "http://localhost"
FILE = """
[imdi]
kind = "oidc"
title = "IMDi"
office = "directorate"
issuer = "{issuer}"
client_id = "bosetting"
authentication = "client_secret_basic"
secret_env = "IMDI_CLIENT_SECRET"
group_claim = "groups"
centre_claim = "centre"

[imdi.roles]
bosetting-leder = "lead"
bosetting-saksbehandler = "case_officer"
bosetting-mottak = "reception_centre"
"""
PEOPLE = {
    "berit": {"name": "Berit Dahl", "groups": ["alle", "bosetting-saksbehandler"]},
    "lars": {"name": "Lars Moe", "groups": ["bosetting-saksbehandler", "bosetting-leder"]},
    "nina": {"name": "Nina Vik", "groups": ["alle"]},
    "odd": {"name": "Odd Lie", "groups": ["bosetting-mottak"], "centre": "Dale mottak"},
    "tor": {"name": "Tor Eng", "groups": "bosetting-mottak"},
    "lena": {"name": "Lena Lind", "groups": ["lansstyrelse"], "lan": "17"},
    "sofia": {"name": "Sofia Sund", "groups": ["samordnar"], "lan": "01"},
    "maja": {"name": "Maja Malm", "groups": ["migrationsverket"]},
    "kim": {"name": "Kim Ko", "groups": ["kommun"], "kommun": "1780"},
    "olle": {"name": "Olle Ost", "groups": ["lansstyrelse"], "lan": "99"},
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from oidc_provider_mock import User as Somebody
        from oidc_provider_mock import run_server_in_thread

        people = [Somebody(sub=sub, claims=dict(claims)) for sub, claims in PEOPLE.items()]
        with run_server_in_thread(user_claims=people, require_nonce=True) as server:
            yield f"http://localhost:{server.server_port}"


@pytest.fixture(scope="module")
def app(databases: Databases, issuer: str, tmp_path_factory) -> Iterator[FastAPI]:
    file = tmp_path_factory.mktemp("oidc") / "providers.toml"
    file.write_text(FILE.format(issuer=issuer))
    with pytest.MonkeyPatch.context() as patch, databases.fresh(connections=4) as database:
        patch.setenv("IMDI_CLIENT_SECRET", "a secret of ours")
        made = create_app(
            Settings(database_url=database.url, secret=SECRET, public_url=HOME, sign_in_file=file)
        )
        yield made
        made.state.engine.dispose()


def sign_in(app: FastAPI, sub: str | None) -> tuple[TestClient, httpx2.Response]:
    """A browser that goes through the provider's own page, as the person or saying no."""
    browser = TestClient(app, base_url=HOME, follow_redirects=False)
    there = browser.get("/logg-inn/imdi").headers["location"]
    chosen = {"sub": sub} if sub else {"action": "deny"}
    back = httpx2.post(there, data=chosen).headers["location"]
    return browser, browser.get(back)


def user(app: FastAPI, name: str) -> User | None:
    with reading(app.state.sessions, DOORKEEPER) as session:
        return session.scalar(select(User).where(User.name == name))


@pytest.mark.parametrize(
    ("sub", "role", "home"),
    [
        ("berit", Role.CASE_OFFICER, "/oppgaver"),
        ("lars", Role.LEAD, "/oppgaver"),
        ("odd", Role.RECEPTION_CENTRE, "/mottak"),
    ],
)
def test_a_group_gives_its_role(app, sub, role, home):
    browser, answer = sign_in(app, sub)

    assert (answer.status_code, answer.headers["location"]) == (303, home)
    name = PEOPLE[sub]["name"]
    assert name in browser.get("/profil").text
    made = user(app, name)
    assert made is not None
    assert made.role is role
    assert made.reception_centre == PEOPLE[sub].get("centre")


@pytest.mark.parametrize("sub", ["nina", "tor"])
def test_without_a_group_that_gives_a_whole_role_nobody_comes_in(app, sub):
    browser, answer = sign_in(app, sub)

    assert answer.status_code == 403
    assert "riktig gruppe" in answer.text
    assert user(app, PEOPLE[sub]["name"]) is None
    assert browser.get("/profil").status_code == 303


def test_who_says_no_there_is_back_here(app):
    _, answer = sign_in(app, None)

    assert (answer.status_code, answer.headers["location"]) == (303, "/logg-inn")


def test_signing_out_goes_by_the_providers_own_page(app, issuer):
    browser, _ = sign_in(app, "berit")
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/hjelp").text)

    answer = browser.post("/logg-ut", data={"csrf_token": token[1]})

    there = unescape(re.search(r'content="0;url=([^"]+)"', answer.text)[1])
    assert f"{urlsplit(there).scheme}://{urlsplit(there).netloc}" == issuer
    assert httpx2.get(there).status_code == 200
    assert browser.get("/profil").status_code == 303


SWEDISH_FILE = """
[imdi]
kind = "oidc"
title = "Länsstyrelserna"
office = "others"
issuer = "{issuer}"
client_id = "bosetting"
authentication = "client_secret_basic"
secret_env = "IMDI_CLIENT_SECRET"
county_claim = "lan"
municipality_claim = "kommun"

[imdi.roles]
migrationsverket = "migration_officer"
samordnar = "county_coordinator"
lansstyrelse = "county_board"
kommun = "municipality_writer"
"""


@pytest.mark.trial
def test_in_sweden_a_claim_says_the_county_and_the_municipality(
    databases: Databases, issuer: str, tmp_path, monkeypatch
):
    file = tmp_path / "providers.toml"
    file.write_text(SWEDISH_FILE.format(issuer=issuer))
    monkeypatch.setenv("IMDI_CLIENT_SECRET", "a secret of ours")
    with databases.fresh(connections=4) as database:
        with transaction(database.sessions) as session:
            here = sweden(session)["1780"]
        settings = Settings(
            database_url=database.url,
            secret=SECRET,
            public_url=HOME,
            sign_in_file=file,
            country=Country.SWEDEN,
        )
        app = create_app(settings)
        with TestClient(app):
            entered = {sub: sign_in(app, sub) for sub in ("lena", "sofia", "maja", "kim", "olle")}
            made = {sub: user(app, PEOPLE[sub]["name"]) for sub in entered}
        app.state.engine.dispose()

    assert {sub: one.status_code for sub, (_, one) in entered.items()} == {
        "lena": 303,
        "sofia": 303,
        "maja": 303,
        "kim": 303,
        "olle": 403,
    }
    assert [(made[sub].role, made[sub].county) for sub in ("lena", "sofia", "maja")] == [
        (Role.COUNTY_BOARD, "17"),
        (Role.COUNTY_COORDINATOR, "01"),
        (Role.MIGRATION_OFFICER, None),
    ]
    assert made["kim"].municipality_id == here
    assert made["olle"] is None
