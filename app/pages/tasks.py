"""What needs IMDi now: key figures, and tasks by urgency."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.shelf import of_start
from app.pages.visit import Reader, Visit
from workflow.capacity import kind_limits
from workflow.capacity import queries as capacity
from workflow.cases import lists, measures
from workflow.cases.lists import CaseFilter, CaseListed
from workflow.cases.states import CAN_ENTER, HOLDING, WAITING, CaseState, EntryStatus, Group
from workflow.kernel.actor import Role
from workflow.redistribution import awaiting, preparing
from workflow.redistribution import queries as runs
from workflow.redistribution.states import RunState

router = APIRouter(route_class=InOneThread)

#: Who reads IMDi's pages.
STAFF: Final = (Role.CASE_OFFICER, Role.LEAD, Role.AUDITOR)
SHOWN: Final = 5
#: States in which something is still to come, in the order of a case's life.
ON_THE_WAY: Final = tuple(state for state in CaseState if state in HOLDING | WAITING)
CANNOT_ENTER: Final = frozenset(EntryStatus) - CAN_ENTER
OTHER_GROUPS: Final = frozenset(Group) - {Group.RESETTLEMENT}


@dataclass(frozen=True, slots=True)
class Task:
    """Cases that wait for the same thing."""

    code: str
    wanted: CaseFilter
    #: The list of them, as an address.
    href: str


TASKS: Final = (
    Task("overdue", CaseFilter(overdue=True), "/saker?overdue=true"),
    Task("declined", CaseFilter(states=frozenset({CaseState.DECLINED})), "/saker?state=declined"),
    Task("accepted", CaseFilter(states=frozenset({CaseState.ACCEPTED})), "/saker?state=accepted"),
    Task(
        "redistribute",
        CaseFilter(states=frozenset({CaseState.WITHDRAWN}), entry=CAN_ENTER),
        "/saker?state=withdrawn&entry=possible&entry=possible_from",
    ),
    Task(
        "distribute",
        CaseFilter(
            states=frozenset({CaseState.REGISTERED}),
            groups=frozenset({Group.RESETTLEMENT}),
            entry=CAN_ENTER,
        ),
        "/saker?state=registered&group=resettlement&entry=possible&entry=possible_from",
    ),
    Task(
        "distribute_others",
        CaseFilter(states=frozenset({CaseState.REGISTERED}), groups=OTHER_GROUPS),
        "/saker?state=registered&"
        + "&".join(f"group={group}" for group in Group if group in OTHER_GROUPS),
    ),
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A task with the first of its cases."""

    task: Task
    total: int
    first: tuple[CaseListed, ...]


@router.get("/oppgaver")
def tasks(reader: Reader) -> Response:
    """IMDi's first page."""
    actor, session, today = reader.only(*STAFF), reader.session, reader.today
    totals = capacity.totals(session, today.year, actor=actor)
    since = runs.since_withdrawal(session, actor=actor)
    by_state = lists.by_state(
        session, CaseFilter(states=frozenset(ON_THE_WAY)), today=today, actor=actor
    )
    stuck = lists.by_state(
        session,
        CaseFilter(
            states=frozenset({*HOLDING_ON_THE_WAY, CaseState.WITHDRAWN}),
            groups=frozenset({Group.RESETTLEMENT}),
            entry=CANNOT_ENTER,
        ),
        today=today,
        actor=actor,
    )
    return reader.page(
        "tasks/page.html",
        views=of_start(reader),
        totals=totals,
        paused=measures.in_force(session, today=today, actor=actor),
        since=since,
        stuck=_holding(stuck),
        waiting=[_waiting(reader, task) for task in TASKS],
        waits_for_entry=stuck.get(CaseState.WITHDRAWN, (0, 0)),
        kinds_wished=kind_limits.waiting(session, on=today, actor=actor),
        by_state=by_state,
        states=ON_THE_WAY,
        undoable=_undoable(reader),
        under_way=preparing.under_way(session, actor=actor),
        to_confirm=awaiting.to_confirm(session, limit=SHOWN, actor=actor),
    )


def _waiting(reader: Visit, task: Task) -> Waiting:
    page = lists.cases(
        reader.session, task.wanted, today=reader.today, limit=SHOWN, actor=reader.actor
    )
    total = len(page.items)
    if page.next is not None:
        total = lists.counted(reader.session, task.wanted, today=reader.today, actor=reader.actor)
    return Waiting(task, total, page.items)


#: States in which a case that has not arrived holds places.
HOLDING_ON_THE_WAY: Final = (
    CaseState.DISTRIBUTED,
    CaseState.REDISTRIBUTED,
    CaseState.ACCEPTED,
    CaseState.PLACED,
    CaseState.TRAVEL_BOOKED,
)


def _holding(by_state: dict[CaseState, tuple[int, int]]) -> tuple[int, int]:
    """Cases and persons that hold places without being able to travel (R05)."""
    found = [by_state[state] for state in HOLDING_ON_THE_WAY if state in by_state]
    return sum(cases for cases, _ in found), sum(persons for _, persons in found)


def _undoable(reader: Visit) -> list[runs.RunSeen]:
    """Runs whose letters have not left."""
    latest = runs.runs(
        reader.session, states=(RunState.CONFIRMED,), limit=10, actor=reader.actor
    ).items
    return [run for run in latest if run.can_be_undone(reader.at)]
