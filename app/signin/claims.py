"""Whom an identity provider's answer means here: the person, the role, the organisation.

The provider decides at every sign-in: who has lost the group or the right has lost the role.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from app.refusals import AnswerInvalid, LevelTooLow, RightLacking
from app.signin.oidc import ALTINN_RESOURCE, Answer
from app.signin.providers import Provider
from workflow.kernel.actor import COUNTY, MUNICIPALITY, Role
from workflow.municipalities.sweden import COORDINATING, COUNTIES

#: Organisation numbers in ISO 6523: Norway's register of entities.
NORWAY: Final = "0192:"
#: Longest name that is kept, characters.
LONGEST_NAME: Final = 120


@dataclass(frozen=True, slots=True)
class Vouched:
    """A person an identity provider vouches for."""

    #: Whom it means, as it says it; only `subject_of` of it is kept.
    person: tuple[str, ...]
    role: Role
    #: None where the provider does not tell.
    name: str | None = None
    organisation_number: str | None = None
    reception_centre: str | None = None
    #: Four digits, where the provider tells a municipality by them.
    municipality_number: str | None = None
    #: Two digits; None of a county board where the provider does not tell.
    county: str | None = None
    #: The address of work in small letters, where the provider says that it is the person's.
    email: str | None = None


def vouched(provider: Provider, answer: Answer) -> Vouched:
    """Who it is, in which role.

    Raises:
        LevelTooLow; RightLacking; AnswerInvalid: what every answer of the kind has, is not there.
    """
    claims = answer.claims
    if provider.acr and claims.get("acr") not in provider.acr:
        raise LevelTooLow
    name = _name(claims)
    if provider.kind == "ansattporten":
        found = _by_right(provider, claims, answer.details, name)
    else:
        found = _by_group(provider, claims, name)
    return replace(found, email=_email(claims))


def subject_of(key: bytes, provider: Provider, person: Sequence[str]) -> str:
    """The sign a person is kept by; who has not the key cannot try numbers out against it."""
    told = "\x1f".join((provider.issuer, *person))
    return hmac.new(key, told.encode(), "sha256").hexdigest()


def _by_right(
    provider: Provider,
    claims: Mapping[str, Any],
    details: Sequence[Mapping[str, Any]],
    name: str | None,
) -> Vouched:
    """Ansattporten: the person's number and the organisation chosen make the user.

    Its `sub` may be another each time; the same person at two municipalities is two users.
    """
    pid = _text(claims, "pid")
    if pid is None:
        raise AnswerInvalid("it names no person")
    granted = {
        resource: organisation for one in details for resource, organisation in _granted(one)
    }
    for resource, role in provider.roles.items():
        if (organisation := granted.get(resource)) is not None:
            return Vouched((pid, organisation), role, name, organisation)
    raise RightLacking(provider.name)


def _granted(detail: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Resource and organisation number of one right; none where the person acts for itself."""
    if detail.get("type") != ALTINN_RESOURCE:
        return []
    resource = str(detail.get("resource", "")).removeprefix("urn:altinn:resource:")
    parties = detail.get("authorized_parties")
    if not isinstance(parties, list) or len(parties) != 1 or not isinstance(parties[0], dict):
        return []  # nobody acts for two municipalities at once
    number = parties[0].get("orgno")
    told = number.get("ID") if isinstance(number, dict) else None
    if not isinstance(told, str) or not told.startswith(NORWAY):
        return []
    return [(resource, told.removeprefix(NORWAY))]


def _by_group(provider: Provider, claims: Mapping[str, Any], name: str | None) -> Vouched:
    """The first role of the file whose group the person is in."""
    person = _text(claims, "sub")
    if person is None:
        raise AnswerInvalid("it names no person")
    groups = _words(claims.get(provider.group_claim))
    for group, role in provider.roles.items():
        if group not in groups:
            continue
        here = _organisation(provider, role, claims)
        if here is not None:
            return replace(here, person=(person,), name=name)
    raise RightLacking(provider.name)


def _organisation(provider: Provider, role: Role, claims: Mapping[str, Any]) -> Vouched | None:
    """The role with the organisation it is of; None where what goes with the role is not told."""
    found = Vouched((), role)
    if role in MUNICIPALITY:
        organisation = _text(claims, provider.organisation_claim)
        number = _text(claims, provider.municipality_claim)
        found = replace(found, organisation_number=organisation, municipality_number=number)
        return found if organisation or number else None
    if role is Role.RECEPTION_CENTRE:
        centre = _text(claims, provider.centre_claim)
        return replace(found, reception_centre=centre) if centre else None
    if role in COUNTY and provider.county_claim is not None:
        county = _text(claims, provider.county_claim)
        known = county in COUNTIES if role is Role.COUNTY_BOARD else county == COORDINATING
        return replace(found, county=county) if known else None
    return found


def _words(told: object) -> set[str]:
    """A claim of one word, or of several."""
    words = told if isinstance(told, list) else [told]
    return {word for word in words if isinstance(word, str)}


def _text(claims: Mapping[str, Any], claim: str | None) -> str | None:
    told = claims.get(claim) if claim else None
    return told.strip() or None if isinstance(told, str) else None


def _email(claims: Mapping[str, Any]) -> str | None:
    """Only one the provider has verified: by it users added here are known."""
    told = _text(claims, "email") if claims.get("email_verified") is True else None
    return told.lower() if told else None


def _name(claims: Mapping[str, Any]) -> str | None:
    parts = (_text(claims, "given_name"), _text(claims, "family_name"))
    name = _text(claims, "name") or " ".join(part for part in parts if part)
    return name[:LONGEST_NAME] or None
