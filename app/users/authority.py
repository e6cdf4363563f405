"""Which roles manage which, and which may lend their authority: the tables everything asks."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, or_

from app.models import User
from workflow.kernel.actor import COUNTY, MUNICIPALITY, Actor, Role
from workflow.kernel.errors import NotAllowed

#: The roles a role gives, changes and ends: a municipality's only in its own municipality.
MANAGES: Final[Mapping[Role, tuple[Role, ...]]] = {
    Role.ADMINISTRATOR: tuple(role for role in Role if role is not Role.SYSTEM),
    Role.LEAD: (Role.CASE_OFFICER, Role.LEAD),
    Role.MUNICIPALITY_ADMINISTRATOR: (
        Role.MUNICIPALITY_READER,
        Role.MUNICIPALITY_WRITER,
        Role.MUNICIPALITY_ADMINISTRATOR,
    ),
}

#: Whose authority may be lent.
LENDS: Final = frozenset(
    {Role.CASE_OFFICER, Role.LEAD, Role.MUNICIPALITY_WRITER, Role.MIGRATION_OFFICER} | COUNTY
)


class Organisation(StrEnum):
    """The kinds of organisations; a user moves between roles of one, never between two."""

    DIRECTORATE = "directorate"
    MUNICIPALITY = "municipality"
    TRAVEL = "travel"
    CENTRE = "centre"
    #: Sweden's: the Migration Agency, a county board.
    MIGRATION_AGENCY = "migration_agency"
    COUNTY = "county"
    AUDIT = "audit"
    OPERATION = "operation"


ORGANISATION: Final[Mapping[Role, Organisation]] = {
    Role.CASE_OFFICER: Organisation.DIRECTORATE,
    Role.LEAD: Organisation.DIRECTORATE,
    **dict.fromkeys(MUNICIPALITY, Organisation.MUNICIPALITY),
    Role.TRAVEL_OFFICER: Organisation.TRAVEL,
    Role.RECEPTION_CENTRE: Organisation.CENTRE,
    Role.MIGRATION_OFFICER: Organisation.MIGRATION_AGENCY,
    **dict.fromkeys(COUNTY, Organisation.COUNTY),
    Role.AUDITOR: Organisation.AUDIT,
    Role.ADMINISTRATOR: Organisation.OPERATION,
}


def gives(actor: Actor) -> tuple[Role, ...]:
    """The roles the actor gives.

    Raises:
        NotAllowed: the role manages no users; or the actor uses another's authority, who is
            trusted with cases, not with users.
    """
    if actor.role not in MANAGES or actor.acting_for is not None:
        raise NotAllowed("the role manages no users", role=actor.role)
    return MANAGES[actor.role]


def managed(actor: Actor) -> ColumnElement[bool]:
    """The users the actor manages, as a condition on `users`.

    Raises:
        NotAllowed: nobody.
    """
    theirs = User.role.in_(gives(actor))
    if actor.municipality_id is not None:
        return and_(theirs, User.municipality_id == actor.municipality_id)
    return theirs


def colleagues(actor: Actor) -> ColumnElement[bool]:
    """The users of the actor's organisation, as a condition on `users`."""
    same = [role for role, kind in ORGANISATION.items() if kind is ORGANISATION[actor.role]]
    theirs = User.role.in_(same)
    if actor.municipality_id is not None:
        return and_(theirs, User.municipality_id == actor.municipality_id)
    if actor.reception_centre is not None:
        return and_(theirs, User.reception_centre == actor.reception_centre)
    if actor.county is not None:
        return and_(theirs, User.county == actor.county)
    return theirs


def manages_or_is(actor: Actor) -> ColumnElement[bool]:
    """The users the actor answers for: itself, and those it manages."""
    itself = User.id == actor.user_id
    if actor.role in MANAGES and actor.acting_for is None:
        return or_(itself, managed(actor))
    return itself
