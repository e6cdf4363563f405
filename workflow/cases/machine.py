"""The life of a case, as a table.

One shared `transitions.Machine` runs it; a guard returns the refusal, or nothing when all is well.
What the table does not list cannot happen, and a refused case is untouched.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Protocol, cast

from transitions import EventData, Machine, MachineError

from workflow.cases.errors import (
    EntryNotPossible,
    LegalGroundMissing,
    MunicipalityDeclined,
    NotArrived,
    NotTravelling,
    Paused,
    PermitExpired,
    SomeSettled,
    WeekAfterPermit,
    WeekBeforeEntry,
    WeekMissing,
    WeekNeedsConsent,
    WeekPast,
    WhenUnknown,
    WrongState,
)
from workflow.cases.states import CAN_ENTER, DECIDED, CaseState, EntryStatus, Group
from workflow.kernel.actor import DIRECTORATE, Actor, Role
from workflow.kernel.errors import DomainError, NotAllowed, ReasonMissing
from workflow.kernel.weeks import Week

S = CaseState


class CaseLike(Protocol):
    """What the rules read of a case."""

    state: CaseState
    group: Group
    entry_status: EntryStatus
    entry_from_on: date | None
    permit_expires_on: date | None
    municipality_id: int | None
    settled_count: int
    was_withdrawn: bool
    reception_centre: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """Who acts, on which day in Norway, and what the step brings.

    `asking` means that nothing is brought yet: choices() asks what could be done, so guards on
    what the step brings say nothing.
    """

    actor: Actor
    today: date
    week: Week | None = None
    reason: str | None = None
    legal_ground: str | None = None
    #: The measure that pauses the case's group today, if any.
    paused_by: str | None = None
    #: The municipality the case is put to has declined it.
    declined_before: bool = False
    asking: bool = False


Guard = Callable[[CaseLike, Context], DomainError | None]


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the table: from any of `sources`, `trigger` leads to `dest` (None = stays)."""

    trigger: str
    sources: tuple[CaseState, ...]
    dest: CaseState | None
    roles: frozenset[Role]
    guards: tuple[Guard, ...] = ()


# Who ---------------------------------------------------------------------------------------------

IMDI = DIRECTORATE
MUNICIPALITY = frozenset({Role.MUNICIPALITY_WRITER, Role.MUNICIPALITY_ADMINISTRATOR})
UDI = frozenset({Role.TRAVEL_OFFICER})
SYSTEM = frozenset({Role.SYSTEM})


def _acts_for_it(case: CaseLike, ctx: Context) -> DomainError | None:
    """A municipality acts on the case that is put to it; another's does not exist for it."""
    if ctx.actor.is_municipality and ctx.actor.municipality_id != case.municipality_id:
        return NotAllowed("not this municipality's case", role=ctx.actor.role)
    return None


# When --------------------------------------------------------------------------------------------


def group_is_not_paused(case: CaseLike, ctx: Context) -> DomainError | None:
    """R31: no government measure pauses the group today."""
    if ctx.paused_by is not None:
        return Paused(group=case.group, measure=ctx.paused_by)
    return None


def when_is_known(case: CaseLike, ctx: Context) -> DomainError | None:
    """R12: a new resettlement case needs a date."""
    if case.group is Group.RESETTLEMENT and not (
        case.entry_status in CAN_ENTER and case.entry_from_on is not None
    ):
        return WhenUnknown(entry_status=case.entry_status)
    return None


def entry_is_possible(case: CaseLike, ctx: Context) -> DomainError | None:
    """R07, R10, R15: enough for a resettlement case that was withdrawn; blocked, not warned."""
    if case.group is Group.RESETTLEMENT and case.entry_status not in CAN_ENTER:
        return EntryNotPossible(entry_status=case.entry_status)
    return None


def permit_leaves_a_week(case: CaseLike, ctx: Context) -> DomainError | None:
    """R19: there is a settlement week the municipality can choose, else it is asked in vain.

    No row of the table has it: a person who knows of a new permit may put the case to a
    municipality before it is registered. A run leaves such a case out.
    """
    if case.group is not Group.RESETTLEMENT or case.permit_expires_on is None:
        return None
    next_monday = ctx.today + timedelta(days=7 - ctx.today.weekday())
    if next_monday > case.permit_expires_on:
        return PermitExpired(permit_expires_on=case.permit_expires_on)
    return None


def never_withdrawn(case: CaseLike, ctx: Context) -> DomainError | None:
    """A case that was never withdrawn is distributed."""
    if case.was_withdrawn:
        return WrongState(trigger="distribute", state=case.state)
    return None


def withdrawn_before(case: CaseLike, ctx: Context) -> DomainError | None:
    """A case that was withdrawn before is redistributed."""
    if not case.was_withdrawn:
        return WrongState(trigger="redistribute", state=case.state)
    return None


def not_declined_there(case: CaseLike, ctx: Context) -> DomainError | None:
    """The municipality has not declined this case, or has taken its no back."""
    return MunicipalityDeclined() if ctx.declined_before else None


def week_is_new(case: CaseLike, ctx: Context) -> DomainError | None:
    """R18, R19: a new week, in the future; for resettlement inside the entry permit."""
    if ctx.asking:
        return None
    if ctx.week is None:
        return WeekMissing()
    if ctx.week.monday <= ctx.today:
        return WeekPast(week=str(ctx.week), today=ctx.today)
    if case.group is not Group.RESETTLEMENT:
        return None
    if case.permit_expires_on is not None and ctx.week.monday > case.permit_expires_on:
        return WeekAfterPermit(week=str(ctx.week), permit_expires_on=case.permit_expires_on)
    if case.entry_from_on is not None and ctx.week.sunday < case.entry_from_on:
        return WeekBeforeEntry(week=str(ctx.week), entry_from_on=case.entry_from_on)
    return None


def imdi_consents(case: CaseLike, ctx: Context) -> DomainError | None:
    """Once placed, IMDi writes the new week."""
    return None if ctx.actor.role in IMDI else WeekNeedsConsent()


def reason_given(case: CaseLike, ctx: Context) -> DomainError | None:
    """The step carries a reason."""
    return None if ctx.asking or ctx.reason else ReasonMissing()


def imdi_gives_reason(case: CaseLike, ctx: Context) -> DomainError | None:
    """What IMDi does in the municipality's place needs a reason."""
    return reason_given(case, ctx) if ctx.actor.role in IMDI else None


def reversal_has_ground(case: CaseLike, ctx: Context) -> DomainError | None:
    """R35: a placed case is withdrawn by reversing its settlement decision."""
    if ctx.asking or case.state not in DECIDED or ctx.legal_ground:
        return None
    return LegalGroundMissing()


def nobody_is_settled(case: CaseLike, ctx: Context) -> DomainError | None:
    """Who lives there is not called back with the others; those who do not come leave the case."""
    return SomeSettled(persons=case.settled_count) if case.settled_count else None


def travels_with_udi(case: CaseLike, ctx: Context) -> DomainError | None:
    """UDI books for resettlement cases; other groups travel without it (R32)."""
    return None if case.group is Group.RESETTLEMENT else NotTravelling(group=case.group)


def travels_without_udi(case: CaseLike, ctx: Context) -> DomainError | None:
    """A resettlement case is settled once it has arrived; others from placed on."""
    return NotArrived() if case.group is Group.RESETTLEMENT else None


# The table ---------------------------------------------------------------------------------------

_OPEN = tuple(state for state in CaseState if state not in (S.SETTLED, S.LAPSED))

TRANSITIONS: tuple[Step, ...] = (
    Step("distribute", (S.REGISTERED,), S.DISTRIBUTED, IMDI,
         (group_is_not_paused, when_is_known, not_declined_there)),
    Step("distribute", (S.DECLINED,), S.DISTRIBUTED, IMDI,
         (never_withdrawn, group_is_not_paused, when_is_known, not_declined_there)),
    Step("redistribute", (S.WITHDRAWN,), S.REDISTRIBUTED, IMDI,
         (group_is_not_paused, entry_is_possible, not_declined_there)),
    Step("redistribute", (S.DECLINED,), S.REDISTRIBUTED, IMDI,
         (withdrawn_before, group_is_not_paused, entry_is_possible, not_declined_there)),
    Step("accept", (S.DISTRIBUTED, S.REDISTRIBUTED), S.ACCEPTED, MUNICIPALITY,
         (_acts_for_it, week_is_new)),
    Step("decline", (S.DISTRIBUTED, S.REDISTRIBUTED), S.DECLINED, MUNICIPALITY,
         (_acts_for_it, reason_given)),
    Step("retract", (S.ACCEPTED,), S.DECLINED, MUNICIPALITY, (_acts_for_it, reason_given)),
    Step("change_week", (S.ACCEPTED,), None, MUNICIPALITY | IMDI,
         (_acts_for_it, imdi_gives_reason, week_is_new)),
    Step("change_week", (S.PLACED, S.TRAVEL_BOOKED), None, MUNICIPALITY | IMDI,
         (_acts_for_it, imdi_consents, reason_given, week_is_new)),
    Step("decide", (S.ACCEPTED,), S.PLACED, IMDI),
    Step("withdraw", (S.DISTRIBUTED, S.REDISTRIBUTED, S.ACCEPTED, S.PLACED, S.TRAVEL_BOOKED),
         S.WITHDRAWN, IMDI, (nobody_is_settled, reason_given, reversal_has_ground)),
    Step("book_travel", (S.PLACED,), S.TRAVEL_BOOKED, UDI, (travels_with_udi,)),
    Step("reschedule", (S.TRAVEL_BOOKED,), None, UDI, (reason_given,)),
    Step("cancel_travel", (S.TRAVEL_BOOKED,), S.PLACED, UDI, (reason_given,)),
    Step("arrive", (S.TRAVEL_BOOKED,), S.ARRIVED, MUNICIPALITY | UDI, (_acts_for_it,)),
    Step("arrive", (S.ARRIVED,), None, MUNICIPALITY | UDI, (_acts_for_it,)),
    Step("settle_some", (S.ARRIVED,), None, MUNICIPALITY | IMDI, (_acts_for_it, imdi_gives_reason)),
    Step("settle_some", (S.PLACED,), None, MUNICIPALITY | IMDI,
         (travels_without_udi, _acts_for_it, imdi_gives_reason)),
    Step("settle", (S.ARRIVED,), S.SETTLED, MUNICIPALITY | IMDI | SYSTEM,
         (_acts_for_it, imdi_gives_reason)),
    Step("settle", (S.PLACED,), S.SETTLED, MUNICIPALITY | IMDI | SYSTEM,
         (travels_without_udi, _acts_for_it, imdi_gives_reason)),
    Step("lapse", _OPEN, S.LAPSED, IMDI | UDI, (nobody_is_settled, reason_given)),
    # Only a run's undo takes these.
    Step("restore", (S.WITHDRAWN,), None, IMDI),
    Step("recall", (S.REDISTRIBUTED,), S.WITHDRAWN, IMDI),
)  # fmt: skip

TRIGGERS: tuple[str, ...] = tuple(dict.fromkeys(step.trigger for step in TRANSITIONS))
#: What a person may choose on a case; the rest belongs to a run's undo or to `settle` itself.
CHOICES: tuple[str, ...] = tuple(
    t for t in TRIGGERS if t not in {"restore", "recall", "settle_some"}
)


def sources(trigger: str) -> frozenset[CaseState]:
    """The states a trigger can be taken from."""
    return frozenset(
        state for step in TRANSITIONS if step.trigger == trigger for state in step.sources
    )


def _enforce(step: Step, event: EventData) -> bool:
    """The library takes a false condition as a silent no; we always say why."""
    if refusal := refusal_of(step, cast("CaseLike", event.model), event.kwargs["ctx"]):
        raise refusal
    return True


def refusal_of(step: Step, case: CaseLike, ctx: Context) -> DomainError | None:
    """The first thing that stops a step, or None."""
    if ctx.actor.role not in step.roles:
        return NotAllowed(f"{ctx.actor.role} does not {step.trigger}", role=ctx.actor.role)
    for guard in step.guards:
        if refusal := guard(case, ctx):
            return refusal
    return None


def refusal_of_trigger(case: CaseLike, trigger: str, ctx: Context) -> DomainError | None:
    """What stops a trigger on the case as it stands, without taking it."""
    for step in TRANSITIONS:
        if step.trigger == trigger and case.state in step.sources:
            return refusal_of(step, case, ctx)
    return WrongState(trigger=trigger, state=case.state)


def _build() -> Machine:
    """One machine serves every case and keeps none alive: no model is ever registered with it."""
    machine = Machine(
        model=None, states=CaseState, initial=None, auto_transitions=False, send_event=True
    )
    for step in TRANSITIONS:
        for state in step.sources:
            machine.add_transition(
                step.trigger, state, step.dest or state, conditions=partial(_enforce, step)
            )
    return machine


_machine = _build()


def fire(case: CaseLike, trigger: str, ctx: Context) -> None:
    """Take one step, or raise the refusal that stopped it; a stopped case is untouched."""
    try:
        _machine.events[trigger].trigger(case, ctx=ctx)
    except MachineError as wrong:
        raise WrongState(trigger=trigger, state=case.state) from wrong


def choices(case: CaseLike, ctx: Context) -> Mapping[str, DomainError | None]:
    """What could be done with the case now: each trigger its state allows, with what stops it.

    The same guards as `fire`, so a grey button says what the command would. What the actor's role
    never does is left out.
    """
    return {
        step.trigger: refusal_of(step, case, ctx)
        for step in TRANSITIONS
        if step.trigger in CHOICES and case.state in step.sources and ctx.actor.role in step.roles
    }
