"""Users made of what identity providers vouch for: the first time a person comes, and kept up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.deployment import country_of
from app.models import User
from app.refusals import OrganisationUnknown, RightLacking, UserEnded
from app.signin.claims import Vouched, subject_of
from app.signin.providers import Provider
from app.users.authority import ORGANISATION
from workflow.kernel.actor import COUNTY, ROLES_OF, SYSTEM
from workflow.kernel.country import Country
from workflow.kernel.errors import NotFound
from workflow.municipalities import queries as register
from workflow.municipalities.sweden import place


@dataclass(frozen=True, slots=True)
class Admitted:
    id: int
    name: str


def admit(
    session: Session, provider: Provider, found: Vouched, *, keys: Sequence[bytes], on: date
) -> Admitted:
    """The user of a person, made if there is none, with the role the person has today.

    One who was added here under an address the provider vouches for is this person from now on. A
    role given here stays, within the organisation the provider lets the person into.

    Args:
        keys: the key subjects are hashed with, then the ones before it, which still find a person.

    Raises:
        OrganisationUnknown: the organisation is no municipality on this day.
        RightLacking: the role is another country's, or a county board's nobody was added for.
        UserEnded: the person has left.
    """
    if found.role not in ROLES_OF[country_of(session) or Country.NORWAY]:
        raise RightLacking(provider.name)
    municipality_id = _municipality(session, found, on)
    subjects = [subject_of(key, provider, found.person) for key in keys]
    now: dict[str, Any] = {
        "role": found.role,
        "municipality_id": municipality_id,
        "reception_centre": found.reception_centre,
        "subject": subjects[0],
    } | ({"name": found.name} if found.name else {})
    if found.role not in COUNTY or found.county is not None:
        now["county"] = found.county
    known = session.execute(
        select(*_KNOWN)
        .where(User.provider == provider.name, User.subject.in_(subjects))
        .order_by(User.id)
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if known is None or known.ended_at is not None:
        before, known = known, _added_here(session, found, municipality_id)
        if known is None and before is not None:
            raise UserEnded
        if known is None and "county" not in now:
            raise RightLacking(provider.name)  # which county, only who adds the person can say
        if known is None:
            return _new(session, provider, now)
        if before is not None:
            _let_go(session, before.id)
    if known.county is None and "county" not in now:
        raise RightLacking(provider.name)
    if known.role_set_here and _same_organisation(known, found, municipality_id):
        del now["role"]
    else:
        now["role_set_here"] = False
    now["provider"] = provider.name
    name = session.execute(
        update(User)
        .where(User.id == known.id)
        .values(now)
        .returning(User.name)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    return Admitted(known.id, name)


_KNOWN = (
    *(User.id, User.ended_at, User.role_set_here),
    *(User.role, User.municipality_id, User.county),
)


def _added_here(session: Session, found: Vouched, municipality_id: int | None) -> Any:
    """Who was added by address, in the same organisation, and has never come yet."""
    if found.email is None:
        return None
    row = session.execute(
        select(*_KNOWN)
        .where(
            User.email == found.email,
            User.provider.is_(None),
            User.municipality_id.is_not_distinct_from(municipality_id),
            User.ended_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    return row if row is not None and _same_organisation(row, found, municipality_id) else None


def _let_go(session: Session, user_id: int) -> None:
    """Who was ended here and is added anew comes back as the new user."""
    session.execute(
        update(User)
        .where(User.id == user_id, User.ended_at.is_not(None))
        .values(provider=None, subject=None)
        .execution_options(synchronize_session=False)
    )


def _same_organisation(known: Any, found: Vouched, municipality_id: int | None) -> bool:
    return (
        known.municipality_id == municipality_id
        and ORGANISATION[known.role] is ORGANISATION[found.role]
        and found.county in {None, known.county}
    )


def _new(session: Session, provider: Provider, now: Mapping[str, Any]) -> Admitted:
    """Two tabs may come first at the same moment; they make one user."""
    unnamed = f"{provider.title} {now['subject'][:6]}"
    made = (
        insert(User)
        .values({"name": unnamed, "provider": provider.name, "demo": False, **now})
        .on_conflict_do_update(index_elements=["provider", "subject"], set_=dict(now))
        .returning(User.id, User.name)
    )
    return Admitted(*session.execute(made).one())


def _municipality(session: Session, found: Vouched, on: date) -> int | None:
    if found.municipality_number is not None:
        try:
            return place(session, found.municipality_number).id
        except NotFound as fault:
            raise OrganisationUnknown(found.municipality_number) from fault
    if found.organisation_number is None:
        return None
    try:
        seen = register.by_organisation(session, found.organisation_number, on=on, actor=SYSTEM)
    except NotFound as fault:
        raise OrganisationUnknown(found.organisation_number) from fault
    return seen.id
