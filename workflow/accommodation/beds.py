"""An object has more or fewer beds from today on: why, and what it had before.

What is contracted from today on stays within them; what was counted while there were more of them
stays as it was counted.

Lock: the municipality's places, then the object.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from workflow.accommodation import ledger, lines, telling
from workflow.accommodation.access import only_the_buyer
from workflow.accommodation.errors import BedsContracted
from workflow.accommodation.events import AccommodationEvent
from workflow.accommodation.models import AccommodationObject, BedChange
from workflow.accommodation.objects import MOST_BEDS, subject
from workflow.accommodation.terms import LONGEST
from workflow.allocation.access import in_full
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound, ReasonMissing, Stale
from workflow.municipalities.sweden import place_of


@dataclass(frozen=True, slots=True)
class BedChangeSeen:
    on: date
    before: int
    after: int
    reason: str
    at: datetime
    actor: str


def change(
    session: Session,
    object_id: UUID,
    beds: int,
    *,
    reason: str | None,
    version: int | None = None,
    actor: Actor,
    at: datetime,
) -> None:
    """Say how many beds there are from today on, and why.

    Raises:
        NotTheBuyer; NotFound; ReasonMissing; Invalid: as many as there are, or no such number;
        Stale; BedsContracted: fewer than are contracted on some day from today on.
    """
    only_the_buyer(actor)
    if not reason:
        raise ReasonMissing
    o = AccommodationObject
    where = session.scalar(select(o.municipality_id).where(o.id == object_id, in_full(o, actor)))
    if where is None:
        raise NotFound("accommodation")
    lines.lock(session, where)
    row = session.execute(
        select(o.beds, o.version, o.county).where(o.id == object_id).with_for_update()
    ).one()
    if version is not None and row.version != version:
        raise Stale("the object has changed since it was read", version=row.version)
    if not 0 < beds <= MOST_BEDS or beds == row.beds:
        raise Invalid("another number of beds", pointer="/beds", expected=f"1-{MOST_BEDS}")
    today = local_day(at)
    _refuse_fewer_than_contracted(session, object_id, where, beds, today)
    session.execute(
        update(o)
        .where(o.id == object_id)
        .values(beds=beds, version=row.version + 1)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        insert(BedChange).values(
            object_id=object_id,
            municipality_id=where,
            county=row.county,
            on=today,
            before=row.beds,
            after=beds,
            reason=reason,
            at=at,
            actor=actor.name,
        )
    )
    changed = audit.Change(subject(object_id), before={"beds": row.beds}, after={"beds": beds})
    audit.record(session, changed, "change_beds", reason=reason, actor=actor, at=at)
    telling.of_object(
        session,
        AccommodationEvent.BEDS_CHANGED,
        object_id,
        place_of(session, where),
        at=at,
        before=row.beds,
        after=beds,
        on=today.isoformat(),
    )


def _refuse_fewer_than_contracted(
    session: Session, object_id: UUID, municipality_id: int, beds: int, today: date
) -> None:
    there = lines.of_municipality(session, municipality_id)
    taken = ledger.most(
        there, lambda day: ledger.taken(there, object_id, day), today, today + LONGEST
    )
    if beds < taken:
        raise BedsContracted("more beds are contracted", beds=beds, taken=taken)


def changes(session: Session, object_id: UUID, *, actor: Actor) -> list[BedChangeSeen]:
    """Of an object the actor reads, the latest first."""
    rows = session.execute(
        select(
            BedChange.on,
            BedChange.before,
            BedChange.after,
            BedChange.reason,
            BedChange.at,
            BedChange.actor,
        )
        .where(BedChange.object_id == object_id, in_full(BedChange, actor))
        .order_by(BedChange.id.desc())
    )
    return [BedChangeSeen(*row) for row in rows]
