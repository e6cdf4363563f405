"""Which municipality a case is put to: never over its decided places; some nearly full."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from random import Random

from app.scenario.plan import PlacesPlan
from workflow.capacity.states import Pool
from workflow.kernel.calendar import local_day

#: Municipalities that many cases go to, and how often they are looked at first.
_SOUGHT_AFTER = 16
_SOUGHT_AFTER_SHARE = 0.35
#: Two in five municipalities are asked for nothing yet.
_UNTOUCHED_SHARE = 0.4


class Towns:
    """The places left, counted as if nothing were ever given back: a plan cannot overrun a year."""

    def __init__(self, places: Iterable[PlacesPlan], rng: Random) -> None:
        self._rng = rng
        self._free: dict[Pool, dict[str, int]] = {Pool.ORDINARY: {}, Pool.MINORS: {}}
        self._decided_on: dict[str, date] = {}
        for place in places:
            figures, number = place.figures, place.figures.municipality_number
            if place.decided_at is not None:
                self._decided_on[number] = local_day(place.decided_at)
                self._free[Pool.ORDINARY][number] = figures.decided_places or 0
                self._free[Pool.MINORS][number] = figures.minors_decided_places or 0
        open_ones = [number for number, free in self._free[Pool.ORDINARY].items() if free]
        rng.shuffle(open_ones)
        small = [number for number in open_ones if self._free[Pool.ORDINARY][number] <= 40]
        self._sought_after = small[:_SOUGHT_AFTER]
        self._untouched = set(small[_SOUGHT_AFTER:][: round(_UNTOUCHED_SHARE * len(open_ones))])

    def ask(self, at: datetime, persons: int, pool: Pool, but: Collection[str]) -> str:
        """A municipality with room that registered its places before that day; takes the places.

        Raises:
            ValueError: no municipality has room.
        """
        free, day = self._free[pool], local_day(at)
        able = [
            number
            for number, places in free.items()
            if places >= persons and number not in but and self._decided_on[number] < day
        ]
        sought = [number for number in able if number in self._sought_after]
        if sought and self._rng.random() < _SOUGHT_AFTER_SHARE:
            able = sought
        elif pool is Pool.ORDINARY:
            able = [number for number in able if number not in self._untouched] or able
        if not able:
            raise ValueError(f"no municipality has {persons} places on {day}")
        (chosen,) = self._rng.choices(able, weights=[free[number] for number in able])
        free[chosen] -= persons
        return chosen

    def with_room(self, least: int) -> list[str]:
        """Municipalities with so many ordinary places left, by number."""
        free = self._free[Pool.ORDINARY]
        return sorted(number for number, places in free.items() if places >= least)
