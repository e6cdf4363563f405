"""The day's digest: one message to an address about all notices of its office yet unread."""

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, case, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from notifications.dispatching import DIGEST
from notifications.models import Dispatch, Notification, Recipient
from notifications.recipients import ROLES_OF, USERS
from notifications.rules import BY_MESSAGE, Audience
from notifications.states import USUAL_TIMING, Channel, DispatchState, Timing, Topic
from workflow.cases.models import Case
from workflow.cases.states import Protection
from workflow.kernel.calendar import local_day


def gather(session: Session, *, at: datetime) -> int:
    """Write the digests of the day, one for each address and office; returns how many."""
    newest = session.scalar(select(func.coalesce(func.max(Notification.id), 0))) or 0
    counted: dict[tuple[Any, ...], Counter[Topic]] = defaultdict(Counter)
    first: dict[tuple[Any, ...], Row[Any]] = {}
    for row in session.execute(_waiting(newest)):
        topic = BY_MESSAGE[row.message].topic if row.message in BY_MESSAGE else Topic.CASES
        if not _daily(row, topic):
            continue
        key = (row.municipality_id, row.user_id, row.channel, row.address.lower())
        first.setdefault(key, row)
        counted[key][topic] += row.number
    written = [_digest(first[key], topics, newest, at) for key, topics in counted.items()]
    if written:
        session.execute(insert(Dispatch).values(written).on_conflict_do_nothing())
    session.execute(
        update(Recipient)
        .where(Recipient.ended_at.is_(None), Recipient.gathered_until < newest)
        .values(gathered_until=newest)
        .execution_options(synchronize_session=False)
    )
    return len(written)


def _waiting(newest: int) -> Any:
    """Unread notices by recipient and message, of those its office has."""
    chosen = aliased(Recipient)
    covered = (
        select(func.array_agg(chosen.topic))
        .where(
            chosen.municipality_id == Recipient.municipality_id,
            chosen.ended_at.is_(None),
            chosen.topic.is_not(None),
            chosen.channel == Channel.EMAIL,
        )
        .scalar_subquery()
    )
    office = or_(
        and_(
            Notification.audience == Audience.MUNICIPALITY,
            Notification.municipality_id == Recipient.municipality_id,
        ),
        *(
            and_(
                Notification.audience == audience,
                USERS.c.role.in_(roles),
                or_(Notification.county.is_(None), Notification.county == USERS.c.county),
            )
            for audience, roles in ROLES_OF.items()
        ),
        and_(Notification.audience == Audience.PERSON, Notification.user_id == Recipient.user_id),
    )
    protected = exists().where(
        Case.id == Notification.case_id, Case.address_protection != Protection.NONE
    )
    return (
        select(
            Recipient.id,
            Recipient.municipality_id,
            Recipient.user_id,
            USERS.c.role,
            USERS.c.county,
            Recipient.topic,
            Recipient.channel,
            Recipient.address,
            Recipient.language,
            Recipient.timing,
            Recipient.gathered_until,
            case((Recipient.topic.is_(None), covered)).label("covered"),
            Notification.message,
            func.count().label("number"),
        )
        .outerjoin(USERS, USERS.c.id == Recipient.user_id)
        .join(Notification, office)
        .where(
            Recipient.ended_at.is_(None),
            USERS.c.ended_at.is_(None),
            or_(Recipient.timing == Timing.DAILY, Recipient.timing.is_(None)),
            Notification.id > Recipient.gathered_until,
            Notification.id <= newest,
            Notification.read_at.is_(None),
            ~protected,
        )
        .group_by(Recipient.id, USERS.c.role, USERS.c.county, Notification.message)
        .order_by(Recipient.id, Notification.message)
    )


def _daily(row: Row[Any], topic: Topic) -> bool:
    """Whether the recipient is told of the topic, and by the digest."""
    if (row.timing or USUAL_TIMING[topic]) is not Timing.DAILY:
        return False
    return row.topic is topic if row.topic is not None else topic not in (row.covered or ())


def _digest(row: Row[Any], topics: Counter[Topic], newest: int, at: datetime) -> dict[str, Any]:
    audience = next(
        (audience for audience, roles in ROLES_OF.items() if row.role in roles),
        Audience.MUNICIPALITY,
    )
    return {
        "source": f"{DIGEST}:{local_day(at)}:{row.id}",
        "way": row.channel,
        "recipient_id": row.id,
        "municipality_id": row.municipality_id,
        "address": row.address,
        "language": row.language,
        "message": DIGEST,
        "facts": {
            "counts": {str(topic): count for topic, count in topics.items()},
            "audience": str(audience),
            "municipality_id": row.municipality_id,
            "user_id": row.user_id,
            "county": row.county,
            "after": row.gathered_until,
            "until": newest,
        },
        "state": DispatchState.PENDING,
        "attempts": 0,
        "next_try_at": at,
        "at": at,
    }
