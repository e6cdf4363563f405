"""Who is signed in now, for those who may end it.

Everybody their own sessions, the administrator all, a municipality's those of its own people.
"""

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
    #: Browser and system by their family; None where it is not known.
    device: str | None
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
        _OPEN.where(
            _may_end(actor),
            awake(limits, at),
            User.ended_at.is_(None),
            SignIn.id < before if before is not None else true(),
        ).limit(AT_ONCE)
    )
    return [Open(*row) for row in rows]


_OPEN: Final = (
    select(
        SignIn.id,
        User.name,
        User.role,
        func.coalesce(Municipality.official_name, User.reception_centre),
        SignIn.provider,
        SignIn.device,
        SignIn.at,
        SignIn.seen_at,
        SignIn.expires_at,
    )
    .join(User, User.id == SignIn.user_id)
    .outerjoin(Municipality, Municipality.id == User.municipality_id)
    .order_by(SignIn.id.desc())
)


def own_sessions(session: Session, *, limits: Limits, actor: Actor, at: datetime) -> list[Open]:
    """The actor's own that last now, the newest first; a token has none."""
    rows = session.execute(
        _OPEN.where(SignIn.user_id == actor.user_id, awake(limits, at)).limit(AT_ONCE)
    )
    return [Open(*row) for row in rows]


def end_own(session: Session, session_id: int, *, actor: Actor) -> None:
    """End one of one's own sessions, this one too.

    Raises:
        NotFound: no such session of the actor's.
    """
    if not _end(session, SignIn.id == session_id, SignIn.user_id == actor.user_id, actor=actor):
        raise NotFound("session")


def end_others(session: Session, secret: str, *, actor: Actor) -> int:
    """End all of one's own sessions but the one that asks; returns how many.

    Args:
        secret: of the asking session's cookie.
    """
    others = SignIn.secret_hash != hash_of(secret)
    return _end(session, others, SignIn.user_id == actor.user_id, actor=actor)


def end_session(session: Session, session_id: int, *, actor: Actor) -> None:
    """End somebody's session; their next request is a stranger's.

    Raises:
        NotFound: no such session, or not one the actor looks after.
    """
    theirs = select(User.id).where(_may_end(actor))
    if not _end(session, SignIn.id == session_id, SignIn.user_id.in_(theirs), actor=actor):
        raise NotFound("session")


def _end(session: Session, *which: ColumnElement[bool], actor: Actor) -> int:
    """End sessions, each on record in its user's chain; returns how many."""
    ended = session.execute(delete(SignIn).where(*which).returning(SignIn.user_id, SignIn.id)).all()
    changes = [
        audit.Change(
            audit.subject(audit.Kind.ACTOR, "user", row.user_id), after={"session": row.id}
        )
        for row in sorted(ended, key=lambda row: row.id)
    ]
    audit.record_all(session, changes, "end_session", actor=actor, at=machine_time())
    return len(changes)


def own(session: Session, secret: str) -> int | None:
    """The number of the session that asks."""
    return session.scalar(select(SignIn.id).where(SignIn.secret_hash == hash_of(secret)))
