"""A reception centre's own cases: where they are to live, and how they get there (R32, R33)."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.visit import Reader
from workflow.cases import lists
from workflow.cases.lists import CaseFilter
from workflow.kernel.actor import Role
from workflow.travel import queries as travel
from workflow.travel.contacts import Topic

router = APIRouter(route_class=InOneThread)

PAGE: Final = 50


@router.get("/mottak")
def cases(reader: Reader, cursor: str | None = None) -> Response:
    """The centre's cases."""
    actor = reader.only(Role.RECEPTION_CENTRE)
    found = lists.cases(
        reader.session, CaseFilter(), today=reader.today, limit=PAGE, after=cursor, actor=actor
    )
    return reader.page(
        "centre/list.html",
        cases=found.items,
        next=found.next,
        total=lists.counted(reader.session, CaseFilter(), today=reader.today, actor=actor),
    )


@router.get("/mottak/{case_id}")
def case(reader: Reader, case_id: UUID) -> Response:
    """One of them: who travels where, when, and whom to talk to."""
    actor = reader.only(Role.RECEPTION_CENTRE)
    return reader.page(
        "centre/page.html",
        case=reader.opened(case_id),
        bookings=travel.bookings(reader.session, case_id, actor=actor),
        contacts={
            topic: travel.contact(reader.session, case_id, topic, actor=actor) for topic in Topic
        },
    )
