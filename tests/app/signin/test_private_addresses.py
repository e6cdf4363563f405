"""Providers and issuers are asked on the internet, and inside only where the settings name them."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from app.outgoing import HERE, Reach
from app.refusals import SignInFailed
from app.signin import issuer_keys, oidc
from app.signin.issuer_keys import IssuerKeys, KeysAway
from app.signin.oidc import IdentityProvider
from app.signin.providers import Provider


@pytest.fixture
def inside() -> Iterator[socket.socket]:
    """Something that listens where no stranger could ask, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def asked(server: socket.socket) -> bool:
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def way_there(issuer: str, reach: Reach, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_IMDI", "x" * 40)
    provider = Provider.model_validate(
        {
            "name": "imdi",
            "kind": "oidc",
            "title": "IMDi",
            "office": "directorate",
            "issuer": issuer,
            "client_id": "bosetting",
            "authentication": "client_secret_basic",
            "secret_env": "SECRET_OF_IMDI",
            "roles": {"leads": "lead"},
        }
    )
    spoken_to = IdentityProvider(provider, reach=reach)
    with pytest.raises(SignInFailed):
        spoken_to.way_there(
            answer_to="http://localhost/", state="s", nonce="n", verifier="v" * 43, language="nb"
        )


def test_a_provider_inside_is_not_asked_unless_the_settings_name_it(
    inside: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    issuer = f"https://127.0.0.1:{inside.getsockname()[1]}"

    way_there(issuer, Reach(), monkeypatch)
    not_named = asked(inside)
    monkeypatch.setattr(oidc, "PATIENCE", 0.2)
    way_there(issuer, Reach(HERE), monkeypatch)

    assert not not_named
    assert asked(inside)


def test_an_issuer_inside_is_not_asked_unless_the_settings_name_it(
    inside: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"127.0.0.1:{inside.getsockname()[1]}"

    def find(issuer: str, reach: Reach) -> None:
        with pytest.raises(KeysAway):
            asyncio.run(IssuerKeys(issuer, reach=reach).find("kid"))

    monkeypatch.setattr(issuer_keys, "PATIENCE", 0.2)
    find(f"https://{address}", Reach())
    not_named = asked(inside)
    find(f"http://{address}", Reach({"127.0.0.1"}))

    assert not not_named
    assert asked(inside)
