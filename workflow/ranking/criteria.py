"""Case, municipality and rule set as the order sees them, and the criteria that compare."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

from workflow.ranking.shares import share, unused_share

Fact: TypeAlias = Fraction | date | str | int | bool | None


class Criterion(StrEnum):
    """In the order they are published; the second only says what the order leaves out (R26)."""

    FORMER_MUNICIPALITY = "former_municipality"
    NO_PREFERENCE_FOR_FORMER = "no_preference_for_former"
    UNUSED_SHARE = "unused_share"
    VACANCY = "vacancy"
    SHARE_AFTER = "share_after"
    LAST_DISTRIBUTION = "last_distribution"
    MUNICIPALITY_NUMBER = "municipality_number"


#: Those that say something of every case.
_ALWAYS = tuple(Criterion)[2:]


@dataclass(frozen=True, slots=True)
class RuleSet:
    version: int
    #: How far below the best share a fitting vacancy goes first; 1/10 = ten percentage points.
    vacancy_window: Fraction = Fraction(1, 10)
    #: How many municipalities a plan shows after the chosen one.
    next_shown: int = 5

    def __post_init__(self) -> None:
        if not 0 <= self.vacancy_window <= 1:
            raise ValueError(f"vacancy window {self.vacancy_window}, expected 0 to 1")
        if self.next_shown < 0:
            raise ValueError(f"next shown {self.next_shown}, expected at least 0")


@dataclass(frozen=True, slots=True)
class CaseToPlace:
    """One household that needs a municipality.

    Persons, track, former municipality and `excluded` settle its order; a plan asks for the rest.
    """

    persons: int
    #: "A": entry was known when it was withdrawn. "B": it came later. None: never withdrawn.
    track: str | None = None
    former_municipality_number: str | None = None
    _: KW_ONLY
    #: Municipality number → code of the guard that refuses this case there (it has declined it).
    excluded: Mapping[str, str] = field(default_factory=dict, hash=False)
    case_number: str = ""
    #: The earliest of its persons' entry permits.
    permit_expires_on: date | None = None
    #: Whose places it uses: the ordinary ones, or those for unaccompanied minors.
    pool: str = "ordinary"
    group: str | None = None
    needs_accessible: bool = False

    def __post_init__(self) -> None:
        if self.persons < 1:
            raise ValueError(f"a case of {self.persons} persons")

    @property
    def preferred_municipality_number(self) -> str | None:
        """The former municipality on track A (R08), nobody on track B (R26)."""
        return self.former_municipality_number if self.track == "A" else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A municipality as it stands when a case looks for a place; places are counted in persons."""

    municipality_number: str
    free: int
    #: None = not registered, 0 = the council said no.
    decided_places: int | None
    last_distribution_on: date | None = None
    #: The open vacancy this case would use, where one fits.
    fitting_vacancy: str | None = None
    #: Code of the guard that refuses the case here.
    refusal: str | None = None

    @property
    def unused_share(self) -> Fraction | None:
        return unused_share(self.free, self.decided_places)

    @property
    def last_distribution_ordinal(self) -> int:
        """The day as a number; never comes before every day."""
        return self.last_distribution_on.toordinal() if self.last_distribution_on else 0


@dataclass(frozen=True, slots=True)
class Contest:
    """The criteria for one case under one rule set, among the municipalities that may take it."""

    case: CaseToPlace
    rules: RuleSet
    #: The largest unused share among them; the vacancy window hangs below it.
    best_share: Fraction

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Those that say something of this case, in published order."""
        if self.case.former_municipality_number is None or self.case.track is None:
            return _ALWAYS
        if self.case.track == "A":
            return (Criterion.FORMER_MUNICIPALITY, *_ALWAYS)
        return (Criterion.NO_PREFERENCE_FOR_FORMER, *_ALWAYS)

    def value(self, criterion: Criterion, candidate: Candidate) -> Fact:
        """What a criterion says of a municipality."""
        match criterion:
            case Criterion.FORMER_MUNICIPALITY | Criterion.NO_PREFERENCE_FOR_FORMER:
                return self._is_former(candidate)
            case Criterion.UNUSED_SHARE:
                return _share_now(candidate)
            case Criterion.VACANCY:
                return candidate.fitting_vacancy
            case Criterion.SHARE_AFTER:
                return self._share_after(candidate)
            case Criterion.LAST_DISTRIBUTION:
                return candidate.last_distribution_on
            case Criterion.MUNICIPALITY_NUMBER:
                return candidate.municipality_number

    def facts(self, criterion: Criterion, candidate: Candidate) -> Mapping[str, Fact]:
        """What that value follows from."""
        match criterion:
            case Criterion.FORMER_MUNICIPALITY | Criterion.NO_PREFERENCE_FOR_FORMER:
                return {"former_municipality_number": self.case.former_municipality_number}
            case Criterion.UNUSED_SHARE:
                return {"free": candidate.free, "decided_places": candidate.decided_places}
            case Criterion.VACANCY:
                return {
                    "within_window": self._within_window(candidate),
                    "best_share": self.best_share,
                    "vacancy_window": self.rules.vacancy_window,
                }
            case Criterion.SHARE_AFTER:
                return {"persons": self.case.persons}
            case Criterion.LAST_DISTRIBUTION | Criterion.MUNICIPALITY_NUMBER:
                return {}

    def lost_on(self, loser: Candidate, winner: Candidate) -> Criterion:
        """The first published criterion on which one municipality stands behind another."""
        return next(c for c in self.criteria if self._stands_behind(c, loser, winner))

    def _stands_behind(self, criterion: Criterion, one: Candidate, other: Candidate) -> bool:
        match criterion:
            case Criterion.FORMER_MUNICIPALITY:
                return self._is_former(other) and not self._is_former(one)
            case Criterion.NO_PREFERENCE_FOR_FORMER:
                return False
            case Criterion.UNUSED_SHARE:
                return _share_now(one) < _share_now(other)
            case Criterion.VACANCY:
                return self._goes_first(other) and not self._goes_first(one)
            case Criterion.SHARE_AFTER:
                return self._share_after(one) < self._share_after(other)
            case Criterion.LAST_DISTRIBUTION:
                return one.last_distribution_ordinal > other.last_distribution_ordinal
            case Criterion.MUNICIPALITY_NUMBER:
                return one.municipality_number > other.municipality_number

    def _is_former(self, candidate: Candidate) -> bool:
        return candidate.municipality_number == self.case.former_municipality_number

    def _share_after(self, candidate: Candidate) -> Fraction:
        return share(candidate.free - self.case.persons, candidate.decided_places)

    def _within_window(self, candidate: Candidate) -> bool:
        return _share_now(candidate) >= self.best_share - self.rules.vacancy_window

    def _goes_first(self, candidate: Candidate) -> bool:
        return candidate.fitting_vacancy is not None and self._within_window(candidate)


def _share_now(candidate: Candidate) -> Fraction:
    return share(candidate.free, candidate.decided_places)
