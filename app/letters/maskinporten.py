"""Our own access token from Maskinporten, by a grant we sign (RFC 7523); kept until it runs out."""

from collections.abc import Callable
from threading import Lock
from time import time
from typing import Any, Final
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from app.letters.channels import ChannelFault

#: Maskinporten takes 120 seconds at most; the rest is for clocks that differ.
GRANT_LASTS: Final = 110
#: Fetched anew so many seconds before it runs out.
EARLY: Final = 30
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class AccessToken:
    """Calling it gives a token that holds now.

    Args:
        issuer: Maskinporten, as it names itself; its token endpoint lies below.
        key: our private key, in PEM.
        now: seconds since 1970.
    """

    def __init__(
        self,
        *,
        issuer: str,
        client_id: str,
        key: str,
        key_id: str,
        scope: str,
        timeout: float,
        transport: httpx.BaseTransport | None = None,
        now: Callable[[], float] = time,
    ) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._key = RSAKey.import_key(key)
        self._key_id = key_id
        self._scope = scope
        self._now = now
        self._client = httpx.Client(timeout=timeout, transport=transport)
        self._lock = Lock()
        self._token, self._until = "", 0.0

    def __call__(self) -> str:
        with self._lock:
            if self._now() >= self._until:
                self._token, lasts = self._fetch()
                self._until = self._now() + lasts - EARLY
            return self._token

    def close(self) -> None:
        self._client.close()

    def _fetch(self) -> tuple[str, float]:
        form = {"grant_type": GRANT, "assertion": self._grant()}
        try:
            answer = self._client.post(f"{self._issuer.rstrip('/')}/token", data=form)
            told: Any = answer.json() if answer.status_code == 200 else {}
        except (httpx.HTTPError, ValueError) as fault:
            raise ChannelFault("letter.maskinporten_away") from fault
        token = told.get("access_token") if isinstance(told, dict) else None
        if not isinstance(token, str):
            raise ChannelFault("letter.maskinporten_refuses")
        return token, float(told.get("expires_in", 0))

    def _grant(self) -> str:
        issued = int(self._now())
        claims = {
            "iss": self._client_id,
            "aud": self._issuer,
            "scope": self._scope,
            "iat": issued,
            "exp": issued + GRANT_LASTS,
            "jti": str(uuid4()),
        }
        return jwt.encode({"alg": "RS256", "kid": self._key_id}, claims, self._key)
