"""The published order: which municipality comes first for one case, and why.

1. Track A: the former municipality first, if it has room (R08, R16). Track B: no preference (R26).
2. The larger unused share now (R13, R25).
3. Within the window below the best share, those with a fitting vacancy before the rest (R29).
4. The larger share after placing, then longest since last distribution, then municipality number.

Source: the Directorate's page of April 2020 on settlement decisions reversed because of the corona
situation, sentence by sentence R01-R35; docs/ranking.md tells the order in words.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from workflow.ranking.criteria import (
    Candidate,
    CaseToPlace,
    Contest,
    Criterion,
    Fact,
    RuleSet,
)
from workflow.ranking.shares import Scale, share

#: Why a municipality cannot take a case, beside what the caller's guards say.
NOT_REGISTERED = "places.not_registered"
NONE_FREE = "places.none_free"


@dataclass(frozen=True, slots=True)
class Reason:
    """What one criterion says of one municipality, and whether it is what settled its rank.

    Where it did, `compared_with` is the municipality it was held against, and the last two are what
    the criterion says of that one: the second for the first in the order, the first for all others.
    """

    criterion: Criterion
    value: Fact
    facts: Mapping[str, Fact] = field(hash=False)
    compared_with: str | None = None
    other_value: Fact = None
    other_facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)

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
        return share(self.candidate.free, self.candidate.decided_places)

    @property
    def decisive_reason(self) -> Reason | None:
        return next((reason for reason in self.reasons if reason.decisive), None)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """One for each criterion, worked out when asked for: a plan shows few of its many."""
        return tuple(self._reasons())

    def _reasons(self) -> Iterable[Reason]:
        contest, decisive = self.contest, self._decided_by()
        for criterion in contest.criteria:
            value = contest.value(criterion, self.candidate)
            facts = contest.facts(criterion, self.candidate)
            if self.rival is not None and criterion is decisive:
                yield Reason(
                    criterion,
                    value,
                    facts,
                    self.rival.municipality_number,
                    contest.value(criterion, self.rival),
                    contest.facts(criterion, self.rival),
                )
            else:
                yield Reason(criterion, value, facts)

    def _decided_by(self) -> Criterion | None:
        if self.rival is None:
            return None
        if self.rank == 1:
            return self.contest.lost_on(self.rival, self.candidate)
        return self.contest.lost_on(self.candidate, self.rival)


@dataclass(frozen=True, slots=True)
class Excluded:
    """A municipality that cannot take the case, and the code that says why."""

    municipality_number: str
    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Every municipality for one case: those that may take it, best first, and the others."""

    case: CaseToPlace
    rules: RuleSet
    items: tuple[Ranked, ...]
    #: By municipality number.
    excluded: tuple[Excluded, ...]

    @property
    def first(self) -> Ranked | None:
        return self.items[0] if self.items else None


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
    excluded.sort(key=lambda refusal: refusal.municipality_number)
    return Ranking(case, rules, _in_order(case, eligible, rules), tuple(excluded))


def why_not(ranking: Ranking, municipality_number: str) -> Reason | Excluded | None:
    """Why a named municipality is not first: the criterion it lost on, or the code that bars it.

    None: it is first.

    Raises:
        LookupError: it was not among the candidates.
    """
    for refusal in ranking.excluded:
        if refusal.municipality_number == municipality_number:
            return refusal
    for item in ranking.items:
        if item.candidate.municipality_number == municipality_number:
            return None if item.rank == 1 else item.decisive_reason
    raise LookupError(f"municipality {municipality_number} was not among the candidates")


def with_rivals(contest: Contest, in_order: Sequence[Candidate]) -> tuple[Ranked, ...]:
    """Candidates that already stand in order, each with the one its reasons hold it against."""
    first, *others = in_order
    return (
        Ranked(1, first, contest, others[0] if others else None),
        *(Ranked(i, other, contest, first) for i, other in enumerate(others, start=2)),
    )


def _refusal(case: CaseToPlace, candidate: Candidate) -> Excluded | None:
    number = candidate.municipality_number
    if code := candidate.refusal or case.excluded.get(number):
        return Excluded(number, code)
    if candidate.decided_places is None:
        return Excluded(number, NOT_REGISTERED)
    if candidate.decided_places == 0 or candidate.free < case.persons:
        return Excluded(number, NONE_FREE, {"free": candidate.free, "persons": case.persons})
    return None


def _in_order(
    case: CaseToPlace, eligible: Sequence[Candidate], rules: RuleSet
) -> tuple[Ranked, ...]:
    if not eligible:
        return ()
    decided = {c.municipality_number: c.decided_places or 0 for c in eligible}
    scale = Scale.of(max(decided.values()), rules.vacancy_window)
    shares = {
        c.municipality_number: scale.share(c.free, decided[c.municipality_number]) for c in eligible
    }
    best = max(eligible, key=lambda candidate: shares[candidate.municipality_number])
    window_ends = shares[best.municipality_number] - scale.window

    def place(candidate: Candidate) -> tuple[bool, bool, int, int, int, str]:
        number = candidate.municipality_number
        by_vacancy = candidate.fitting_vacancy is not None and shares[number] >= window_ends
        return (
            number != case.preferred_municipality_number,
            not by_vacancy,
            -shares[number],
            -scale.share(candidate.free - case.persons, decided[number]),
            candidate.last_distribution_ordinal,
            number,
        )

    contest = Contest(case, rules, share(best.free, best.decided_places))
    return with_rivals(contest, sorted(eligible, key=place))
