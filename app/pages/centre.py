"""A reception centre's own cases: where they are to live, and how they get there (R32, R33)."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.moments import moment, shown_clock
from app.pages.sorting import sort_of
from app.pages.visit import Reader, Visit
from app.wording import label
from workflow.cases import lists, measures
from workflow.cases.lists import CaseFilter
from workflow.cases.ordering import CaseOrder
from workflow.cases.states import CaseState, Group
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError
from workflow.travel import queries as travel
from workflow.travel import transport
from workflow.travel.contacts import Topic
from workflow.travel.states import Means

router = APIRouter(route_class=InOneThread)

PAGE: Final = 50
SORTS: Final = ("case_number", "state", "persons", "municipality", "week")


@router.get("/mottak")
def cases(reader: Reader, cursor: str | None = None) -> Response:
    """The centre's cases."""
    actor = reader.only(Role.RECEPTION_CENTRE)
    sort = sort_of(reader, SORTS)
    found = lists.cases(
        reader.session,
        CaseFilter(),
        today=reader.today,
        newest_first=sort.startswith("-"),
        order_by=CaseOrder(sort.removeprefix("-")) if sort else None,
        limit=PAGE,
        after=cursor,
        actor=actor,
    )
    return reader.page(
        "centre/list.html",
        cases=found.items,
        next=found.next,
        sort=sort,
        paused=measures.in_force(reader.session, today=reader.today, actor=actor),
        total=lists.counted(reader.session, CaseFilter(), today=reader.today, actor=actor),
    )


@router.get("/mottak/{case_id}")
def case(reader: Reader, case_id: UUID) -> Response:
    """One of them: who travels where, when, and whom to talk to."""
    reader.only(Role.RECEPTION_CENTRE)
    return _page(reader, case_id)


@router.post("/mottak/{case_id}/transport")
def plan(reader: Reader, case_id: UUID) -> Response:
    """When and how they come; the municipality is told and answers."""
    actor = reader.only(Role.RECEPTION_CENTRE)
    form = reader.form
    arrives_at = moment(form, "arrives_on", "arrives_clock")
    means = form.choice("means", Means, required=True)
    read = form.typed("plan_version")
    version = int(read) if read.isascii() and read.isdigit() and len(read) < 7 else None
    if arrives_at is None or means is None or form.errors:
        return _page(reader, case_id, status_code=reader.again())
    try:
        with reader.change() as session:
            transport.plan(
                session,
                case_id,
                arrives_at=arrives_at,
                means=means,
                note=form.text("note"),
                version=version,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        again = reader.again(refusal, travel__="arrives_on", input__="note")
        return _page(reader, case_id, status_code=again)
    return reader.done(f"/mottak/{case_id}", "transport_planned")


def _page(reader: Visit, case_id: UUID, *, status_code: int = 200) -> Response:
    actor, seen = reader.actor, reader.opened(case_id)
    planned = transport.transport(reader.session, case_id, actor=actor)
    return reader.page(
        "centre/page.html",
        status_code=status_code,
        case=seen,
        transport=planned,
        planned_clock=shown_clock(planned.arrives_at if planned else None),
        plans=seen.group is Group.RECEPTION_CENTRE and seen.state is CaseState.PLACED,
        means=[(one, label(one, "means")) for one in Means],
        bookings=travel.bookings(reader.session, case_id, actor=actor),
        contacts={
            topic: travel.contact(reader.session, case_id, topic, actor=actor) for topic in Topic
        },
    )
