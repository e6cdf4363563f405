"""Places begin in a municipality: what stands in their way, and their line in the ledger.

Three things are looked at under the municipality's lock: that an object's beds, and the places
others are said to be among, are not given twice; that the municipality is told in time; and that
the year's number is not gone past, unless somebody says why (the key guides, it does not bind).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from workflow.accommodation import ledger, lines, telling
from workflow.accommodation.errors import (
    MoreThanTheObject,
    ObjectFull,
    PastTheTarget,
    PlacesInsideNotice,
    UnderFull,
)
from workflow.accommodation.ledger import Line
from workflow.accommodation.models import AccommodationObject, CallOff
from workflow.accommodation.terms import check_places, check_time
from workflow.allocation import excess, notice, targets, terms
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid
from workflow.municipalities.sweden import Place, place_of


@dataclass(frozen=True, slots=True)
class NewPlaces:
    municipality_id: int
    beds: int
    starts_on: date
    #: The last night.
    ends_on: date
    #: None: wherever the municipality finds them.
    object_id: UUID | None = None
    #: The call-off whose places they are among.
    under_id: UUID | None = None
    #: When the municipality was told; None: as this is done.
    told_on: date | None = None
    #: Why they begin inside its notice period, and why they go past its number.
    notice_reason: str | None = None
    excess_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What comes of new places, before they are there."""

    municipality: Place
    line: Line
    told_on: date
    #: The first day they may begin without a word of why.
    earliest_on: date
    inside_notice: bool
    #: By year: the municipality's number, and how far it is gone past where it is.
    targets: Mapping[int, int]
    past: Mapping[int, int]


def outlook(session: Session, new: NewPlaces, *, at: datetime) -> Outlook:
    """Look at what would come of places.

    Raises:
        Invalid; MoreThanTheObject; ObjectFull; UnderFull.
    """
    check_places(new.beds)
    check_time(new.starts_on, new.ends_on)
    today = local_day(at)
    told_on = today if new.told_on is None else new.told_on
    if told_on > today:
        raise Invalid("told on a day to come", pointer="/told_on", expected=f"{today} or earlier")
    here = place_of(session, new.municipality_id)
    there = lines.of_municipality(session, here.id)
    line = Line(
        uuid4(),
        here.id,
        new.beds,
        new.starts_on,
        new.ends_on,
        new.object_id,
        _beds_of(session, new),
        new.under_id,
    )
    _refuse_twice(line, there)
    _refuse_more_than_those_among_which(line, there)
    days = terms.notice_days(session).get(here.id, notice.USUAL_DAYS)
    numbers = targets.of_municipality(session, here.id)
    first = new.starts_on
    adds = ledger.counted([*there, line], first) != ledger.counted(there, first)
    return Outlook(
        here,
        line,
        told_on,
        notice.earliest(told_on, days),
        inside_notice=adds and notice.inside(told_on, first, days),
        targets=numbers,
        past=ledger.past(there, line, numbers, new.starts_on, new.ends_on),
    )


def open_up(
    session: Session,
    new: NewPlaces,
    *,
    contract_id: UUID,
    price_ore: int,
    pay_when_used: bool,
    actor: Actor,
    at: datetime,
) -> Line:
    """Write the places down; the contract is there already. Returns their line.

    Raises:
        Invalid; MoreThanTheObject; ObjectFull; UnderFull; PlacesInsideNotice; PastTheTarget.
    """
    lines.lock(session, new.municipality_id)
    seen = outlook(session, new, at=at)
    _refuse_unexplained(seen, new)
    session.execute(
        insert(CallOff).values(
            id=seen.line.id,
            contract_id=contract_id,
            object_id=new.object_id,
            municipality_id=seen.municipality.id,
            county=seen.municipality.county,
            under_id=new.under_id,
            beds=new.beds,
            price_ore=price_ore,
            pay_when_used=pay_when_used,
            starts_on=new.starts_on,
            ends_on=new.ends_on,
            told_on=seen.told_on,
            notice_reason=new.notice_reason if seen.inside_notice else None,
            at=at,
            actor=actor.name,
            version=1,
        )
    )
    for year, persons in sorted(seen.past.items()):
        excess.keep(
            session,
            year,
            seen.municipality.id,
            persons,
            what=excess.of_agreement(contract_id),
            reason=new.excess_reason,
            actor=actor,
            at=at,
        )
    telling.agreed(
        session,
        seen.line.id,
        contract_id,
        seen.municipality,
        inside_notice=seen.inside_notice,
        at=at,
        beds=new.beds,
        starts_on=new.starts_on.isoformat(),
        ends_on=new.ends_on.isoformat(),
        told_on=seen.told_on.isoformat(),
        earliest_on=seen.earliest_on.isoformat(),
    )
    return seen.line


def _beds_of(session: Session, new: NewPlaces) -> int | None:
    if new.object_id is None:
        return None
    beds = session.scalar(
        select(AccommodationObject.beds).where(
            AccommodationObject.id == new.object_id,
            AccommodationObject.municipality_id == new.municipality_id,
        )
    )
    if beds is None:
        raise Invalid("no such object there", pointer="/object_id")
    if new.beds > beds:
        raise MoreThanTheObject("the object has fewer", beds=beds, offered=new.beds)
    return beds


def _refuse_twice(line: Line, there: list[Line]) -> None:
    """An object's beds once."""
    if line.object_id is None or line.object_beds is None:
        return
    here = line.object_id
    with_it = ledger.most(
        [*there, line],
        lambda on: ledger.taken([*there, line], here, on),
        line.starts_on,
        line.ends_on,
    )
    if with_it > line.object_beds:
        raise ObjectFull(
            "the object's beds are contracted in that time",
            beds=line.object_beds,
            taken=with_it - line.beds,
        )


def _refuse_more_than_those_among_which(line: Line, there: list[Line]) -> None:
    """Places that are among others': of the same municipality, and no more than there are."""
    if line.under_id is None:
        return
    above = next((one for one in there if one.id == line.under_id), None)
    if above is None or above.under_id is not None:
        raise Invalid("no call-off there that others can be among", pointer="/under_id")
    if above.object_id not in {None, line.object_id}:
        raise Invalid("a call-off of another object", pointer="/under_id")
    since, until = max(line.starts_on, above.starts_on), min(line.ends_on, above.ends_on)
    used = ledger.most(there, lambda on: ledger.among(there, above.id, on), since, until)
    if used + line.beds > above.beds and since <= until:
        raise UnderFull("no more places than they are among", beds=above.beds, taken=used)


def _refuse_unexplained(seen: Outlook, new: NewPlaces) -> None:
    name = seen.municipality.name
    if seen.inside_notice and not new.notice_reason:
        raise PlacesInsideNotice(
            "places would begin inside the notice period",
            municipality=name,
            earliest=seen.earliest_on,
        )
    if seen.past and not new.excess_reason:
        year = max(seen.past, key=lambda year: (seen.past[year], -year))
        target = seen.targets[year]
        raise PastTheTarget(
            "the places go past the municipality's number",
            municipality=name,
            year=year,
            target=target,
            procured=target + seen.past[year],
        )
