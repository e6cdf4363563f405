"""Target, procured, remaining and share: by municipality, county and country, on a day.

The target is the year's number, in persons; procured are the places the ledger counts that day.
What the actor does not read of others is None, and so is every sum it would be part of.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby
from uuid import UUID

from sqlalchemy.orm import Session

from workflow.accommodation import ledger, lines
from workflow.accommodation.ledger import Line
from workflow.accommodation.places import Outlook
from workflow.accommodation.signed import CallOffSeen
from workflow.allocation import targets
from workflow.allocation.access import READS_ALL
from workflow.allocation.counts import COUNTRY
from workflow.kernel.actor import Actor
from workflow.municipalities.sweden import COUNTIES, Place, places


@dataclass(frozen=True, slots=True)
class Procured:
    """A number and the places there are for it; None is not decided, or not the actor's to read."""

    target: int | None
    procured: int | None

    @property
    def remaining(self) -> int | None:
        if self.target is None or self.procured is None:
            return None
        return max(0, self.target - self.procured)

    @property
    def past(self) -> int:
        if self.target is None or self.procured is None:
            return 0
        return max(0, self.procured - self.target)

    @property
    def share(self) -> Fraction | None:
        if not self.target or self.procured is None:
            return None
        return Fraction(self.procured, self.target)


@dataclass(frozen=True, slots=True)
class OfMunicipality:
    municipality: Place
    stand: Procured


@dataclass(frozen=True, slots=True)
class OfCounty:
    code: str
    name: str
    stand: Procured


@dataclass(frozen=True, slots=True)
class Standing:
    year: int
    on: date
    municipalities: Sequence[OfMunicipality]
    counties: Sequence[OfCounty]
    country: Procured

    def of(self, municipality_id: int) -> Procured:
        return next(
            one.stand for one in self.municipalities if one.municipality.id == municipality_id
        )

    def of_county(self, code: str) -> Procured:
        """Nothing is known of a county without municipalities in the register."""
        unknown = Procured(None, None)
        return next((one.stand for one in self.counties if one.code == code), unknown)


@dataclass(frozen=True, slots=True)
class Row:
    """A municipality by its number, a county by its digits, or COUNTRY."""

    code: str
    name: str
    before: Procured
    after: Procured


@dataclass(frozen=True, slots=True)
class BeforeAndAfter:
    """The same day without some places and with them."""

    before: Standing
    after: Standing

    def rows(self, where: Iterable[Place]) -> list[Row]:
        """Those of some municipalities, their counties and the country."""
        here = sorted(set(where), key=lambda place: place.number)
        rows = [
            Row(one.number, one.name, self.before.of(one.id), self.after.of(one.id)) for one in here
        ]
        for code in sorted({place.county for place in here}):
            stand = self.before.of_county(code), self.after.of_county(code)
            rows.append(Row(code, COUNTIES[code], *stand))
        return [*rows, Row(COUNTRY, "Sweden", self.before.country, self.after.country)]


def standing(session: Session, year: int, *, on: date, actor: Actor) -> Standing:
    """Every municipality on a day, against a year's numbers."""
    return _stand(session, year, lines.seen(session, on, on, actor=actor), on=on, actor=actor)


def before_and_after(
    session: Session,
    year: int,
    *,
    on: date,
    without: Collection[UUID] = (),
    adding: Iterable[Line] = (),
    actor: Actor,
) -> BeforeAndAfter:
    """What places are to a day.

    Args:
        without: call-offs that are there and are left out of what was before.
        adding: places that are not there yet, and are in what is after.
    """
    there = lines.seen(session, on, on, actor=actor)
    left = [one for one in there if one.id not in set(without)]
    return BeforeAndAfter(
        _stand(session, year, left, on=on, actor=actor),
        _stand(session, year, [*there, *adding], on=on, actor=actor),
    )


def of_call_offs(
    session: Session, drawn: Sequence[CallOffSeen], *, on: date, actor: Actor
) -> list[Row]:
    """What places that are there are to their municipalities, counties and the country."""
    without = {one.id for one in drawn}
    found = before_and_after(session, on.year, on=on, without=without, actor=actor)
    return found.rows(one.municipality for one in drawn)


def of_outlook(session: Session, seen: Outlook, *, actor: Actor) -> list[Row]:
    """What places that are not there yet would be, on their first night."""
    on = seen.line.starts_on
    found = before_and_after(session, on.year, on=on, adding=[seen.line], actor=actor)
    return found.rows([seen.municipality])


def _stand(
    session: Session, year: int, there: Iterable[Line], *, on: date, actor: Actor
) -> Standing:
    numbers, counted = targets.standing(session, year), ledger.counted(there, on)
    rows = [
        OfMunicipality(
            place,
            Procured(
                numbers.get(place.id), counted.get(place.id, 0) if _reads(actor, place) else None
            ),
        )
        for place in places(session)
    ]
    counties = [
        OfCounty(code, COUNTIES[code], _sum(one.stand for one in inside))
        for code, inside in groupby(rows, key=lambda one: one.municipality.county)
    ]
    return Standing(year, on, rows, counties, _sum(one.stand for one in rows))


def _reads(actor: Actor, place: Place) -> bool:
    if actor.role in READS_ALL:
        return True
    return actor.municipality_id == place.id or actor.county == place.county


def _sum(each: Iterable[Procured]) -> Procured:
    """Known where each is; a number that is not decided counts nothing, unless none is."""
    rows = list(each)
    decided = [one.target for one in rows if one.target is not None]
    known = [one.procured for one in rows if one.procured is not None]
    return Procured(
        sum(decided) if decided else None, sum(known) if len(known) == len(rows) else None
    )
