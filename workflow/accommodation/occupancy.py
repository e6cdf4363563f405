"""How many nights somebody slept in the places of a call-off, recorded by period.

Who sleeps where is not kept. Periods of a call-off do not overlap; the same period again corrects.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from workflow.accommodation.access import only_the_buyer
from workflow.accommodation.contracts import subject
from workflow.accommodation.errors import OccupancyRecorded, OccupancyUnusable
from workflow.accommodation.models import AccommodationContract, CallOff, Occupancy
from workflow.accommodation.nights import Slept, days
from workflow.allocation.access import in_full
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound


@dataclass(frozen=True, slots=True)
class OccupancySeen:
    call_off_id: UUID
    since: date
    until: date
    place_nights: int
    meal_days: int | None
    source: str
    at: datetime
    actor: str

    @property
    def slept(self) -> Slept:
        return Slept(self.since, self.until, self.place_nights, self.meal_days)


def record(
    session: Session, call_off_id: UUID, slept: Slept, source: str, *, actor: Actor, at: datetime
) -> None:
    """Record a period's place-nights, or correct them.

    Raises:
        NotTheBuyer; NotFound; Invalid;
        OccupancyUnusable: more than there are, not within the call-off's time, or to come;
        OccupancyRecorded: another period has some of the nights.
    """
    only_the_buyer(actor)
    if not source:
        raise Invalid("where it is known from", pointer="/source")
    # The contract is locked, as who ends it does: what is recorded stays inside its time.
    drawn = session.execute(
        select(
            CallOff.contract_id,
            CallOff.beds,
            CallOff.starts_on,
            CallOff.ends_on,
            CallOff.municipality_id,
            CallOff.county,
            AccommodationContract.meal_ore,
        )
        .join(AccommodationContract, AccommodationContract.id == CallOff.contract_id)
        .where(CallOff.id == call_off_id, in_full(CallOff, actor))
        .with_for_update(of=AccommodationContract)
    ).one_or_none()
    if drawn is None:
        raise NotFound("call-off")
    first, last = session.execute(
        select(CallOff.starts_on, CallOff.ends_on).where(CallOff.id == call_off_id)
    ).one()
    _check(slept, drawn.beds, first, last, local_day(at) - timedelta(days=1))
    _check_meals(slept, apart=drawn.meal_ore is not None)
    known = recorded(session, [call_off_id], actor=actor)
    before = next((x for x in known if (x.since, x.until) == (slept.since, slept.until)), None)
    if before is None:
        _refuse_overlapping(slept, known)
        session.execute(
            insert(Occupancy).values(
                call_off_id=call_off_id,
                municipality_id=drawn.municipality_id,
                county=drawn.county,
                since=slept.since,
                until=slept.until,
                place_nights=slept.place_nights,
                meal_days=slept.meal_days,
                source=source,
                at=at,
                actor=actor.name,
            )
        )
    else:
        session.execute(
            update(Occupancy)
            .where(Occupancy.call_off_id == call_off_id, Occupancy.since == slept.since)
            .values(
                place_nights=slept.place_nights,
                meal_days=slept.meal_days,
                source=source,
                at=at,
                actor=actor.name,
            )
            .execution_options(synchronize_session=False)
        )
    period = {"call_off": call_off_id, "since": slept.since, "until": slept.until}
    changed = audit.Change(
        subject(drawn.contract_id),
        before=period | _counts(before.slept) if before else None,
        after=period | _counts(slept),
    )
    audit.record(session, changed, "record_occupancy", actor=actor, at=at)


def _check(slept: Slept, beds: int, first: date, last: date, latest: date) -> None:
    """Within the nights that were there, and no more than they were."""
    end = min(last, latest)
    most = beds * days(slept.since, slept.until)
    for where, holds in (
        ("/since", first <= slept.since <= end),
        ("/until", slept.since <= slept.until <= end),
        ("/place_nights", 0 <= slept.place_nights <= most),
    ):
        if not holds:
            raise OccupancyUnusable(
                "not the nights there were", pointer=where, since=first, until=end, most=most
            )


def _check_meals(slept: Slept, *, apart: bool) -> None:
    """Of who slept there, and only where meals are paid for themselves."""
    most = slept.place_nights if apart else 0
    if slept.meal_days is not None and not (apart and 0 <= slept.meal_days <= most):
        raise OccupancyUnusable(
            "not meals that were paid apart",
            pointer="/meal_days",
            since=slept.since,
            until=slept.until,
            most=most,
        )


def _counts(slept: Slept) -> dict[str, int | None]:
    return {"place_nights": slept.place_nights, "meal_days": slept.meal_days}


def _refuse_overlapping(slept: Slept, known: Collection[OccupancySeen]) -> None:
    for one in known:
        if one.since <= slept.until and slept.since <= one.until:
            raise OccupancyRecorded(
                "some of the nights are recorded", since=one.since, until=one.until
            )


def recorded(
    session: Session, call_off_ids: Collection[UUID], *, actor: Actor
) -> list[OccupancySeen]:
    """What is recorded of call-offs the actor reads, the first nights first."""
    rows = session.execute(
        select(
            Occupancy.call_off_id,
            Occupancy.since,
            Occupancy.until,
            Occupancy.place_nights,
            Occupancy.meal_days,
            Occupancy.source,
            Occupancy.at,
            Occupancy.actor,
        )
        .where(Occupancy.call_off_id.in_(call_off_ids), in_full(Occupancy, actor))
        .order_by(Occupancy.since, Occupancy.call_off_id)
    )
    return [OccupancySeen(*row) for row in rows]
