"""What can be asked of a plan, and the answers as data: why here, why not there, at what cost.

`workflow.planning.planner.plan_by(rules, inputs, progress)` makes the plan; in
`workflow.planning.asking`, `why_here(record, case_number)`, `why_not(record, case_number,
municipality_number)` and `replay(record)` answer. Nothing here loads numpy.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from workflow.planning.inputs import Inputs
from workflow.planning.reasons import Line
from workflow.planning.rule_sets import PlanningRules, Step
from workflow.ranking.criteria import Fact


@dataclass(frozen=True, slots=True)
class StepTaken:
    """One step of the order: what the plan has, and the most any plan could have.

    In the unit of the step: persons for needs, former and persons, percentage points of deviation
    for balance (less is better), homes, score. None where the step has no such figure.
    """

    step: Step
    on: bool
    value: float | None
    #: The best there is once the earlier steps have what they have.
    bound: float | None
    #: The best there is if this step came first.
    alone: float | None

    @property
    def gave_up(self) -> float | None:
        """What the earlier steps cost this one, at least 0."""
        if self.alone is None or self.bound is None:
            return None
        return abs(self.alone - self.bound)

    @property
    def missing(self) -> float | None:
        """What the plan did not find, or no plan has: to the bound."""
        if self.value is None or self.bound is None:
            return None
        return abs(self.bound - self.value)


@dataclass(frozen=True, slots=True)
class Barrier:
    """A hard rule that keeps a case out of a municipality, and what would lift it."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict, hash=False)
    #: Code of what would have to change; None where nothing would.
    change: str | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan is worse by; below zero it is better. Deviation in percentage points."""

    persons: int
    deviation_pp: float
    score: float | None


@dataclass(frozen=True, slots=True)
class WhyHere:
    line: Line
    #: Others it could go to with all else as it is, the cheapest first, with what that costs.
    next_best: tuple[tuple[str, Cost], ...]


@dataclass(frozen=True, slots=True)
class WhyNot:
    case_number: str
    municipality_number: str
    #: Hard rules; while there is one, the case cannot be put there.
    barriers: tuple[Barrier, ...]
    #: What it costs to put it there all the same; None while there is a barrier that stays.
    cost: Cost | None
    #: Cases that get another municipality, or none, where it is put there: case → municipality.
    moved: Mapping[str, str | None] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Record:
    """All that a plan follows from and what came of it: made again, it is the same."""

    planner_version: int
    rules: PlanningRules
    inputs: Inputs
    lines: tuple[Line, ...]
