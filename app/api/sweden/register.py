"""Sweden's counties and municipalities."""

from collections import Counter

from fastapi import APIRouter

from app.api.parameters import NumberInPath
from app.api.refusals import changes, refusals
from app.api.schemas.fields import ListOf
from app.api.schemas.sweden import CountyOut, NoticeIn, NoticeOut, PlaceOut
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import OnceRoute
from app.signin import CurrentActor
from workflow.allocation import notice, terms
from workflow.municipalities.sweden import COUNTIES, place, places

router = APIRouter(tags=["register"], route_class=OnceRoute)


@router.get("/counties", operation_id="listCounties", responses=refusals())
def list_counties(session: ReadSession, actor: CurrentActor) -> ListOf[CountyOut]:
    """The 21 counties, in one page."""
    inside = Counter(one.county for one in places(session))
    return ListOf(
        items=[
            CountyOut(code=code, name=name, municipalities=inside[code])
            for code, name in COUNTIES.items()
        ]
    )


@router.get("/municipalities", operation_id="listMunicipalities", responses=refusals())
def list_municipalities(session: ReadSession, actor: CurrentActor) -> ListOf[PlaceOut]:
    """The 290 municipalities in the order of their numbers, in one page."""
    return ListOf(items=[PlaceOut.of(one) for one in places(session)])


@router.get(
    "/municipalities/{number}/notice", operation_id="getNotice", responses=refusals(404, 422)
)
def get_notice(session: ReadSession, actor: CurrentActor, number: NumberInPath) -> NoticeOut:
    """How many days the municipality is told before a raised number holds."""
    here = place(session, number)
    days = terms.notice_days(session).get(here.id, notice.USUAL_DAYS)
    return NoticeOut(municipality=PlaceOut.of(here), days=days)


@router.put("/municipalities/{number}/notice", operation_id="setNotice", responses=changes(404))
def set_notice(
    session: WriteSession, actor: CurrentActor, at: Now, number: NumberInPath, body: NoticeIn
) -> NoticeOut:
    """Another number of days for this municipality (Migrationsverket)."""
    here = place(session, number)
    terms.set_notice(session, here.id, body.days, actor=actor, at=at)
    return NoticeOut(municipality=PlaceOut.of(here), days=body.days)
