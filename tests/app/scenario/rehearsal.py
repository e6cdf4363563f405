"""Plays a plan against the real rules, without a database: the machine's guards and the places."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from app.scenario.plan import RECORD_ENTRY, REGISTER, CasePlan, PlannedStep, ScenarioPlan
from workflow.capacity.states import Pool
from workflow.cases import machine
from workflow.cases.machine import Context
from workflow.cases.states import CAN_ENTER, HOLDING, CaseState, EntryStatus, Group
from workflow.kernel.actor import Actor, Role
from workflow.kernel.calendar import local_day

_ORDER = list(EntryStatus)


@dataclass
class PlayedCase:
    """What the machine reads of a case, kept as the commands keep it."""

    group: Group
    reception_centre: str | None
    persons: int
    state: CaseState = CaseState.REGISTERED
    entries: dict = field(default_factory=dict)
    municipality_id: int | None = None
    permit_expires_on: date | None = None
    was_withdrawn: bool = False
    settled_count: int = 0
    declined: set = field(default_factory=set)
    held_by: tuple | None = None

    @property
    def entry_status(self) -> EntryStatus:
        said = [entry.status for entry in self.entries.values()]
        return min(said, key=_ORDER.index, default=EntryStatus.UNKNOWN)

    @property
    def entry_from_on(self) -> date | None:
        if self.entry_status not in CAN_ENTER:
            return None
        days = [entry.from_on for entry in self.entries.values()]
        return None if None in days or not days else max(days)


class Rehearsal:
    """Takes every step of a plan in the order of time; a refusal ends it with its error."""

    def __init__(self, plan: ScenarioPlan) -> None:
        self.ceiling: dict[tuple, int] = {}
        self.decided_at: dict[tuple, object] = {}
        for place in plan.places:
            figures = place.figures
            number = figures.municipality_number
            for pool, decided in (
                (Pool.ORDINARY, figures.decided_places),
                (Pool.MINORS, figures.minors_decided_places),
            ):
                if decided is not None and place.decided_at is not None:
                    self.ceiling[number, pool] = decided
                    self.decided_at[number, pool] = place.decided_at
        self.used: Counter = Counter()
        self.settled: Counter = Counter()
        self.cases: dict[str, PlayedCase] = {}
        for case, step in plan.steps():
            self._take(case, step)

    def _take(self, plan: CasePlan, step: PlannedStep) -> None:
        if step.trigger == REGISTER:
            assert plan.key not in self.cases
            self.cases[plan.key] = PlayedCase(
                plan.group, plan.reception_centre, plan.household.size
            )
        case = self.cases[plan.key]
        if step.trigger in {REGISTER, RECORD_ENTRY}:
            self._hear(case, step)
            return
        if step.trigger == "distribute":
            self._hold(case, step)
        before = case.state
        machine.fire(case, step.trigger, self._context(case, step))
        self._count(case, step, before)

    def _hear(self, case: PlayedCase, step: PlannedStep) -> None:
        if step.entry is None:
            return
        for position in step.persons if step.persons is not None else range(case.persons):
            case.entries[position] = step.entry
        case.permit_expires_on = step.entry.permit_expires_on

    def _context(self, case: PlayedCase, step: PlannedStep) -> Context:
        municipal = step.role is Role.MUNICIPALITY_WRITER
        number = int(step.municipality_number or 0)
        return Context(
            Actor("plan", step.role, municipality_id=number if municipal else None),
            local_day(step.at),
            week=step.week,
            reason=step.reason or step.reason_code,
            declined_before=step.trigger == "distribute" and number in case.declined,
        )

    def _hold(self, case: PlayedCase, step: PlannedStep) -> None:
        pool = Pool.MINORS if case.group is Group.UNACCOMPANIED_MINOR else Pool.ORDINARY
        account = (step.municipality_number, pool)
        assert self.decided_at[account] < step.at
        self.used[account] += case.persons
        assert self.used[account] <= self.ceiling[account]
        case.held_by = account
        case.municipality_id = int(step.municipality_number)

    def _count(self, case: PlayedCase, step: PlannedStep, before: CaseState) -> None:
        if case.state is CaseState.DECLINED:
            case.declined.add(case.municipality_id)
        if before in HOLDING and case.state not in HOLDING:
            if case.state is CaseState.SETTLED:
                self.settled[case.held_by] += case.persons
            else:
                self.used[case.held_by] -= case.persons
            case.municipality_id = None
