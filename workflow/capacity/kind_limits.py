"""How many households of a kind a municipality wishes to settle between two days; 0 is none.

A council says how many persons, without reservations, and cannot demand a type of family; only
whether it takes unaccompanied minors, who have places of their own, is its to say
(`domain-norway.md` 1.1). So what it states here is a wish, until IMDi confirms it or says no. What
is confirmed, or recorded by IMDi itself, binds the plans of the planner; the published order and
what an officer chooses case by case know nothing of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, func, insert, select, true, update
from sqlalchemy.orm import Session

from workflow.capacity.commands import WRITES_PLACES
from workflow.capacity.errors import KindLimitClosed
from workflow.capacity.events import CapacityEvent
from workflow.capacity.models import KindLimit
from workflow.capacity.states import HouseholdKind, KindLimitState
from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, READS_ALL_CASES, Actor, Role
from workflow.kernel.calendar import local_day
from workflow.kernel.db import rows_changed
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish
from workflow.municipalities.models import Municipality

LONGEST_REASON: Final = 2000
MOST: Final = 1000
_IMDI: Final = DIRECTORATE | {Role.SYSTEM}


@dataclass(frozen=True, slots=True)
class NewLimit:
    kind: HouseholdKind
    #: Households; 0: none.
    most: int
    from_on: date
    #: The last day it holds.
    until_on: date
    reason: str


@dataclass(frozen=True, slots=True)
class LimitSeen:
    """One limit as it now stands, and whose it is."""

    limit: KindLimit
    municipality_number: str
    municipality_name: str

    def state(self, today: date) -> KindLimitState:
        one = self.limit
        if one.ended_at is not None or one.until_on < today:
            return KindLimitState.ENDED
        if one.confirmed is None:
            return KindLimitState.WISHED
        return KindLimitState.CONFIRMED if one.confirmed else KindLimitState.REFUSED


def state_limit(
    session: Session, municipality_id: int, new: NewLimit, *, actor: Actor, at: datetime
) -> int:
    """The municipality wishes it, or IMDi records it, which confirms it at once.

    Raises:
        NotAllowed: it is the municipality's own and IMDi's.
        Invalid: no reason, a number that cannot be, or it ends before it begins or before today.
    """
    own = actor.role in WRITES_PLACES and actor.municipality_id == municipality_id
    if not own and actor.role not in _IMDI:
        raise NotAllowed("kinds are the municipality's own and IMDi's to limit", role=actor.role)
    _check(new, local_day(at))
    by_imdi = actor.role in _IMDI
    limit = session.execute(
        insert(KindLimit)
        .values(
            municipality_id=municipality_id,
            kind=new.kind,
            most=new.most,
            from_on=new.from_on,
            until_on=new.until_on,
            reason=new.reason,
            at=at,
            actor=actor.name,
            confirmed=True if by_imdi else None,
            answered_at=at if by_imdi else None,
            answered_by=actor.name if by_imdi else None,
        )
        .returning(KindLimit)
    ).scalar_one()
    after = {
        "kind_limit": limit.id,
        "kind": new.kind,
        "most": new.most,
        "from_on": new.from_on,
        "until_on": new.until_on,
        "confirmed": True if by_imdi else None,
    }
    change = audit.Change(audit.subject(audit.Kind.MUNICIPALITY, municipality_id), after=after)
    audit.record(session, change, "state_kind_limit", actor=actor, at=at, reason=new.reason)
    said = CapacityEvent.KIND_CONFIRMED if by_imdi else CapacityEvent.KIND_WISHED
    _tell(session, said, limit, at=at)
    return limit.id


def answer(
    session: Session,
    limit_id: int,
    *,
    confirmed: bool,
    reason: str | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """IMDi confirms what a municipality wishes, or says no to it for a reason.

    Raises:
        NotFound, NotAllowed: it is IMDi's to answer.
        Invalid: a no without a reason. KindLimitClosed: it is answered, or over.
    """
    found = one(session, limit_id, actor=actor).limit
    if actor.role not in DIRECTORATE:
        raise NotAllowed("IMDi answers what a municipality wishes", role=actor.role)
    told = (reason or "").strip()
    if len(told) > LONGEST_REASON or not (told or confirmed):
        raise Invalid("a no has a reason", pointer="/reason", expected="why it cannot be so")
    answered = rows_changed(
        session,
        update(KindLimit)
        .where(
            KindLimit.id == limit_id,
            KindLimit.confirmed.is_(None),
            KindLimit.ended_at.is_(None),
            KindLimit.until_on >= local_day(at),
        )
        .values(confirmed=confirmed, answered_at=at, answered_by=actor.name, answer=told or None)
        .execution_options(synchronize_session=False),
    )
    if not answered:
        raise KindLimitClosed
    change = audit.Change(
        audit.subject(audit.Kind.MUNICIPALITY, found.municipality_id),
        {"kind_limit": limit_id, "confirmed": None},
        {"kind_limit": limit_id, "confirmed": confirmed},
    )
    audit.record(session, change, "answer_kind_limit", actor=actor, at=at, reason=told or None)
    said = CapacityEvent.KIND_CONFIRMED if confirmed else CapacityEvent.KIND_REFUSED
    _tell(session, said, found, at=at)


def end(session: Session, limit_id: int, *, actor: Actor, at: datetime) -> None:
    """It holds no longer, from now on; ended twice is as once.

    Raises:
        NotFound: no such limit, or another municipality's. NotAllowed.
    """
    found = one(session, limit_id, actor=actor).limit
    if actor.role not in WRITES_PLACES and actor.role not in DIRECTORATE:
        raise NotAllowed("kinds are the municipality's own and IMDi's to limit", role=actor.role)
    ended = rows_changed(
        session,
        update(KindLimit)
        .where(KindLimit.id == limit_id, KindLimit.ended_at.is_(None))
        .values(ended_at=at, ended_by=actor.name)
        .execution_options(synchronize_session=False),
    )
    if ended:
        change = audit.Change(
            audit.subject(audit.Kind.MUNICIPALITY, found.municipality_id),
            {"kind_limit": limit_id, "ended_at": None},
            {"kind_limit": limit_id, "ended_at": at},
        )
        audit.record(session, change, "end_kind_limit", actor=actor, at=at)
        _tell(session, CapacityEvent.KIND_ENDED, found, at=at)


def one(session: Session, limit_id: int, *, actor: Actor) -> LimitSeen:
    """One limit as it now stands.

    Raises:
        NotFound: no such limit, or not one the actor reads.
    """
    for found in _seen(session, KindLimit.id == limit_id, actor):
        return found
    raise NotFound("kind limit")


def limits_of(session: Session, municipality_id: int, *, actor: Actor) -> list[LimitSeen]:
    """All a municipality ever wished, the newest first; its own, IMDi's and the auditor's."""
    return _seen(session, KindLimit.municipality_id == municipality_id, actor)


def standing(session: Session, *, on: date, actor: Actor) -> list[LimitSeen]:
    """What is not over on a day, of all municipalities, what waits for an answer first."""
    found = _seen(session, KindLimit.ended_at.is_(None) & (KindLimit.until_on >= on), actor)
    return sorted(
        found, key=lambda seen: (seen.limit.confirmed is not None, seen.municipality_number)
    )


def waiting(session: Session, *, on: date, actor: Actor) -> int:
    """How many wishes wait for IMDi's answer on a day."""
    return (
        session.scalar(
            select(func.count()).where(
                KindLimit.confirmed.is_(None),
                KindLimit.ended_at.is_(None),
                KindLimit.until_on >= on,
                _whose(actor),
            )
        )
        or 0
    )


def in_force(session: Session, *, on: date) -> list[KindLimit]:
    """What IMDi has confirmed and holds on a day, of all municipalities; for the plans of IMDi."""
    return list(
        session.scalars(
            select(KindLimit)
            .where(
                KindLimit.confirmed.is_(True),
                KindLimit.ended_at.is_(None),
                KindLimit.from_on <= on,
                KindLimit.until_on >= on,
            )
            .order_by(KindLimit.id)
            .execution_options(populate_existing=True)
        )
    )


def hand_over(session: Session, predecessors: Sequence[int], successor_id: int) -> None:
    """What merged municipalities wished stands with the successor."""
    session.execute(
        update(KindLimit)
        .where(KindLimit.municipality_id.in_(predecessors))
        .values(municipality_id=successor_id)
        .execution_options(synchronize_session=False)
    )


def _tell(session: Session, said: CapacityEvent, limit: KindLimit, *, at: datetime) -> None:
    facts = {
        "limit_id": limit.id,
        "kind": limit.kind,
        "most": limit.most,
        "from_on": limit.from_on.isoformat(),
        "until_on": limit.until_on.isoformat(),
    }
    publish(session, Event(said, None, limit.municipality_id, facts), at=at)


def _check(new: NewLimit, today: date) -> None:
    if not 0 <= new.most <= MOST:
        raise Invalid("households", pointer="/most", expected=f"0 to {MOST}")
    earliest = max(new.from_on, today)
    if new.until_on < earliest:
        raise Invalid("ends too early", pointer="/until_on", expected=f"{earliest} or later")
    if not new.reason.strip() or len(new.reason) > LONGEST_REASON:
        raise Invalid("a limit has a reason", pointer="/reason", expected="why it is so")


def _seen(session: Session, which: ColumnElement[bool], actor: Actor) -> list[LimitSeen]:
    rows = session.execute(
        select(KindLimit, Municipality.number, Municipality.official_name)
        .join(Municipality, Municipality.id == KindLimit.municipality_id)
        .where(which, _whose(actor))
        .order_by(KindLimit.id.desc())
        .execution_options(populate_existing=True)
    )
    return [LimitSeen(*row) for row in rows]


def _whose(actor: Actor) -> ColumnElement[bool]:
    if actor.role in READS_ALL_CASES:
        return true()
    return KindLimit.municipality_id == (actor.municipality_id if actor.is_municipality else None)
