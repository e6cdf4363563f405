"""Homes and capacity a municipality reports, and what became of each report."""

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from app.wording import label
from workflow.capacity.commands import WRITES_PLACES
from workflow.cases.states import Group
from workflow.kernel.actor import MUNICIPALITY
from workflow.kernel.errors import DomainError
from workflow.redistribution import offers
from workflow.vacancies import commands, preconditions, queries
from workflow.vacancies.offer import Offer, WithdrawnCase
from workflow.vacancies.queries import VacancySeen
from workflow.vacancies.states import ReasonCode, VacancyKind

router = APIRouter(route_class=InOneThread)

#: `?etter=` of the form for a home that stands free after a withdrawn case (R27).
AFTER_WITHDRAWAL: Final = "trukket"


@router.get("/kommune/boliger")
def homes(reader: Reader, cursor: str | None = None) -> Response:
    """What the municipality has reported, the newest first, each with its fate."""
    reader.only(*MUNICIPALITY)
    return _list(reader, cursor)


@router.get("/kommune/boliger/ny")
def new_home(reader: Reader) -> Response:
    """The form; after a withdrawn case its comment is filled in (R28)."""
    reader.only(*WRITES_PLACES)
    return _form(reader, after=reader.request.query_params.get("etter") == AFTER_WITHDRAWAL)


@router.post("/kommune/boliger/ny")
def report(reader: Reader) -> Response:
    """Report a home or capacity."""
    actor = reader.only(*WRITES_PLACES)
    assert actor.municipality_id is not None  # noqa: S101  a municipality's role
    form = reader.form
    kind = form.choice("kind", VacancyKind, required=True)
    places = form.number("places", required=True)
    week = form.week("available_from_week", today=reader.today, required=True)
    until = form.week("available_until_week", today=reader.today)
    rooms = form.number("rooms", longest=3)
    group = form.choice("group", Group)
    reason = form.choice("reason_code", ReasonCode)
    withdrawn_case_id = form.id("withdrawn_case_id")
    after = reason is ReasonCode.WITHDRAWN_CASE
    if kind is None or places is None or week is None or form.errors:
        return _form(reader, after=after, status_code=reader.again())
    try:
        with reader.change() as session:
            offers.report(
                session,
                municipality_id=actor.municipality_id,
                kind=kind,
                places=places,
                available_from_week=week,
                available_until_week=until,
                rooms=rooms,
                group=group,
                accessible=form.ticked("accessible"),
                quarantine=form.ticked("quarantine"),
                comment=form.text("comment"),
                reason_code=reason,
                withdrawn_case_id=withdrawn_case_id,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        again = reader.again(refusal, vacancy__week_past="available_from_week", vacancy__="main")
        return _form(reader, after=after, status_code=again)
    return reader.done("/kommune/boliger", "vacancy_reported")


@router.post("/kommune/boliger/{vacancy_id}/lukk")
def close(reader: Reader, vacancy_id: UUID) -> Response:
    """The home is no longer to be had."""
    actor = reader.only(*WRITES_PLACES)
    try:
        with reader.change() as session:
            preconditions.still_at(session, vacancy_id, reader.form.versions(), actor=actor)
            commands.close(
                session,
                vacancy_id,
                reason=reader.form.text("reason"),
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _list(reader, status_code=reader.again(refusal, vacancy__="main"))
    return reader.done("/kommune/boliger", "vacancy_closed")


def _list(reader: Visit, cursor: str | None = None, *, status_code: int = 200) -> Response:
    actor = reader.actor
    found = queries.vacancies(
        reader.session, municipality_id=actor.municipality_id, after=cursor, actor=actor
    )
    return reader.page(
        "homes/list.html",
        status_code=status_code,
        homes=found.items,
        next=found.next,
        offer=_offer(reader),
        may_write=actor.role in WRITES_PLACES,
    )


def _offer(reader: Visit) -> Offer | None:
    actor = reader.actor
    assert actor.municipality_id is not None  # noqa: S101  a municipality's role
    return offers.offer_after_withdrawal(
        reader.session, actor.municipality_id, actor=actor, at=reader.at
    )


def _form(reader: Visit, *, after: bool, status_code: int = 200) -> Response:
    offer = _offer(reader) if after else None
    chosen = _chosen(reader, offer)
    return reader.page(
        "homes/new.html",
        status_code=status_code,
        after=after,
        offer=offer,
        chosen=chosen,
        home=_home_of(reader, chosen),
        kinds=[(kind, label(kind, "vacancy_kind")) for kind in VacancyKind],
        groups=[(group, label(group, "group")) for group in Group],
    )


def _chosen(reader: Visit, offer: Offer | None) -> WithdrawnCase | None:
    """The withdrawn case the form is about: the one named, else the last."""
    if offer is None:
        return None
    named = reader.form.typed("withdrawn_case_id") or reader.request.query_params.get("sak", "")
    return next((case for case in offer.cases if str(case.case_id) == named), offer.cases[0])


def _home_of(reader: Visit, case: WithdrawnCase | None) -> VacancySeen | None:
    """The home that was kept for the withdrawn case."""
    if case is None or case.vacancy_id is None:
        return None
    return queries.vacancy(reader.session, case.vacancy_id, actor=reader.actor)
