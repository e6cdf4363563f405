"""The cases that come, or have come, to a municipality: arrival and settlement dates."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.moments import fault_at, moment, shown_clock
from app.pages.shelf import opens_with, shelf
from app.pages.sorting import sort_of
from app.pages.visit import Reader, Visit
from app.saved_views.lists import SavedList
from app.typed import typed_day, typed_year
from workflow.capacity.commands import WRITES_PLACES
from workflow.capacity.states import Pool
from workflow.cases import details, distributions, history, lists, settling
from workflow.cases.accounts import Figure, FigureOfYear
from workflow.cases.details import CaseSeen, PersonSeen
from workflow.cases.lists import CaseFilter
from workflow.cases.ordering import CaseOrder
from workflow.cases.states import CaseState, Group
from workflow.kernel.actor import MUNICIPALITY
from workflow.kernel.errors import DomainError
from workflow.municipalities import queries as register
from workflow.travel import commands as travel_commands
from workflow.travel import queries as travel
from workflow.travel import receiving, transport
from workflow.travel.checklist import Phase
from workflow.travel.contacts import Topic
from workflow.travel.receiving import LineSeen, MeetingSeen
from workflow.travel.seen import BookingSeen
from workflow.travel.states import BookingState

router = APIRouter(route_class=InOneThread)

#: What the list shows unless told otherwise: on the way or here.
COMING: Final = (
    CaseState.ACCEPTED,
    CaseState.PLACED,
    CaseState.TRAVEL_BOOKED,
    CaseState.ARRIVED,
)
SORTS: Final = ("case_number", "state", "persons", "settled", "week")
SHOWN: Final = (*COMING, CaseState.SETTLED)


@router.get("/kommune/bosettinger")
def settlements(reader: Reader, cursor: str | None = None) -> Response:
    """The municipality's cases from its yes on; or those a number of its year counts."""
    actor = reader.only(*MUNICIPALITY)
    if onward := opens_with(reader, SavedList.SETTLEMENTS):
        return reader.go(onward)
    states = reader.filtered("state", CaseState)
    counted = _counted_by(reader)
    wanted = CaseFilter(
        states=frozenset() if counted else frozenset(states or COMING), counted_by=counted
    )
    sort = sort_of(reader, SORTS)
    found = lists.cases(
        reader.session,
        wanted,
        today=reader.today,
        newest_first=sort.startswith("-"),
        order_by=CaseOrder(sort.removeprefix("-")) if sort else None,
        after=cursor,
        actor=actor,
        limit=50,
    )
    return reader.page(
        "settlements/list.html",
        cases=found.items,
        shelf=shelf(reader, SavedList.SETTLEMENTS),
        next=found.next,
        sort=sort,
        total=lists.counted(reader.session, wanted, today=reader.today, actor=actor),
        chosen=states,
        counted=counted,
        states=SHOWN,
        by_state=lists.by_state(reader.session, CaseFilter(), today=reader.today, actor=actor),
    )


@router.get("/kommune/bosettinger/{case_id}")
def settlement(reader: Reader, case_id: UUID) -> Response:
    """One of the municipality's cases: persons, travel, what is to be done, history."""
    reader.only(*MUNICIPALITY)
    return _case_page(reader, case_id)


@router.post("/kommune/bosettinger/{case_id}/ankomst")
def arrive(reader: Reader, case_id: UUID) -> Response:
    """They have come; who did not come is not ticked."""
    actor = reader.only(*WRITES_PLACES)
    arrived_at = moment(reader.form, "arrived_on", "arrived_clock")
    come = reader.form.ids("person_ids")
    if not come:
        reader.form.fault("person_ids", "nobody_chosen")
    if arrived_at is None or reader.form.errors:
        return _case_page(reader, case_id, status_code=reader.again())
    try:
        with reader.change() as session:
            reader.is_as_read(session, case_id)
            travel_commands.arrive(
                session,
                case_id,
                arrived_at=arrived_at,
                person_ids=come,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        again = reader.again(refusal, arrival__="arrived_on", person__="person_ids")
        return _case_page(reader, case_id, status_code=again)
    return reader.done(_address(case_id), "arrive")


@router.post("/kommune/bosettinger/{case_id}/transport")
def answer_transport(reader: Reader, case_id: UUID) -> Response:
    """What the municipality says of the reception centre's plan."""
    actor = reader.only(*WRITES_PLACES)
    form = reader.form
    agreed, version = form.typed("agreed") == "yes", _typed_version(form.typed("plan_version"))
    text = form.text("answer", required=not agreed)
    if form.errors:
        return _case_page(reader, case_id, status_code=reader.again())
    try:
        with reader.change() as session:
            transport.answer(
                session,
                case_id,
                agreed=agreed,
                text=text,
                version=version,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _case_page(reader, case_id, status_code=reader.again(refusal, input__="answer"))
    return reader.done(_address(case_id), "transport_answered")


@router.post("/kommune/bosettinger/{case_id}/moter")
def meet(reader: Reader, case_id: UUID) -> Response:
    """Who meets them at the airport."""
    actor = reader.only(*WRITES_PLACES)
    who = reader.form.text("who", required=True)
    booking_id = reader.form.id("booking_id")
    if who is None or booking_id is None or reader.form.errors:
        return _case_page(reader, case_id, status_code=reader.again())
    try:
        with reader.change() as session:
            reader.is_as_read(session, case_id)
            receiving.meet(session, booking_id, who=who, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _case_page(reader, case_id, status_code=reader.again(refusal, booking__="who"))
    return reader.done(_address(case_id), "meeting_confirmed")


@router.post("/kommune/bosettinger/{case_id}/sjekkliste")
def check(reader: Reader, case_id: UUID) -> Response:
    """What is ticked of the checklists is done, the rest is not."""
    actor = reader.only(*WRITES_PLACES)
    ticked, shown = set(reader.form.many("done")), set(reader.form.many("shown"))
    with reader.change() as session:
        for line in receiving.checklist_of(session, case_id, actor=actor).lines:
            if line.duty not in shown or (line.duty in ticked) == (line.done_on is not None):
                continue
            done_on = reader.today if line.duty in ticked else None
            receiving.mark(session, case_id, line.duty, done_on=done_on, actor=actor, at=reader.at)
    return reader.done(_address(case_id), "checklist_saved")


@router.post("/kommune/bosettinger/{case_id}/bosett")
def settle(reader: Reader, case_id: UUID) -> Response:
    """One date for the household; a person may have another one, or none yet."""
    actor = reader.only(*WRITES_PLACES)
    case = details.case(reader.session, case_id, today=reader.today, actor=actor)
    waiting = to_settle(case)
    dates = _dates(reader, waiting)
    if not dates and not reader.form.errors:
        reader.form.fault("settled_on", "missing")
    if reader.form.errors:
        return _case_page(reader, case_id, status_code=reader.again())
    try:
        with reader.change() as session:
            reader.is_as_read(session, case_id)
            moved = settling.settle(session, case_id, persons=dates, actor=actor, at=reader.at)
    except DomainError as refusal:
        return _case_page(reader, case_id, status_code=_settling_refused(reader, refusal))
    done = "settle" if moved.state is CaseState.SETTLED else "settle_some"
    return reader.done(_address(case_id), done)


@router.post("/kommune/bosettinger/{case_id}/rett")
def correct(reader: Reader, case_id: UUID) -> Response:
    """Wrong settlement dates, put right with a reason; those left empty stay."""
    actor = reader.only(*WRITES_PLACES)
    case = details.case(reader.session, case_id, today=reader.today, actor=actor)
    settled = [person for person in case.persons if person.settled_on is not None]
    dates = _own_days(reader, settled, "corrected")
    reason = reader.form.text("reason", required=True)
    if not dates and not reader.form.errors:
        first = f"corrected_{settled[0].id}" if settled else "reason"
        fault_at(reader.form, first, "missing", field="settled_on")
    if reader.form.errors:
        return _case_page(reader, case_id, status_code=reader.again())
    try:
        with reader.change() as session:
            reader.is_as_read(session, case_id)
            settling.correct_settlement(
                session, case_id, persons=dates, reason=reason, actor=actor, at=reader.at
            )
    except DomainError as refusal:
        return _case_page(reader, case_id, status_code=reader.again(refusal, settle__="reason"))
    return reader.done(_address(case_id), "correct_settlement")


def _typed_version(text: str) -> int:
    """The version of the plan that was read; none is no version, and so a stale one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def to_settle(case: CaseSeen) -> list[PersonSeen]:
    """Who can be given a settlement date: is here, and has none."""
    return [
        person
        for person in case.persons
        if person.settled_on is None
        and (person.arrived_at is not None or case.group is not Group.RESETTLEMENT)
    ]


def _dates(reader: Visit, waiting: list[PersonSeen]) -> dict[UUID, date]:
    own = _own_days(reader, waiting, "settled")
    later = set(reader.form.ids("later"))
    others = [person.id for person in waiting if person.id not in later and person.id not in own]
    common = reader.form.day("settled_on", required=bool(others))
    return {**(dict.fromkeys(others, common) if common else {}), **own}


def _own_days(reader: Visit, persons: list[PersonSeen], prefix: str) -> dict[UUID, date]:
    """The days written at persons; a fault stands at the person's own field."""
    found: dict[UUID, date] = {}
    for person in persons:
        name = f"{prefix}_{person.id}"
        text = reader.form.text(name)
        if text is None:
            continue
        try:
            found[person.id] = typed_day(text)
        except ValueError:
            fault_at(reader.form, name, "day", field="settled_on")
    return found


def _settling_refused(reader: Visit, refusal: DomainError) -> int:
    return reader.again(refusal, settle__="settled_on")


@dataclass(frozen=True, slots=True)
class Travel:
    """The bookings to the municipality, and what follows from the arrival."""

    booking: BookingSeen | None
    bookings: list[BookingSeen]
    meeting: MeetingSeen | None
    quarantine: tuple[date, date] | None
    #: What is to be done, list by list.
    checklist: dict[Phase, list[LineSeen]]


def _case_page(reader: Visit, case_id: UUID, *, status_code: int = 200) -> Response:
    actor, case = reader.actor, reader.opened(case_id)
    session = reader.session
    journey = _travel(reader, case)
    return reader.page(
        "settlements/page.html",
        status_code=status_code,
        case=case,
        asked=distributions.current(session, case_id, actor=actor),
        travel=journey,
        transport=transport.transport(session, case_id, actor=actor),
        waiting=to_settle(case),
        not_come=[person for person in case.persons if person.arrived_at is None],
        settled=[person for person in case.persons if person.settled_on is not None],
        planned_clock=shown_clock(journey.booking.arrives_at if journey.booking else None),
        airport_names={one.iata: one.name for one in register.airports(session, actor=actor)},
        history=list(reversed(history.history(session, case_id, actor=actor))),
        may_write=actor.role in WRITES_PLACES,
        contacts={topic: travel.contact(session, case_id, topic, actor=actor) for topic in Topic},
    )


def _travel(reader: Visit, case: CaseSeen) -> Travel:
    bookings = travel.bookings(reader.session, case.id, actor=reader.actor)
    in_force = [booking for booking in bookings if booking.state is not BookingState.CANCELLED]
    booking = in_force[-1] if in_force else None
    meeting = receiving.meeting(reader.session, booking.id, actor=reader.actor) if booking else None
    found = receiving.checklist_of(reader.session, case.id, actor=reader.actor)
    by_phase = {phase: [one for one in found.lines if one.phase is phase] for phase in Phase}
    return Travel(booking, bookings, meeting, found.quarantine, by_phase if found.lines else {})


def _counted_by(reader: Visit) -> FigureOfYear | None:
    figures, pools = reader.filtered("figure", Figure), reader.filtered("pool", Pool)
    year, municipality_id = reader.asked("year", typed_year), reader.actor.municipality_id
    if not figures or municipality_id is None or year is None:
        return None
    return FigureOfYear(municipality_id, year, next(iter(pools), Pool.ORDINARY), figures[0])


def _address(case_id: UUID) -> str:
    return f"/kommune/bosettinger/{case_id}"
