"""Notices of a municipality that was merged."""

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from notifications.models import Notification


def hand_over_unread(session: Session, predecessors: Sequence[int], successor_id: int) -> None:
    """What nobody has read yet is the successor's to read; what was read stays where it was."""
    session.execute(
        update(Notification)
        .where(Notification.municipality_id.in_(predecessors), Notification.read_at.is_(None))
        .values(municipality_id=successor_id)
        .execution_options(synchronize_session=False)
    )
