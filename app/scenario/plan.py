"""What a scenario consists of: places, reported homes, and cases with what they went through.

Nothing here touches the database. A loader runs the real command of each step at its time, in the
order of `ScenarioPlan.steps`; every guard it meets is one the plan has kept to.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from app.scenario.figures import MunicipalityFigures
from app.scenario.people import HouseholdPlan
from workflow.cases.machine import TRANSITIONS
from workflow.cases.states import CaseState, DeclineReason, EntryStatus, Group
from workflow.kernel.actor import Role
from workflow.kernel.calendar import local_day
from workflow.kernel.weeks import Week
from workflow.vacancies.states import VacancyKind

#: Commands that are no step of the machine.
REGISTER = "register"
RECORD_ENTRY = "record_entry"


@dataclass(frozen=True, slots=True)
class EntryPlan:
    """What is said of persons' entry, and by whom."""

    status: EntryStatus
    source: str
    from_on: date | None = None
    permit_expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One command: a trigger of the case's life, REGISTER or RECORD_ENTRY, and what it brings.

    `municipality_number` is the one the case is put to, or that acts.
    """

    trigger: str
    at: datetime
    role: Role
    municipality_number: str | None = None
    #: distribute: whose places.
    year: int | None = None
    #: accept, change_week.
    week: Week | None = None
    #: accept: key of the reported home it names.
    vacancy: str | None = None
    #: decline, retract.
    reason_code: DeclineReason | None = None
    #: reschedule, cancel_travel, withdraw, lapse: key of a sentence in templates/scenario/nb.toml.
    reason: str | None = None
    #: REGISTER, RECORD_ENTRY.
    entry: EntryPlan | None = None
    #: RECORD_ENTRY: positions of the persons concerned; None = all.
    persons: tuple[int, ...] | None = None
    #: book_travel, reschedule; to the airport nearest the municipality.
    arrival_airport: str | None = None
    arrives_at: datetime | None = None
    flight: str | None = None
    #: arrive.
    arrived_at: datetime | None = None
    #: settle.
    settled_on: date | None = None


_DEST = {
    (step.trigger, source): step.dest or source for step in TRANSITIONS for source in step.sources
}


_NOWHERE = frozenset(
    {CaseState.REGISTERED, CaseState.DECLINED, CaseState.WITHDRAWN, CaseState.LAPSED}
)


@dataclass(frozen=True, slots=True)
class CasePlan:
    """One household's case; `key` is the scenario's own, its number comes when it is loaded."""

    key: str
    household: HouseholdPlan
    #: Name of the centre it lives in.
    reception_centre: str | None
    steps: tuple[PlannedStep, ...]

    @property
    def group(self) -> Group:
        return self.household.group

    @property
    def state(self) -> CaseState:
        """Where its steps have taken it."""
        state = CaseState.REGISTERED
        for step in self.steps:
            if step.trigger not in {REGISTER, RECORD_ENTRY}:
                state = _DEST[step.trigger, state]
        return state

    @property
    def distributed_on(self) -> date | None:
        """Day of the last distribution: what the cut-off of a withdrawal compares."""
        days = [local_day(step.at) for step in self.steps if step.trigger == "distribute"]
        return days[-1] if days else None

    @property
    def municipality_number(self) -> str | None:
        """Where it stands, has arrived or is settled."""
        if self.state in _NOWHERE:
            return None
        asked = [step for step in self.steps if step.trigger == "distribute"]
        return asked[-1].municipality_number


@dataclass(frozen=True, slots=True)
class VacancyPlan:
    """A home or capacity a municipality reported."""

    key: str
    municipality_number: str
    at: datetime
    kind: VacancyKind
    #: Persons.
    places: int
    available_from_week: Week
    group: Group | None
    accessible: bool
    #: What only some say.
    rooms: int | None = None
    available_until_week: Week | None = None
    quarantine: bool = False


@dataclass(frozen=True, slots=True)
class PlacesPlan:
    """A municipality's figures, and when each was registered; `decided_at` None = never."""

    figures: MunicipalityFigures
    requested_at: datetime
    adjusted_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class ScenarioPlan:
    """All that exists when the clock starts; everything in it lies before `starts_at`."""

    seed: int
    starts_at: datetime
    places: tuple[PlacesPlan, ...]
    vacancies: tuple[VacancyPlan, ...]
    cases: tuple[CasePlan, ...]

    def steps(self) -> Iterator[tuple[CasePlan, PlannedStep]]:
        """Every case's steps in the order of time."""
        all_steps = [(step.at, case.key, case, step) for case in self.cases for step in case.steps]
        for _, _, case, step in sorted(all_steps, key=lambda one: one[:2]):
            yield case, step


_WITHDRAWABLE = frozenset(
    source for step in TRANSITIONS if step.trigger == "withdraw" for source in step.sources
)


def withdrawn_before(cases: Iterable[CasePlan], day: date) -> list[CasePlan]:
    """The cases a withdrawal run with this cut-off takes (R03, R06)."""
    return [
        case
        for case in cases
        if case.group is Group.RESETTLEMENT
        and case.state in _WITHDRAWABLE
        and case.distributed_on is not None
        and case.distributed_on < day
    ]
