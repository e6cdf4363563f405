"""Who we are to an identity provider: a client assertion (RFC 7523), a fresh one each time.

Authlib's own lasts an hour, is addressed to the token endpoint, and repeats its `jti` once it is
given a claim of ours: Ansattporten refuses all three.
"""

from dataclasses import dataclass
from datetime import timedelta
from time import time
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

#: Ansattporten and Maskinporten take 120 seconds at most; the rest is for clocks that differ.
LASTS: Final = timedelta(seconds=110)
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True, eq=False)
class ClientAssertion:
    """Signs each request to a token endpoint; what Authlib calls a client's authentication."""

    issuer: str
    client_id: str
    key: RSAKey | ECKey
    key_id: str | None
    algorithm: str

    def __call__(
        self, auth: Any, method: str, uri: str, headers: Any, body: str | bytes
    ) -> tuple[str, Any, str]:
        more = urlencode(
            {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.fresh()}
        )
        form = body.decode() if isinstance(body, bytes) else body
        return uri, headers, f"{form}&{more}"

    def fresh(self) -> str:
        """A new assertion, that nobody has seen before."""
        issued = int(time())
        header = {"alg": self.algorithm} | ({"kid": self.key_id} if self.key_id else {})
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "iat": issued,
            "exp": issued + int(LASTS.total_seconds()),
            "jti": str(uuid4()),
        }
        return jwt.encode(header, claims, self.key, algorithms=[self.algorithm])
