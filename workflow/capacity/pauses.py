"""Pauses in settlement that municipalities ask for.

A pause stops nothing by itself: whom IMDi asks stays IMDi's to decide. It is on record because a
municipality is compensated for unused places only where it has asked for none.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, insert, select, true, update
from sqlalchemy.orm import Session

from workflow.capacity.commands import WRITES_PLACES
from workflow.capacity.models import Pause
from workflow.kernel import audit
from workflow.kernel.actor import READS_ALL_CASES, Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.db import rows_changed
from workflow.kernel.errors import Invalid, NotAllowed, NotFound

LONGEST_REASON = 2000


def ask(
    session: Session,
    municipality_id: int,
    *,
    from_on: date,
    until_on: date | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> int:
    """Ask for a pause from a day to a day, both included; no end = until it is ended.

    Raises:
        NotAllowed: it is the municipality's own to ask.
        Invalid: no reason, or it ends before it begins or before today.
    """
    if actor.role not in WRITES_PLACES or actor.municipality_id != municipality_id:
        raise NotAllowed("a pause is the municipality's own to ask for", role=actor.role)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid("a pause has a reason", pointer="/reason", expected="why it is asked for")
    earliest = max(from_on, local_day(at))
    if until_on is not None and until_on < earliest:
        raise Invalid("ends too early", pointer="/until_on", expected=f"{earliest} or later")
    pause_id = session.execute(
        insert(Pause)
        .values(
            municipality_id=municipality_id,
            from_on=from_on,
            until_on=until_on,
            reason=reason,
            at=at,
            actor=actor.name,
        )
        .returning(Pause.id)
    ).scalar_one()
    after = {"pause": pause_id, "from_on": from_on, "until_on": until_on}
    change = audit.Change(audit.subject(audit.Kind.MUNICIPALITY, municipality_id), after=after)
    audit.record(session, change, "ask_pause", actor=actor, at=at, reason=reason)
    return pause_id


def end(session: Session, pause_id: int, *, actor: Actor, at: datetime) -> None:
    """The municipality asks for it no longer; ending it twice changes nothing.

    Raises:
        NotFound: no such pause, or another municipality's. NotAllowed.
    """
    found = one(session, pause_id, actor=actor)
    if actor.role not in WRITES_PLACES:
        raise NotAllowed("a pause is the municipality's own to end", role=actor.role)
    ended = rows_changed(
        session,
        update(Pause)
        .where(Pause.id == pause_id, Pause.ended_at.is_(None))
        .values(ended_at=at, ended_by=actor.name)
        .execution_options(synchronize_session=False),
    )
    if ended:
        change = audit.Change(
            audit.subject(audit.Kind.MUNICIPALITY, found.municipality_id),
            {"pause": pause_id, "ended_at": None},
            {"pause": pause_id, "ended_at": at},
        )
        audit.record(session, change, "end_pause", actor=actor, at=at)


def one(session: Session, pause_id: int, *, actor: Actor) -> Pause:
    """One pause as it now stands.

    Raises:
        NotFound: no such pause, or not one the actor reads.
    """
    found = session.scalar(
        select(Pause)
        .where(Pause.id == pause_id, _whose(actor))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("pause")
    return found


def asked_for(
    session: Session, municipality_id: int | None, year: int, *, actor: Actor
) -> list[Pause]:
    """The pauses that touch a year, the oldest first; of one municipality, or of all (None)."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    found = session.scalars(
        select(Pause)
        .where(
            _whose(actor),
            true() if municipality_id is None else Pause.municipality_id == municipality_id,
            Pause.from_on <= last,
        )
        .order_by(Pause.from_on, Pause.id)
        .execution_options(populate_existing=True)
    )
    return [pause for pause in found if (last_day(pause) or last) >= first]


def last_day(pause: Pause) -> date | None:
    """The last day it holds: as asked, or the day it was ended; None = it goes on."""
    days = [pause.until_on, local_day(pause.ended_at) if pause.ended_at else None]
    return min((day for day in days if day is not None), default=None)


def hand_over(session: Session, predecessors: Sequence[int], successor_id: int) -> None:
    """What merged municipalities asked for stands with the successor."""
    session.execute(
        update(Pause)
        .where(Pause.municipality_id.in_(predecessors))
        .values(municipality_id=successor_id)
        .execution_options(synchronize_session=False)
    )


def _whose(actor: Actor) -> ColumnElement[bool]:
    if actor.role in READS_ALL_CASES:
        return true()
    return Pause.municipality_id == (actor.municipality_id if actor.is_municipality else None)
