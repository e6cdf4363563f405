"""Access tokens of Maskinporten: a municipality's own systems, with its organisation's identity.

The signature and what the token says are checked here, the organisation against the register. Who
may have our scopes is decided where the scopes are given, in Maskinporten.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

import httpx2
from anyio import from_thread
from fastapi import Request
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry
from sqlalchemy.orm import Session

from app.acting import DOORKEEPER
from app.clock import machine_time, now
from app.db import Sessions, reading
from app.errors import CannotStart
from app.outgoing import Reach
from app.refusals import IssuerAway
from app.settings import Settings
from app.signin.identity import SignedIn
from app.signin.issuer_keys import IssuerKeys, KeysAway
from workflow.kernel.actor import SYSTEM, Actor, Role
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotFound
from workflow.municipalities import queries as register

#: The one algorithm Maskinporten signs with; never what the token itself says.
ALGORITHMS: Final = ["RS256"]
#: How far its clock may be from ours, seconds.
LEEWAY: Final = 10
#: Organisation numbers in ISO 6523, as Maskinporten writes them.
AUTHORITY: Final = "iso6523-actorid-upis"
NORWAY: Final = "0192:"
#: Longest token we look at, in characters.
LONGEST: Final = 8192


@dataclass(frozen=True, slots=True)
class Maskinporten:
    """What we take, and the keys of who signs it."""

    audience: str
    prefix: str
    issuers: Mapping[str, IssuerKeys]

    def role(self, scope: str) -> tuple[Role, bool] | None:
        """The role of the scopes, and whether it may write."""
        given = scope.split()
        if f"{self.prefix}:bosetting.write" in given:
            return Role.MUNICIPALITY_WRITER, True
        if f"{self.prefix}:bosetting.read" in given:
            return Role.MUNICIPALITY_READER, False
        return None


def maskinporten(
    settings: Settings, *, transport: httpx2.AsyncBaseTransport | None = None
) -> Maskinporten | None:
    """As it is configured; None where it is not.

    Raises:
        CannotStart: only a part of it is configured.
    """
    if not settings.maskinporten_issuers:
        return None
    if settings.maskinporten_audience is None or settings.maskinporten_prefix is None:
        raise CannotStart(
            "BOSETTING_MASKINPORTEN_ISSUERS needs BOSETTING_MASKINPORTEN_AUDIENCE and"
            " BOSETTING_MASKINPORTEN_PREFIX beside it."
        )
    reach = Reach(settings.private_hosts)
    issuers = {
        issuer: IssuerKeys(issuer, reach=reach, transport=transport)
        for issuer in settings.maskinporten_issuers
    }
    return Maskinporten(settings.maskinporten_audience, settings.maskinporten_prefix, issuers)


@dataclass(frozen=True, slots=True)
class Presented:
    """A token that holds, and whose it is."""

    signed_in: SignedIn
    expires_at: datetime


def looks_like(token: str) -> bool:
    """Three parts, the first of them an object in base64."""
    return token.startswith("eyJ") and token.count(".") == 2


def presented(request: Request, token: str) -> Presented | None:
    """Whose token it is; None where it does not hold.

    The issuer's keys belong to the event loop, which may have to ask for them.

    Raises:
        IssuerAway: its key is not known here and the issuer does not tell now.
    """
    taken: Maskinporten | None = request.app.state.maskinporten
    if taken is None or len(token) > LONGEST:
        return None
    try:
        claims = from_thread.run(_claims, taken, token)
        expires_at = datetime.fromtimestamp(claims["exp"], UTC)
    except KeysAway as fault:
        raise IssuerAway from fault
    except (JoseError, ValueError, TypeError, KeyError, OverflowError):
        return None
    given = taken.role(claims["scope"]) if isinstance(claims.get("scope"), str) else None
    number = _organisation(claims.get("consumer"))
    if given is None or number is None:
        return None
    role, may_write = given
    state = request.app.state
    actor = _actor(state.sessions, number, role, demo=state.settings.demo)
    if actor is None:
        return None
    client = claims.get("client_id")
    found = SignedIn(actor, holder=f"maskinporten:{number}:{client}", may_write=may_write)
    return Presented(found, expires_at)


async def _claims(taken: Maskinporten, token: str) -> dict[str, Any]:
    """What the token says, once it is known who says it.

    Raises:
        KeysAway; JoseError, ValueError, TypeError, KeyError: it does not hold.
    """
    unproven = jws.extract_compact(token.encode("ascii"))
    header = unproven.headers()
    if header.get("alg") not in ALGORITHMS:
        raise ValueError("another algorithm")
    keys = taken.issuers[_object(unproven.payload)["iss"]]
    key = await keys.find(str(header["kid"]))
    if key is None:
        raise ValueError("the issuer has no such key")
    claims = _object(jws.deserialize_compact(token, key, algorithms=ALGORITHMS).payload)
    JWTClaimsRegistry(
        now=int(machine_time().timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": keys.issuer},
        aud={"essential": True, "value": taken.audience},
        exp={"essential": True},
    ).validate(claims)
    return claims


def _object(payload: bytes) -> dict[str, Any]:
    told = json.loads(payload)
    if not isinstance(told, dict):
        raise TypeError("claims are an object")
    return told


def _organisation(consumer: object) -> str | None:
    """The organisation number of `{"authority": "iso6523-actorid-upis", "ID": "0192:…"}`."""
    if not isinstance(consumer, dict) or consumer.get("authority") != AUTHORITY:
        return None
    told = consumer.get("ID")
    if not isinstance(told, str) or not told.startswith(NORWAY):
        return None
    number = told.removeprefix(NORWAY)
    return number if len(number) == 9 and number.isascii() and number.isdigit() else None


def _actor(sessions: Sessions, number: str, role: Role, *, demo: bool) -> Actor | None:
    with reading(sessions, DOORKEEPER) as session:
        municipality_id = _municipality(session, number, local_day(now(session, demo=demo)))
    if municipality_id is None:
        return None
    return Actor(f"maskinporten {number}", role, municipality_id=municipality_id)


def _municipality(session: Session, number: str, on: date) -> int | None:
    try:
        return register.by_organisation(session, number, on=on, actor=SYSTEM).id
    except NotFound:
        return None
