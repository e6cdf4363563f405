"""Municipalities, their years, and the ledger of places."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.orm import Session

from app import etag
from app.api.parameters import Cursor, Limit, NumberInPath, YearInPath, YearInQuery
from app.api.refusals import changes, changes_as_read, refusals
from app.api.schemas.fields import LARGEST_ID, ListOf
from app.api.schemas.municipalities import (
    LedgerLineOut,
    NumbersOut,
    PauseIn,
    PauseOut,
    YearIn,
    YearOut,
)
from app.approving import WAITS, Waiting
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.etag import IfMatch
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.capacity import commands, pauses, preconditions, queries
from workflow.capacity.commands import Cause, YearChange
from workflow.capacity.queries import YearOrder
from workflow.capacity.states import Pool
from workflow.cases import accounts
from workflow.cases import numbers as of_year
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotFound
from workflow.kernel.paging import USUAL_PAGE
from workflow.municipalities import queries as register

router = APIRouter(prefix="/municipalities", tags=["municipalities"], route_class=OnceRoute)

KIND = "year"
PauseInPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@router.get("", operation_id="listMunicipalities", responses=refusals(422))
def list_years(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    year: YearInQuery = None,
    sort: Annotated[YearOrder, Query(description="`-` = the largest first.")] = YearOrder.NUMBER,
    county: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> ListOf[YearOut]:
    """The municipalities of a year with their places, in persons. Everybody reads them.

    Shares are sorted as exact fractions; those without decided places come last.
    """
    page = queries.years(
        session,
        year or local_day(at).year,
        order=sort,
        county=county,
        limit=limit,
        after=cursor,
        actor=actor,
    )
    return ListOf(items=[YearOut.of_year(seen) for seen in page.items], next=page.next)


@router.get("/{number}", operation_id="getMunicipality", responses=refusals(404, 422))
def get_current(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    response: Response,
    number: NumberInPath,
    year: YearInQuery = None,
) -> YearOut:
    """One municipality's year, places in persons; by a number it has or once had."""
    return _year(session, number, year or local_day(at).year, response, actor)


@router.get(
    "/{number}/years/{year}", operation_id="getMunicipalityYear", responses=refusals(404, 422)
)
def get_year(
    session: ReadSession,
    actor: CurrentActor,
    response: Response,
    number: NumberInPath,
    year: YearInPath,
) -> YearOut:
    """One municipality's year, places in persons."""
    return _year(session, number, year, response, actor)


@router.put(
    "/{number}/years/{year}",
    operation_id="registerMunicipalityYear",
    response_model=YearOut,
    responses=changes_as_read(codes="request.stands reason.missing approvals.waits_already")
    | WAITS,
)
def register_year(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    as_read: IfMatch,
    response: Response,
    number: NumberInPath,
    year: YearInPath,
    body: YearIn,
) -> YearOut | Response:
    """Register requests (IMDi's lead), decided and extra places (the municipality), in persons.

    A lowered decision is recorded whatever is held already; the overrun shows it. Null takes a
    registration back; what is left out stays. Where extra places take two, all that is said of
    the same kind of places waits with them.
    """
    waiting = Waiting(session, actor, at)
    municipality_id = _found(session, number, year, actor)
    preconditions.still_at(session, municipality_id, year, as_read.versions(KIND), actor=actor)
    for pool, given in (
        (Pool.ORDINARY, body.given()),
        (Pool.MINORS, body.minors.given() if body.minors else {}),
    ):
        if given:
            with waiting.or_waits():
                commands.register_year(
                    session,
                    municipality_id=municipality_id,
                    year=year,
                    pool=pool,
                    change=YearChange(**given),
                    cause=Cause(actor, at, reason=body.reason),
                    on=local_day(at),
                )
    if waiting.ids:
        return waiting.answer()
    return _year(session, number, year, response, actor)


@router.get(
    "/{number}/years/{year}/ledger", operation_id="listLedger", responses=refusals(404, 422)
)
def list_ledger(
    session: ReadSession,
    actor: CurrentActor,
    number: NumberInPath,
    year: YearInPath,
    pool: Annotated[Pool | None, Query(description="By default both.")] = None,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> ListOf[LedgerLineOut]:
    """Every change of a year's places, the oldest first, in persons.

    It is IMDi's, the auditor's and the municipality's own to read; for others it does not exist.
    """
    municipality_id = _found(session, number, year, actor)
    if not accounts.may_read_ledger(actor, municipality_id):
        raise NotFound("ledger")
    page = accounts.ledger(
        session, municipality_id, year, pool=pool, limit=limit, after=cursor, actor=actor
    )
    return ListOf(items=[LedgerLineOut.of(line) for line in page.items], next=page.next)


@router.get(
    "/{number}/years/{year}/numbers", operation_id="getNumbers", responses=refusals(404, 422)
)
def get_numbers(
    session: ReadSession, actor: CurrentActor, at: Now, number: NumberInPath, year: YearInPath
) -> NumbersOut:
    """What it was asked in a year, what it answered and when, and its places by month.

    It is IMDi's, the auditor's and the municipality's own to read; for others it does not exist.
    """
    municipality_id = _found(session, number, year, actor)
    told = of_year.numbers(session, municipality_id, year, today=local_day(at), actor=actor)
    return NumbersOut.of_numbers(
        number, told, pauses.asked_for(session, municipality_id, year, actor=actor)
    )


@router.post(
    "/{number}/pauses",
    status_code=201,
    operation_id="askForPause",
    dependencies=[Once],
    responses=changes(404),
)
def ask_for_pause(
    session: WriteSession, actor: CurrentActor, at: Now, number: NumberInPath, body: PauseIn
) -> PauseOut:
    """The municipality asks for a pause in settlement; it is on record, and stops nothing."""
    here = register.by_number(session, number, on=local_day(at), actor=actor).id
    pause_id = pauses.ask(
        session,
        here,
        from_on=body.from_on,
        until_on=body.until_on,
        reason=body.reason,
        actor=actor,
        at=at,
    )
    return PauseOut.of(pauses.one(session, pause_id, actor=actor))


@router.post(
    "/{number}/pauses/{pause_id}/end",
    operation_id="endPause",
    dependencies=[Once],
    responses=changes(404),
)
def end_pause(
    session: WriteSession, actor: CurrentActor, at: Now, number: NumberInPath, pause_id: PauseInPath
) -> PauseOut:
    """The municipality asks for it no longer; ended twice is as once."""
    here = register.by_number(session, number, on=local_day(at), actor=actor).id
    if pauses.one(session, pause_id, actor=actor).municipality_id != here:
        raise NotFound("pause")
    pauses.end(session, pause_id, actor=actor, at=at)
    return PauseOut.of(pauses.one(session, pause_id, actor=actor))


def _found(session: Session, number: str, year: int, actor: Actor) -> int:
    """Whose number it was at the year's end, or at another time."""
    return register.by_number(session, number, on=date(year, 12, 31), actor=actor).id


def _year(session: Session, number: str, year: int, response: Response, actor: Actor) -> YearOut:
    seen = queries.one(session, _found(session, number, year, actor), year, actor=actor)
    etag.show(response, KIND, seen.tag)
    return YearOut.of_year(seen)
