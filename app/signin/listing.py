"""Who is signed in now, for those who may end it: the administrator all, a municipality its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select, true
from sqlalchemy.orm import Session

from app.clock import machine_time
from app.models import SignIn, User
from app.signin.secret import hash_of
from app.signin.sessions import Limits, awake
from workflow.kernel import audit
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.municipalities.models import Municipality

AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Open:
    """One session; `ends_at` however active the person is."""

    id: int
    name: str
    role: Role
    organisation: str | None
    provider: str | None
    at: datetime
    seen_at: datetime
    ends_at: datetime


def _may_end(actor: Actor) -> ColumnElement[bool]:
    """The users whose sessions the actor looks after.

    Raises:
        NotAllowed: nobody's.
    """
    if actor.role is Role.ADMINISTRATOR:
        return true()
    if actor.role is Role.MUNICIPALITY_ADMINISTRATOR:
        return User.municipality_id == actor.municipality_id
    raise NotAllowed("sessions are looked after by administrators", role=actor.role)


def sessions_open(
    session: Session, *, limits: Limits, before: int | None = None, actor: Actor, at: datetime
) -> list[Open]:
    """The sessions that last now, the newest first.

    Args:
        before: only those older than this one.
    """
    rows = session.execute(
        select(
            SignIn.id,
            User.name,
            User.role,
            func.coalesce(Municipality.official_name, User.reception_centre),
            SignIn.provider,
            SignIn.at,
            SignIn.seen_at,
            SignIn.expires_at,
        )
        .join(User, User.id == SignIn.user_id)
        .outerjoin(Municipality, Municipality.id == User.municipality_id)
        .where(
            _may_end(actor),
            awake(limits, at),
            User.ended_at.is_(None),
            SignIn.id < before if before is not None else true(),
        )
        .order_by(SignIn.id.desc())
        .limit(AT_ONCE)
    )
    return [Open(*row) for row in rows]


def end_session(session: Session, session_id: int, *, actor: Actor) -> None:
    """End somebody's session; their next request is a stranger's.

    Raises:
        NotFound: no such session, or not one the actor looks after.
    """
    theirs = select(User.id).where(_may_end(actor))
    ended = session.scalar(
        delete(SignIn)
        .where(SignIn.id == session_id, SignIn.user_id.in_(theirs))
        .returning(SignIn.user_id)
    )
    if ended is None:
        raise NotFound("session")
    change = audit.Change(
        audit.subject(audit.Kind.ACTOR, "user", ended), after={"session": session_id}
    )
    audit.record(session, change, "end_session", actor=actor, at=machine_time())


def own(session: Session, secret: str) -> int | None:
    """The number of the session that asks."""
    return session.scalar(select(SignIn.id).where(SignIn.secret_hash == hash_of(secret)))
