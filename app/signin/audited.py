"""Signing in and out, in the audit: each in the user's own chain, by the user."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import User
from workflow.kernel import audit
from workflow.kernel.actor import Actor
from workflow.kernel.audit import Change, Kind


def record(
    session: Session,
    user_ids: Collection[int],
    action: str,
    *,
    provider: str | None,
    at: datetime,
) -> None:
    """Write that the users have done it, at an identity provider or without one."""
    if not user_ids:
        return
    users = session.execute(
        select(
            User.id, User.name, User.role, User.municipality_id, User.reception_centre, User.county
        )
        .where(User.id.in_(user_ids))
        .order_by(User.id)
    )
    for user in users:
        actor = Actor(
            user.name,
            user.role,
            user.municipality_id,
            user.reception_centre,
            user_id=user.id,
            county=user.county,
        )
        now = {
            "provider": provider,
            "role": user.role,  # as the provider or an administrator has it today
            "municipality_id": user.municipality_id,
            "reception_centre": user.reception_centre,
        } | ({"county": user.county} if user.county else {})
        change = Change(audit.subject(Kind.ACTOR, "user", user.id), after=now)
        audit.record(session, change, action, actor=actor, at=at)
