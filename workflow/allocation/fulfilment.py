"""How far each number is filled (måluppfyllelse), by municipality, county and country."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from sqlalchemy.orm import Session

from workflow.allocation import counts, excess, targets
from workflow.allocation.access import READS_ALL
from workflow.allocation.counts import CountSeen
from workflow.allocation.excess import ExcessSeen
from workflow.kernel.actor import Actor
from workflow.keys.evenness import Evenness, evenness
from workflow.municipalities.sweden import COUNTIES, Place, places


@dataclass(frozen=True, slots=True)
class Fill:
    """A number and what is filled of it; None is hidden, or not decided."""

    target: int | None
    in_the_number: int | None
    own_housing: int | None

    @property
    def remaining(self) -> int | None:
        if self.target is None or self.in_the_number is None:
            return None
        return max(0, self.target - self.in_the_number)

    @property
    def past(self) -> int:
        if self.target is None or self.in_the_number is None:
            return 0
        return max(0, self.in_the_number - self.target)

    @property
    def share(self) -> Fraction | None:
        if not self.target or self.in_the_number is None:
            return None
        return Fraction(self.in_the_number, self.target)


@dataclass(frozen=True, slots=True)
class MunicipalityFill:
    municipality: Place
    fill: Fill
    #: Why it is past its number; None where nobody has said, or the actor does not read it.
    excess: ExcessSeen | None


@dataclass(frozen=True, slots=True)
class CountyFill:
    code: str
    name: str
    fill: Fill


@dataclass(frozen=True, slots=True)
class Fulfilment:
    year: int
    #: The count it stands on; None: nobody has been counted this year.
    count: CountSeen | None
    municipalities: Sequence[MunicipalityFill]
    counties: Sequence[CountyFill]
    country: Fill
    #: Only for who reads all in full; else as it was when people were counted (`count.evenness`).
    evenness: Evenness | None

    @property
    def decided(self) -> bool:
        return any(one.fill.target is not None for one in self.municipalities)


def fulfilment(session: Session, year: int, *, actor: Actor) -> Fulfilment:
    """Every municipality of the country; small numbers of others are hidden."""
    stand = targets.standing(session, year)
    count = counts.latest(session, actor=actor)
    here = counts.lines(session, count.id, actor=actor) if count else {}
    why = excess.reasons(session, year, actor=actor)
    rows = [
        MunicipalityFill(
            place,
            Fill(
                stand.get(place.id),
                here[place.id].in_the_number if place.id in here else None,
                here[place.id].own_housing if place.id in here else None,
            ),
            why.get(place.id),
        )
        for place in places(session)
    ]
    even = None
    if actor.role in READS_ALL and stand and count:
        even = evenness(
            [one.fill.in_the_number or 0 for one in rows], [one.fill.target or 0 for one in rows]
        )
    by_county = groupby(rows, key=lambda one: one.municipality.county)
    shown = _Sums(count, _knows_too_much(session, count, actor))
    counties = [
        CountyFill(code, COUNTIES[code], shown.of(code, _sum(one.fill for one in inside)))
        for code, inside in by_county
    ]
    country = shown.of(counts.COUNTRY, _sum(one.fill for one in rows))
    return Fulfilment(year, count, rows, counties, country, even)


@dataclass(frozen=True, slots=True)
class _Sums:
    """What the rows do not tell of a sum, as it is published."""

    count: CountSeen | None
    #: The sum from which the actor could reckon somebody else's hidden number.
    never: str | None

    def of(self, whose: str, fill: Fill) -> Fill:
        if self.count is None or whose == self.never:
            return fill
        numbers, own = (self.count.sums.get(kind, {}) for kind in counts.PUBLISHED_KINDS)
        return Fill(
            fill.target,
            numbers.get(whose) if fill.in_the_number is None else fill.in_the_number,
            own.get(whose) if fill.own_housing is None else fill.own_housing,
        )


def _knows_too_much(session: Session, count: CountSeen | None, actor: Actor) -> str | None:
    """The published sum that, with what the actor reads of its own, could tell of another.

    A municipality whose own number is hidden from others could take it off its county's sum; a
    board whose county's sum is hidden could take that off the country's.
    """
    if count is None:
        return None
    if actor.municipality_id is not None:
        hidden = counts.hidden_of(session, count.id, actor.municipality_id)
        return hidden.county if hidden is not None else None
    if actor.county is not None and actor.role not in READS_ALL:
        sums = (count.sums.get(kind, {}).get(actor.county) for kind in counts.PUBLISHED_KINDS)
        return counts.COUNTRY if any(one is None for one in sums) else None
    return None


def _sum(fills: Iterable[Fill]) -> Fill:
    """Known where each is; a number that is not decided counts nothing, unless none is."""
    each = list(fills)
    decided = [one.target for one in each if one.target is not None]
    return Fill(
        sum(decided) if decided else None,
        _all_known(each, lambda one: one.in_the_number),
        _all_known(each, lambda one: one.own_housing),
    )


def _all_known(each: Sequence[Fill], value: Callable[[Fill], int | None]) -> int | None:
    values = [value(one) for one in each]
    known = [one for one in values if one is not None]
    return sum(known) if len(known) == len(values) else None
