"""What a merged municipality was told, and whom its messages went to, goes to the successor."""

from collections.abc import Sequence

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from notifications.models import Dispatch, Notification, Recipient
from notifications.states import OPEN


def hand_over_unread(session: Session, predecessors: Sequence[int], successor_id: int) -> None:
    """What nobody has read yet is the successor's to read; what was read stays where it was."""
    session.execute(
        update(Notification)
        .where(Notification.municipality_id.in_(predecessors), Notification.read_at.is_(None))
        .values(municipality_id=successor_id)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Dispatch)
        .where(Dispatch.municipality_id.in_(predecessors), Dispatch.state.in_(OPEN))
        .values(municipality_id=successor_id)
        .execution_options(synchronize_session=False)
    )


def hand_over_recipients(session: Session, predecessors: Sequence[int], successor_id: int) -> None:
    """Chosen addresses go on, each once; of post offices the successor's own, else the first."""
    of_them = (
        Recipient.municipality_id.in_([*predecessors, successor_id]),
        Recipient.ended_at.is_(None),
    )
    rank = func.row_number().over(
        partition_by=(
            Recipient.topic,
            Recipient.channel,
            case((Recipient.topic.is_not(None), func.lower(Recipient.address))),
        ),
        order_by=(Recipient.municipality_id != successor_id, Recipient.id),
    )
    ranked = select(Recipient.id, rank.label("rank")).where(*of_them).subquery()
    double = select(ranked.c.id).where(ranked.c.rank > 1)
    session.execute(
        update(Recipient)
        .where(Recipient.id.in_(double))
        .values(ended_at=func.now(), ended_by="merger")
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(Recipient)
        .where(Recipient.municipality_id.in_(predecessors), Recipient.ended_at.is_(None))
        .values(municipality_id=successor_id)
        .execution_options(synchronize_session=False)
    )
