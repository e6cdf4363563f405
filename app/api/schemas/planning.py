"""Drafts of rule sets, plans of runs, overrides, scores and what-ifs."""

from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from app.api.schemas.fields import Answer, Body, Day, Long, MunicipalityNumber, Short, no_control
from workflow.capacity.states import Service
from workflow.planning.rule_sets import HouseholdScore, Method, Step
from workflow.redistribution.states import DraftState, ScoreUnit
from workflow.redistribution.what_if import Changes
from workflow.redistribution.what_ifs import Question

Share = Annotated[
    float,
    Field(strict=True, ge=0, le=1, allow_inf_nan=False, description="0.1 = ten percentage points."),
]


class PlanningIn(Body):
    """How runs are planned; what is left out is as the published order has it."""

    method: Method = Method.RULE
    steps: Annotated[
        list[Step] | None, Field(max_length=2, description="Of `former` and `homes`: those on.")
    ] = None
    band: Annotated[Share | None, Field(description="Of `score`: used shares about the mean.")] = (
        None
    )
    household_score: HouseholdScore | None = None
    needs_checked: Annotated[
        list[Service] | None,
        Field(max_length=len(Service), description="Needs that are hard rules; none by default."),
    ] = None
    health_within: Annotated[
        int | None, Field(strict=True, ge=0, le=600, description="Minutes; null is any.")
    ] = None
    weeks_ahead: Annotated[
        int | None, Field(strict=True, ge=0, le=104, description="0, the default, plans no weeks.")
    ] = None
    persons_a_room: Annotated[
        int | None,
        Field(strict=True, ge=1, le=20, description="Of homes that say their rooms; null is any."),
    ] = None

    def words(self) -> dict[str, Any]:
        """As a rule set is written down."""
        written: dict[str, Any] = {"method": self.method.value}
        if self.steps is not None:
            written["steps"] = [step.value for step in self.steps]
        if self.band is not None:
            written["band"] = str(self.band)
        if self.household_score is not None:
            written["household_score"] = self.household_score.value
        if self.needs_checked is not None:
            written["needs_checked"] = [str(need) for need in self.needs_checked]
        for name in ("health_within", "weeks_ahead", "persons_a_room"):
            if getattr(self, name) is not None:
                written[name] = getattr(self, name)
        return written


class RuleDraftIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "valid_from": "2100-07-01",
                    "vacancy_window": 0.1,
                    "next_shown": 5,
                    "note": "Etter høring",
                    "planning": {"method": "balanced", "steps": ["former", "homes"]},
                }
            ]
        }
    )

    valid_from: Annotated[Day, Field(description="Today or later.")]
    vacancy_window: Annotated[Share, Field(description="Share of decided places, five decimals.")]
    next_shown: Annotated[int, Field(strict=True, ge=0, le=50)]
    note: Long
    planning: PlanningIn = PlanningIn()


class RuleDraftOut(Answer):
    id: UUID
    state: DraftState
    valid_from: date
    note: str
    rules: Annotated[dict[str, Any], Field(description="Every word of the rule set.")]
    simulation: Annotated[
        dict[str, Any] | None, Field(description="Last month: the rules in force, and these.")
    ]
    simulated_at: datetime | None
    proposed_at: datetime | None
    proposed_by: str | None
    rules_version: Annotated[int | None, Field(description="What it became.")]
    at: datetime
    actor: str


class RunPlanOut(Answer):
    rules: Annotated[dict[str, Any], Field(description="Every word of the rule set it follows.")]
    planner_version: int
    planned_on: date
    inputs_sha256: Annotated[str, Field(description="Of rules, municipalities and cases.")]
    intact: Annotated[bool, Field(description="What is kept is what was planned from.")]
    outcome: Annotated[
        dict[str, Any] | None,
        Field(description="Figures; steps with `value`, `bound`, `gave_up`. Null: the order."),
    ]


class ReplayOut(Answer):
    same: Annotated[bool, Field(description="Planned again, each case has the same reasons.")]
    cases: int
    differing: Annotated[list[str], Field(description="Case numbers.")]


class CostOut(Answer):
    """What the plan is worse by; below zero it is better."""

    persons: int
    deviation_pp: Annotated[float, Field(description="Percentage points of uneven use.")]
    score: float | None


class BarrierOut(Answer):
    code: str
    text: Annotated[str, Field(description="In your language.")]
    facts: dict[str, Any]
    change: Annotated[str | None, Field(description="What would have to change, in words.")]


class WhyNotOut(Answer):
    case_number: str
    municipality_number: MunicipalityNumber
    barriers: list[BarrierOut]
    cost: Annotated[CostOut | None, Field(description="Of putting it there all the same.")]
    moved: Annotated[
        dict[str, str | None], Field(description="Cases that would go elsewhere, or nowhere.")
    ]


class OverrideIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"municipality_number": "5006", "reason": "Søsken bor i kommunen"}]
        }
    )

    municipality_number: MunicipalityNumber
    reason: Long


class ScoreImportIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source": "Modell 3, opplært på 2015-2018",
                    "file_name": "scores.csv",
                    "text": "case,municipality,score\n2020-000184,5006,0.42\n",
                }
            ]
        }
    )

    source: Long
    file_name: Short
    text: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200_000,
            description="`[person,]case,municipality,score`, one pair a line.",
        ),
        AfterValidator(no_control),
    ]


class ScoreImportOut(Answer):
    id: int
    source: str
    file_name: str
    sha256: str
    pairs: int
    cases: int
    unit: Annotated[ScoreUnit, Field(description="Whose a score is: the household's, a person's.")]
    actor: str
    at: datetime


class ScoresImportedOut(ScoreImportOut):
    rejected: Annotated[list[str], Field(description="Lines that could not be used, and why.")]


PerCent = Annotated[
    float,
    Field(
        strict=True,
        ge=-100,
        le=900,
        allow_inf_nan=False,
        description="Requests, by so many per cent of the original: -34.3 leaves 65.7 %.",
    ),
]
Places = Annotated[
    int, Field(strict=True, ge=-10_000, le=10_000, description="More than decided, or fewer.")
]
Airport = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class MorePlaces(Body):
    """Places of one municipality, more or fewer than it has decided."""

    municipality_number: MunicipalityNumber
    places: Places


class WhatIfIn(Body):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Som i 2020",
                    "per_cent": -34.3,
                    "least": 10,
                    "decisions_follow": False,
                    "more_places": [{"municipality_number": "5006", "places": 20}],
                    "airports_closed": [],
                    "before": None,
                }
            ]
        }
    )

    name: Short
    per_cent: PerCent | None = None
    least: Annotated[int, Field(strict=True, ge=0, le=10_000, description="No request below.")] = 0
    decisions_follow: Annotated[
        bool, Field(strict=True, description="Municipalities decide what they are asked for.")
    ] = False
    more_places: Annotated[list[MorePlaces], Field(max_length=400)] = []
    airports_closed: Annotated[list[Airport], Field(max_length=100)] = []
    before: Annotated[
        Day | None, Field(description="A withdrawal of all asked for before this day.")
    ] = None

    def question(self) -> Question:
        return Question(
            Changes(
                None if self.per_cent is None else Fraction(str(self.per_cent)),
                self.least,
                self.decisions_follow,
                {one.municipality_number: one.places for one in self.more_places},
                frozenset(self.airports_closed),
            ),
            self.before,
        )


class WhatIfOut(Answer):
    id: UUID
    name: str
    year: int
    changes: Annotated[dict[str, Any], Field(description="What was asked.")]
    outcome: Annotated[
        dict[str, Any], Field(description="Requests, municipalities, plan: now and then.")
    ]
    actor: str
    at: datetime
