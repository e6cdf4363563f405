"""Who may read a calendar: an address is made, shown once, and ended by the municipality."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.calendars.models import CalendarFeed
from app.signin import secret
from workflow.capacity.commands import WRITES_PLACES
from workflow.kernel.actor import MUNICIPALITY, Actor, Role
from workflow.kernel.audit import Change, Kind, record, subject
from workflow.kernel.errors import NotAllowed, NotFound


@dataclass(frozen=True, slots=True)
class FeedSeen:
    id: int
    at: datetime
    actor: str


def make(session: Session, *, actor: Actor, at: datetime) -> str:
    """A new address for the actor's municipality; its secret, which is not shown again.

    Raises:
        NotAllowed: not one who writes for a municipality.
    """
    municipality_id = _writes_for(actor)
    made = secret.new()
    feed_id = session.scalar(
        insert(CalendarFeed)
        .values(
            secret_hash=secret.hash_of(made),
            municipality_id=municipality_id,
            at=at,
            actor=actor.name,
        )
        .returning(CalendarFeed.id)
    )
    change = Change(subject(Kind.MUNICIPALITY, municipality_id), after={"calendar_feed": feed_id})
    record(session, change, "calendar_feed_made", actor=actor, at=at)
    return made


def end(session: Session, feed_id: int, *, actor: Actor, at: datetime) -> None:
    """The address is of no use any more.

    Raises:
        NotAllowed; NotFound: no such address of the municipality's that still holds.
    """
    municipality_id = _writes_for(actor)
    ended = session.execute(
        update(CalendarFeed)
        .where(
            CalendarFeed.id == feed_id,
            CalendarFeed.municipality_id == municipality_id,
            CalendarFeed.ended_at.is_(None),
        )
        .values(ended_at=at, ended_by=actor.name)
        .returning(CalendarFeed.id)
    ).one_or_none()
    if ended is None:
        raise NotFound("calendar")
    change = Change(subject(Kind.MUNICIPALITY, municipality_id), before={"calendar_feed": feed_id})
    record(session, change, "calendar_feed_ended", actor=actor, at=at)


def feeds(session: Session, *, actor: Actor) -> list[FeedSeen]:
    """The municipality's addresses that hold, the newest first."""
    if actor.role not in MUNICIPALITY:
        return []
    rows = session.execute(
        select(CalendarFeed.id, CalendarFeed.at, CalendarFeed.actor)
        .where(
            CalendarFeed.municipality_id == actor.municipality_id, CalendarFeed.ended_at.is_(None)
        )
        .order_by(CalendarFeed.id.desc())
    )
    return [FeedSeen(*row) for row in rows]


def reader_by(session: Session, typed: str) -> Actor | None:
    """As whom a calendar is read by its secret; None where no address has it."""
    municipality_id = session.scalar(
        select(CalendarFeed.municipality_id).where(
            CalendarFeed.secret_hash == secret.hash_of(typed), CalendarFeed.ended_at.is_(None)
        )
    )
    if municipality_id is None:
        return None
    return Actor("calendar", Role.MUNICIPALITY_READER, municipality_id=municipality_id)


def _writes_for(actor: Actor) -> int:
    if actor.role not in WRITES_PLACES or actor.municipality_id is None:
        raise NotAllowed("a municipality's own people share its calendar", role=actor.role)
    return actor.municipality_id
