"""What would follow from other figures: pure sums over what there is, which stays as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

from workflow.planning.barriers import AIRPORT_CLOSED
from workflow.planning.inputs import MINORS, ORDINARY, RESETTLEMENT
from workflow.ranking.board import Municipality as Standing
from workflow.ranking.board import Places
from workflow.ranking.criteria import CaseToPlace

#: As far as requests may be lowered and raised, in per cent.
LOWEST: Final = Fraction(-100)
HIGHEST: Final = Fraction(900)


@dataclass(frozen=True, slots=True)
class Changes:
    """What is asked about; whatever is left out stays as it is."""

    #: Requests are changed by so many per cent of the original one: −34.3 leaves 65.7 %.
    per_cent: Fraction | None = None
    #: No request falls below; one that is lower already is raised to it.
    least: int = 0
    #: The municipalities decide what they are asked for.
    decisions_follow: bool = False
    #: Municipality number → places more (or fewer) than it has decided.
    more_places: Mapping[str, int] = field(default_factory=dict, hash=False)
    #: IATA codes; resettlement cases go to no municipality that has one of these.
    airports_closed: frozenset[str] = frozenset()

    def to_mapping(self) -> dict[str, Any]:
        return {
            "per_cent": None if self.per_cent is None else str(self.per_cent),
            "least": self.least,
            "decisions_follow": self.decisions_follow,
            "more_places": dict(sorted(self.more_places.items())),
            "airports_closed": sorted(self.airports_closed),
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """One municipality's year, in persons."""

    municipality_number: str
    original_request: int | None
    #: The request in force: the adjusted one, where there is one.
    request: int | None
    decided_places: int | None
    extra_places: int
    used: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One municipality before and after."""

    municipality_number: str
    request_now: int | None
    request_then: int | None
    places_now: int | None
    places_then: int | None
    free_now: int
    free_then: int
    #: More are settled or held there than it would have places for.
    overrun: int

    @property
    def changed(self) -> bool:
        return (self.request_now, self.places_now, self.free_now) != (
            self.request_then,
            self.places_then,
            self.free_then,
        )


def changed_request(original: int, per_cent: Fraction, least: int) -> int:
    """A request changed by so many per cent, to the nearest whole person, a half upwards.

    Source: the adjustment of March 2020 is −34.3 per cent with ten as the least: within one person
    of what 202 of 211 municipalities were asked for.
    """
    exact = original * (100 + per_cent) / 100
    return max(least, int(exact + Fraction(1, 2)))


def figures_of(asked: Sequence[Asked], changes: Changes) -> list[Figures]:
    """Each municipality before and after, in the order given."""
    return [_figures(one, changes) for one in asked]


def _figures(one: Asked, changes: Changes) -> Figures:
    request = one.request
    original = one.original_request if one.original_request is not None else one.request
    if changes.per_cent is not None and original is not None:
        request = changed_request(original, changes.per_cent, changes.least)
    places = one.decided_places
    if changes.decisions_follow and request is not None and places:
        places = request
    more = changes.more_places.get(one.municipality_number, 0)
    if more:
        places = max(0, (places or 0) + more)
    ceiling_now = (one.decided_places or 0) + one.extra_places
    ceiling_then = (places or 0) + one.extra_places
    return Figures(
        one.municipality_number,
        one.request,
        request,
        one.decided_places,
        places,
        max(0, ceiling_now - one.used),
        max(0, ceiling_then - one.used),
        max(0, one.used - ceiling_then),
    )


def changed_standings(
    standings: Sequence[Standing], figures: Sequence[Figures], freed: Mapping[tuple[str, str], int]
) -> list[Standing]:
    """The municipalities as they would stand.

    Args:
        freed: places that a moved cut-off frees, by municipality number and pool.
    """
    by_number = {one.municipality_number: one for one in figures}

    def standing(one: Standing) -> Standing:
        number = one.municipality_number
        places = dict(one.places)
        told = by_number.get(number)
        if told is not None and told.places_then is not None:
            places[ORDINARY] = Places(told.free_then, told.places_then)
        for pool in (ORDINARY, MINORS):
            if (more := freed.get((number, pool), 0)) and pool in places:
                places[pool] = replace(places[pool], free=places[pool].free + more)
        return replace(one, places=places)

    return [standing(one) for one in standings]


def without_airports(
    cases: Sequence[CaseToPlace], closed: frozenset[str], airport_of: Mapping[str, str | None]
) -> list[CaseToPlace]:
    """The cases barred from municipalities whose airport is closed, those UDI flies in only."""
    barred = dict.fromkeys(
        (number for number, airport in sorted(airport_of.items()) if airport in closed),
        AIRPORT_CLOSED,
    )
    return [
        replace(case, excluded={**barred, **case.excluded}) if case.group == RESETTLEMENT else case
        for case in cases
    ]
