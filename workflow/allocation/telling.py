"""What is told of numbers, swaps and keys: to whom it matters, without a word anybody has written.

Events name counties by their digits (`counties`); a board of them is told once of each event.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from workflow.allocation.decisions import Change, Decision
from workflow.allocation.events import AllocationEvent
from workflow.allocation.models import KeyRun, TargetVersion
from workflow.allocation.states import VersionKind
from workflow.kernel.events import Event
from workflow.kernel.outbox import publish, publish_all
from workflow.municipalities.sweden import COUNTIES, Place


def decided(
    session: Session,
    year: int,
    version_id: int,
    changes: Sequence[Change],
    decision: Decision,
    *,
    at: datetime,
) -> None:
    """Each municipality is told of its own number, each board of a decision that is about it."""
    days = {
        "told_on": decision.told_on.isoformat(),
        "effective_on": decision.effective_on.isoformat(),
    }
    version = {"year": year, "version_id": version_id, **days}
    events = [
        Event(
            _of_its_number(one, decision),
            municipality_id=one.municipality.id,
            facts=version
            | {
                "before": one.before,
                "after": one.after,
                "carried": one.carried,
                "earliest_on": one.earliest_on.isoformat(),
                "counties": [one.municipality.county],
            },
        )
        for one in changes
    ]
    if decision.kind is not VersionKind.SWAP:
        told = {
            **version,
            "kind": str(decision.kind),
            "changes": len(changes),
            "inside_notice": sum(one.inside_notice for one in changes),
            "counties": sorted({one.municipality.county for one in changes}),
        }
        events.insert(0, Event(AllocationEvent.DECIDED, facts=told))
    if (key_id := _new_key(session, version_id, decision.run_id)) is not None:
        told = {**version, "key_id": key_id, "counties": [*COUNTIES]}
        events.insert(0, Event(AllocationEvent.KEY_IN_FORCE, facts=told))
    publish_all(session, events, at=at)


def _of_its_number(change: Change, decision: Decision) -> AllocationEvent:
    if decision.kind is VersionKind.SWAP:
        return AllocationEvent.SWAP_CONFIRMED
    if change.inside_notice:
        return AllocationEvent.RAISED_EARLY
    if change.before is None:
        return AllocationEvent.FIRST
    return AllocationEvent.RAISED if change.raised else AllocationEvent.LOWERED


def _new_key(session: Session, version_id: int, run_id: UUID | None) -> int | None:
    """The key of a decided run, where no version before was of one of its runs."""
    if run_id is None:
        return None
    earlier = aliased(KeyRun)
    used = exists().where(
        TargetVersion.run_id == earlier.id,
        earlier.key_id == KeyRun.key_id,
        TargetVersion.id != version_id,
    )
    return session.scalar(select(KeyRun.key_id).where(KeyRun.id == run_id, ~used))


def carried_over(session: Session, year: int, place: Place, persons: int, *, at: datetime) -> None:
    facts = {"year": year, "persons": persons, "counties": [place.county]}
    publish(session, Event(AllocationEvent.CARRIED_OVER, None, place.id, facts), at=at)


def of_swap(
    session: Session,
    event: AllocationEvent,
    swap_id: UUID,
    county: str,
    municipality_ids: Iterable[int | None],
    *,
    at: datetime,
    **facts: Any,
) -> None:
    """To each municipality named; None: to others than municipalities."""
    told = {"swap_id": str(swap_id), "counties": [county], **facts}
    publish_all(session, [Event(event, None, its, told) for its in municipality_ids], at=at)
