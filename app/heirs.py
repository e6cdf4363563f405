"""Who worked for a municipality that was merged works for its successor from then on.

The workflow knows no users; whoever records a merger calls this in the same transaction.
"""

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.models import AccessToken, User
from notifications.heirs import hand_over_unread


def hand_over(session: Session, predecessors: Sequence[int], successor_id: int) -> None:
    """Users, tokens and notices nobody has read go to the successor; a sign-in goes on as it is."""
    for holder in (User, AccessToken):
        session.execute(
            update(holder)
            .where(holder.municipality_id.in_(predecessors))
            .values(municipality_id=successor_id)
            .execution_options(synchronize_session=False)
        )
    hand_over_unread(session, predecessors, successor_id)
