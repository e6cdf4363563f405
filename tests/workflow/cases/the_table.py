"""The design's table of a case's life, written down a second time, and cases to hold against it."""

from copy import copy
from dataclasses import dataclass, replace
from datetime import date

import pytest

from workflow.cases.machine import Context, fire
from workflow.cases.states import CaseState, EntryStatus, Group
from workflow.kernel.actor import Actor, Role
from workflow.kernel.errors import DomainError
from workflow.kernel.weeks import Week

S = CaseState
TODAY = date(2020, 4, 1)
WEEK = Week(2020, 24)
HERE, ELSEWHERE = 1, 2

#: Trigger and state it is taken from → state it leads to, read off the design's drawing and table.
TABLE = {
    ("distribute", S.REGISTERED): S.DISTRIBUTED,
    ("distribute", S.DECLINED): S.DISTRIBUTED,
    ("redistribute", S.WITHDRAWN): S.REDISTRIBUTED,
    ("redistribute", S.DECLINED): S.REDISTRIBUTED,
    ("accept", S.DISTRIBUTED): S.ACCEPTED,
    ("accept", S.REDISTRIBUTED): S.ACCEPTED,
    ("decline", S.DISTRIBUTED): S.DECLINED,
    ("decline", S.REDISTRIBUTED): S.DECLINED,
    ("retract", S.ACCEPTED): S.DECLINED,
    ("change_week", S.ACCEPTED): S.ACCEPTED,
    ("change_week", S.PLACED): S.PLACED,
    ("change_week", S.TRAVEL_BOOKED): S.TRAVEL_BOOKED,
    ("decide", S.ACCEPTED): S.PLACED,
    ("withdraw", S.DISTRIBUTED): S.WITHDRAWN,
    ("withdraw", S.REDISTRIBUTED): S.WITHDRAWN,
    ("withdraw", S.ACCEPTED): S.WITHDRAWN,
    ("withdraw", S.PLACED): S.WITHDRAWN,
    ("withdraw", S.TRAVEL_BOOKED): S.WITHDRAWN,
    ("book_travel", S.PLACED): S.TRAVEL_BOOKED,
    ("reschedule", S.TRAVEL_BOOKED): S.TRAVEL_BOOKED,
    ("cancel_travel", S.TRAVEL_BOOKED): S.PLACED,
    ("arrive", S.TRAVEL_BOOKED): S.ARRIVED,
    ("arrive", S.ARRIVED): S.ARRIVED,
    ("settle_some", S.ARRIVED): S.ARRIVED,
    ("settle_some", S.PLACED): S.PLACED,
    ("settle", S.ARRIVED): S.SETTLED,
    ("settle", S.PLACED): S.SETTLED,
    **{("lapse", state): S.LAPSED for state in S if state not in (S.SETTLED, S.LAPSED)},
    ("restore", S.WITHDRAWN): S.WITHDRAWN,
    ("recall", S.REDISTRIBUTED): S.WITHDRAWN,
}

IMDI = {Role.CASE_OFFICER, Role.LEAD}
MUNICIPALITY = {Role.MUNICIPALITY_WRITER, Role.MUNICIPALITY_ADMINISTRATOR}
UDI = {Role.TRAVEL_OFFICER}
WHO = {
    "distribute": IMDI,
    "redistribute": IMDI,
    "accept": MUNICIPALITY,
    "decline": MUNICIPALITY,
    "retract": MUNICIPALITY,
    "change_week": MUNICIPALITY | IMDI,
    "decide": IMDI,
    "withdraw": IMDI,
    "book_travel": UDI,
    "reschedule": UDI,
    "cancel_travel": UDI,
    "arrive": MUNICIPALITY | UDI,
    "settle_some": MUNICIPALITY | IMDI,
    # The system settles a case when somebody leaves it and all who remain have a date.
    "settle": MUNICIPALITY | IMDI | {Role.SYSTEM},
    "lapse": IMDI | UDI,
    "restore": IMDI,
    "recall": IMDI,
}


@dataclass(slots=True, weakref_slot=True)
class OneCase:
    """A case as the rules read it; every guard passes unless told otherwise."""

    state: CaseState
    group: Group = Group.RESETTLEMENT
    entry_status: EntryStatus = EntryStatus.POSSIBLE
    entry_from_on: date | None = date(2020, 4, 15)
    permit_expires_on: date | None = date(2020, 9, 30)
    municipality_id: int | None = HERE
    settled_count: int = 0
    was_withdrawn: bool = False
    reception_centre: str | None = None


def a_case(state: CaseState, trigger: str = "", **changes: object) -> OneCase:
    """A case in a state that the trigger's guards let through."""
    if trigger in ("settle", "settle_some") and state is S.PLACED:
        changes = {"group": Group.RECEPTION_CENTRE} | changes
    if trigger == "redistribute" and state is S.DECLINED:
        changes = {"was_withdrawn": True} | changes
    return OneCase(state, **changes)  # type: ignore[arg-type]


def one(role: Role, municipality_id: int = HERE) -> Actor:
    of_municipality = role.name.startswith("MUNICIPALITY")
    return Actor("Noen", role, municipality_id=municipality_id if of_municipality else None)


def who_may(trigger: str, state: CaseState) -> Role:
    if trigger == "change_week" and state is not S.ACCEPTED:
        return Role.CASE_OFFICER
    return min(WHO[trigger] - {Role.SYSTEM})


def full(role: Role, **changes: object) -> Context:
    """A context that brings all a step can ask for."""
    given = Context(one(role), TODAY, week=WEEK, reason="Grunn", legal_ground="conditions_failed")
    return replace(given, **changes)  # type: ignore[arg-type]


def refusal(case: OneCase, trigger: str, ctx: Context) -> DomainError:
    """What stops the step; the case must be as it was."""
    before = copy(case)
    with pytest.raises(DomainError) as refused:
        fire(case, trigger, ctx)
    assert case == before, "a stopped case is untouched"
    return refused.value
