"""The published order: which municipality comes first for one case, and why.

1. Track A: the former municipality first, if it has room (R08, R16). Track B: no preference (R26).
2. The larger unused share now (R13, R25).
3. Within the window below the best share, those with a fitting vacancy before the rest (R29).
4. The larger share after placing, then longest since last distribution, then municipality number.

Source: the Directorate's page of April 2020 on settlement decisions reversed because of the corona
situation, sentence by sentence R01-R35; docs/ranking.md tells the order in words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

from workflow.ranking.shares import Scale, unused_share

#: Why a municipality cannot take a case, beside what the caller's guards say.
NOT_REGISTERED = "places.not_registered"
NONE_FREE = "places.none_free"

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


@dataclass(frozen=True, slots=True)
class RuleSet:
    version: int
    #: How far below the best share a fitting vacancy still goes first; 1/10 = ten percentage points.
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
    """One household that needs a municipality. The first three settle its order; the rest, a plan."""

    persons: int
    #: "A": entry was known when it was withdrawn. "B": it came later. None: never withdrawn.
    track: str | None = None
    former_municipality_number: str | None = None
    _: KW_ONLY
    case_number: str = ""
    #: The earliest of its persons' entry permits.
    permit_expires_on: date | None = None
    #: Which places it uses: the ordinary ones, or those for unaccompanied minors.
    pool: str = "ordinary"
    group: str | None = None
    needs_accessible: bool = False
    #: Municipality number → code of the guard that refuses this case there (it has declined it).
    excluded: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.persons < 1:
            raise ValueError(f"a case of {self.persons} persons")

    @property
    def preferred_municipality_number(self) -> str | None:
        """The former municipality on track A (R08); nobody on track B (R26)."""
        return self.former_municipality_number if self.track == "A" else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A municipality as it stands when one case looks for a place; places are counted in persons."""

    municipality_number: str
    free: int
    #: None = not registered, 0 = the council said no.
    decided_places: int | None
    last_distribution_on: date | None = None
    #: The open vacancy this case would use, if there is one that fits.
    fitting_vacancy: str | None = None
    #: Code of the guard that refuses the case here.
    refusal: str | None = None

    @property
    def unused_share(self) -> Fraction | None:
        return unused_share(self.free, self.decided_places)

    def share_after(self, persons: int) -> Fraction | None:
        return unused_share(self.free - persons, self.decided_places)


@dataclass(frozen=True, slots=True)
class Contest:
    """The criteria for one case under one rule set, as they compare the municipalities that may take it."""

    case: CaseToPlace
    rules: RuleSet
    #: The largest unused share among them; the vacancy window hangs below it.
    best_share: Fraction

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Those that say something of this case, in published order."""
        if self.case.former_municipality_number is None or self.case.track not in {"A", "B"}:
            return ALWAYS
        if self.case.track == "A":
            return (Criterion.FORMER_MUNICIPALITY, *ALWAYS)
        return (Criterion.NO_PREFERENCE_FOR_FORMER, *ALWAYS)

    def unused_share(self, candidate: Candidate) -> Fraction:
        return _known(candidate, candidate.unused_share)

    def share_after(self, candidate: Candidate) -> Fraction:
        return _known(candidate, candidate.share_after(self.case.persons))

    def within_window(self, candidate: Candidate) -> bool:
        return self.unused_share(candidate) >= self.best_share - self.rules.vacancy_window

    def is_former(self, candidate: Candidate) -> bool:
        return candidate.municipality_number == self.case.former_municipality_number

    def value(self, criterion: Criterion, candidate: Candidate) -> Fact:
        """What a criterion says of a municipality."""
        match criterion:
            case Criterion.FORMER_MUNICIPALITY | Criterion.NO_PREFERENCE_FOR_FORMER:
                return self.is_former(candidate)
            case Criterion.UNUSED_SHARE:
                return self.unused_share(candidate)
            case Criterion.VACANCY:
                return candidate.fitting_vacancy
            case Criterion.SHARE_AFTER:
                return self.share_after(candidate)
            case Criterion.LAST_DISTRIBUTION:
                return candidate.last_distribution_on
            case Criterion.MUNICIPALITY_NUMBER:
                return candidate.municipality_number

    def facts(self, criterion: Criterion, candidate: Candidate) -> Mapping[str, Fact]:
        """What the value follows from."""
        match criterion:
            case Criterion.FORMER_MUNICIPALITY | Criterion.NO_PREFERENCE_FOR_FORMER:
                return {"former_municipality_number": self.case.former_municipality_number}
            case Criterion.UNUSED_SHARE:
                return {"free": candidate.free, "decided_places": candidate.decided_places}
            case Criterion.VACANCY:
                return {
                    "within_window": self.within_window(candidate),
                    "best_share": self.best_share,
                    "vacancy_window": self.rules.vacancy_window,
                }
            case Criterion.SHARE_AFTER:
                return {"persons": self.case.persons}
            case Criterion.LAST_DISTRIBUTION | Criterion.MUNICIPALITY_NUMBER:
                return {}

    def stands_behind(self, criterion: Criterion, one: Candidate, other: Candidate) -> bool:
        """Whether this criterion alone puts `one` behind `other`."""
        match criterion:
            case Criterion.FORMER_MUNICIPALITY:
                return self.is_former(other) and not self.is_former(one)
            case Criterion.NO_PREFERENCE_FOR_FORMER:
                return False
            case Criterion.UNUSED_SHARE:
                return self.unused_share(one) < self.unused_share(other)
            case Criterion.VACANCY:
                return self.goes_first_by_vacancy(other) and not self.goes_first_by_vacancy(one)
            case Criterion.SHARE_AFTER:
                return self.share_after(one) < self.share_after(other)
            case Criterion.LAST_DISTRIBUTION:
                return _day(one) > _day(other)
            case Criterion.MUNICIPALITY_NUMBER:
                return one.municipality_number > other.municipality_number

    def goes_first_by_vacancy(self, candidate: Candidate) -> bool:
        return candidate.fitting_vacancy is not None and self.within_window(candidate)

    def lost_on(self, loser: Candidate, winner: Candidate) -> Criterion:
        """The first published criterion on which one municipality stands behind another."""
        return next(c for c in self.criteria if self.stands_behind(c, loser, winner))


@dataclass(frozen=True, slots=True)
class Reason:
    """What one criterion says of one municipality, and whether it is what settled its rank.

    Where it did, `compared_with` is the municipality it was held against and `other_value` what the
    criterion says of that one: the next in line for the first, the first for all others.
    """

    criterion: Criterion
    value: Fact
    facts: Mapping[str, Fact] = field(hash=False)
    compared_with: str | None = None
    other_value: Fact = None

    @property
    def decisive(self) -> bool:
        return self.compared_with is not None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A municipality that may take the case, its rank, and all that its reasons follow from."""

    rank: int
    candidate: Candidate
    contest: Contest
    #: Whom its reasons hold it against: see Reason. None where it is alone.
    rival: Candidate | None

    @property
    def unused_share(self) -> Fraction:
        return self.contest.unused_share(self.candidate)

    @property
    def decided_by(self) -> Criterion | None:
        """The first published criterion that parts it from its rival."""
        if self.rival is None:
            return None
        if self.rank == 1:
            return self.contest.lost_on(self.rival, self.candidate)
        return self.contest.lost_on(self.candidate, self.rival)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """One for each criterion, worked out when asked for: a plan shows few of its many."""
        decisive, contest = self.decided_by, self.contest
        return tuple(
            Reason(
                criterion,
                contest.value(criterion, self.candidate),
                contest.facts(criterion, self.candidate),
                self.rival.municipality_number if self.rival and criterion is decisive else None,
                contest.value(criterion, self.rival) if self.rival and criterion is decisive else None,
            )
            for criterion in contest.criteria
        )


@dataclass(frozen=True, slots=True)
class Excluded:
    """A municipality that cannot take the case, and the code that says why."""

    municipality_number: str
    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every municipality for one case: those that may take it, best first, and those that cannot."""

    case: CaseToPlace
    rules: RuleSet
    items: tuple[Ranked, ...]
    #: By municipality number.
    excluded: tuple[Excluded, ...]

    @property
    def first(self) -> Ranked | None:
        return self.items[0] if self.items else None


@dataclass(frozen=True, slots=True)
class Loss:
    """The first criterion on which a municipality stands behind the first one, with both values."""

    municipality_number: str
    rank: int
    criterion: Criterion
    value: Fact
    facts: Mapping[str, Fact] = field(hash=False)
    first: str
    first_value: Fact
    first_facts: Mapping[str, Fact] = field(hash=False)


def rank(case: CaseToPlace, candidates: Iterable[Candidate], rules: RuleSet) -> Ranking:
    """The municipalities for one case in the published order; the order they come in is nothing.

    Raises:
        ValueError: the same municipality twice.
    """
    eligible: list[Candidate] = []
    excluded: list[Excluded] = []
    seen: set[str] = set()
    for candidate in candidates:
        if candidate.municipality_number in seen:
            raise ValueError(f"municipality {candidate.municipality_number} twice")
        seen.add(candidate.municipality_number)
        if refusal := _refusal(case, candidate):
            excluded.append(refusal)
        else:
            eligible.append(candidate)
    excluded.sort(key=lambda item: item.municipality_number)
    return Ranking(case, rules, ranked(case, _in_order(case, eligible, rules), rules), tuple(excluded))


def why_not(ranking: Ranking, municipality_number: str) -> Loss | Excluded | None:
    """Why a named municipality is not the first: the criterion it lost on, or the code that bars it.

    None: it is the first.

    Raises:
        LookupError: it was never among the candidates.
    """
    for excluded in ranking.excluded:
        if excluded.municipality_number == municipality_number:
            return excluded
    for item in ranking.items:
        if item.candidate.municipality_number == municipality_number:
            return None if item.rank == 1 else _loss(item)
    raise LookupError(f"municipality {municipality_number} was not among the candidates")


def ranked(
    case: CaseToPlace, in_order: Sequence[Candidate], rules: RuleSet, best: Candidate
) -> tuple[Ranked, ...]:
    """Candidates already in order, each with what its reasons follow from."""
