"""What a plan is made of, as it comes: cases, municipalities, homes. No numpy here.

A need is a code, or a code and how many minutes away is near enough: `hospital:60`. A service is
the same: `hospital:35` is 35 minutes away, `hospital` is in the municipality itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TypeAlias

#: (case, municipality) → score; a pair that is not there scores nothing.
ScoreTable: TypeAlias = Mapping[tuple[str, str], float]

ORDINARY = "ordinary"
MINORS = "minors"
#: Kinds of households that municipalities decline or take so many of.
SINGLE_PARENT = "single_parent"
LARGE_FAMILY = "large_family"
#: Needs that a home of one's own meets as well as a service of the municipality.
WHEELCHAIR = "wheelchair"
QUARANTINE = "quarantine"
#: The group that UDI flies in, so that an airport matters.
RESETTLEMENT = "resettlement"


@dataclass(frozen=True, slots=True)
class Case:
    """One household, which is never split."""

    case_number: str
    persons: int
    former_municipality_number: str | None = None
    track: str | None = None
    expires_on: date | None = None
    #: Where it may go; None is everywhere.
    allowed: frozenset[str] | None = None
    #: Cases with the same word here go to one municipality, or none of them goes.
    related: str | None = None
    group: str | None = None
    #: Whose places it uses.
    pool: str = ORDINARY
    needs: frozenset[str] = frozenset()
    #: `single_parent` and whatever else municipalities decline or count; large families are seen.
    kinds: frozenset[str] = frozenset()
    #: Municipalities that said no to just this case.
    declined: frozenset[str] = frozenset()
    #: Cases with the same word here go to one region.
    near: str | None = None
    #: 1: to one region, or none of them goes. Less: how much of the near window it may cost.
    strength: Fraction = Fraction(1)
    #: It cannot come before.
    earliest_on: date | None = None
    #: A home must have as many, where it takes one.
    rooms: int = 0
    #: Region → how much of the near window it may cost to come there: relatives live there already.
    drawn_to: Mapping[str, Fraction] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Municipality:
    municipality_number: str
    #: None: no decision is registered. 0: the council said no.
    places: int | None
    used: int
    #: Persons each open home can take.
    vacancies: tuple[int, ...] = ()
    last_distribution_on: date | None = None
    #: Unaccompanied minors' own places.
    minors_places: int | None = None
    minors_used: int = 0
    services: frozenset[str] = frozenset()
    region: str | None = None
    airport: str | None = None
    #: Persons it receives in a week that `weeks` does not name; None is any number.
    weekly: int | None = None
    #: Monday → persons.
    weeks: Mapping[date, int] = field(default_factory=dict, hash=False)
    #: Kinds, groups and needs of cases it does not take.
    declines: frozenset[str] = frozenset()
    #: Groups it does not receive while a measure is in force.
    paused: frozenset[str] = frozenset()
    #: Kind → households of it that it takes in this plan.
    most: Mapping[str, int] = field(default_factory=dict, hash=False)

    @property
    def free(self) -> int:
        return max(0, (self.places or 0) - self.used)

    @property
    def minors_free(self) -> int:
        return max(0, (self.minors_places or 0) - self.minors_used)


@dataclass(frozen=True, slots=True)
class Home:
    """One dwelling; one household uses the whole of it."""

    home_id: str
    municipality_number: str
    persons: int
    rooms: int = 0
    accessible: bool = False
    #: A household can be in quarantine there.
    quarantine: bool = False
    from_on: date | None = None
    until_on: date | None = None
    group: str | None = None
    #: Held for this case; released if it is planned elsewhere.
    reserved_for: str | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that a plan follows from, beside its rule set."""

    cases: tuple[Case, ...]
    municipalities: tuple[Municipality, ...]
    homes: tuple[Home, ...] = ()
    scores: ScoreTable | None = field(default=None, hash=False)
    #: The plan that is in force: case → municipality. Empty: a plan from nothing.
    before: Mapping[str, str] = field(default_factory=dict, hash=False)
    #: The day the plan is made; weeks begin with the next Monday. None: no weeks are planned.
    on: date | None = None
    in_file_order: bool = False
    #: Cases drawn from those that may come later: with them, the method score keeps room.
    expected: tuple[Case, ...] = ()
    #: How many cases the expected ones stand for; None is as many as they are.
    stand_for: int | None = None
