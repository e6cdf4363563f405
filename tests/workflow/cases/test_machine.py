"""The life of a case, held against the design's table, state by state, trigger by trigger."""

import gc
import weakref
from copy import copy
from dataclasses import replace
from itertools import product

import pytest

from tests.workflow.cases.the_table import (
    ELSEWHERE,
    MUNICIPALITY,
    TABLE,
    WHO,
    OneCase,
    S,
    a_case,
    full,
    one,
    refusal,
    who_may,
)
from workflow.cases import errors, machine
from workflow.cases.machine import CHOICES, TRIGGERS, Context, choices, fire
from workflow.cases.states import CaseState, EntryStatus, Group
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError, NotAllowed


def test_the_table_names_every_trigger() -> None:
    assert {trigger for trigger, _ in TABLE} == set(TRIGGERS) == set(WHO)


@pytest.mark.parametrize(("state", "trigger"), list(product(CaseState, TRIGGERS)))
def test_every_trigger_in_every_state_does_what_the_table_says(
    state: CaseState, trigger: str
) -> None:
    case = a_case(state, trigger)
    ctx = full(who_may(trigger, state))

    if (trigger, state) in TABLE:
        fire(case, trigger, ctx)
        assert case == replace(a_case(state, trigger), state=TABLE[trigger, state])
    else:
        stopped = refusal(case, trigger, ctx)
        assert isinstance(stopped, errors.WrongState)
        assert stopped.facts == {"trigger": trigger, "state": state}


@pytest.mark.parametrize(("trigger", "role"), list(product(TRIGGERS, Role)))
def test_every_step_is_taken_by_those_whose_it_is_and_by_nobody_else(
    trigger: str, role: Role
) -> None:
    for state in (state for known, state in TABLE if known == trigger):
        case, ctx = a_case(state, trigger), full(role)

        if role not in WHO[trigger]:
            assert isinstance(refusal(case, trigger, ctx), NotAllowed)
        elif trigger == "change_week" and role in MUNICIPALITY and state is not S.ACCEPTED:
            assert isinstance(refusal(case, trigger, ctx), errors.WeekNeedsConsent)
        else:
            fire(case, trigger, ctx)


@pytest.mark.parametrize(
    ("trigger", "state"), [pair for pair in TABLE if WHO[pair[0]] & MUNICIPALITY]
)
def test_a_municipality_acts_on_its_own_cases_only(trigger: str, state: CaseState) -> None:
    ctx = replace(full(Role.MUNICIPALITY_WRITER), actor=one(Role.MUNICIPALITY_WRITER, ELSEWHERE))

    assert isinstance(refusal(a_case(state, trigger), trigger, ctx), NotAllowed)


@pytest.mark.parametrize(
    ("state", "role", "group", "entry", "paused"),
    list(
        product(
            CaseState,
            Role,
            (Group.RESETTLEMENT, Group.RECEPTION_CENTRE),
            (EntryStatus.POSSIBLE, EntryStatus.UNKNOWN),
            (None, "Innreisestans"),
        )
    )[::3],
)
def test_what_could_be_done_is_what_fire_says(
    state: CaseState, role: Role, group: Group, entry: EntryStatus, paused: str | None
) -> None:
    for withdrawn in (False, True):
        case = OneCase(state, group, entry, was_withdrawn=withdrawn)
        ctx = full(role, paused_by=paused)
        offered = choices(
            case, replace(ctx, week=None, reason=None, legal_ground=None, asking=True)
        )

        for trigger in CHOICES:
            stopped = outcome(copy(case), trigger, ctx)
            if trigger in offered:
                assert told(offered[trigger]) == told(stopped)
            else:
                assert isinstance(stopped, errors.WrongState | NotAllowed)
        assert case == OneCase(state, group, entry, was_withdrawn=withdrawn)


def outcome(case: OneCase, trigger: str, ctx: Context) -> DomainError | None:
    try:
        fire(case, trigger, ctx)
    except DomainError as stopped:
        return stopped
    return None


def told(refused: DomainError | None) -> tuple[object, ...]:
    return (None,) if refused is None else (refused.code, refused.message, refused.facts)


def test_a_persons_choices_leave_out_what_belongs_to_runs() -> None:
    assert set(TRIGGERS) - set(CHOICES) == {"restore", "recall", "settle_some"}


def test_the_shared_machine_keeps_no_case_alive() -> None:
    case = a_case(S.REGISTERED)
    fire(case, "distribute", full(Role.LEAD))
    refusal(case, "distribute", full(Role.LEAD))
    gone = weakref.ref(case)

    del case
    gc.collect()

    assert gone() is None


def test_no_step_stands_twice_in_the_table() -> None:
    pairs = [(step.trigger, state) for step in machine.TRANSITIONS for state in step.sources]

    assert len(pairs) == len(set(pairs))
    assert machine.sources("accept") == {S.DISTRIBUTED, S.REDISTRIBUTED}
