"""Whether a case still is what somebody read."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases.models import Case
from workflow.cases.queries import visible
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound, Stale


def still_at(session: Session, case_id: UUID, version: int, *, actor: Actor) -> None:
    """Lock the case and see that nobody has changed it since; then a command in the transaction.

    Raises:
        NotFound: no such case, or not one of the actor's.
        Stale: it has another version.
    """
    found = session.scalar(
        select(Case.version).where(Case.id == case_id, visible(actor)).with_for_update()
    )
    if found is None:
        raise NotFound("case")
    if found != version:
        raise Stale("the case has changed since it was read", version=found, read=version)
