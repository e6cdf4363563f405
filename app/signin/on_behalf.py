"""Acting for another in a session: begun and ended by the person, over when the delegation is."""

import hmac
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.clock import shift_of
from app.models import Delegation, SignIn, User
from app.signin.secret import hash_of
from app.users.delegations import acting, in_force
from app.users.errors import Chain, NotInForce
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotFound


def begin_acting(
    session: Session, secret: str, delegation_id: int, *, actor: Actor, at: datetime
) -> str:
    """From the session's next request on the person acts for the other; returns whose name.

    Args:
        secret: of the session's cookie.

    Raises:
        NotFound: not one lent to this person. NotInForce; Chain: acting for somebody already.
    """
    if actor.acting_for is not None:
        raise Chain
    found = session.execute(
        select(User.name, in_force(local_day(at)).label("holds"))
        .join(Delegation, Delegation.delegator_id == User.id)
        .where(Delegation.id == delegation_id, Delegation.delegate_id == actor.user_id)
    ).one_or_none()
    if found is None:
        raise NotFound("delegation")
    if not found.holds or acting(session, delegation_id, actor, at=at) is None:
        raise NotInForce
    _write(session, secret, delegation_id)
    changed = audit.Change(
        audit.subject(audit.Kind.ACTOR, "user", actor.user_id), after={"delegation": delegation_id}
    )
    audit.record(session, changed, "begin_acting", actor=actor, at=at)
    return str(found.name)


def end_acting(session: Session, secret: str) -> None:
    """From the session's next request on the person acts for itself."""
    _write(session, secret, None)


def _write(session: Session, secret: str, delegation_id: int | None) -> None:
    session.execute(
        update(SignIn)
        .where(SignIn.secret_hash == hash_of(secret))
        .values(delegation_id=delegation_id)
        .execution_options(synchronize_session=False)
    )


def as_whom(session: Session, user: User, delegation_id: int | None, at: datetime) -> Actor:
    """The user, or the user with another's authority while that is lent.

    Args:
        at: the machine's time, as sessions live by; delegations by the days of the application's
            world.
    """
    person = Actor(
        name=user.name,
        role=user.role,
        municipality_id=user.municipality_id,
        reception_centre=user.reception_centre,
        user_id=user.id,
        county=user.county,
    )
    if delegation_id is None:
        return person
    return acting(session, delegation_id, person, at=at + shift_of(session)) or person


def form_token(csrf: str, actor: Actor) -> str:
    """Another while acting for somebody: a form is sent in the name it was made in, or refused."""
    if actor.acting_for is None:
        return csrf
    return hmac.digest(csrf.encode(), f"for:{actor.acting_for.user_id}".encode(), "sha256").hex()
