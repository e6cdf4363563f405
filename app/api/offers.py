"""What a municipality brings to a plan: how many it settles in a week, and what it offers."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from app.api.parameters import NumberInPath
from app.api.refusals import changes, refusals
from app.api.schemas.fields import ListOf
from app.api.schemas.offers import OfferOut, OffersIn, WeekOut, WeeksIn
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import OnceRoute
from app.signin import CurrentActor
from workflow.capacity import offered, weekly
from workflow.capacity.weekly import MOST_WEEKS
from workflow.cases import coming
from workflow.kernel.actor import READS_ALL_CASES, Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import Invalid, NotFound
from workflow.kernel.weeks import Week
from workflow.municipalities import queries as register

router = APIRouter(prefix="/municipalities", tags=["municipalities"], route_class=OnceRoute)

HALF_A_YEAR: Final = 26


@router.get("/{number}/weeks", operation_id="listWeeks", responses=refusals(404, 422))
def list_weeks(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    number: NumberInPath,
    since: Annotated[
        str | None, Query(pattern=r"^[0-9]{4}-W[0-9]{2}$", description="By default this week.")
    ] = None,
    count: Annotated[int, Query(ge=1, le=MOST_WEEKS)] = HALF_A_YEAR,
) -> ListOf[WeekOut]:
    """How many persons a municipality can settle in each week, and how many are to come already.

    It is IMDi's, the auditor's and the municipality's own to read; for others it does not exist.
    """
    here = own_municipality(session, number, at, actor)
    return _weeks(session, here, _first(since) or Week.of(local_day(at)), count, actor)


@router.put("/{number}/weeks", operation_id="planWeeks", responses=changes(404))
def plan_weeks(
    session: WriteSession, actor: CurrentActor, at: Now, number: NumberInPath, body: WeeksIn
) -> ListOf[WeekOut]:
    """Say how many persons each of these weeks receives (the municipality, IMDi).

    Weeks that are not named stay; a week that was never named has no bound. It binds plans by a
    rule set that plans weeks, and no answer.
    """
    here = own_municipality(session, number, at, actor)
    wanted = {one.week: one.persons for one in body.weeks}
    if len(wanted) < len(body.weeks):
        raise Invalid("a week twice", pointer="/weeks", expected="each week once")
    weekly.plan_weeks(session, here, wanted, actor=actor, at=at)
    return _weeks(session, here, Week.of(local_day(at)), HALF_A_YEAR, actor)


@router.get("/{number}/services", operation_id="listServices", responses=refusals(404, 422))
def list_services(
    session: ReadSession, actor: CurrentActor, at: Now, number: NumberInPath
) -> ListOf[OfferOut]:
    """What a municipality offers who needs it, in one page.

    It is IMDi's, the auditor's and the municipality's own to read; for others it does not exist.
    """
    return _services(session, own_municipality(session, number, at, actor), actor)


@router.put("/{number}/services", operation_id="setServices", responses=changes(404))
def set_services(
    session: WriteSession, actor: CurrentActor, at: Now, number: NumberInPath, body: OffersIn
) -> ListOf[OfferOut]:
    """All that it offers from now on (the municipality, IMDi); what is left out it offers no more.

    Rule sets that check a need put no case with it where it is not offered.
    """
    here = own_municipality(session, number, at, actor)
    wanted = [one.offer() for one in body.services]
    offered.set_offers(session, here, wanted, actor=actor, at=at)
    return _services(session, here, actor)


def _first(since: str | None) -> Week | None:
    try:
        return None if since is None else Week.parse(since)
    except ValueError:
        raise Invalid("the year has no such week", pointer="since", expected="2020-W24") from None


def own_municipality(session: Session, number: str, at: Now, actor: Actor) -> int:
    here = register.by_number(session, number, on=local_day(at), actor=actor).id
    if actor.role not in READS_ALL_CASES and actor.municipality_id != here:
        raise NotFound("municipality")
    return here


def _weeks(session: Session, here: int, since: Week, count: int, actor: Actor) -> ListOf[WeekOut]:
    found = coming.room(session, here, since=since, count=count, actor=actor)
    return ListOf(items=[WeekOut.of(one) for one in found])


def _services(session: Session, here: int, actor: Actor) -> ListOf[OfferOut]:
    found = offered.offers_of(session, here, actor=actor)
    return ListOf(items=[OfferOut.of(one) for one in found])
