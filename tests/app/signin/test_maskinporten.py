"""A municipality's own systems come in with tokens of Maskinporten."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from time import time

import pytest
from fastapi.testclient import TestClient

from app.db import transaction
from app.errors import CannotStart
from app.main import create_app
from app.settings import Settings
from app.signin import issuer_keys
from app.signin.maskinporten import maskinporten
from tests.app.signin.fake_maskinporten import ISSUER, Client, FakeMaskinporten, new_key
from tests.databases import Databases
from tests.factories import a_municipality
from workflow.municipalities.models import Municipality

AUDIENCE = "https://bosetting.test/api"
READ, WRITE = "imdi:bosetting.read", "imdi:bosetting.write"
OSLO = "958935420"
HOME = {"kind": "home", "places": 2, "available_from_week": "2027-W20"}


@dataclass
class House:
    """The application, and Maskinporten beside it."""

    client: TestClient
    issuer: FakeMaskinporten
    system: Client

    def asked(self, token: str, path: str = "/cases"):
        return self.client.get(f"/api/v1{path}", headers={"authorization": f"Bearer {token}"})

    def token(self, scope: str = READ, **changed) -> str:
        return self.issuer.token(self.system, scope, AUDIENCE, **changed)


def _part(told: str | bytes) -> str:
    raw = told.encode() if isinstance(told, str) else told
    return urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.fixture(scope="module")
def served(databases: Databases):
    with databases.fresh(connections=4) as database:
        with transaction(database.sessions) as session:
            here = a_municipality(session, number="0301", name="Oslo")
            session.get(Municipality, here).organisation_number = OSLO
        settings = Settings(
            database_url=database.url,
            thread_limit=4,
            maskinporten_issuers=(ISSUER,),
            maskinporten_audience=AUDIENCE,
            maskinporten_prefix="imdi",
            tries_at_once=10_000,
        )
        with TestClient(create_app(settings), follow_redirects=False) as client:
            yield client


@pytest.fixture
def house(served, monkeypatch):
    issuer = FakeMaskinporten()
    served.app.state.known_tokens.clear()
    served.app.state.maskinporten = maskinporten(
        served.app.state.settings, transport=issuer.transport
    )
    monkeypatch.setattr(issuer_keys, "AGAIN", 0.0)
    return House(served, issuer, issuer.register(OSLO, READ, WRITE))


def test_a_token_that_was_asked_for_reads_as_its_municipality(house):
    token = house.issuer.ask(house.system, READ, AUDIENCE)

    assert house.asked(token).status_code == 200
    assert house.asked(token, "/runs").status_code in {403, 404}


def test_the_scope_for_reading_does_not_write(house):
    def report(token):
        told = {"authorization": f"Bearer {token}"}
        return house.client.post("/api/v1/vacancies", json=HOME, headers=told)

    refused, done = report(house.token(READ)), report(house.token(f"{READ} {WRITE}"))

    assert (refused.status_code, refused.json()["code"]) == (403, "token.reads_only")
    assert done.status_code == 201, done.text


def test_what_another_organisation_holds_is_not_its_own(house):
    stranger = house.issuer.register("999999999", READ)

    answer = house.asked(house.issuer.token(stranger, READ, AUDIENCE))

    assert answer.status_code == 401


WRONG = {
    "for another": {"audience": "https://other.test"},
    "for nobody": {"aud": None},
    "of another issuer": {"iss": "https://maskinporten.example/"},
    "without an issuer": {"iss": None},
    "over": {"exp": int(time()) - 60},
    "without an end": {"exp": None},
    "an end that is no number": {"exp": float("nan")},
    "not yet": {"nbf": int(time()) + 3600},
    "from the future": {"iat": int(time()) + 3600},
    "another scope": {"scope": "imdi:bosetting.readall other:bosetting.read"},
    "no scope": {"scope": None},
    "no consumer": {"consumer": None},
    "a consumer by another authority": {"consumer": {"authority": "x", "ID": f"0192:{OSLO}"}},
    "a consumer of another land": {
        "consumer": {"authority": "iso6523-actorid-upis", "ID": f"0007:{OSLO}"}
    },
    "a consumer with more": {
        "consumer": {"authority": "iso6523-actorid-upis", "ID": f"0192:{OSLO} OR 1=1"}
    },
    "a key of nobody": {"key": new_key("first")},
    "without the name of a key": {"header": {"kid": "unknown"}},
}


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_what_does_not_hold_is_refused(house, wrong):
    changed = {"audience": AUDIENCE, "scope": READ} | WRONG[wrong]
    scope, audience = changed.pop("scope"), changed.pop("audience")

    answer = house.asked(house.issuer.token(house.system, scope, audience, **changed))

    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in.required")
    assert house.asked(house.token()).status_code == 200


def test_the_algorithm_is_ours_to_choose_and_not_the_tokens(house):
    other_hash = house.token(header={"alg": "RS512"})
    header, payload, _ = house.token().split(".")
    none, by_public_key = (_part(f'{{"alg":"{alg}","kid":"first"}}') for alg in ("none", "HS256"))
    by_public_key = f"{by_public_key}.{payload}"
    public = house.issuer.key.as_pem(private=False)
    signature = _part(hmac.digest(public, by_public_key.encode(), "sha256"))

    for token in (
        f"{by_public_key}.{signature}",
        other_hash,
        f"{none}.{payload}.",
        f"{header}.{payload}.",
    ):
        assert house.asked(token).status_code == 401


@pytest.mark.parametrize("token", ["eyJ.eyJ.x", "eyJhIjoxfQ.e30.e30", "eyJ" + "x" * 9000 + ".."])
def test_what_is_no_token_is_refused_without_asking_anybody(house, token):
    assert house.asked(token).status_code == 401
    assert house.issuer.asked == []


def test_a_changed_key_is_found_and_one_taken_away_holds_no_longer(house, monkeypatch):
    old = house.token()
    assert house.asked(old).status_code == 200
    house.issuer.change_key("second")
    new = house.token()

    assert house.asked(new).status_code == 200
    house.client.app.state.known_tokens.clear()
    assert house.asked(old).status_code == 401


def test_while_keys_are_changed_both_hold(house):
    old = house.token()
    house.issuer.change_key("second", keep_old=True)
    new = house.token()

    assert [house.asked(token).status_code for token in (new, old)] == [200, 200]


def test_unknown_keys_are_looked_for_only_now_and_then(house, monkeypatch):
    monkeypatch.setattr(issuer_keys, "AGAIN", 60.0)
    house.asked(house.token())
    asked = len(house.issuer.asked)

    answers = [house.asked(house.token(header={"kid": f"k{n}"})).status_code for n in range(5)]

    assert answers == [401] * 5
    assert len(house.issuer.asked) == asked == 2


@pytest.mark.parametrize("fault", ["fails", "hangs"])
def test_an_issuer_that_is_away_costs_little_and_its_old_keys_hold(house, monkeypatch, fault):
    monkeypatch.setattr(issuer_keys, "PATIENCE", 0.05)
    assert house.asked(house.token()).status_code == 200
    house.issuer.fault = fault
    house.issuer.change_key("second", keep_old=True)

    unknown = house.asked(house.token())
    house.issuer.key = house.issuer._published[0]
    known = house.asked(house.token())

    assert (unknown.status_code, unknown.json()["code"]) == (503, "token.issuer_away")
    assert unknown.headers["retry-after"] == "1"
    assert known.status_code == 200


def test_old_keys_are_read_again_in_the_background(house, monkeypatch):
    house.asked(house.token())
    monkeypatch.setattr(issuer_keys, "BELIEVED", -1.0)
    house.issuer.fault = "fails"
    before = len(house.issuer.asked)

    answer = house.asked(house.token())
    again = house.asked(house.token())

    assert (answer.status_code, again.status_code) == (200, 200)
    assert len(house.issuer.asked) > before


def test_no_connection_is_held_while_the_issuer_is_asked(house):
    held = []
    pool = house.client.app.state.engine.pool
    house.issuer.when_asked = lambda: held.append(pool.checkedout())
    told = {"authorization": f"Bearer {house.token(WRITE)}"}

    answer = house.client.post("/api/v1/vacancies", json=HOME, headers=told)

    assert answer.status_code == 201
    assert held == [0, 0]


def test_half_a_configuration_does_not_start():
    with pytest.raises(CannotStart, match="MASKINPORTEN_AUDIENCE"):
        maskinporten(Settings(maskinporten_issuers=(ISSUER,)))
    assert maskinporten(Settings()) is None


@pytest.mark.parametrize(
    "changed", [{"exp": int(time()) + 100_000}, {"aud": "x"}, {"iat": 0}, {"scope": "imdi:other"}]
)
def test_the_fake_is_as_strict_as_the_real_one(house, changed):
    with pytest.raises(AssertionError, match="invalid_grant"):
        house.issuer.ask(house.system, READ, AUDIENCE, **changed)
