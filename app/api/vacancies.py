"""Homes and capacity the municipalities report."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from sqlalchemy.orm import Session

from app import etag
from app.api import API
from app.api.parameters import Cursor, Limit, NumberInQuery
from app.api.refusals import changes, changes_as_read, refusals
from app.api.schemas.fields import ListOf
from app.api.schemas.vacancies import CloseVacancyIn, VacancyIn, VacancyOut
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.etag import IfMatch
from app.idempotency import Once, OnceRoute
from app.signin import CurrentActor
from workflow.cases.states import Group
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.errors import NotAllowed, NotFound
from workflow.kernel.paging import USUAL_PAGE
from workflow.municipalities import queries as register
from workflow.redistribution import offers
from workflow.vacancies import commands, preconditions, queries
from workflow.vacancies.states import VacancyState

router = APIRouter(prefix="/vacancies", tags=["vacancies"], route_class=OnceRoute)

KIND = "vacancy"


@router.post(
    "",
    status_code=201,
    operation_id="reportVacancy",
    dependencies=[Once],
    responses=changes(codes="vacancy.week_past vacancy.not_after_withdrawal"),
)
def report(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: VacancyIn
) -> VacancyOut:
    """A municipality reports a home or capacity of its own, in persons it can take.

    One that is free after a withdrawn case needs such a case, a free place, and no request since.
    """
    if actor.municipality_id is None:
        raise NotAllowed("vacancies are reported by municipalities", role=actor.role)
    vacancy_id = offers.report(
        session,
        municipality_id=actor.municipality_id,
        kind=body.kind,
        places=body.places,
        available_from_week=body.available_from_week,
        available_until_week=body.available_until_week,
        rooms=body.rooms,
        group=body.group,
        accessible=body.accessible,
        quarantine=body.quarantine,
        comment=body.comment,
        reason_code=body.reason_code,
        withdrawn_case_id=body.withdrawn_case_id,
        actor=actor,
        at=at,
    )
    response.headers["location"] = f"{API}/vacancies/{vacancy_id}"
    return _shown(session, vacancy_id, response, actor)


@router.get("", operation_id="listVacancies", responses=refusals(422))
def list_vacancies(
    session: ReadSession,
    actor: CurrentActor,
    at: Now,
    state: Annotated[list[VacancyState] | None, Query(description="Any of these.")] = None,
    group: Annotated[Group | None, Query(description="Those it could have.")] = None,
    municipality: NumberInQuery = None,
    limit: Limit = USUAL_PAGE,
    cursor: Cursor = None,
) -> ListOf[VacancyOut]:
    """Reports with their fate, the newest first: a municipality's own, IMDi all."""
    municipality_id = None
    if municipality is not None:
        today = local_day(at)
        try:
            municipality_id = register.by_number(session, municipality, on=today, actor=actor).id
        except NotFound:
            return ListOf(items=[])
    page = queries.vacancies(
        session,
        states=frozenset(state or ()),
        municipality_id=municipality_id,
        group=group,
        after=cursor,
        limit=limit,
        actor=actor,
    )
    return ListOf(items=[VacancyOut.of(seen) for seen in page.items], next=page.next)


@router.get("/{vacancy_id}", operation_id="getVacancy", responses=refusals(404, 422))
def get_vacancy(
    session: ReadSession, actor: CurrentActor, response: Response, vacancy_id: UUID
) -> VacancyOut:
    """One report with its fate: considered, matched, passed over and why."""
    return _shown(session, vacancy_id, response, actor)


@router.post(
    "/{vacancy_id}/close",
    operation_id="closeVacancy",
    dependencies=[Once],
    responses=changes_as_read(codes="vacancy.not_open"),
)
def close(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    as_read: IfMatch,
    response: Response,
    vacancy_id: UUID,
    body: CloseVacancyIn | None = None,
) -> VacancyOut:
    """The municipality takes its report back, while it is open."""
    preconditions.still_at(session, vacancy_id, as_read.numbers(KIND), actor=actor)
    reason = body.reason if body else None
    commands.close(session, vacancy_id, reason=reason, actor=actor, at=at)
    return _shown(session, vacancy_id, response, actor)


def _shown(session: Session, vacancy_id: UUID, response: Response, actor: Actor) -> VacancyOut:
    seen = queries.vacancy(session, vacancy_id, actor=actor)
    etag.show(response, KIND, seen.version)
    return VacancyOut.of(seen)
