"""Place-nights of a time: how many there are, of how many it is known, in how many somebody slept.

Pure. What is recorded of a period is spread over it night by night, in whole place-nights, so that
the parts of any time add up to the whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Self


@dataclass(frozen=True, slots=True)
class Slept:
    """How many place-nights somebody slept in, in sum from a first to a last night."""

    since: date
    until: date
    place_nights: int
    #: On how many of them meals were given that are paid for themselves; None is not known.
    meal_days: int | None = None

    def between(self, since: date, until: date) -> int:
        """Of some of its nights."""
        return self._part(self.place_nights, since, until)

    def meals_between(self, since: date, until: date) -> int | None:
        """The same of the days with meals."""
        return None if self.meal_days is None else self._part(self.meal_days, since, until)

    def _part(self, many: int, since: date, until: date) -> int:
        first, last = max(since, self.since), min(until, self.until)
        if first > last:
            return 0
        whole, before = days(self.since, self.until), (first - self.since).days
        return many * ((last - self.since).days + 1) // whole - many * before // whole


@dataclass(frozen=True, slots=True)
class Nights:
    there: int = 0
    #: Those of which it is recorded whether somebody slept there.
    known: int = 0
    used: int = 0

    @property
    def empty(self) -> int:
        return self.known - self.used

    @property
    def share(self) -> Fraction | None:
        """Used of the known; None where nothing is."""
        return Fraction(self.used, self.known) if self.known else None

    def __add__(self, other: Self) -> "Nights":
        return Nights(self.there + other.there, self.known + other.known, self.used + other.used)

    def __sub__(self, other: Self) -> "Nights":
        return Nights(self.there - other.there, self.known - other.known, self.used - other.used)


def days(since: date, until: date) -> int:
    """Nights from a first to a last one; none where the last is before the first."""
    return max(0, (until - since).days + 1)


def nights(beds: int, recorded: Iterable[Slept], since: date, until: date) -> Nights:
    """Of so many places.

    Args:
        recorded: of periods that do not overlap, each with no more than there are.
    """
    known = used = 0
    for one in recorded:
        known += beds * days(max(since, one.since), min(until, one.until))
        used += one.between(since, until)
    return Nights(beds * days(since, until), known, used)
