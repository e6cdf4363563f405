"""What reported homes are told when a case is put to a municipality: nobody meets silence (R29)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.kernel.actor import Actor
from workflow.ranking.order import Ranked
from workflow.redistribution.proposals import Proposals
from workflow.vacancies import reservations
from workflow.vacancies.models import Vacancy
from workflow.vacancies.states import Fate, VacancyState

#: Passed over by a person's choice of another municipality than the first, not by a criterion.
OVERRIDE = "override"


def tell_of_choice(
    session: Session,
    proposals: Proposals,
    chosen: str,
    used: UUID | None,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Every home that fits hears what became of it: matched, or passed over and on what."""
    choice = proposals.of(chosen)
    for item in proposals.ranking.items:
        home = item.candidate.fitting_vacancy
        if home is None or (used is not None and UUID(home) == used):
            continue
        here = item.candidate.municipality_number == chosen
        reservations.tell(
            session,
            [(UUID(home), proposals.case.id)],
            Fate.MATCHED if here else Fate.PASSED_OVER,
            why=None if here else _why(item, choice),
            actor=actor,
            at=at,
        )


def tell_of_run(session: Session, items: Mapping[UUID, Any], *, actor: Actor, at: datetime) -> None:
    """The homes a confirmed run passed over hear it, if they still stand open."""
    lines = [
        (UUID(home["vacancy_id"]), case_id, home["why"])
        for case_id, item in items.items()
        for home in item.passed_over or ()
    ]
    still_open = set(
        session.scalars(
            select(Vacancy.id).where(
                Vacancy.id.in_([vacancy_id for vacancy_id, _, _ in lines]),
                Vacancy.state == VacancyState.OPEN,
            )
        )
    )
    for why in sorted({why for _, _, why in lines}):
        homes = [(home, case) for home, case, on in lines if on == why and home in still_open]
        reservations.tell(session, homes, Fate.PASSED_OVER, why=why, actor=actor, at=at)


def _why(item: Ranked, choice: Ranked | None) -> str | None:
    if choice is None or item.rank < choice.rank:
        return OVERRIDE
    return None if item.decisive_reason is None else str(item.decisive_reason.criterion)
