"""The notices of the actor's own office, and of the actor in person."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select, update
from sqlalchemy.orm import Session

from notifications.models import Notification
from notifications.rules import Audience
from workflow.cases.models import Case, Distribution
from workflow.cases.queries import cases_asked_about, not_protected, visible
from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, Actor, Role
from workflow.kernel.audit import Kind
from workflow.kernel.db import rows_changed, table_of
from workflow.kernel.errors import NotFound

PAGE = 50


@dataclass(frozen=True, slots=True)
class NotificationLine:
    """One notification as its office reads it; `distribution_id` is the municipality's own row."""

    id: int
    message: str
    case_id: UUID | None
    case_number: str | None
    distribution_id: UUID | None
    facts: dict[str, Any]
    at: datetime
    read_at: datetime | None
    read_by: str | None


def mine(actor: Actor) -> ColumnElement[bool]:
    """The notices of the actor and the actor's office; none about a protected address."""
    case_id = table_of(Notification).c.case_id
    whose = _office(actor)
    if actor.user_id is not None:
        whose = or_(whose, Notification.user_id == actor.user_id)
    return and_(or_(case_id.is_(None), not_protected(case_id)), whose)


def _office(actor: Actor) -> ColumnElement[bool]:
    if actor.is_municipality and actor.municipality_id is not None:
        return and_(
            Notification.audience == Audience.MUNICIPALITY,
            Notification.municipality_id == actor.municipality_id,
        )
    if actor.role is Role.LEAD:
        return Notification.audience.in_((Audience.IMDI, Audience.LEAD))
    if actor.role in DIRECTORATE:
        return Notification.audience == Audience.IMDI
    if actor.role is Role.MIGRATION_OFFICER:
        return Notification.audience == Audience.AGENCY
    if actor.county is not None:
        own = Notification.county == actor.county
        together = actor.role is Role.COUNTY_COORDINATOR
        return or_(own, Notification.audience == Audience.COORDINATOR) if together else own
    if actor.role is Role.TRAVEL_OFFICER:
        # UDI is told of what it sends and of what is about no case, such as a merger.
        theirs = select(Case.id).where(visible(actor))
        about = or_(Notification.case_id.is_(None), Notification.case_id.in_(theirs))
        return and_(Notification.audience == Audience.UDI, about)
    return false()


def notifications(
    session: Session,
    *,
    actor: Actor,
    before: int | None = None,
    unread: bool = False,
    limit: int = PAGE,
) -> list[NotificationLine]:
    """The office's notices, the newest first; `before` is the id to go on from."""
    cases = cases_asked_about(actor)
    own_row = (
        select(Distribution.id)
        .where(
            Distribution.case_id == Notification.case_id,
            Distribution.municipality_id == Notification.municipality_id,
        )
        .order_by(Distribution.asked_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    found = (
        select(
            Notification.id,
            Notification.message,
            Notification.case_id,
            cases.c.case_number,
            own_row.label("distribution_id"),
            Notification.facts,
            Notification.at,
            Notification.read_at,
            Notification.read_by,
        )
        .outerjoin(cases, cases.c.id == Notification.case_id)
        .where(mine(actor))
        .order_by(Notification.id.desc())
        .limit(limit)
    )
    if before is not None:
        found = found.where(Notification.id < before)
    if unread:
        found = found.where(Notification.read_at.is_(None))
    return [NotificationLine(*row) for row in session.execute(found)]


def unread_count(session: Session, *, actor: Actor) -> int:
    return (
        session.scalar(select(func.count()).where(mine(actor), Notification.read_at.is_(None))) or 0
    )


def newest_unread(session: Session, *, actor: Actor) -> int | None:
    """The newest notice nobody has read; None where all are."""
    return session.scalar(
        select(func.max(Notification.id)).where(mine(actor), Notification.read_at.is_(None))
    )


def mark_read(session: Session, notification_id: int, *, actor: Actor, at: datetime) -> None:
    """The office has read it; read twice, the first stands.

    Raises:
        NotFound: no such notice of this office.
    """
    if (
        session.scalar(
            select(Notification.id).where(Notification.id == notification_id, mine(actor))
        )
        is None
    ):
        raise NotFound("notification")
    first = rows_changed(
        session,
        update(Notification)
        .where(Notification.id == notification_id, Notification.read_at.is_(None))
        .values(read_at=at, read_by=actor.name)
        .execution_options(synchronize_session=False),
    )
    if first:
        audit.record(
            session,
            audit.Change(
                audit.subject(Kind.ACTOR, audit.sign_of(actor)), after={"notice": notification_id}
            ),
            "notifications.read",
            actor=actor,
            at=at,
        )


def mark_all_read(session: Session, until: int, *, actor: Actor, at: datetime) -> int:
    """The office has read all its notices up to one; returns how many it had not."""
    read = rows_changed(
        session,
        update(Notification)
        .where(mine(actor), Notification.id <= until, Notification.read_at.is_(None))
        .values(read_at=at, read_by=actor.name)
        .execution_options(synchronize_session=False),
    )
    if read:
        audit.record(
            session,
            audit.Change(
                audit.subject(Kind.ACTOR, audit.sign_of(actor)),
                after={"notices": read, "until": until},
            ),
            "notifications.read",
            actor=actor,
            at=at,
        )
    return read
