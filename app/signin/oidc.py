"""One identity provider, spoken to: where to send people, and what its answer says.

OpenID Connect Core 1.0, authorization code flow, with PKCE (RFC 7636). No connection to the
database is held while a provider is asked.
"""

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from time import monotonic
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from app.errors import CannotStart
from app.outgoing import HERE, Outgoing, Reach
from app.refusals import AnswerInvalid, SignInFailed
from app.settings import Settings
from app.signin.assertion import ClientAssertion
from app.signin.providers import Provider, read

log = logging.getLogger(__name__)

#: Signatures an ID token may have; never `none`, never one by a shared secret.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384")
#: Longest wait for a provider, seconds.
PATIENCE: Final = 5.0
#: Seconds its addresses and keys are believed; seconds between two looks for an unknown key.
BELIEVED: Final = 3600.0
KEYS_AGAIN: Final = 10.0
#: Seconds one that did not answer is left alone: people who wait for it hold up all the others.
LEFT_ALONE: Final = 10.0
#: How far its clock may be from ours.
LEEWAY: Final = timedelta(seconds=10)
#: RFC 9396, as Ansattporten has it.
ALTINN_RESOURCE: Final = "ansattporten:altinn:resource"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider vouches for."""

    claims: dict[str, Any]
    #: The organisations and rights the person has chosen to act by (RFC 9396).
    details: tuple[dict[str, Any], ...]
    id_token: str


@dataclass(frozen=True, slots=True)
class _Metadata:
    """What the provider says of itself; `at` by the monotonic clock."""

    told: dict[str, Any]
    keys: KeySet
    at: float


class IdentityProvider:
    """Safe to use from several threads."""

    def __init__(
        self,
        provider: Provider,
        *,
        reach: Reach | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """Read the secret, ask nobody yet.

        Args:
            reach: which of its addresses may be private ones.
            transport: how requests reach it, where not over the network.

        Raises:
            CannotStart: the secret cannot be read.
        """
        self.provider = provider
        self._reach = reach or Reach()
        self._transport = transport
        self._signing: ClientAssertion | None = None
        self._secret: str | None = None
        if provider.authentication == "private_key_jwt":
            self._signing = ClientAssertion(
                provider.issuer,
                provider.client_id,
                provider.private_key(),
                provider.key_id,
                provider.algorithm,
            )
        else:
            self._secret = provider.secret().get_secret_value()
        self._known: _Metadata | None = None
        self._asking = Lock()
        self._away_until = 0.0

    def way_there(
        self, *, answer_to: str, state: str, nonce: str, verifier: str, language: str
    ) -> str:
        """The address that asks the person who they are.

        Raises:
            SignInFailed: the provider does not tell where that is.
        """
        extra = {"nonce": nonce, "ui_locales": language}
        if self.provider.acr:
            extra["acr_values"] = self.provider.acr[0]
        if self.provider.kind == "ansattporten":
            extra["authorization_details"] = json.dumps(self._asked_rights())
        with self._client(answer_to) as client:
            address, _ = client.create_authorization_url(
                self._endpoint("authorization_endpoint"),
                state=state,
                code_verifier=verifier,
                **extra,
            )
        return str(address)

    def _asked_rights(self) -> list[dict[str, Any]]:
        return [
            {
                "type": ALTINN_RESOURCE,
                "resource": f"urn:altinn:resource:{resource}",
                "organizationform": "enterprise",
                "representation_is_required": self.provider.representation_required,
            }
            for resource in self.provider.roles
        ]

    def answer(
        self, *, code: str, verifier: str, nonce: str, answer_to: str, at: datetime
    ) -> Answer:
        """What the provider says in exchange for a code.

        Raises:
            SignInFailed: it cannot be reached, or will not exchange the code.
            AnswerInvalid: what it says does not hold.
        """
        endpoint = self._endpoint("token_endpoint")
        self._refuse_to_wait()
        try:
            with self._client(answer_to) as client:
                told = client.fetch_token(
                    endpoint,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    redirect_uri=answer_to,
                )
                id_token = told.get("id_token")
                if not isinstance(id_token, str):
                    raise AnswerInvalid("there is none")
                claims = self._checked(id_token, nonce, told.get("access_token"), at)
                if "name" not in claims:
                    claims = self._named(client) | claims
        except httpx2.TransportError as fault:
            raise self._away(fault) from fault
        except (AuthlibBaseError, httpx2.HTTPError, ValueError) as fault:
            raise self._failed(fault) from fault
        details = claims.get("authorization_details", told.get("authorization_details", []))
        return Answer(
            claims,
            tuple(one for one in details if isinstance(one, dict))
            if isinstance(details, list)
            else (),
            id_token,
        )

    def way_out(self, *, back_to: str, id_token: str | None) -> str | None:
        """The address that signs the person out there too; None where there is none."""
        if not self.provider.sign_out_there:
            return None
        try:
            endpoint = self._metadata().told.get("end_session_endpoint")
        except SignInFailed:
            return None
        if not isinstance(endpoint, str):
            return None
        query = {"client_id": self.provider.client_id, "post_logout_redirect_uri": back_to}
        if id_token is not None:
            query["id_token_hint"] = id_token
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    def _checked(
        self, id_token: str, nonce: str, access_token: object, at: datetime
    ) -> dict[str, Any]:
        provider = self.provider
        try:
            token = self._verified(id_token)
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": provider.issuer},
                    "aud": {"essential": True, "value": provider.client_id},
                    "exp": {"essential": True},
                    "iat": {"essential": True},
                },
                params={
                    "nonce": nonce,
                    "client_id": provider.client_id,
                    "access_token": access_token,
                },
            )
            claims.validate(now=int(at.timestamp()), leeway=int(LEEWAY.total_seconds()))
        except JoseError as fault:
            raise AnswerInvalid(str(fault)) from fault
        return dict(token.claims)

    def _verified(self, id_token: str) -> jwt.Token:
        try:
            return jwt.decode(id_token, self._metadata().keys, algorithms=list(ALGORITHMS))
        except InvalidKeyIdError:
            # A key we have not seen: it may have been changed since.
            return jwt.decode(id_token, self._metadata(anew=True).keys, algorithms=list(ALGORITHMS))

    def _named(self, client: OAuth2Client) -> dict[str, Any]:
        """The person's name from the provider's own endpoint, where it has one."""
        endpoint = self._metadata().told.get("userinfo_endpoint")
        if not isinstance(endpoint, str):
            return {}
        told = client.get(endpoint)
        if not told.is_success or not isinstance(found := told.json(), dict):
            return {}
        names = ("name", "given_name", "family_name")
        return {key: found[key] for key in names if isinstance(found.get(key), str)}

    def _client(self, answer_to: str) -> OAuth2Client:
        provider = self.provider
        made = OAuth2Client(
            provider.client_id,
            self._secret,
            token_endpoint_auth_method=provider.authentication,
            scope=" ".join(provider.scope),
            redirect_uri=answer_to,
            code_challenge_method="S256",
            timeout=PATIENCE,
            transport=self._way(),
        )
        if self._signing is not None:
            made.register_client_auth_method((provider.authentication, self._signing))
        return made

    def _way(self) -> httpx2.BaseTransport:
        """One for each client, which closes it; what the provider tells is not gone to blindly."""
        return self._transport or Outgoing(self._reach)

    def _endpoint(self, name: str) -> str:
        endpoint = self._metadata().told.get(name)
        if not isinstance(endpoint, str):
            raise self._failed(f"it has no {name}")
        return endpoint

    def _metadata(self, *, anew: bool = False) -> _Metadata:
        """What the provider says of itself, asked again after a while.

        Raises:
            SignInFailed: it cannot be asked, or is another one than it should be.
        """
        with self._asking:
            known, now = self._known, monotonic()
            if known is not None and now - known.at < (KEYS_AGAIN if anew else BELIEVED):
                return known
            self._refuse_to_wait()
            try:
                self._known = self._asked(now)
            except httpx2.TransportError as fault:
                raise self._away(fault) from fault
            except (httpx2.HTTPError, JoseError, ValueError, KeyError, TypeError) as fault:
                raise self._failed(fault) from fault
            return self._known

    def _asked(self, now: float) -> _Metadata:
        issuer = self.provider.issuer
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        with httpx2.Client(timeout=PATIENCE, transport=self._way()) as client:
            told = client.get(address).raise_for_status().json()
            if told["issuer"] != issuer:
                raise ValueError("it calls itself by another name")
            keys = client.get(told["jwks_uri"]).raise_for_status().json()
        return _Metadata(told, KeySet.import_key_set(keys), now)

    def _refuse_to_wait(self) -> None:
        if monotonic() < self._away_until:
            raise self._failed("it did not answer a moment ago")

    def _away(self, why: object) -> SignInFailed:
        self._away_until = monotonic() + LEFT_ALONE
        return self._failed(why)

    def _failed(self, why: object) -> SignInFailed:
        log.warning("identity provider %s: %s", self.provider.name, why)
        return SignInFailed(self.provider.name)


def identity_providers(settings: Settings) -> dict[str, IdentityProvider]:
    """By name, in the order of the file; none where no file is named.

    Raises:
        CannotStart: the file does not hold together, or what it needs beside is not set.
    """
    if settings.sign_in_file is None:
        return {}
    if settings.secret is None:
        raise CannotStart("Sign-in needs BOSETTING_SECRET: persons are kept by a keyed hash.")
    address = urlsplit(settings.public_url or "")
    if address.scheme != "https" and address.hostname not in HERE:
        raise CannotStart(
            "Sign-in needs BOSETTING_PUBLIC_URL, https://…: identity providers answer there."
        )
    reach = Reach(HERE | set(settings.private_hosts))
    return {one.name: IdentityProvider(one, reach=reach) for one in read(settings.sign_in_file)}
