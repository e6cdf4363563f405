"""Reserving a reported home for a case, and what becomes of the reservation.

A home is reserved by the distribution or the yes that uses it, never by looking at it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, or_, select, update
from sqlalchemy.orm import Session

from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound
from workflow.kernel.weeks import Week
from workflow.vacancies.errors import (
    VacancyDoesNotFit,
    VacancyNoLonger,
    VacancyNotYet,
    VacancyTaken,
)
from workflow.vacancies.models import Vacancy, VacancyFate
from workflow.vacancies.states import CHANGES, Fate, VacancyState


def lock(session: Session, vacancy_ids: Sequence[UUID]) -> None:
    """Lock homes in the order of their ids; after the cases, before any places account.

    Here and below FOR NO KEY UPDATE: a run that holds places and only tells a home what passed it
    by must not wait for who has the home and waits for those places.
    """
    if vacancy_ids:
        session.execute(
            select(Vacancy.id)
            .where(Vacancy.id.in_(vacancy_ids))
            .order_by(Vacancy.id)
            .with_for_update(key_share=True)
        )


def reserve(
    session: Session,
    vacancy_id: UUID,
    *,
    case_id: UUID,
    municipality_id: int,
    group: str,
    persons: int,
    actor: Actor,
    at: datetime,
) -> None:
    """Keep an open vacancy for a case.

    Raises:
        NotFound: no such vacancy in this municipality.
        VacancyDoesNotFit: another group's, or too small.
        VacancyTaken: it is not open any more.
    """
    vacancy = session.execute(
        select(Vacancy.state, Vacancy.places, Vacancy.group)
        .where(Vacancy.id == vacancy_id, Vacancy.municipality_id == municipality_id)
        .with_for_update(key_share=True)
    ).one_or_none()
    if vacancy is None:
        raise NotFound("vacancy")
    if vacancy.places < persons or vacancy.group not in (None, group):
        raise VacancyDoesNotFit(persons=persons, places=vacancy.places)
    if vacancy.state is not VacancyState.OPEN:
        raise VacancyTaken(state=vacancy.state)
    _set(session, [vacancy_id], VacancyState.RESERVED, case_id)
    tell(session, [(vacancy_id, case_id)], Fate.RESERVED, actor=actor, at=at)


def refuse_outside_its_weeks(session: Session, vacancy_id: UUID, week: Week) -> None:
    """A household moves in between the first and the last week of its home.

    Raises:
        VacancyNotYet, VacancyNoLonger.
    """
    first, last = session.execute(
        select(Vacancy.available_from_week, Vacancy.available_until_week).where(
            Vacancy.id == vacancy_id
        )
    ).one()
    if week < first:
        raise VacancyNotYet(week=str(week), available_from_week=str(first))
    if last is not None and week > last:
        raise VacancyNoLonger(week=str(week), available_until_week=str(last))


def release(
    session: Session,
    pairs: Sequence[tuple[UUID, UUID]],
    *,
    actor: Actor,
    at: datetime,
    why: str | None = None,
) -> None:
    """The cases left: their homes, (vacancy, case) by pair, stand open again."""
    if pairs:
        homes = [vacancy_id for vacancy_id, _ in pairs]
        if len(homes) > 1:
            lock(session, homes)
        _set(session, homes, VacancyState.OPEN, None)
        tell(session, pairs, Fate.RELEASED, actor=actor, at=at, why=why)


def use(session: Session, vacancy_id: UUID, *, case_id: UUID, actor: Actor, at: datetime) -> None:
    """The household has moved in."""
    _set(session, [vacancy_id], VacancyState.USED, case_id)
    tell(session, [(vacancy_id, case_id)], Fate.USED, actor=actor, at=at)


def reserve_again(
    session: Session, pairs: Sequence[tuple[UUID, UUID]], *, actor: Actor, at: datetime
) -> set[UUID]:
    """An undo takes homes back that still stand open; returns the cases that have theirs."""
    if not pairs:
        return set()
    wanted = dict(pairs)
    open_still = session.scalars(
        select(Vacancy.id)
        .where(Vacancy.id.in_(wanted), Vacancy.state == VacancyState.OPEN)
        .order_by(Vacancy.id)
        .with_for_update(key_share=True)
    ).all()
    again = [(vacancy_id, wanted[vacancy_id]) for vacancy_id in open_still]
    for vacancy_id, case_id in again:
        _set(session, [vacancy_id], VacancyState.RESERVED, case_id)
    tell(session, again, Fate.RESERVED, actor=actor, at=at)
    return {case_id for _, case_id in again}


def open_and_fitting(
    session: Session, *, group: str, accessible: bool
) -> Sequence[tuple[int, UUID, int]]:
    """Open vacancies that could take a household, oldest first: municipality, vacancy, places."""
    found = select(Vacancy.municipality_id, Vacancy.id, Vacancy.places).where(
        Vacancy.state == VacancyState.OPEN, or_(Vacancy.group.is_(None), Vacancy.group == group)
    )
    if accessible:
        found = found.where(Vacancy.accessible)
    return session.execute(found.order_by(Vacancy.at, Vacancy.id)).all()


def tell(
    session: Session,
    pairs: Sequence[tuple[UUID, UUID | None]],
    what: Fate,
    *,
    actor: Actor,
    at: datetime,
    why: str | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write what happened to vacancies into their fate, and what changed them into the audit.

    Args:
        after: what a new report says, for the audit.
    """
    rows = [
        {
            "vacancy_id": vacancy_id,
            "case_id": case_id,
            "what": what,
            "why": why,
            "actor": actor.name,
            "at": at,
        }
        for vacancy_id, case_id in pairs
    ]
    if rows:
        session.execute(insert(VacancyFate), rows)
    if what in CHANGES:
        audit.record_all(
            session,
            [
                audit.Change(
                    audit.subject(audit.Kind.VACANCY, vacancy_id),
                    after={"case_id": case_id, **(after or {})},
                )
                for vacancy_id, case_id in pairs
            ],
            what,
            actor=actor,
            at=at,
            reason=why,
        )


def _set(
    session: Session, vacancy_ids: Sequence[UUID], state: VacancyState, case_id: UUID | None
) -> None:
    session.execute(
        update(Vacancy)
        .where(Vacancy.id.in_(vacancy_ids))
        .values(state=state, case_id=case_id, version=Vacancy.version + 1)
        .execution_options(synchronize_session=False)
    )
