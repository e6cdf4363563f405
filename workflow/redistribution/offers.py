"""Homes that stand free because a case was withdrawn: who may report one, and reporting it (R27).

Pages and API report every vacancy by `report`; it looks up the offer where one is needed.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from workflow.capacity.ledger import Figures
from workflow.capacity.models import PlaceAccount
from workflow.capacity.states import Pool
from workflow.cases.models import Distribution
from workflow.cases.queries import cases_asked_about, distributions_listed
from workflow.cases.states import DistributionState, Group
from workflow.kernel.actor import Actor
from workflow.kernel.calendar import local_day
from workflow.kernel.weeks import Week
from workflow.vacancies import commands as vacancies
from workflow.vacancies.offer import Offer, WithdrawnCase
from workflow.vacancies.states import ReasonCode, VacancyKind


def offer_after_withdrawal(
    session: Session, municipality_id: int, *, actor: Actor, at: datetime
) -> Offer | None:
    """What the municipality may report against, or None.

    There must be places free this year, and a resettlement case withdrawn from it after which it
    has been asked nothing new; a question a run's undo recalled was none.
    """
    cases = _withdrawn_and_not_asked_since(session, municipality_id, actor)
    if not cases:
        return None
    free = _free(session, municipality_id, local_day(at).year)
    return Offer(municipality_id, free, cases) if free else None


def report(
    session: Session,
    *,
    municipality_id: int,
    kind: VacancyKind,
    places: int,
    available_from_week: Week,
    available_until_week: Week | None = None,
    rooms: int | None = None,
    group: str | None = None,
    accessible: bool = False,
    quarantine: bool = False,
    comment: str | None = None,
    reason_code: ReasonCode | None = None,
    withdrawn_case_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> UUID:
    """Report a vacancy for whatever reason: `vacancies.report` with the offer it needs.

    Raises:
        NothingFree: said to be free after a withdrawn case, but no place is free, none was
            withdrawn, or a new request came since; or not after this case (R27).
        The other refusals of `vacancies.report`.
    """
    after_withdrawal = reason_code is ReasonCode.WITHDRAWN_CASE or withdrawn_case_id is not None
    offer = (
        offer_after_withdrawal(session, municipality_id, actor=actor, at=at)
        if after_withdrawal
        else None
    )
    return vacancies.report(
        session,
        municipality_id=municipality_id,
        kind=kind,
        places=places,
        available_from_week=available_from_week,
        available_until_week=available_until_week,
        rooms=rooms,
        group=group,
        accessible=accessible,
        quarantine=quarantine,
        comment=comment,
        reason_code=reason_code,
        withdrawn_case_id=withdrawn_case_id,
        offer=offer,
        actor=actor,
        at=at,
    )


def _withdrawn_and_not_asked_since(
    session: Session, municipality_id: int, actor: Actor
) -> tuple[WithdrawnCase, ...]:
    asked = cases_asked_about(actor)
    later = aliased(Distribution)
    asked_since = exists().where(
        later.municipality_id == municipality_id,
        later.asked_at > Distribution.closed_at,
        later.state != DistributionState.RECALLED,
    )
    rows = session.execute(
        select(
            Distribution.case_id,
            asked.c.case_number,
            Distribution.persons_count,
            Distribution.closed_at,
            Distribution.vacancy_id,
        )
        .join(asked, asked.c.id == Distribution.case_id)
        .where(
            Distribution.municipality_id == municipality_id,
            Distribution.state == DistributionState.WITHDRAWN,
            asked.c.case_group == Group.RESETTLEMENT,
            distributions_listed(actor),
            ~asked_since,
        )
        .order_by(Distribution.closed_at.desc(), asked.c.case_number)
    )
    return tuple(
        WithdrawnCase(case_id, case_number, persons, withdrawn_at, vacancy_id)
        for case_id, case_number, persons, withdrawn_at, vacancy_id in rows
        if withdrawn_at is not None
    )


def _free(session: Session, municipality_id: int, year: int) -> int:
    row = session.execute(
        select(
            PlaceAccount.decided_places,
            PlaceAccount.extra_places,
            PlaceAccount.held,
            PlaceAccount.settled,
        ).where(
            PlaceAccount.municipality_id == municipality_id,
            PlaceAccount.year == year,
            PlaceAccount.pool == Pool.ORDINARY,
        )
    ).one_or_none()
    return Figures(*row).free if row is not None else 0
