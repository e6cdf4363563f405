"""What stops a step: each guard with its own code and facts."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.workflow.cases.the_table import TABLE, TODAY, OneCase, S, a_case, full, refusal, who_may
from workflow.cases.machine import fire, permit_leaves_a_week
from workflow.cases.states import CaseState, EntryStatus, Group
from workflow.kernel.actor import Role
from workflow.kernel.weeks import Week

PUT = [("distribute", S.REGISTERED), ("distribute", S.DECLINED)]
PUT_AGAIN = [("redistribute", S.WITHDRAWN), ("redistribute", S.DECLINED)]


@pytest.mark.parametrize(("trigger", "state"), PUT + PUT_AGAIN)
def test_a_paused_group_is_put_to_nobody(trigger: str, state: CaseState) -> None:
    stopped = refusal(a_case(state, trigger), trigger, full(Role.LEAD, paused_by="Innreisestans"))

    assert stopped.code == "measure.paused"
    assert stopped.facts == {"group": Group.RESETTLEMENT, "measure": "Innreisestans"}


@pytest.mark.parametrize(("trigger", "state"), PUT + PUT_AGAIN)
def test_a_municipality_that_has_declined_the_case_is_not_asked_again(
    trigger: str, state: CaseState
) -> None:
    stopped = refusal(a_case(state, trigger), trigger, full(Role.LEAD, declined_before=True))

    assert stopped.code == "municipality.declined"


@pytest.mark.parametrize(("trigger", "state"), PUT)
@pytest.mark.parametrize(
    ("status", "from_on"),
    [
        (EntryStatus.POSSIBLE, None),
        (EntryStatus.UNKNOWN, None),
        (EntryStatus.NOT_POSSIBLE, None),
        (EntryStatus.UNKNOWN, TODAY),
    ],
)
def test_a_new_resettlement_case_waits_until_it_is_known_when_it_can_arrive(
    trigger: str, state: CaseState, status: EntryStatus, from_on: date | None
) -> None:
    case = a_case(state, entry_status=status, entry_from_on=from_on)

    stopped = refusal(case, trigger, full(Role.CASE_OFFICER))

    assert (stopped.code, stopped.facts) == ("entry.when_unknown", {"entry_status": status})


@pytest.mark.parametrize(("days", "code"), [(-1, "entry.permit_expired"), (0, None)])
def test_a_permit_leaves_a_week_where_it_lasts_until_the_next_monday(
    days: int, code: str | None
) -> None:
    next_monday = Week.of(TODAY + timedelta(weeks=1)).monday
    case = a_case(S.WITHDRAWN, permit_expires_on=next_monday + timedelta(days=days))

    refused = permit_leaves_a_week(case, full(Role.CASE_OFFICER))

    assert (refused and refused.code) == code


@pytest.mark.parametrize(("trigger", "state"), PUT_AGAIN)
@pytest.mark.parametrize("status", list(EntryStatus))
def test_a_withdrawn_resettlement_case_goes_out_again_once_entry_is_possible_for_all(
    trigger: str, state: CaseState, status: EntryStatus
) -> None:
    case = a_case(state, trigger, entry_status=status, entry_from_on=None)

    if status in (EntryStatus.POSSIBLE, EntryStatus.POSSIBLE_FROM):
        fire(case, trigger, full(Role.CASE_OFFICER))
        assert case.state is S.REDISTRIBUTED
    else:
        stopped = refusal(case, trigger, full(Role.CASE_OFFICER))
        assert (stopped.code, stopped.facts) == ("entry.not_possible", {"entry_status": status})


@pytest.mark.parametrize("group", [group for group in Group if group is not Group.RESETTLEMENT])
@pytest.mark.parametrize(("trigger", "state"), PUT + PUT_AGAIN)
def test_other_groups_are_put_to_a_municipality_without_entry_information(
    group: Group, trigger: str, state: CaseState
) -> None:
    case = a_case(state, trigger, group=group, entry_status=EntryStatus.UNKNOWN, entry_from_on=None)

    fire(case, trigger, full(Role.CASE_OFFICER))

    assert case.state is TABLE[trigger, state]


@pytest.mark.parametrize(("trigger", "withdrawn"), [("distribute", True), ("redistribute", False)])
def test_a_declined_case_goes_the_way_it_came(trigger: str, withdrawn: bool) -> None:
    stopped = refusal(
        OneCase(S.DECLINED, was_withdrawn=withdrawn), trigger, full(Role.CASE_OFFICER)
    )

    assert stopped.code == "state.wrong"
    assert stopped.facts == {"trigger": trigger, "state": S.DECLINED}


SETS_WEEK = [("accept", S.DISTRIBUTED), ("accept", S.REDISTRIBUTED)] + [
    ("change_week", state) for state in (S.ACCEPTED, S.PLACED, S.TRAVEL_BOOKED)
]


@pytest.mark.parametrize(("trigger", "state"), SETS_WEEK)
@pytest.mark.parametrize(
    ("week", "code"),
    [
        (None, "week.required"),
        (Week(2020, 13), "week.past"),
        (Week(2020, 14), "week.past"),  # the week it is: Wednesday 1 April
        (Week(2020, 15), "week.before_entry"),  # ends on the 12th, entry from the 15th
        (Week(2020, 16), None),  # the 15th lies in it
        (Week(2020, 40), None),  # begins on 28 September, the permit runs to the 30th
        (Week(2020, 41), "week.after_permit"),
        (Week(2021, 1), "week.after_permit"),
    ],
)
def test_a_settlement_week_lies_ahead_and_inside_the_entry_permit(
    trigger: str, state: CaseState, week: Week | None, code: str | None
) -> None:
    case, ctx = a_case(state, trigger), full(who_may(trigger, state), week=week)

    if code is None:
        fire(case, trigger, ctx)
    else:
        assert refusal(case, trigger, ctx).code == code


def test_a_monday_is_already_in_its_week() -> None:
    ctx = full(Role.MUNICIPALITY_WRITER, week=Week(2020, 24), today=date(2020, 6, 8))

    assert refusal(a_case(S.DISTRIBUTED), "accept", ctx).code == "week.past"
    fire(a_case(S.DISTRIBUTED), "accept", replace(ctx, today=date(2020, 6, 7)))


def test_other_groups_weeks_only_lie_ahead() -> None:
    case = a_case(S.DISTRIBUTED, group=Group.RECEPTION_CENTRE)

    fire(case, "accept", full(Role.MUNICIPALITY_WRITER, week=Week(2021, 1)))

    assert case.state is S.ACCEPTED
    early = full(Role.MUNICIPALITY_WRITER, week=Week(2020, 14))
    assert refusal(a_case(S.DISTRIBUTED, group=Group.PRIVATE), "accept", early).code == "week.past"


@pytest.mark.parametrize(
    ("trigger", "state"),
    [
        pair
        for pair in TABLE
        if pair[0] in ("decline", "retract", "withdraw", "reschedule", "cancel_travel", "lapse")
    ],
)
def test_what_takes_something_back_needs_a_reason(trigger: str, state: CaseState) -> None:
    for nothing in (None, ""):
        ctx = full(who_may(trigger, state), reason=nothing)
        assert refusal(a_case(state, trigger), trigger, ctx).code == "reason.missing"


@pytest.mark.parametrize(
    ("trigger", "state"),
    [pair for pair in TABLE if pair[0] in ("change_week", "settle", "settle_some")],
)
def test_what_imdi_does_in_the_municipalitys_place_needs_a_reason(
    trigger: str, state: CaseState
) -> None:
    ctx = full(Role.CASE_OFFICER, reason=None)
    assert refusal(a_case(state, trigger), trigger, ctx).code == "reason.missing"

    if trigger != "change_week" or state is S.ACCEPTED:
        fire(a_case(state, trigger), trigger, full(Role.MUNICIPALITY_WRITER, reason=None))


@pytest.mark.parametrize("state", [state for trigger, state in TABLE if trigger == "withdraw"])
def test_a_decision_is_reversed_on_a_legal_ground_and_a_question_needs_none(
    state: CaseState,
) -> None:
    case, ctx = a_case(state), full(Role.CASE_OFFICER, legal_ground=None)

    if state in (S.PLACED, S.TRAVEL_BOOKED):
        assert refusal(case, "withdraw", ctx).code == "legal_ground.missing"
    else:
        fire(case, "withdraw", ctx)


@pytest.mark.parametrize("trigger", ["withdraw", "lapse"])
def test_a_household_partly_settled_is_neither_withdrawn_nor_lapses(trigger: str) -> None:
    case = a_case(S.PLACED, group=Group.RECEPTION_CENTRE, settled_count=1)

    assert refusal(case, trigger, full(Role.LEAD)).code == "settle.some_settled"


@pytest.mark.parametrize("group", list(Group))
def test_resettlement_cases_travel_with_udi_and_no_others(group: Group) -> None:
    case = a_case(S.PLACED, group=group)

    if group is Group.RESETTLEMENT:
        fire(case, "book_travel", full(Role.TRAVEL_OFFICER))
        placed = a_case(S.PLACED, group=group)
        for trigger in ("settle", "settle_some"):
            stopped = refusal(placed, trigger, full(Role.MUNICIPALITY_WRITER))
            assert stopped.code == "settle.not_arrived"
    else:
        stopped = refusal(case, "book_travel", full(Role.TRAVEL_OFFICER))
        assert (stopped.code, stopped.facts) == ("travel.not_resettlement", {"group": group})
        fire(case, "settle", full(Role.MUNICIPALITY_WRITER))
