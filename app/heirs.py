"""Who worked for a municipality that was merged works for its successor from then on.

The workflow knows no users; whoever records a merger calls this in the same transaction.
"""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session, aliased

from app.calendars.models import CalendarFeed
from app.models import AccessToken, User
from app.webhooks.models import Webhook
from notifications.heirs import hand_over_recipients, hand_over_unread
from workflow.capacity import kind_limits, offered, pauses, weekly
from workflow.letters import heirs as letters


def hand_over(session: Session, predecessors: Sequence[int], successor_id: int) -> None:
    """The successor has users, tokens, webhooks, notices, recipients, pauses, weeks, services.

    And limits of kinds. A sign-in goes on as it is.
    """
    _one_address_each(session, [*predecessors, successor_id])
    for holder in (User, AccessToken, CalendarFeed, Webhook):
        session.execute(
            update(holder)
            .where(holder.municipality_id.in_(predecessors))
            .values(municipality_id=successor_id)
            .execution_options(synchronize_session=False)
        )
    hand_over_unread(session, predecessors, successor_id)
    hand_over_recipients(session, predecessors, successor_id)
    letters.hand_over(session, predecessors, successor_id)
    for theirs in (pauses, weekly, offered, kind_limits):
        theirs.hand_over(session, predecessors, successor_id)


def _one_address_each(session: Session, municipalities: Sequence[int]) -> None:
    """Who has a user in several of them keeps the address with the first only."""
    first = aliased(User)
    theirs = (User.municipality_id.in_(municipalities), User.ended_at.is_(None))
    earlier = (
        select(first.id)
        .where(
            first.email == User.email,
            first.municipality_id.in_(municipalities),
            first.ended_at.is_(None),
            first.id < User.id,
        )
        .exists()
    )
    session.execute(
        update(User)
        .where(*theirs, earlier)
        .values(email=None)
        .execution_options(synchronize_session=False)
    )
