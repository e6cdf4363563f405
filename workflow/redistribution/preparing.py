"""A preview that takes long is made beside the request: asked for, watched, left, stopped.

Any number of workers may take what waits: each is one's for as long as the lease lasts, and a
worker that is killed loses it to the next. What is stopped or lost in the meantime is not written:
the preview ends in the transaction that says that it is done.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.orm import Session

from workflow.kernel import audit
from workflow.kernel.actor import READS_ALL_CASES, Actor, Delegator, Role
from workflow.kernel.db import rows_changed
from workflow.kernel.errors import NotFound
from workflow.planning.rule_sets import Method
from workflow.redistribution import codes, redistribution_runs
from workflow.redistribution.intention import intended
from workflow.redistribution.models import RunPreparation
from workflow.redistribution.runs import only_imdi
from workflow.redistribution.states import PreparationState as State

#: How often one is taken up again after the worker that had it was lost.
ATTEMPTS: Final = 3

_OPEN: Final = (State.WAITING, State.WORKING)


class Lost(Exception):
    """It was stopped, or another worker has it by now: nothing of it is to be written."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One that is this worker's; `attempt` tells it from whoever had it before."""

    id: UUID
    attempt: int
    case_ids: list[UUID] | None
    year: int | None
    method: Method | None
    band: Fraction | None
    actor: Actor


@dataclass(frozen=True, slots=True)
class PreparationSeen:
    """How one stands; `done` is the share of `part`."""

    id: UUID
    state: State
    cases: int
    part: str | None
    done: Fraction
    run_id: UUID | None
    code: str | None
    detail: str | None
    actor: str
    at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state in _OPEN


def prepare(
    session: Session,
    *,
    case_ids: Sequence[UUID] | None,
    year: int | None = None,
    method: Method | None = None,
    band: Fraction | None = None,
    actor: Actor,
    at: datetime,
) -> UUID:
    """Ask for the preview of `redistribution_runs.preview`, to be made by a worker.

    Raises:
        NotAllowed; Invalid; NotFound; NoScores: what can be seen at once to be wrong.
    """
    intended(session, year=year, method=method, band=band, actor=actor, at=at)
    cases = redistribution_runs.count(session, case_ids, actor=actor)
    preparation_id: UUID = session.execute(
        insert(RunPreparation)
        .values(
            asked={
                "case_ids": None if case_ids is None else [str(one) for one in case_ids],
                "year": year,
                "method": method,
                "band": None if band is None else str(band),
            },
            cases=cases,
            asked_by=asdict(actor),
            actor=actor.name,
            at=at,
        )
        .returning(RunPreparation.id)
    ).scalar_one()
    subject = audit.subject(audit.Kind.RUN_PREPARATION, preparation_id)
    asked_for = audit.Change(subject, None, {"state": State.WAITING, "cases": cases})
    audit.record(session, asked_for, "preview_asked", actor=actor, at=at)
    return preparation_id


def take(session: Session, *, lease: timedelta, now: datetime, at: datetime) -> Taken | None:
    """The oldest that waits, or whose worker is lost, locked for this one; None where none is.

    Args:
        now: by the machine's own time.
    """
    is_lost = and_(RunPreparation.state == State.WORKING, RunPreparation.leased_until < now)
    found = session.scalar(
        select(RunPreparation)
        .where(or_(RunPreparation.state == State.WAITING, is_lost))
        .order_by(RunPreparation.at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if found is None:
        return None
    taken = _taken(found)
    if found.attempt >= ATTEMPTS:
        fail(session, taken, codes.PREPARATION_GIVEN_UP, f"lost {ATTEMPTS} times", at=at)
        return None
    session.execute(
        update(RunPreparation)
        .where(RunPreparation.id == found.id)
        .values(
            state=State.WORKING,
            attempt=found.attempt + 1,
            leased_until=now + lease,
            part=None,
            per_mille=0,
        )
        .execution_options(synchronize_session=False)
    )
    return _taken(found, attempt=found.attempt + 1)


def tell(
    session: Session, taken: Taken, part: str, done: float, *, lease: timedelta, now: datetime
) -> None:
    """How far it has come; the lease lasts anew.

    Raises:
        Lost.
    """
    per_mille = min(1000, max(0, round(done * 1000)))
    told = {"part": part, "per_mille": per_mille, "leased_until": now + lease}
    if not _write(session, _is_ours(taken), told):
        raise Lost


def finish(session: Session, taken: Taken, run_id: UUID, *, at: datetime) -> None:
    """The preview is made, in the same transaction.

    Raises:
        Lost.
    """
    done = {"state": State.DONE, "run_id": run_id, "per_mille": 1000, "part": None}
    if not _write(session, _is_ours(taken), done | _ended(at)):
        raise Lost


def fail(session: Session, taken: Taken, code: str, detail: str, *, at: datetime) -> None:
    """It could not be made; where it has been stopped meanwhile, it stays stopped."""
    failed = {"state": State.FAILED, "code": code, "detail": detail}
    _write(session, _is_ours(taken), failed | _ended(at))


def put_back(session: Session, taken: Taken) -> None:
    """The worker ends: another takes it up from the beginning, and this was no attempt."""
    waits = {"state": State.WAITING, "attempt": taken.attempt - 1, "leased_until": None}
    _write(session, _is_ours(taken), waits | {"part": None, "per_mille": 0})


def stop(session: Session, preparation_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Nobody waits for it any longer; one that has ended is as it is.

    Raises:
        NotAllowed; NotFound.
    """
    only_imdi(actor)
    state = session.scalar(
        select(RunPreparation.state).where(RunPreparation.id == preparation_id).with_for_update()
    )
    if state is None:
        raise NotFound("preparation")
    if state in _OPEN:
        stopped = {"state": State.STOPPED, "part": None} | _ended(at)
        _write(session, RunPreparation.id == preparation_id, stopped)
        subject = audit.subject(audit.Kind.RUN_PREPARATION, preparation_id)
        change = audit.Change(subject, {"state": state}, {"state": State.STOPPED})
        audit.record(session, change, "preview_stopped", actor=actor, at=at)


def one(session: Session, preparation_id: UUID, *, actor: Actor) -> PreparationSeen:
    """How it stands.

    Raises:
        NotFound: also where the actor reads no runs.
    """
    found = session.scalar(select(RunPreparation).where(RunPreparation.id == preparation_id))
    if found is None or actor.role not in READS_ALL_CASES:
        raise NotFound("preparation")
    return _seen(found)


def under_way(session: Session, *, actor: Actor) -> list[PreparationSeen]:
    """Those that have not ended, the newest first; nothing for who reads no runs."""
    if actor.role not in READS_ALL_CASES:
        return []
    found = session.scalars(
        select(RunPreparation)
        .where(RunPreparation.state.in_(_OPEN))
        .order_by(RunPreparation.at.desc())
    )
    return [_seen(row) for row in found]


def _is_ours(taken: Taken) -> ColumnElement[bool]:
    return and_(
        RunPreparation.id == taken.id,
        RunPreparation.state == State.WORKING,
        RunPreparation.attempt == taken.attempt,
    )


def _ended(at: datetime) -> dict[str, Any]:
    return {"ended_at": at, "leased_until": None}


def _write(session: Session, which: ColumnElement[bool], values: dict[str, Any]) -> bool:
    changed = update(RunPreparation).where(which).values(values)
    return rows_changed(session, changed) == 1


def _taken(row: RunPreparation, *, attempt: int | None = None) -> Taken:
    asked = row.asked
    chosen = asked["case_ids"]
    return Taken(
        row.id,
        row.attempt if attempt is None else attempt,
        None if chosen is None else [UUID(one) for one in chosen],
        asked["year"],
        None if asked["method"] is None else Method(asked["method"]),
        None if asked["band"] is None else Fraction(asked["band"]),
        _actor(row.asked_by),
    )


def _actor(told: dict[str, Any]) -> Actor:
    behind = told["acting_for"]
    return Actor(
        **told
        | {
            "role": Role(told["role"]),
            "acting_for": None if behind is None else Delegator(**behind),
        }
    )


def _seen(row: RunPreparation) -> PreparationSeen:
    return PreparationSeen(
        row.id,
        row.state,
        row.cases,
        row.part,
        Fraction(row.per_mille, 1000),
        row.run_id,
        row.code,
        row.detail,
        row.actor,
        row.at,
        row.ended_at,
    )
