"""When a change of extra places waits for a second person."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from workflow.approvals.asked import Approved, Asked
from workflow.approvals.commands import demand
from workflow.approvals.states import Action
from workflow.kernel.actor import Actor
from workflow.kernel.audit import Kind, subject


def extra_places_need_two(
    session: Session,
    before: Row[Any],
    given: Mapping[str, int | None],
    approved: Approved | None,
    *,
    reason: str | None,
    actor: Actor,
) -> None:
    """What is registered together with extra places waits with them.

    Args:
        before: the account as it stands, locked.

    Raises:
        SecondPersonNeeded; ApprovalStale: decided or extra places were changed since.
    """
    extra = given.get("extra_places", before.extra_places) or 0
    if approved is None and extra == before.extra_places:
        return
    asked = Asked(
        Action.EXTRA_PLACES,
        subject(Kind.MUNICIPALITY_YEAR, before.municipality_id, before.year, before.pool),
        abs(extra - before.extra_places),
        parameters={
            "municipality_id": before.municipality_id,
            "year": before.year,
            "pool": str(before.pool),
            "change": dict(given),
            "reason": reason,
        },
        stands_on={
            "decided_places": before.decided_places,
            "extra_places": before.extra_places,
        },
        municipality_id=actor.municipality_id,
    )
    demand(session, asked, approved, actor=actor)
