"""The life of a case, held against the design's table, state by state, trigger by trigger."""

import gc
import weakref
from copy import copy
from dataclasses import replace
from itertools import product

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


def test_every_trigger_in_every_state_does_what_the_table_says() -> None:
    wrong = []
    for state, trigger in product(CaseState, TRIGGERS):
        case, ctx = a_case(state, trigger), full(who_may(trigger, state))
        stopped = outcome(case, trigger, ctx)
        if (trigger, state) in TABLE:
            moved = replace(a_case(state, trigger), state=TABLE[trigger, state])
            right = stopped is None and case == moved
        else:
            right = (
                isinstance(stopped, errors.WrongState)
                and stopped.facts == {"trigger": trigger, "state": state}
                and case == a_case(state, trigger)
            )
        if not right:
            wrong.append((state, trigger, stopped))

    assert wrong == []


def test_every_step_is_taken_by_those_whose_it_is_and_by_nobody_else() -> None:
    wrong = []
    for (trigger, state), role in product(TABLE, Role):
        stopped = outcome(a_case(state, trigger), trigger, full(role))
        if role not in WHO[trigger]:
            right = isinstance(stopped, NotAllowed)
        elif trigger == "change_week" and role in MUNICIPALITY and state is not S.ACCEPTED:
            right = isinstance(stopped, errors.WeekNeedsConsent)
        else:
            right = stopped is None
        if not right:
            wrong.append((trigger, state, role, stopped))

    assert wrong == []


def test_a_municipality_acts_on_its_own_cases_only() -> None:
    ctx = replace(full(Role.MUNICIPALITY_WRITER), actor=one(Role.MUNICIPALITY_WRITER, ELSEWHERE))
    theirs = [(trigger, state) for trigger, state in TABLE if WHO[trigger] & MUNICIPALITY]

    wrong = [
        (trigger, state)
        for trigger, state in theirs
        if not isinstance(refusal(a_case(state, trigger), trigger, ctx), NotAllowed)
    ]

    assert theirs
    assert wrong == []


SITUATIONS = list(
    product(
        CaseState,
        Role,
        (Group.RESETTLEMENT, Group.RECEPTION_CENTRE),
        (EntryStatus.POSSIBLE, EntryStatus.UNKNOWN),
        (None, "Innreisestans"),
        (False, True),
    )
)


def test_what_could_be_done_is_what_fire_says() -> None:
    wrong = []
    for situation in SITUATIONS[::3]:
        state, role, group, entry, paused, withdrawn = situation
        case = OneCase(state, group, entry, was_withdrawn=withdrawn)
        ctx = full(role, paused_by=paused)
        offered = choices(
            case, replace(ctx, week=None, reason=None, legal_ground=None, asking=True)
        )
        for trigger in CHOICES:
            stopped = outcome(copy(case), trigger, ctx)
            right = (
                told(offered[trigger]) == told(stopped)
                if trigger in offered
                else isinstance(stopped, errors.WrongState | NotAllowed)
            )
            if not right:
                wrong.append((situation, trigger, stopped))
        assert case == OneCase(state, group, entry, was_withdrawn=withdrawn)

    assert wrong == []


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
