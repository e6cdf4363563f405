"""What both kinds of run share: the frozen selection, its token, the lock, the undo window."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from workflow.approvals.commands import tell_undone
from workflow.capacity.models import PlaceAccount
from workflow.capacity.states import Pool
from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, Actor
from workflow.kernel.errors import Invalid, NotAllowed, NotFound
from workflow.redistribution.errors import NotConfirmed, RunEnded, RunStale, UndoTooLate
from workflow.redistribution.models import Run, RunItem
from workflow.redistribution.states import RunKind, RunState

#: How many changed cases a stale token names.
CHANGED_SHOWN = 50


def only_imdi(actor: Actor) -> None:
    if actor.role not in DIRECTORATE:
        raise NotAllowed("runs are IMDi's", role=actor.role)


def token_of(parameters: Iterable[str], lines: Iterable[tuple[object, ...]]) -> str:
    """A digest of what the preview shows; the same selection gives the same token."""
    digest = hashlib.sha256()
    for word in parameters:
        digest.update(word.encode() + b"\0")
    for line in lines:
        digest.update("\x1f".join(str(part) for part in line).encode() + b"\0")
    return digest.hexdigest()[:32]


def save_preview(
    session: Session, run: dict[str, Any], items: Sequence[dict[str, Any]], *, actor: Actor
) -> UUID:
    run_id: UUID = session.execute(insert(Run).values(run).returning(Run.id)).scalar_one()
    if items:
        session.execute(insert(RunItem), [item | {"run_id": run_id} for item in items])
    parameters = {name: value for name, value in run["parameters"].items() if name != "reason"}
    told = {name: run[name] for name in ("kind", "token", "counts")}
    _audit(
        session,
        run_id,
        "preview",
        None,
        told | {"state": RunState.PREVIEW, "parameters": parameters},
        actor=actor,
        at=run["at"],
        reason=run["parameters"].get("reason"),
    )
    return run_id


def locked(session: Session, run_id: UUID, kind: RunKind) -> Run:
    """The run, locked before its cases: two confirms of it follow one another."""
    run = session.scalar(
        select(Run)
        .where(Run.id == run_id, Run.kind == kind)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if run is None:
        raise NotFound("run")
    return run


def may_confirm(run: Run, token: str) -> bool:
    """Whether there is anything left to do; a confirmed run with its own token is simply there.

    Raises:
        Invalid: not this run's token. RunEnded: it was undone.
    """
    if token != run.token:
        raise Invalid("not the token of this preview", pointer="/token")
    if run.state is RunState.UNDONE:
        raise RunEnded
    return run.state is RunState.PREVIEW


def may_undo(run: Run, at: datetime) -> bool:
    """Whether there is anything to undo; an undone run is simply there.

    Raises:
        NotConfirmed; UndoTooLate: the letters have left.
    """
    if run.state is RunState.PREVIEW:
        raise NotConfirmed
    if run.state is RunState.UNDONE:
        return False
    assert run.undo_until is not None  # noqa: S101  confirmed
    if at >= run.undo_until:  # at that moment the notices leave
        raise UndoTooLate(undo_until=run.undo_until)
    return True


def stale(changed: Sequence[dict[str, Any]]) -> RunStale:
    return RunStale(changed=list(changed[:CHANGED_SHOWN]))


def close_confirm(
    session: Session, run: Run, *, actor: Actor, at: datetime, undo_window: timedelta, year: int
) -> None:
    free = session.execute(
        select(
            PlaceAccount.municipality_id,
            func.greatest(
                0,
                func.coalesce(PlaceAccount.decided_places, 0)
                + PlaceAccount.extra_places
                - PlaceAccount.held
                - PlaceAccount.settled,
            ),
        ).where(PlaceAccount.year == year, PlaceAccount.pool == Pool.ORDINARY)
    )
    session.execute(
        update(Run)
        .where(Run.id == run.id)
        .values(
            state=RunState.CONFIRMED,
            confirmed_at=at,
            confirmed_by=actor.name,
            undo_until=at + undo_window,
            free_after={str(municipality_id): places for municipality_id, places in free},
        )
        .execution_options(synchronize_session=False)
    )
    after = {"state": RunState.CONFIRMED, "undo_until": at + undo_window}
    _audit(session, run.id, "confirm", run.state, after, actor=actor, at=at)
    session.refresh(run)


def close_undo(session: Session, run: Run, *, actor: Actor, at: datetime) -> None:
    session.execute(
        update(Run)
        .where(Run.id == run.id)
        .values(state=RunState.UNDONE, undone_at=at, undone_by=actor.name)
        .execution_options(synchronize_session=False)
    )
    _audit(session, run.id, "undo", run.state, {"state": RunState.UNDONE}, actor=actor, at=at)
    tell_undone(session, audit.subject(audit.Kind.RUN, run.id), actor=actor, at=at)
    session.refresh(run)


def _audit(
    session: Session,
    run_id: UUID,
    action: str,
    before: RunState | None,
    after: dict[str, Any],
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
) -> None:
    """In the run's own chain; the cases' entries name the run."""
    was = None if before is None else {"state": before}
    change = audit.Change(audit.subject(audit.Kind.RUN, run_id), was, after)
    audit.record(session, change, action, actor=actor, at=at, reason=reason)
