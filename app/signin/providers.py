"""Which identity providers people sign in with: read from a file, its secrets from elsewhere.

docs/sign-in.md explains the file.
"""

import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from app.errors import CannotStart
from app.outgoing import HERE
from workflow.kernel.actor import MUNICIPALITY, Role

_NAME = r"^[a-z][a-z0-9-]{0,30}$"
#: What a client assertion is signed by, for each kind of key.
Algorithm = Literal["RS256", "PS256", "ES256"]


class Provider(BaseModel):
    """One identity provider, as it stands in the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=_NAME)]
    #: `ansattporten`: who, for which organisation, by which right. `oidc`: who, in which groups.
    kind: Literal["ansattporten", "oidc"]
    #: What people know it as.
    title: str
    #: Under which heading of the sign-in page it stands.
    office: Literal["directorate", "municipality", "travel", "others"]
    issuer: str
    client_id: str
    scope: tuple[str, ...] = ("openid", "profile")

    authentication: Literal["private_key_jwt", "client_secret_basic"]
    #: Where the client secret, or the private key (PEM or JWK), is: one of the two.
    secret_file: Path | None = None
    secret_env: str | None = None
    key_id: str | None = None
    algorithm: Algorithm = "RS256"

    #: Levels that will do, the first of them is asked for; empty: whichever the provider has.
    acr: tuple[str, ...] = ()
    #: What gives which role, the first that fits: Altinn resources for Ansattporten, else groups.
    roles: Annotated[dict[str, Role], Field(min_length=1)]
    #: `ansattporten`: who has no right is stopped there, and not told here how to get it.
    representation_required: bool = False
    #: `oidc`: the claims with the groups, the organisation number or the municipality's four
    #: digits, the name of the centre, the county's two digits.
    group_claim: str = "groups"
    organisation_claim: str | None = None
    municipality_claim: str | None = None
    centre_claim: str | None = None
    county_claim: str | None = None
    #: Whether signing out here signs out there as well.
    sign_out_there: bool = True

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        address = urlsplit(self.issuer)
        if address.scheme != "https" and (address.scheme != "http" or address.hostname not in HERE):
            raise ValueError("issuer is an https address")
        if (self.secret_file is None) == (self.secret_env is None):
            raise ValueError("one of secret_file and secret_env says where the secret is")
        given = set(self.roles.values())
        if Role.SYSTEM in given:
            raise ValueError("nobody signs in as system")
        if self.kind == "ansattporten":
            if not given <= MUNICIPALITY:
                raise ValueError("Ansattporten gives roles of a municipality only")
        elif given & MUNICIPALITY and not (self.organisation_claim or self.municipality_claim):
            raise ValueError("a role of a municipality needs organisation_claim")
        elif self.organisation_claim and self.municipality_claim:
            raise ValueError("one of organisation_claim and municipality_claim")
        elif Role.RECEPTION_CENTRE in given and self.centre_claim is None:
            raise ValueError("the role of a reception centre needs centre_claim")
        return self

    def secret(self) -> SecretStr:
        """The client secret or private key.

        Raises:
            CannotStart: it is not where the file says.
        """
        if self.secret_env is not None:
            found = os.environ.get(self.secret_env)
            if not found:
                raise CannotStart(f"Sign-in {self.name}: {self.secret_env} is not set.")
            return SecretStr(found)
        assert self.secret_file is not None  # noqa: S101  one of the two is set
        try:
            return SecretStr(self.secret_file.read_text("utf-8").strip())
        except (OSError, ValueError) as fault:
            raise CannotStart(
                f"Sign-in {self.name}: the secret in {self.secret_file} cannot be read."
            ) from fault

    def private_key(self) -> RSAKey | ECKey:
        """The key of our client assertions.

        Raises:
            CannotStart: there is none, or it is no private key that signs by the algorithm.
        """
        text = self.secret().get_secret_value()
        kind: Literal["EC", "RSA"] = "EC" if self.algorithm == "ES256" else "RSA"
        try:
            key = import_key(_as_json(text) if text.startswith("{") else text, kind)
        except (JoseError, ValueError, TypeError) as fault:
            raise CannotStart(f"Sign-in {self.name}: the private key is not readable.") from fault
        if not key.is_private:
            raise CannotStart(f"Sign-in {self.name}: {self.algorithm} needs a private {kind} key.")
        return key


def _as_json(text: str) -> dict[str, Any]:
    read = json.loads(text)
    if not isinstance(read, dict):
        raise TypeError("a JWK is an object")
    return read


def read(path: Path) -> tuple[Provider, ...]:
    """The providers of a file, in its order.

    Raises:
        CannotStart: the file cannot be read, or one of them does not hold together.
    """
    try:
        tables: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as fault:
        raise CannotStart(f"The sign-in file {path} cannot be read: {fault}") from fault
    found = []
    for name, table in tables.items():
        try:
            found.append(Provider.model_validate({**table, "name": name}))
        except (ValidationError, TypeError) as fault:
            raise CannotStart(f"Sign-in {name} in {path}: {_told(fault)}") from fault
    if not found:
        raise CannotStart(f"The sign-in file {path} names no identity provider.")
    return tuple(found)


def _told(fault: ValidationError | TypeError) -> str:
    """What is wrong, without what was given: it may be a secret in the wrong place."""
    if isinstance(fault, TypeError):
        return "a table of settings is expected."
    return "; ".join(
        f"{'.'.join(str(step) for step in error['loc']) or 'it'}: {error['msg']}"
        for error in fault.errors()
    )
