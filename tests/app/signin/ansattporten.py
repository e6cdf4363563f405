"""An identity provider in the test's own process, as strict as Ansattporten's documentation says.

It asks for PKCE, state and nonce, takes client assertions only (RS256, `kid`, audience the issuer,
120 seconds at most, each `jti` once), a code once, and the rights of one organisation.
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from time import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

ISSUER = "https://ansattporten.test"
LOGIN = "https://login.ansattporten.test"
RESOURCE = "urn:altinn:resource:"


class NotTaken(AssertionError):
    """The provider shows the person an error instead of going on."""


@dataclass(frozen=True)
class Person:
    """Somebody with an electronic identity, and the rights others have given: resource → number."""

    pid: str
    name: str = "Kari Nordmann"
    rights: dict[str, str] = field(default_factory=dict)
    acr: str = "high"


def new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@cache
def _first_key() -> RSAKey:
    """Of every provider here until it makes another: each takes a tenth of a second."""
    return new_key("first")


@dataclass
class Ansattporten:
    client_id: str
    #: The public half of the client's key, as registered.
    client_key: RSAKey
    redirect_uri: str
    key: RSAKey = field(default_factory=_first_key)
    #: Changes what an ID token says, or signs it otherwise, for answers that must not be taken.
    claims: Callable[[dict[str, Any]], dict[str, Any]] = lambda claims: claims
    sign: Callable[[dict[str, Any]], str] | None = None
    away: bool = False
    _codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)

    @property
    def transport(self) -> httpx2.MockTransport:
        return httpx2.MockTransport(self._handle)

    def authorize(self, address: str, person: Person, *, as_oneself: bool = False) -> str:
        """What the browser is sent back with, once the person has shown who it is."""
        asked = _query(address)
        self._must(address.startswith(f"{LOGIN}/authorize?"), "another address")
        self._must(asked.get("client_id") == self.client_id, "client_id")
        self._must(asked.get("redirect_uri") == self.redirect_uri, "redirect_uri")
        self._must(asked.get("response_type") == "code", "response_type")
        self._must("openid" in asked.get("scope", "").split(), "scope")
        self._must(asked.get("code_challenge_method") == "S256", "PKCE")
        self._must(len(asked.get("code_challenge", "")) == 43, "PKCE")
        self._must(len(asked.get("state", "")) >= 16, "state")
        self._must(len(asked.get("nonce", "")) >= 16, "nonce")
        self._must(asked.get("acr_values") in {"substantial", "high"}, "acr_values")
        self._must(asked.get("ui_locales") in {"nb", "nn", "en", "se"}, "ui_locales")
        code = uuid4().hex
        self._codes[code] = {
            "asked": asked,
            "person": person,
            "details": self._chosen(asked, person, as_oneself=as_oneself),
        }
        back = {"code": code, "state": asked["state"], "iss": ISSUER}
        return f"{self.redirect_uri}?{urlencode(back)}"

    def _chosen(
        self, asked: dict[str, str], person: Person, *, as_oneself: bool
    ) -> list[dict[str, Any]]:
        details = json.loads(asked["authorization_details"])
        for one in details:
            self._must(one["type"] == "ansattporten:altinn:resource", "authorization_details")
            self._must(one["resource"].startswith(RESOURCE), "authorization_details")
        names = [one["resource"].removeprefix(RESOURCE) for one in details]
        if any(one["representation_is_required"] for one in details):
            allowed = any(name in person.rights for name in names) and not as_oneself
            self._must(allowed, "the person represents nobody")
        if as_oneself or not any(name in person.rights for name in names):
            return [{"type": "ansattporten:altinn:resource"}]
        return [
            {
                "type": "ansattporten:altinn:resource",
                "resource": f"{RESOURCE}{name}",
                "resource_name": "Bosetting",
                "authorized_parties": [
                    {
                        "orgno": {
                            "authority": "iso6523-actorid-upis",
                            "ID": f"0192:{person.rights[name]}",
                        },
                        "resource": name,
                        "name": "EN KOMMUNE",
                        "unit_type": "KOMM",
                    }
                ],
            }
            for name in names
            if name in person.rights
        ]

    def _handle(self, request: httpx2.Request) -> httpx2.Response:
        if self.away:
            raise httpx2.ConnectError("nobody answers")
        paths = {
            f"{ISSUER}/.well-known/openid-configuration": self._metadata,
            f"{ISSUER}/jwks": self._jwks,
            f"{LOGIN}/token": self._token,
            f"{LOGIN}/userinfo": self._userinfo,
        }
        return paths[str(request.url)](request)

    def _metadata(self, _: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(
            200,
            json={
                "issuer": ISSUER,
                "authorization_endpoint": f"{LOGIN}/authorize",
                "token_endpoint": f"{LOGIN}/token",
                "userinfo_endpoint": f"{LOGIN}/userinfo",
                "end_session_endpoint": f"{LOGIN}/endsession",
                "jwks_uri": f"{ISSUER}/jwks",
            },
        )

    def _jwks(self, _: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json=KeySet([self.key]).as_dict(private=False))

    def _token(self, request: httpx2.Request) -> httpx2.Response:
        sent = {name: values[0] for name, values in parse_qs(request.content.decode()).items()}
        try:
            self._must_be_the_client(sent)
            given = self._codes.pop(sent.get("code", ""), None)
            self._must(given is not None, "the code is unknown or used")
            asked, person = given["asked"], given["person"]
            self._must(sent.get("grant_type") == "authorization_code", "grant_type")
            self._must(sent.get("redirect_uri") == asked["redirect_uri"], "redirect_uri")
            challenge = sha256(sent.get("code_verifier", "").encode()).digest()
            told = urlsafe_b64encode(challenge).rstrip(b"=").decode()
            self._must(told == asked["code_challenge"], "PKCE")
        except NotTaken as fault:
            self.refused.append(str(fault))
            return httpx2.Response(400, json={"error": "invalid_grant"})
        return httpx2.Response(
            200,
            json={
                "id_token": self._id_token(asked, person, given["details"]),
                "access_token": f"access-{person.pid}",
                "token_type": "Bearer",
                "expires_in": 120,
                "authorization_details": given["details"],
            },
        )

    def _must_be_the_client(self, sent: dict[str, str]) -> None:
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        self._must(sent.get("client_assertion_type") == kind, "no client assertion")
        try:
            token = jwt.decode(sent["client_assertion"], self.client_key, algorithms=["RS256"])
        except JoseError as fault:
            raise NotTaken("the assertion's signature") from fault
        claims = token.claims
        self._must(token.header.get("kid") == self.client_key.kid, "kid")
        self._must(claims.get("iss") == claims.get("sub") == self.client_id, "iss and sub")
        self._must(claims.get("aud") == ISSUER, "aud is the issuer")
        self._must(abs(claims["iat"] - time()) <= 10, "iat")
        self._must(0 < claims["exp"] - claims["iat"] <= 120, "exp")
        self._must(claims["exp"] > time(), "it has expired")
        self._must(bool(claims.get("jti")), "jti")
        self._must(claims["jti"] not in self._seen, "a JWT cannot be reused")
        self._seen.add(claims["jti"])

    def _id_token(
        self, asked: dict[str, str], person: Person, details: list[dict[str, Any]]
    ) -> str:
        now = int(time())
        claims = self.claims(
            {
                "iss": ISSUER,
                "aud": self.client_id,
                "sub": uuid4().hex,  # another one each time
                "pid": person.pid,
                "acr": person.acr,
                "amr": ["TestID"],
                "nonce": asked["nonce"],
                "sid": f"sid-{person.pid}",
                "iat": now,
                "exp": now + 120,
                "authorization_details": details,
            }
        )
        if self.sign is not None:
            return self.sign(claims)
        header = {"alg": "RS256", "kid": self.key.kid}
        return jwt.encode(header, claims, self.key, algorithms=["RS256"])

    def _userinfo(self, request: httpx2.Request) -> httpx2.Response:
        if not request.headers.get("authorization", "").startswith("Bearer access-"):
            return httpx2.Response(401)
        return httpx2.Response(200, json={"sub": "x", "name": "Kari Nordmann"})

    @staticmethod
    def _must(holds: bool, what: str) -> None:
        if not holds:
            raise NotTaken(what)


def _query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
