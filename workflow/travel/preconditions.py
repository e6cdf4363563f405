"""Whether a booking still is what somebody read; asked with its case locked, before a command."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.cases import preconditions as cases
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound, Stale
from workflow.travel.models import Booking
from workflow.travel.queries import case_of


def still_at(
    session: Session,
    booking_id: UUID,
    *,
    versions: Collection[int] | None,
    case_versions: Collection[int],
    actor: Actor,
) -> None:
    """Lock the booking's case, which every change of a booking locks first, and compare.

    Args:
        versions: of the booking; None = any.
        case_versions: of its case: who has read the case has read its booking.

    Raises:
        NotFound: no such booking, or not one of the actor's.
        Stale: it has been changed since.
    """
    case_id = case_of(session, booking_id, actor=actor)
    if case_id is None:
        raise NotFound("booking")
    of_case = cases.still_at(session, case_id, None, actor=actor)
    if versions is None or of_case in case_versions:
        return
    found = session.scalar(select(Booking.version).where(Booking.id == booking_id))
    if found not in versions:
        raise Stale("the booking has changed since it was read", version=found)
