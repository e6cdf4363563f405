"""What a municipality does around an arrival: who meets, and its checklist."""

from uuid import UUID

from fastapi import APIRouter

from app.api.refusals import changes, changes_as_read, refusals
from app.api.schemas.fields import ListOf
from app.api.schemas.receiving import DutyIn, DutyOut, MeetIn, MeetingOut
from app.api.travel import must_be_as_read
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.etag import IfMatch
from app.one_thread import InOneThread
from app.signin import CurrentActor
from workflow.kernel.errors import NotFound
from workflow.travel import receiving
from workflow.travel.checklist import Duty

router = APIRouter(tags=["travel"], route_class=InOneThread)


@router.get(
    "/bookings/{booking_id}/meeting", operation_id="getMeeting", responses=refusals(404, 422)
)
def get_meeting(session: ReadSession, actor: CurrentActor, booking_id: UUID) -> MeetingOut:
    """Who meets the household; 404 also where nobody is named."""
    found = receiving.meeting(session, booking_id, actor=actor)
    if found is None:
        raise NotFound("meeting")
    return MeetingOut.of(found)


@router.put(
    "/bookings/{booking_id}/meeting",
    operation_id="confirmMeeting",
    responses=changes_as_read(codes="booking.not_active"),
)
def meet(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    as_read: IfMatch,
    booking_id: UUID,
    body: MeetIn,
) -> MeetingOut:
    """The municipality meets them, and who does; UDI is told that somebody does.

    It is said of the travel as it is: when that changes, it is to be said anew.
    """
    must_be_as_read(session, booking_id, as_read, actor)
    receiving.meet(session, booking_id, who=body.who, actor=actor, at=at)
    return get_meeting(session, actor, booking_id)


@router.get("/cases/{case_id}/checklist", operation_id="getChecklist", responses=refusals(404, 422))
def get_checklist(session: ReadSession, actor: CurrentActor, case_id: UUID) -> ListOf[DutyOut]:
    """What the municipality does before, in quarantine and after; empty before travel is booked."""
    found = receiving.checklist_of(session, case_id, actor=actor)
    return ListOf(items=[DutyOut.of(line) for line in found.lines])


@router.put("/cases/{case_id}/checklist/{duty}", operation_id="markDuty", responses=changes(404))
def mark(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    case_id: UUID,
    duty: Duty,
    body: DutyIn,
) -> ListOf[DutyOut]:
    """The municipality has done a line of the list, or has not after all; answers the list."""
    receiving.mark(session, case_id, duty, done_on=body.done_on, actor=actor, at=at)
    return get_checklist(session, actor, case_id)
