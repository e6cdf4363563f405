"""Users as those see them who manage them, and colleagues as everybody of an office does."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from app.models import User
from app.users.authority import colleagues, managed
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import NotFound
from workflow.kernel.paging import USUAL_PAGE, Page, cut, unpack
from workflow.kernel.sorting import Columns, Sorted, moment, place, words
from workflow.municipalities.models import Municipality

_ORDER: Final = "users"
#: Most colleagues in a list to choose from.
LISTED: Final = 500


@dataclass(frozen=True, slots=True)
class UserSeen:
    """One user; the sign an identity provider knows the person by is nowhere."""

    id: int
    name: str
    title: str | None
    role: Role
    email: str | None
    #: The identity provider that has vouched for the person; None before the first sign-in.
    provider: str | None
    municipality_number: str | None
    municipality_name: str | None
    reception_centre: str | None
    ended_at: datetime | None


def users(
    session: Session,
    *,
    ended: bool = False,
    sort: str | None = None,
    limit: int = USUAL_PAGE,
    after: str | None = None,
    actor: Actor,
) -> Page[UserSeen]:
    """The users the actor manages, the oldest first; those who have ended only when asked for.

    Args:
        sort: another order, a name of COLUMNS, with `-` for the other way.

    Raises:
        NotAllowed: the role manages none.
    """
    wanted = _SEEN.where(managed(actor), true() if ended else User.ended_at.is_(None))
    if sort:
        return Sorted(COLUMNS, sort, User.id).page(
            session, wanted, lambda row: _seen(row[:-2]), limit=limit, after=after
        )
    rows = session.execute(wanted.where(_follows(after)).order_by(User.id).limit(limit + 1))
    return cut([_seen(row) for row in rows], limit, _ORDER, lambda user: (user.id,))


def _follows(after: str | None) -> ColumnElement[bool]:
    return true() if after is None else User.id > unpack(after, _ORDER, int)[0]


def user(session: Session, user_id: int, *, actor: Actor) -> UserSeen:
    """One of them.

    Raises:
        NotFound: nobody the actor manages.
    """
    row = session.execute(_SEEN.where(User.id == user_id, managed(actor))).one_or_none()
    if row is None:
        raise NotFound("user")
    return _seen(row)


def colleagues_of(session: Session, *, actor: Actor) -> list[UserSeen]:
    """The others of the actor's organisation, by name."""
    rows = session.execute(
        _SEEN.where(colleagues(actor), User.ended_at.is_(None), User.id != actor.user_id)
        .order_by(User.name, User.id)
        .limit(LISTED)
    )
    return [_seen(row) for row in rows]


_COLUMNS: Final[tuple[Any, ...]] = (
    User.id,
    User.name,
    User.title,
    User.role,
    User.email,
    User.provider,
    Municipality.number,
    Municipality.official_name,
    User.reception_centre,
    User.ended_at,
)
COLUMNS: Final[Columns] = {
    "name": words(User.name),
    "role": place(User.role, Role),
    "where": func.coalesce(Municipality.sort_key, words(User.reception_centre)),
    "title": words(User.title),
    "email": User.email,
    "ended": moment(User.ended_at),
}
_SEEN: Final = select(*_COLUMNS).outerjoin(Municipality, Municipality.id == User.municipality_id)


def _seen(row: Any) -> UserSeen:
    return UserSeen(*row)
