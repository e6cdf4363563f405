"""Whether a vacancy still is what somebody read; asked with the row locked, before a command."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound, Stale
from workflow.vacancies.models import Vacancy
from workflow.vacancies.queries import visible


def still_at(
    session: Session, vacancy_id: UUID, versions: Collection[int] | None, *, actor: Actor
) -> None:
    """Lock the vacancy and see that it has one of these versions (None = any).

    Raises:
        NotFound: no such vacancy, or not one of the actor's.
        Stale: somebody has changed it since.
    """
    found = session.scalar(
        select(Vacancy.version)
        .where(Vacancy.id == vacancy_id, visible(actor))
        .with_for_update(key_share=True)
    )
    if found is None:
        raise NotFound("vacancy")
    if versions is not None and found not in versions:
        raise Stale("the vacancy has changed since it was read", version=found)
