"""What is counted of the places that are called off, on any day. Pure.

A place is counted once: an object's beds no more often than it has them, what is among other
places not beside them, and nothing outside its time.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Line:
    """Places from a first to a last night; a last one before the first is no time at all."""

    id: UUID
    municipality_id: int
    beds: int
    starts_on: date
    ends_on: date
    object_id: UUID | None = None
    #: All the object has.
    object_beds: int | None = None
    #: The line whose places these are among.
    under_id: UUID | None = None

    def there(self, on: date) -> bool:
        return self.starts_on <= on <= self.ends_on


Measure = Callable[[date], int]


def counted(lines: Iterable[Line], on: date) -> dict[int, int]:
    """Places by municipality's id on a day; who has none is not there."""
    places: dict[int, int] = defaultdict(int)
    of_objects: dict[tuple[int, UUID], int] = defaultdict(int)
    for one in _apart(lines, on):
        if one.object_id is None or one.object_beds is None:
            places[one.municipality_id] += one.beds
            continue
        here = one.municipality_id, one.object_id
        before = of_objects[here]
        of_objects[here] = min(before + one.beds, one.object_beds)
        places[one.municipality_id] += of_objects[here] - before
    return dict(places)


def taken(lines: Iterable[Line], object_id: UUID, on: date) -> int:
    """How many beds of an object are spoken for on a day, past all it has if need be."""
    return sum(one.beds for one in _apart((x for x in lines if x.object_id == object_id), on))


def among(lines: Iterable[Line], under_id: UUID, on: date) -> int:
    """How many places of a line others say are theirs on a day."""
    return sum(one.beds for one in lines if one.under_id == under_id and one.there(on))


def most(lines: Sequence[Line], measure: Measure, since: date, until: date) -> int:
    """The highest a measure of the lines gets from a day to another; both are in it."""
    return max((measure(day) for day in _turns(lines, since, until)), default=0)


def past(
    lines: Sequence[Line], new: Line, targets: Mapping[int, int], since: date, until: date
) -> dict[int, int]:
    """By year: how far a line takes its municipality's places past the year's number.

    Args:
        targets: the municipality's number by year; a year without one is not gone past.
    """
    over: dict[int, int] = {}
    for day in _turns([*lines, new], since, until):
        target = targets.get(day.year)
        if target is None:
            continue
        before = counted(lines, day).get(new.municipality_id, 0)
        after = counted([*lines, new], day).get(new.municipality_id, 0)
        if after > max(before, target):
            over[day.year] = max(over.get(day.year, 0), after - target)
    return over


def _apart(lines: Iterable[Line], on: date) -> list[Line]:
    """The lines of a day that are not among others of that day."""
    known = list(lines)
    there = {one.id for one in known if one.there(on)}
    above = {one.id: one.under_id for one in known}
    return [one for one in known if one.id in there and not _under(one, above, there)]


def _under(one: Line, above: Mapping[UUID, UUID | None], there: set[UUID]) -> bool:
    seen, higher = {one.id}, one.under_id
    while higher is not None and higher not in seen:
        if higher in there:
            return True
        seen.add(higher)
        higher = above.get(higher)
    return False


def _turns(lines: Iterable[Line], since: date, until: date) -> list[date]:
    """The days on which something begins or has ended, each first of January, and the first."""
    days = {since}
    for one in lines:
        days |= {one.starts_on, one.ends_on + timedelta(days=1)}
    days |= {date(year, 1, 1) for year in range(since.year + 1, until.year + 1)}
    return sorted(day for day in days if since <= day <= until)
