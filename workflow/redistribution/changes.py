"""What would have to change for a named municipality to take a case, or to come first."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from workflow.cases.errors import MunicipalityDeclined
from workflow.planning.barriers import CHANGES, NEED_NOT_MET, TOO_FEW
from workflow.planning.barriers import NOT_REGISTERED as PLANNER_NOT_REGISTERED
from workflow.ranking.order import NONE_FREE, NOT_REGISTERED, Ranking, rank

#: Code that bars a municipality → code of what would lift it.
LIFTS: Final[Mapping[str, str]] = {
    NONE_FREE: CHANGES[TOO_FEW],
    NOT_REGISTERED: CHANGES[PLANNER_NOT_REGISTERED],
    MunicipalityDeclined.code: "change.reopen",
    NEED_NOT_MET: CHANGES[NEED_NOT_MET],
}
#: No number of places would do it: another comes first whatever the shares.
FORMER_FIRST: Final = "change.former_first"
TO_BE_FIRST: Final = "change.to_be_first"


@dataclass(frozen=True, slots=True)
class Change:
    code: str
    #: Places more that it takes, in persons; None where it is not about places.
    more: int | None = None


def would_have_to_change(ranking: Ranking, municipality_number: str) -> tuple[Change, ...]:
    """Each by itself necessary; none where it is first already.

    Raises:
        LookupError: it was not among the candidates.
    """
    for refusal in ranking.excluded:
        if refusal.municipality_number == municipality_number:
            more = None
            if refusal.code == NONE_FREE:
                free = refusal.facts["free"]
                more = ranking.case.persons - (free if isinstance(free, int) else 0)
            return (Change(LIFTS.get(refusal.code, refusal.code), more),)
    for item in ranking.items:
        if item.candidate.municipality_number == municipality_number:
            return () if item.rank == 1 else (_to_be_first(ranking, municipality_number),)
    raise LookupError(f"municipality {municipality_number} was not among the candidates")


def _to_be_first(ranking: Ranking, number: str) -> Change:
    """The fewest places more with which it would come first, all else as it is.

    More free places never move a municipality down, so the fewest is found by halving.
    """
    candidates = [item.candidate for item in ranking.items]
    own = next(one for one in candidates if one.municipality_number == number)

    def first_with(more: int) -> bool:
        moved = [replace(one, free=one.free + more) if one is own else one for one in candidates]
        found = rank(ranking.case, moved, ranking.rules).first
        return found is not None and found.candidate.municipality_number == number

    few, enough = 0, max(0, (own.decided_places or 0) - own.free)
    if not first_with(enough):
        return Change(FORMER_FIRST)
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if first_with(middle) else (middle, enough)
    return Change(TO_BE_FIRST, enough)
