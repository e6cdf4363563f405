"""Users added, given another role, ended. Each organisation's by its own administrator.

Locks: the organisation's administrators in the order of their ids, and the user among them, so
that two who end one another at the same moment leave one.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.deployment import country_of
from app.languages import Language
from app.models import Delegation, SignIn, User
from app.saved_views.models import SavedView
from app.users.authority import MANAGES, ORGANISATION, Organisation, gives, managed
from app.users.errors import AnotherOrganisation, KnownAlready, LastAdministrator, UserHasEnded
from workflow.kernel import audit
from workflow.kernel.actor import COUNTY, MUNICIPALITY, ROLES_OF, Actor, Role
from workflow.kernel.country import Country
from workflow.kernel.db import rows_changed
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.municipalities.sweden import COUNTIES

_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class NewUser:
    """A user to be: known by the address of work, or by what the identity provider calls them."""

    name: str
    role: Role
    title: str | None = None
    email: str | None = None
    #: The identity provider's name in the configuration, and the sign kept of the person there.
    provider: str | None = None
    subject: str | None = None
    municipality_id: int | None = None
    reception_centre: str | None = None
    #: Two digits.
    county: str | None = None


def add(session: Session, new: NewUser, *, actor: Actor, at: datetime) -> int:
    """Add a user, who may come in from now on; returns the id.

    Raises:
        NotAllowed: the actor gives no such role, or not there.
        Invalid: no address and no person, or an organisation that does not go with the role.
        KnownAlready.
    """
    country = country_of(session) or Country.NORWAY
    if new.role not in gives(actor) or new.role not in ROLES_OF[country]:
        raise NotAllowed("the role is not the actor's to give", role=actor.role, wanted=new.role)
    if actor.municipality_id not in {None, new.municipality_id}:
        raise NotAllowed("another municipality's users are its own", role=actor.role)
    _refuse_malformed(new)
    email = new.email.lower() if new.email else None
    if new.subject is not None:  # who was ended here and comes back is another user
        session.execute(
            update(User)
            .where(
                User.provider == new.provider,
                User.subject == new.subject,
                User.ended_at.is_not(None),
                managed(actor),
            )
            .values(provider=None, subject=None)
            .execution_options(synchronize_session=False)
        )
    made = session.execute(
        upsert(User)
        .values(
            name=new.name,
            title=new.title,
            role=new.role,
            role_set_here=True,
            email=email,
            provider=new.provider,
            subject=new.subject,
            municipality_id=new.municipality_id,
            reception_centre=new.reception_centre,
            county=new.county,
            demo=False,
        )
        .on_conflict_do_nothing()
        .returning(User.id)
    ).scalar_one_or_none()
    if made is None:
        raise KnownAlready
    after = {"role": new.role, "municipality_id": new.municipality_id}
    _record(session, made, "add_user", None, after, actor=actor, at=at)
    return made


def _refuse_malformed(new: NewUser) -> None:
    if not 0 < len(new.name.strip()) <= LONGEST:
        raise Invalid("a user has a name", pointer="/name", expected=f"1-{LONGEST} characters")
    if new.email is None and new.subject is None:
        raise Invalid("an address of work, or a person at a provider", pointer="/email")
    if new.email is not None and (len(new.email) > LONGEST or _EMAIL.fullmatch(new.email) is None):
        raise Invalid("no e-mail address", pointer="/email", expected="name@example.no")
    if (new.provider is None) != (new.subject is None):
        raise Invalid("a person is one at a provider", pointer="/provider")
    if (new.role in MUNICIPALITY) != (new.municipality_id is not None):
        raise Invalid("the role and a municipality go together", pointer="/municipality_number")
    if (new.role is Role.RECEPTION_CENTRE) != (new.reception_centre is not None):
        raise Invalid("the role and a centre go together", pointer="/reception_centre")
    if (new.role in COUNTY) != (new.county is not None):
        raise Invalid("the role and a county go together", pointer="/county")
    if new.county is not None and new.county not in COUNTIES:
        raise Invalid("no such county", pointer="/county", expected="two digits, like 17")


def change_role(session: Session, user_id: int, role: Role, *, actor: Actor, at: datetime) -> None:
    """Give a user another role of the same organisation; it holds from the next request on.

    Raises:
        NotFound: nobody the actor manages. NotAllowed: no role of the actor's to give.
        AnotherOrganisation; UserHasEnded; LastAdministrator.
    """
    user = _locked(session, user_id, actor)
    if role is Role.SYSTEM or ORGANISATION[role] is not ORGANISATION[user.role]:
        raise AnotherOrganisation(role=user.role, wanted=role)
    if role not in gives(actor):
        raise NotAllowed("the role is not the actor's to give", role=actor.role, wanted=role)
    if user.ended_at is not None:
        raise UserHasEnded
    if user.role is role:
        return
    if role not in MANAGES:
        _somebody_else_manages(session, user, actor)
    _write(session, user_id, {"role": role, "role_set_here": True})
    _record(
        session, user_id, "change_role", {"role": user.role}, {"role": role}, actor=actor, at=at
    )


def end(
    session: Session, user_id: int, *, reason: str | None = None, actor: Actor, at: datetime
) -> None:
    """The user has no access any more, from this moment on; ending twice changes nothing.

    The sessions end, and so does what the user has lent or been lent; saved views are removed.

    Raises:
        NotFound: nobody the actor manages. LastAdministrator.
    """
    user = _locked(session, user_id, actor)
    if user.ended_at is not None:
        return
    _somebody_else_manages(session, user, actor)
    _write(session, user_id, {"ended_at": at})
    session.execute(delete(SignIn).where(SignIn.user_id == user_id))
    session.execute(delete(SavedView).where(SavedView.user_id == user_id))
    session.execute(
        update(Delegation)
        .where(
            or_(Delegation.delegator_id == user_id, Delegation.delegate_id == user_id),
            Delegation.ended_at.is_(None),
        )
        .values(ended_at=at, ended_by=actor.name)
        .execution_options(synchronize_session=False)
    )
    _record(
        session, user_id, "end_user", {"role": user.role}, None, actor=actor, at=at, reason=reason
    )


def speak(session: Session, language: Language, *, actor: Actor, at: datetime) -> None:
    """The person's pages are in this language from now on; the same again changes nothing."""
    person = actor.user_id
    changed = rows_changed(
        session,
        update(User)
        .where(User.id == person, User.language.is_distinct_from(language))
        .values(language=language)
        .execution_options(synchronize_session=False),
    )
    if changed and person is not None:
        _record(session, person, "speak", None, {"language": language}, actor=actor, at=at)


def _locked(session: Session, user_id: int, actor: Actor) -> User:
    """The user and the administrators of the same organisation, each locked."""
    theirs = managed(actor)
    known = session.execute(
        select(User.role, User.municipality_id).where(User.id == user_id, theirs)
    ).one_or_none()
    if known is None:
        raise NotFound("user")
    managing = [role for role in MANAGES if ORGANISATION[role] is ORGANISATION[known.role]]
    rows = session.scalars(
        select(User)
        .where(
            or_(
                User.id == user_id,
                User.role.in_(managing)
                & User.municipality_id.is_not_distinct_from(known.municipality_id)
                & User.ended_at.is_(None),
            )
        )
        .order_by(User.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    user = next((row for row in rows.all() if row.id == user_id), None)
    assert user is not None  # noqa: S101  users are never removed
    return user


def _somebody_else_manages(session: Session, user: User, actor: Actor) -> None:
    """An organisation keeps one who manages its users.

    Only the state's administrator may end another organisation's last, to appoint a new one.
    """
    if user.role not in MANAGES:
        return
    if actor.role is Role.ADMINISTRATOR and ORGANISATION[user.role] is not Organisation.OPERATION:
        return
    others = session.scalar(
        select(User.id)
        .where(
            User.role == user.role,
            User.municipality_id.is_not_distinct_from(user.municipality_id),
            User.ended_at.is_(None),
            User.id != user.id,
        )
        .limit(1)
    )
    if others is None:
        raise LastAdministrator(role=user.role)


def _write(session: Session, user_id: int, values: dict[str, Any]) -> None:
    session.execute(
        update(User)
        .where(User.id == user_id)
        .values(values)
        .execution_options(synchronize_session=False)
    )


def _record(
    session: Session,
    user_id: int,
    action: str,
    before: audit.Values | None,
    after: audit.Values | None,
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
) -> None:
    changed = audit.Change(audit.subject(audit.Kind.ACTOR, "user", user_id), before, after)
    audit.record(session, changed, action, actor=actor, at=at, reason=reason)
