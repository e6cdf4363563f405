"""Authority lent by one user to another of the same organisation, for some days, with a reason.

The one who uses it acts with the lender's role as it is at that moment, never with more; history
and audit name both. It ends by itself when its days are over or either of the two has left, and
may be ended before. Who acts for another lends nothing on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.models import Delegation, User
from app.users.authority import LENDS, MANAGES, ORGANISATION, colleagues, manages_or_is
from app.users.errors import Chain, NotAColleague, NothingToLend, UserHasEnded
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotAllowed, NotFound, ReasonMissing

#: The longest a delegation may last.
LONGEST: Final = timedelta(days=366)
_LISTED: Final = 500

_Lender, _Borrower = aliased(User), aliased(User)


@dataclass(frozen=True, slots=True)
class DelegationSeen:
    """Who has lent whom the authority, from a day to a day, both included."""

    id: int
    delegator_id: int
    delegator: str
    delegate_id: int
    delegate: str
    from_on: date
    until_on: date
    reason: str
    given_at: datetime
    given_by: str
    ended_at: datetime | None
    ended_by: str | None
    in_force: bool


def lend(
    session: Session,
    *,
    delegator_id: int | None = None,
    delegate_id: int,
    from_on: date,
    until_on: date,
    reason: str | None,
    actor: Actor,
    at: datetime,
) -> int:
    """Lend authority; returns the delegation's id.

    Args:
        delegator_id: whose; None: the actor's own. Who manages a user may do it for one who
            cannot, but not to itself.

    Raises:
        Chain; NothingToLend; NotAColleague; UserHasEnded; ReasonMissing; NotAllowed.
        NotFound: nobody the actor answers for, or no such colleague.
        Invalid: days that are past or turned about, too many, or a person lending to itself.
    """
    if actor.acting_for is not None:
        raise Chain
    lender = _answered_for(session, delegator_id, actor)
    if lender.role not in LENDS:
        raise NothingToLend(role=lender.role)
    if not reason:
        raise ReasonMissing
    _refuse_malformed(from_on, until_on, local_day(at))
    borrower = session.execute(
        select(User.id, User.role, User.municipality_id, User.ended_at)
        .where(User.id == delegate_id, _same_organisation(lender))
        .with_for_update(key_share=True)
    ).one_or_none()
    if borrower is None:
        raise NotAColleague
    if borrower.id == lender.id:
        raise Invalid("nobody lends to oneself", pointer="/delegate_id")
    if borrower.ended_at is not None:
        raise UserHasEnded
    if lender.id != actor.user_id and borrower.id in {actor.user_id, actor.owner_id}:
        raise NotAllowed("who manages users gives itself no authority", role=actor.role)
    made: int = session.execute(
        insert(Delegation)
        .values(
            delegator_id=lender.id,
            delegate_id=borrower.id,
            from_on=from_on,
            until_on=until_on,
            reason=reason,
            given_at=at,
            given_by=actor.name,
        )
        .returning(Delegation.id)
    ).scalar_one()
    after = {"delegation": made, "to": f"user:{borrower.id}", "from": from_on, "until": until_on}
    _record(session, lender.id, "lend", after, actor=actor, at=at, reason=reason)
    return made


def _answered_for(session: Session, delegator_id: int | None, actor: Actor) -> User:
    """The lender, locked so that it does not end meanwhile."""
    wanted = delegator_id if delegator_id is not None else actor.user_id
    if wanted is None:
        raise Invalid("say whose authority", pointer="/delegator_id")
    found = session.scalar(
        select(User)
        .where(User.id == wanted, manages_or_is(actor))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("user")
    if found.ended_at is not None:
        raise UserHasEnded
    return found


def _same_organisation(lender: User) -> ColumnElement[bool]:
    of_lender = Actor(
        "", lender.role, lender.municipality_id, lender.reception_centre, county=lender.county
    )
    return colleagues(of_lender)


def _refuse_malformed(from_on: date, until_on: date, today: date) -> None:
    if from_on < today:
        raise Invalid("past", pointer="/from_on", expected=f"{today} or later")
    if until_on < from_on:
        raise Invalid("ends before it begins", pointer="/until_on", expected=f"{from_on} or later")
    if until_on - from_on >= LONGEST:
        raise Invalid("too long", pointer="/until_on", expected=f"at most {LONGEST.days} days")


def end(session: Session, delegation_id: int, *, actor: Actor, at: datetime) -> None:
    """It holds no longer, from this moment on; ending it twice changes nothing.

    A session in which it is used asks with each request whether it is still in force.

    By either of the two, or by who manages one of them.

    Raises:
        NotFound: there is none, or not for this actor.
    """
    found = session.execute(
        select(Delegation.delegator_id, Delegation.ended_at)
        .where(Delegation.id == delegation_id, _concerns(actor))
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound("delegation")
    if found.ended_at is not None:
        return
    session.execute(
        update(Delegation)
        .where(Delegation.id == delegation_id)
        .values(ended_at=at, ended_by=actor.name)
        .execution_options(synchronize_session=False)
    )
    after = {"delegation": delegation_id, "ended": True}
    _record(session, found.delegator_id, "end_lending", after, actor=actor, at=at)


def in_force(day: date) -> ColumnElement[bool]:
    """Whether a delegation holds on a day."""
    return and_(
        Delegation.ended_at.is_(None), Delegation.from_on <= day, Delegation.until_on >= day
    )


def acting(session: Session, delegation_id: int, person: Actor, *, at: datetime) -> Actor | None:
    """The person with the other's authority as it is now; None where it holds no longer."""
    lender = session.execute(
        select(User)
        .join(Delegation, Delegation.delegator_id == User.id)
        .where(
            Delegation.id == delegation_id,
            Delegation.delegate_id == person.user_id,
            in_force(local_day(at)),
            User.ended_at.is_(None),
        )
    ).scalar_one_or_none()
    if lender is None or lender.role not in LENDS:
        return None
    if ORGANISATION[lender.role] is not ORGANISATION[person.role] or (
        (lender.municipality_id, lender.county) != (person.municipality_id, person.county)
    ):
        return None
    return person.for_another(
        Actor(
            lender.name,
            lender.role,
            municipality_id=lender.municipality_id,
            reception_centre=lender.reception_centre,
            user_id=lender.id,
            county=lender.county,
        )
    )


def authority_of(session: Session, since: datetime, *, actor: Actor, at: datetime) -> set[str]:
    """Signs of those whose authority the persons behind an actor have held at any time since."""
    persons = [int(sign.removeprefix("user:")) for sign in actor.persons if "user:" in sign]
    rows = session.scalars(
        select(Delegation.delegator_id).where(
            Delegation.delegate_id.in_(persons),
            Delegation.from_on <= local_day(at),
            Delegation.until_on >= local_day(since),
            or_(Delegation.ended_at.is_(None), Delegation.ended_at > since),
        )
    )
    return {f"user:{one}" for one in rows}


def delegations(session: Session, *, actor: Actor, at: datetime) -> list[DelegationSeen]:
    """Those the actor has given, been given, or looks after, the newest first."""
    wanted = (
        select(*_COLUMNS, in_force(local_day(at)))
        .join(_Lender, _Lender.id == Delegation.delegator_id)
        .join(_Borrower, _Borrower.id == Delegation.delegate_id)
        .where(_concerns(actor))
        .order_by(Delegation.id.desc())
        .limit(_LISTED)
    )
    rows: Iterable[Any] = session.execute(wanted)
    return [DelegationSeen(*row) for row in rows]


_COLUMNS: Final[tuple[Any, ...]] = (
    Delegation.id,
    Delegation.delegator_id,
    _Lender.name,
    Delegation.delegate_id,
    _Borrower.name,
    Delegation.from_on,
    Delegation.until_on,
    Delegation.reason,
    Delegation.given_at,
    Delegation.given_by,
    Delegation.ended_at,
    Delegation.ended_by,
)


def _concerns(actor: Actor) -> ColumnElement[bool]:
    theirs = select(User.id).where(manages_or_is(actor))
    return or_(Delegation.delegator_id.in_(theirs), Delegation.delegate_id.in_(theirs))


def _record(
    session: Session,
    user_id: int,
    action: str,
    after: audit.Values,
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
) -> None:
    changed = audit.Change(audit.subject(audit.Kind.ACTOR, "user", user_id), after=after)
    audit.record(session, changed, action, actor=actor, at=at, reason=reason)


def may_lend(actor: Actor) -> bool:
    """Whether the actor has authority of its own to lend."""
    return actor.role in LENDS and actor.acting_for is None and actor.user_id is not None


def looks_after_others(actor: Actor) -> bool:
    return actor.role in MANAGES and actor.acting_for is None
