"""Maskinporten in the test's own process, as strict as its documentation says.

It takes JWT grants (RFC 7523) by registered clients: RS256 with `kid`, audience the issuer, issued
within 10 seconds, 120 seconds at most, each `jti` once, a scope the client has. It changes its
keys, is silent, and fails.
"""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from time import time
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

ISSUER = "https://maskinporten.test/"
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@cache
def _first_key() -> RSAKey:
    """Of every provider here until it makes another: each takes a tenth of a second."""
    return new_key("first")


@dataclass(frozen=True)
class Client:
    """A system some organisation has registered."""

    client_id: str
    organisation: str
    key: RSAKey
    scopes: frozenset[str]

    def grant(self, scope: str, resource: str, /, **changed: Any) -> str:
        """An assertion that asks for a token."""
        issued = int(time())
        claims = {
            "aud": ISSUER,
            "iss": self.client_id,
            "scope": scope,
            "resource": resource,
            "iat": issued,
            "exp": issued + 120,
            "jti": str(uuid4()),
        }
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims | changed, self.key)


@dataclass
class FakeMaskinporten:
    key: RSAKey = field(default_factory=_first_key)
    clients: dict[str, Client] = field(default_factory=dict)
    #: `hangs`, `fails`, or None: well.
    fault: str | None = None
    #: Called while the keys are asked for.
    when_asked: Callable[[], None] = lambda: None
    asked: list[str] = field(default_factory=list)
    _published: list[RSAKey] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def register(self, organisation: str, *scopes: str) -> Client:
        made = Client(str(uuid4()), organisation, _CLIENT_KEY, frozenset(scopes))
        self.clients[made.client_id] = made
        return made

    def change_key(self, kid: str, *, keep_old: bool = False) -> None:
        """Sign with another key from now on."""
        self._published = [self.key] if keep_old else []
        self.key = new_key(kid)

    @property
    def transport(self) -> httpx2.AsyncBaseTransport:
        return httpx2.MockTransport(self._answer)

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request.url.path)
        self.when_asked()
        if self.fault == "hangs":
            await asyncio.sleep(30)
        if self.fault == "fails":
            return httpx2.Response(500, text="<html>Internal Server Error</html>")
        match request.url.path:
            case "/.well-known/oauth-authorization-server":
                found = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}jwk"}
                return httpx2.Response(200, json=found | {"token_endpoint": f"{ISSUER}token"})
            case "/jwk":
                keys = KeySet([self.key, *self._published]).as_dict(private=False)
                return httpx2.Response(200, json=keys)
            case "/token":
                return self._token(parse_qs(request.content.decode()))
        return httpx2.Response(404)

    def ask(self, client: Client, scope: str, resource: str, /, **changed: Any) -> str:
        """What a client does: a grant in exchange for a token."""
        form = {"grant_type": [GRANT], "assertion": [client.grant(scope, resource, **changed)]}
        answer = self._token(form)
        assert answer.status_code == 200, answer.text
        return str(json.loads(answer.content)["access_token"])

    def _token(self, form: Mapping[str, list[str]]) -> httpx2.Response:
        try:
            return httpx2.Response(200, json=self._granted(form))
        except (JoseError, KeyError, ValueError) as fault:
            return httpx2.Response(400, json={"error": "invalid_grant", "why": str(fault)})

    def _granted(self, form: Mapping[str, list[str]]) -> dict[str, Any]:
        if form["grant_type"] != [GRANT]:
            raise ValueError("unsupported_grant_type")
        token = jwt.decode(form["assertion"][0], _CLIENT_KEY, algorithms=["RS256"])
        asked, now = token.claims, time()
        client = self.clients[asked["iss"]]
        for broken, why in (
            (asked["aud"] != ISSUER, "the audience is not the issuer"),
            ("kid" not in token.header, "no kid"),
            (abs(now - asked["iat"]) > 10, "not issued now"),
            (asked["exp"] - asked["iat"] > 120, "holds for too long"),
            (asked["jti"] in self._seen, "used before"),
            (not set(asked["scope"].split()) <= client.scopes, "a scope the client has not"),
        ):
            if broken:
                raise ValueError(why)
        self._seen.add(asked["jti"])
        return {
            "access_token": self.token(client, asked["scope"], asked["resource"]),
            "token_type": "Bearer",
            "expires_in": 119,
            "scope": asked["scope"],
        }

    def token(
        self,
        client: Client,
        scope: str,
        audience: str,
        *,
        header: Mapping[str, Any] | None = None,
        key: Any = None,
        **changed: Any,
    ) -> str:
        """An access token; `changed` makes one that must not be taken."""
        issued = int(time())
        claims = {
            "aud": audience,
            "iss": ISSUER,
            "scope": scope,
            "client_amr": "private_key_jwt",
            "token_type": "Bearer",
            "exp": issued + 119,
            "iat": issued,
            "client_id": client.client_id,
            "jti": str(uuid4()),
            "consumer": {"authority": "iso6523-actorid-upis", "ID": f"0192:{client.organisation}"},
        }
        told = {name: value for name, value in (claims | changed).items() if value is not None}
        by = {"alg": "RS256", "kid": self.key.kid} | (header or {})
        return jwt.encode(by, told, key or self.key, algorithms=[by["alg"]])


_CLIENT_KEY = new_key("client")
