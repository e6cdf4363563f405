"""Why each case is where it is: codes and facts, and what they say in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from workflow.ranking.criteria import Criterion, Fact
from workflow.ranking.order import NONE_FREE, NOT_REGISTERED
from workflow.ranking.plan import NONE_LEFT, Planned

FORMER = Criterion.FORMER_MUNICIPALITY.value
ONLY_ONE = "only_one"
BALANCE = "balance"
SCORE = "score"
KEPT = "kept"
MOVED = "moved"
NEAR = "near"
NOWHERE_ALLOWED = "plan.nowhere_allowed"
TOO_LARGE = "plan.too_large"
FULL = "plan.full"
NOT_FOUND = "plan.not_found"
RELATED_APART = "plan.related_apart"
KINDS_FULL = "plan.kinds_full"
HOMES_TAKEN = "plan.homes_taken"
WEEKS_FULL = "plan.weeks_full"

#: What each code says to who reads the file of a plan.
WORDS: Mapping[str, str] = {
    FORMER: "it was here before it was withdrawn, and places remain",
    Criterion.UNUSED_SHARE: "the largest unused share now",
    Criterion.VACANCY: "a home that fits, and a share within the window below the largest",
    Criterion.SHARE_AFTER: "shares alike now; the largest share after placing",
    Criterion.LAST_DISTRIBUTION: "shares alike; longest since the last distribution",
    Criterion.MUNICIPALITY_NUMBER: "all else alike; the lower municipality number",
    ONLY_ONE: "the only one that can take it",
    BALANCE: "keeps used shares even (Webster's key, midway)",
    SCORE: "part of the plan with the highest score found",
    KEPT: "the plan in force has it here",
    MOVED: "moved from where the plan in force has it, the smallest change that makes room",
    NEAR: "to the region of those it is to be near",
    NONE_LEFT: "those with room left may not take it",
    NONE_FREE: "none has so many places left",
    NOT_REGISTERED: "no municipality has decided places",
    NOWHERE_ALLOWED: "none of the municipalities in the plan may take it",
    TOO_LARGE: "larger than the free places of each that may take it",
    FULL: "no plan places more persons: the flow bound is reached",
    NOT_FOUND: "no room was made by moving others; the flow bound leaves persons over",
    RELATED_APART: "those it must be with or near do not all find room",
    KINDS_FULL: "those that may take it take no more households of its kind",
    HOMES_TAKEN: "the homes that it needs are taken by others",
    WEEKS_FULL: "the weeks in which it can come are full where there is room",
}


@dataclass(frozen=True, slots=True)
class Line:
    """What the plan says of one case."""

    case_number: str
    municipality_number: str | None
    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)
    #: The Monday of its settlement week, where weeks are planned.
    week: date | None = None
    home_id: str | None = None

    @property
    def reason(self) -> str:
        told = ", ".join(f"{name} {value}" for name, value in self.facts.items())
        return f"{self.code}: {WORDS[self.code]}" + (f" ({told})" if told else "")


def of_rule(planned: Planned) -> Line:
    """The criterion that settled it when the case had its turn, or why it has no municipality."""
    if planned.code is not None:
        return Line(planned.case.case_number, None, planned.code, planned.facts)
    first = planned.items[0]
    decided = first.decisive_reason
    if decided is None:
        return Line(planned.case.case_number, planned.municipality_number, ONLY_ONE)
    return Line(
        planned.case.case_number,
        planned.municipality_number,
        decided.criterion.value,
        {"value": decided.value, "before": decided.compared_with, "with": decided.other_value},
    )
