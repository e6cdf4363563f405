"""What has to be so when a message leaves: asked again just before it is sent."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from notifications.states import Condition
from workflow.cases.models import Distribution
from workflow.cases.states import DistributionState


def holds(
    session: Session,
    condition: Condition | None,
    *,
    case_id: UUID | None,
    municipality_id: int | None,
) -> bool:
    """Whether it is still so; what has no condition always is."""
    if condition is None:
        return True
    asked = select(Distribution.id).where(
        Distribution.case_id == case_id,
        Distribution.municipality_id == municipality_id,
        Distribution.state == DistributionState.OPEN,
    )
    return session.scalar(asked.limit(1)) is not None
