"""Requests and decided places of 2020 for real municipalities, invented to the published totals.

What is published is kept exactly: 211 municipalities asked, 5,120 persons asked for and 3,602 after
the adjustment, 4,838 decided; each county's four totals; the eight biggest; the nine adjusted up
from the rule and the five that decided otherwise; 47 that start at ten and 102 that end there.

What is invented, for the rest: which municipalities are asked, and each one's request. The rule
`adjusted = max(10, 0.657 × original)`, to the nearest whole person, holds for all but the nine and
Bodø.

The decided places add up so: 5,120 asked, less 88 for the five that decided otherwise
(−73 −13 −5 −2 +5), less 194 asked of the twelve whose decision is not published, make 4,838. The
twelve lie where a county's decided places lack what its named municipalities do not explain: Viken
37, Vestland 70, Nordland 10, Innlandet 25, Troms og Finnmark 15, Vestfold og Telemark 12, Agder 25.
Here six of them have registered nothing (None) and six said no (0).

Places for unaccompanied minors are a pool of their own. The published numbers of municipalities do
not part them from the others; here the 140 come beside them, spread over forty of the
municipalities asked for most, three or four in each.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import cycle
from random import Random

from app.scenario.published import (
    ADJUSTED_HIGHER,
    ADJUSTED_PART,
    ASKED_MUNICIPALITIES,
    BIGGEST,
    COUNTIES,
    DECIDED_AS_ASKED,
    DECIDED_OTHERWISE,
    LEAST_REQUEST,
    MINORS,
    NOT_ASKED,
    adjusted_by_rule,
)
from workflow.municipalities.register import MunicipalityRow

DEFAULT_SEED = 2020
#: Days of the letters: the first assumed, the second the scenario's own (the real one came later).
ORIGINAL_REQUEST_ON = date(2019, 10, 28)
ADJUSTED_REQUEST_ON = date(2020, 3, 12)

#: Assumed originals of those adjusted higher, where only the adjusted number is published.
_ASSUMED_ORIGINAL = {"3029": 30, "3054": 22, "3407": 35, "3808": 16, "4202": 22, "4627": 30}
#: What was asked of the twelve whose decision is hidden; adds up to what each county lacks.
_HIDDEN = {
    "Viken": (15, 22),
    "Vestland": (20, 22, 28),
    "Nordland": (10,),
    "Innlandet": (10, 15),
    "Troms og Finnmark": (15,),
    "Vestfold og Telemark": (12,),
    "Agder": (10, 15),
}
#: Of a county's other municipalities: so many start at ten, and so many from twelve to fifteen,
#: where the adjustment meets its floor. Chosen so that county totals, 47 and 102 come out together.
_SHAPE = {
    "Viken": (8, 0),
    "Vestland": (5, 4),
    "Trøndelag": (4, 12),
    "Rogaland": (1, 0),
    "Nordland": (2, 10),
    "Innlandet": (14, 3),
    "Troms og Finnmark": (3, 0),
    "Vestfold og Telemark": (2, 4),
    "Møre og Romsdal": (4, 8),
    "Agder": (0, 8),
    "Oslo": (0, 0),
}
_LOW = range(12, 16)
_HIGH = range(16, 74)
#: Larger towns, asked before others and for more; common knowledge, no statistics.
_TOWNS = frozenset(
    """3001 3002 3003 3004 3006 3007 3014 3020 3021 3024 3025 3030 3033
    4602 4613 4617 4624 4626 4631 4640 4647 5006 5007 5028 5031 5037 5038 5059
    1101 1106 1108 1120 1121 1124 1149 1806 1813 1820 1824 1833 1860 1865 1866 1870
    3403 3405 3411 3413 3420 3442 3443 5402 5403 5405 5406 5421 5444
    3801 3802 3803 3804 3805 3806 3807 3811 3813 1505 1506 1507 1520 1577
    4203 4205 4206 4207 4215 4223""".split()  # noqa: SIM905  a table reads better
)
#: A few hundred people each; not asked here.
_TINY = frozenset(
    """1144 1145 1151 1816 1835 1856 1857 3823 4221 4222 4224 4629 4633 4636 5043 5052
    5429 5432 5433 5440 5442""".split()  # noqa: SIM905  as above
)


@dataclass(frozen=True, slots=True)
class MunicipalityFigures:
    """One asked municipality's places of 2020, in persons.

    A request None = not known; `decided_places` None = not registered, 0 = said no; the same for
    minors, asked of some.
    """

    municipality_number: str
    county: str
    original_request: int | None
    adjusted_request: int | None
    decided_places: int | None
    minors_request: int | None = None
    minors_decided_places: int | None = None

    @property
    def asked(self) -> int:
        """The first request that is known."""
        return self.original_request or self.adjusted_request or 0


@dataclass(frozen=True, slots=True)
class _Asked:
    original: int
    adjusted: int
    decided: int | None


def generate(
    register: Iterable[MunicipalityRow], seed: int = DEFAULT_SEED
) -> tuple[MunicipalityFigures, ...]:
    """The 211 asked municipalities, by number; the same for the same register and seed.

    Raises:
        ValueError: the register is not the one of 2020.
    """
    rng = Random(seed)  # noqa: S311  invented figures, no secret
    asked: dict[str, _Asked] = {}
    no_decision = cycle([None, 0])
    counties = {row.number: row.county for row in sorted(register, key=lambda row: row.number)}
    for county in COUNTIES:
        numbers = [number for number, of in counties.items() if of == county]
        named = {number: _NAMED[number] for number in numbers if number in _NAMED}
        hidden = [
            _Asked(original, adjusted_by_rule(original), next(no_decision))
            for original in _HIDDEN.get(county, ())
        ]
        others = _requests(county, [*named.values(), *hidden], rng)
        asked |= named | _hand_out(numbers, named, hidden, others, rng)
    if len(asked) != ASKED_MUNICIPALITIES:
        raise ValueError("the figures of 2020 need the register of 2020")
    figures = [
        MunicipalityFigures(number, counties[number], *_fields(places))
        for number, places in sorted(asked.items())
    ]
    return tuple(with_minors(figures, rng))


def _fields(places: _Asked) -> tuple[int, int, int | None]:
    return places.original, places.adjusted, places.decided


def _named() -> dict[str, _Asked]:
    """Municipalities published one by one, with what is assumed where only a part is."""
    originals = (
        {number: original for number, (original, _, _) in BIGGEST.items()}
        | {number: original for number, (original, _) in DECIDED_OTHERWISE.items()}
        | DECIDED_AS_ASKED
        | _ASSUMED_ORIGINAL
    )
    adjusted = {number: figure for number, (_, figure, _) in BIGGEST.items()} | ADJUSTED_HIGHER
    decided = {number: figure for number, (_, figure) in DECIDED_OTHERWISE.items()}
    return {
        number: _Asked(
            original,
            adjusted.get(number, adjusted_by_rule(original)),
            decided.get(number, original),
        )
        for number, original in originals.items()
    }


_NAMED = _named()


def _requests(county: str, fixed: Sequence[_Asked], rng: Random) -> list[int]:
    """Original requests of a county's other municipalities, from high to low.

    Both sums are met exactly: the original requests by construction, the adjusted ones by moving
    single persons from one municipality to another until the roundings add up.
    """
    totals = COUNTIES[county]
    count = totals.asked - len(fixed)
    tens, low = _SHAPE[county]
    high = count - tens - low
    original = totals.original - sum(one.original for one in fixed) - LEAST_REQUEST * tens
    adjusted = totals.adjusted - sum(one.adjusted for one in fixed) - LEAST_REQUEST * tens
    if not low + high:
        return [LEAST_REQUEST] * tens
    high_sum = round((adjusted - LEAST_REQUEST * low) / ADJUSTED_PART)
    low_sum = min(max(original - high_sum, low * _LOW[0]), low * _LOW[-1])
    values = _spread(low_sum, low, _LOW, rng) + _spread(original - low_sum, high, _HIGH, rng)
    limits = [_LOW] * low + [_HIGH] * high
    _even_out(values, limits, adjusted, rng)
    return sorted(values + [LEAST_REQUEST] * tens, reverse=True)


def _spread(total: int, count: int, allowed: range, rng: Random) -> list[int]:
    """That many values of the allowed ones, few large and many small, with exactly this sum."""
    least, room = allowed[0], allowed[-1] - allowed[0]
    weights = [rng.expovariate(1) + 0.2 for _ in range(count)]
    excess = total - least * count
    values = [min(room, int(excess * weight / sum(weights))) for weight in weights]
    while missing := excess - sum(values):
        step = 1 if missing > 0 else -1
        able = [i for i, value in enumerate(values) if 0 <= value + step <= room]
        values[rng.choice(able)] += step
    return [least + value for value in values]


def _even_out(values: list[int], limits: Sequence[range], adjusted: int, rng: Random) -> None:
    """Move single persons between values, inside their limits, until the rule gives `adjusted`."""
    off = sum(map(adjusted_by_rule, values)) - adjusted
    while off:
        give, take = rng.sample(range(len(values)), 2)
        given, taken = values[give] - 1, values[take] + 1
        if given not in limits[give] or taken not in limits[take]:
            continue
        before = adjusted_by_rule(values[give]) + adjusted_by_rule(values[take])
        moved = off + adjusted_by_rule(given) + adjusted_by_rule(taken) - before
        if abs(moved) <= abs(off):
            values[give], values[take], off = given, taken, moved


def _hand_out(
    numbers: Iterable[str],
    named: Iterable[str],
    hidden: Sequence[_Asked],
    requests: Sequence[int],
    rng: Random,
) -> dict[str, _Asked]:
    """Which municipalities of a county are asked: towns first and for most, the rest drawn."""
    out = {*named, *_TINY, NOT_ASKED}
    able = [number for number in numbers if number not in out]
    rng.shuffle(able)
    able.sort(key=lambda number: number not in _TOWNS)
    asked = {
        number: _Asked(original, adjusted_by_rule(original), original)
        for number, original in zip(able, requests, strict=False)
    }
    return asked | dict(zip(reversed(able), hidden, strict=False))


#: Municipalities asked for places for minors; one in so many of them has registered nothing.
_WITH_MINORS = 40
_NOT_REGISTERED_ONE_IN = 10


def with_minors(figures: Sequence[MunicipalityFigures], rng: Random) -> list[MunicipalityFigures]:
    """The 140 places for minors over the forty asked for most of those that said yes."""
    willing = [one for one in figures if one.decided_places]
    biggest = sorted(willing, key=lambda one: (-one.asked, one.municipality_number))
    least, more = divmod(MINORS, _WITH_MINORS)
    places = {
        one.municipality_number: least + (rank < more)
        for rank, one in enumerate(biggest[:_WITH_MINORS])
    }
    silent = set(rng.sample(sorted(places), len(places) // _NOT_REGISTERED_ONE_IN))
    return [
        replace(
            one,
            minors_request=asked,
            minors_decided_places=None if one.municipality_number in silent else asked,
        )
        if (asked := places.get(one.municipality_number))
        else one
        for one in figures
    ]
