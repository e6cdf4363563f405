"""What places cost in a time: whatever is slept, for used nights, and for places that stood empty.

Money is in öre, as it was agreed for a place and a night, and for days with meals that are paid for
themselves. What among other places costs is paid beside them, but their nights are counted once.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import reduce
from operator import add
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from workflow.accommodation import occupancy, signed
from workflow.accommodation.nights import Nights, Slept, nights
from workflow.accommodation.signed import CallOffSeen
from workflow.kernel.actor import Actor

Of = TypeVar("Of", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Cost:
    nights: Nights = field(default_factory=Nights)
    #: Of nights that are paid whoever sleeps there.
    committed_ore: int = 0
    #: Of used nights, where only they are paid.
    when_used_ore: int = 0
    #: Of the committed: what is known to have stood empty.
    empty_ore: int = 0
    #: What used nights cost, by either way.
    slept_ore: int = 0
    #: Of meals that are paid for themselves; and used nights of which nobody has said whether there
    #: were any.
    meals_ore: int = 0
    meals_unknown: int = 0

    @property
    def whole_ore(self) -> int:
        return self.committed_ore + self.when_used_ore + self.meals_ore

    @property
    def per_used_with_meals_ore(self) -> Fraction | None:
        """For a night somebody slept, what stood empty and meals paid with it."""
        bare = self.per_used_ore
        return None if bare is None else bare + Fraction(self.meals_ore, self.nights.used)

    @property
    def per_used_ore(self) -> Fraction | None:
        """For a night somebody slept, what stood empty paid with it; without meals paid apart."""
        if not self.nights.used:
            return None
        return Fraction(self.slept_ore + self.empty_ore, self.nights.used)

    @property
    def per_night_ore(self) -> Fraction | None:
        """For a night there was, slept in or not."""
        return Fraction(self.whole_ore, self.nights.there) if self.nights.there else None

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            self.nights + other.nights,
            self.committed_ore + other.committed_ore,
            self.when_used_ore + other.when_used_ore,
            self.empty_ore + other.empty_ore,
            self.slept_ore + other.slept_ore,
            self.meals_ore + other.meals_ore,
            self.meals_unknown + other.meals_unknown,
        )


@dataclass(frozen=True, slots=True)
class OfCallOff:
    call_off: CallOffSeen
    #: Of all its nights.
    cost: Cost
    #: The same money, and the nights that are not among those of other places.
    apart: Cost


@dataclass(frozen=True, slots=True)
class Costs:
    since: date
    until: date
    call_offs: Sequence[OfCallOff]

    @property
    def whole(self) -> Cost:
        return _sum(one.apart for one in self.call_offs)

    def dearest(self, most: int) -> list[OfCallOff]:
        """Those whose empty places cost most, some of them."""
        return sorted(self.call_offs, key=lambda one: -one.cost.empty_ore)[:most]

    def by(self, what: Callable[[CallOffSeen], Of]) -> Mapping[Of, Cost]:
        """Sums by a kind, a county, a municipality."""
        sums: dict[Of, Cost] = defaultdict(Cost)
        for one in self.call_offs:
            sums[what(one.call_off)] += one.apart
        return dict(sums)


def costs(
    session: Session, since: date, until: date, *, county: str | None = None, actor: Actor
) -> Costs:
    """Of every call-off of a time that the actor reads, from a first to a last night."""
    drawn = [
        one
        for one in signed.call_offs(session, since, until, actor=actor)
        if one.starts_on <= one.ends_on and county in {None, one.municipality.county}
    ]
    slept: dict[UUID, list[Slept]] = defaultdict(list)
    of = {one.id: one for one in drawn}
    for told in occupancy.recorded(session, of.keys(), actor=actor):
        slept[told.call_off_id].append(told.slept)
    rows = []
    for one in drawn:
        first, last = max(since, one.starts_on), min(until, one.ends_on)
        all_nights = nights(one.beds, slept[one.id], first, last)
        apart = all_nights
        if one.under_id is not None and (above := of.get(one.under_id)) is not None:
            shared = max(first, above.starts_on), min(last, above.ends_on)
            apart = all_nights - nights(one.beds, slept[one.id], *shared)
        meals = _meals(one, slept[one.id], first, last)
        whole, counted = (_paid(one, all_nights, x, meals) for x in (all_nights, apart))
        rows.append(OfCallOff(one, whole, counted))
    return Costs(since, until, rows)


def _meals(one: CallOffSeen, slept: Iterable[Slept], first: date, last: date) -> tuple[int, int]:
    """Öre of meals that are paid for themselves, and used nights of which they are not known."""
    if one.meal_ore is None:
        return 0, 0
    ore = unknown = 0
    for period in slept:
        given = period.meals_between(first, last)
        if given is None:
            unknown += period.between(first, last)
        else:
            ore += given * one.meal_ore
    return ore, unknown


def _paid(one: CallOffSeen, of: Nights, counted: Nights, meals: tuple[int, int]) -> Cost:
    committed, when_used = (0, of.used) if one.pay_when_used else (of.there, 0)
    empty = 0 if one.pay_when_used else of.empty
    return Cost(
        counted,
        committed_ore=one.price_ore * committed,
        when_used_ore=one.price_ore * when_used,
        empty_ore=one.price_ore * empty,
        slept_ore=one.price_ore * of.used,
        meals_ore=meals[0],
        meals_unknown=meals[1],
    )


def _sum(each: Iterable[Cost]) -> Cost:
    return reduce(add, each, Cost())
