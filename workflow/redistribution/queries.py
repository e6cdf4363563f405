"""Runs as pages and integrations read them, and how much of the freed places has been used (R02).

Runs are read by who reads all cases; for everybody else they do not exist. The figures are public.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select, tuple_
from sqlalchemy.orm import Session

from workflow.capacity.ledger import share_used_since
from workflow.capacity.models import PlaceAccount
from workflow.capacity.states import Pool
from workflow.cases.models import Case
from workflow.cases.queries import OPEN_ADDRESS
from workflow.cases.states import CaseState, EntryStatus, Group
from workflow.kernel.actor import READS_ALL_CASES, Actor, Role
from workflow.kernel.errors import Invalid, NotFound
from workflow.kernel.paging import USUAL_PAGE, Page, cut, unpack
from workflow.kernel.sorting import Columns, Sorted, moment, number, place, words
from workflow.municipalities.models import Municipality
from workflow.redistribution.models import Run, RunItem
from workflow.redistribution.states import ItemOutcome, RunKind, RunState


@dataclass(frozen=True, slots=True)
class RunSeen:
    """A run as it stands."""

    id: UUID
    kind: RunKind
    state: RunState
    #: Confirms this preview and no other.
    token: str
    #: Whose places.
    year: int
    #: Of a withdrawal: the cut-off day, why, and on what ground decisions are reversed.
    before: date | None
    reason: str | None
    legal_ground: str | None
    #: Of a redistribution: "ready" or "chosen".
    scope: str | None
    #: How it is planned.
    method: str | None
    #: The import of outcome scores it uses.
    scores: int | None
    counts: dict[str, int]
    rules_version: int | None
    at: datetime
    actor: str
    confirmed_at: datetime | None
    confirmed_by: str | None
    #: Notices leave then; until then the run can be undone.
    undo_until: datetime | None
    undone_at: datetime | None
    undone_by: str | None
    #: Cases left out because their address is protected; read by the lead, None for others.
    protected: int | None

    def can_be_undone(self, at: datetime) -> bool:
        return (
            self.state is RunState.CONFIRMED
            and self.undo_until is not None
            and at < self.undo_until
        )


@dataclass(frozen=True, slots=True)
class RunItemSeen:
    """One case in a run: what the run means to do, has done, or why not."""

    position: int
    case_id: UUID
    case_number: str
    group: Group
    #: As the case is now, not as the preview saw it.
    state: CaseState
    entry_status: EntryStatus
    outcome: ItemOutcome
    code: str | None
    persons: int
    #: Where it stood (withdrawal) or is put (redistribution).
    municipality_id: int | None
    municipality_number: str | None
    municipality_name: str | None
    vacancy_id: UUID | None
    #: A settlement decision is reversed (R35).
    reversal: bool
    #: The chosen municipality's line and the next ones, best first; None of a withdrawal.
    reasons: Sequence[dict[str, Any]] | None
    #: Another choice than the plan's: reason, by whom, cost, and what the plan said.
    override: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class UseSince:
    """Of the places that stood free after a withdrawal, how many have been used since; persons."""

    run_id: UUID
    confirmed_at: datetime
    year: int
    free_then: int
    used: int

    @property
    def share(self) -> Fraction | None:
        return share_used_since(self.free_then, self.free_then - self.used)


def run(session: Session, run_id: UUID, *, kind: RunKind, actor: Actor) -> RunSeen:
    """One run.

    Raises:
        NotFound: no such run of this kind, or the actor reads no runs.
    """
    found = session.execute(
        select(*_RUN).where(Run.id == run_id, Run.kind == kind, _readable(actor))
    ).one_or_none()
    if found is None:
        raise NotFound("run")
    return _seen(found, actor)


def runs(
    session: Session,
    kind: RunKind | None = None,
    *,
    states: Collection[RunState] = (),
    sort: str | None = None,
    limit: int = USUAL_PAGE,
    after: str | None = None,
    actor: Actor,
) -> Page[RunSeen]:
    """The runs, the newest first or by a name of RUN_COLUMNS; all kinds and states unless told."""
    wanted = select(*_RUN).where(_readable(actor)).order_by(Run.at.desc(), Run.id.desc())
    if kind is not None:
        wanted = wanted.where(Run.kind == kind)
    if states:
        wanted = wanted.where(Run.state.in_(states))
    if sort:
        ordered = Sorted(RUN_COLUMNS, sort, Run.id)
        return ordered.page(
            session, wanted, lambda row: _seen(row, actor), limit=limit, after=after
        )
    if after is not None:
        wanted = wanted.where(tuple_(Run.at, Run.id) < tuple_(*_from_cursor(after)))
    rows = [_seen(row, actor) for row in session.execute(wanted.limit(limit + 1))]
    return cut(rows, limit, _RUNS, lambda seen: (seen.at.isoformat(), str(seen.id)))


def items(
    session: Session,
    run_id: UUID,
    *,
    kind: RunKind,
    outcomes: Collection[ItemOutcome] = (),
    limit: int = USUAL_PAGE,
    after: str | None = None,
    actor: Actor,
) -> Page[RunItemSeen]:
    """The run's report lines in its own order; all outcomes unless told.

    Raises:
        NotFound: no such run of this kind, or the actor reads no runs.
    """
    run(session, run_id, kind=kind, actor=actor)
    wanted = (
        select(*_ITEM)
        .join(Case, Case.id == RunItem.case_id)
        .outerjoin(Municipality, Municipality.id == RunItem.municipality_id)
        .where(RunItem.run_id == run_id, OPEN_ADDRESS)
        .order_by(RunItem.position)
    )
    if outcomes:
        wanted = wanted.where(RunItem.outcome.in_(outcomes))
    order = f"{run_id}"
    if after is not None:
        wanted = wanted.where(RunItem.position > unpack(after, order, int)[0])
    rows = [RunItemSeen(*row) for row in session.execute(wanted.limit(limit + 1))]
    return cut(rows, limit, order, lambda line: (line.position,))


def item(
    session: Session, run_id: UUID, case_id: UUID, *, kind: RunKind, actor: Actor
) -> RunItemSeen:
    """One case's line.

    Raises:
        NotFound: no such run or case in it, or the actor reads no runs.
    """
    run(session, run_id, kind=kind, actor=actor)
    row = session.execute(
        select(*_ITEM)
        .join(Case, Case.id == RunItem.case_id)
        .outerjoin(Municipality, Municipality.id == RunItem.municipality_id)
        .where(RunItem.run_id == run_id, RunItem.case_id == case_id, OPEN_ADDRESS)
    ).one_or_none()
    if row is None:
        raise NotFound("case")
    return RunItemSeen(*row)


def since_withdrawal(
    session: Session, municipality_id: int | None = None, *, actor: Actor
) -> UseSince | None:
    """What has been used of the places free after the last withdrawal that stands (R02).

    Each municipality's use is counted for itself and then summed: places that came free in one
    never hide the use of another's. None: no withdrawal stands, or the municipality had no account.
    """
    last = session.execute(
        select(Run.id, Run.confirmed_at, Run.free_after, Run.parameters["year"].as_integer())
        .where(
            Run.kind == RunKind.WITHDRAWAL,
            Run.state == RunState.CONFIRMED,
            # A few that somebody chose free few places: the share is told of all before a day.
            Run.parameters.has_key("before"),
        )
        .order_by(Run.confirmed_at.desc(), Run.id)
        .limit(1)
    ).one_or_none()
    if last is None:
        return None
    run_id, confirmed_at, free_after, year = last
    then = {int(key): places for key, places in (free_after or {}).items()}
    if municipality_id is not None:
        then = {key: places for key, places in then.items() if key == municipality_id}
        if not then:
            return None
    free_now = func.greatest(0, _room)
    now = {
        row.municipality_id: int(row.free)
        for row in session.execute(
            select(PlaceAccount.municipality_id, free_now.label("free")).where(
                PlaceAccount.year == year,
                PlaceAccount.pool == Pool.ORDINARY,
                PlaceAccount.municipality_id.in_(then),
            )
        )
    }
    return UseSince(
        run_id=run_id,
        confirmed_at=confirmed_at,
        year=year,
        free_then=sum(then.values()),
        used=sum(max(0, places - now.get(key, 0)) for key, places in then.items()),
    )


def use_since_withdrawal(
    session: Session, municipality_id: int | None = None, *, actor: Actor
) -> Fraction | None:
    """The share of the places free after the last withdrawal that is used now (R02), exact.

    None where no withdrawal stands, or nothing was free after it.
    """
    since = since_withdrawal(session, municipality_id, actor=actor)
    return None if since is None else since.share


_RUNS = "-at"
RUN_COLUMNS: Columns = {
    "at": moment(Run.at),
    "reach": func.coalesce(Run.parameters["before"].astext, Run.parameters["scope"].astext),
    "state": place(Run.state, RunState),
    "cases": number(Run.counts["cases"].astext),
    "persons": number(Run.counts["persons"].astext),
    "by": words(func.coalesce(Run.confirmed_by, Run.actor)),
}
_RUN = (
    Run.id,
    Run.kind,
    Run.state,
    Run.token,
    Run.parameters,
    Run.counts,
    Run.rules_version,
    Run.at,
    Run.actor,
    Run.confirmed_at,
    Run.confirmed_by,
    Run.undo_until,
    Run.undone_at,
    Run.undone_by,
)
_ITEM = (
    RunItem.position,
    RunItem.case_id,
    Case.case_number,
    Case.group,
    Case.state,
    Case.entry_status,
    RunItem.outcome,
    RunItem.code,
    RunItem.persons,
    RunItem.municipality_id,
    Municipality.number,
    Municipality.official_name,
    RunItem.vacancy_id,
    RunItem.reversal,
    RunItem.reasons,
    RunItem.override,
)
#: Ceiling less used; negative where facts have overrun it.
_room = (
    func.coalesce(PlaceAccount.decided_places, 0)
    + PlaceAccount.extra_places
    - PlaceAccount.held
    - PlaceAccount.settled
)


def _readable(actor: Actor) -> ColumnElement[bool]:
    return Run.id.is_not(None) if actor.role in READS_ALL_CASES else Run.id.is_(None)


def _from_cursor(cursor: str) -> tuple[datetime, UUID]:
    at, run_id = unpack(cursor, _RUNS, str, str)
    try:
        return datetime.fromisoformat(at), UUID(run_id)
    except ValueError:
        raise Invalid("not a cursor of this list", pointer="cursor") from None


def _seen(row: Row[Any], actor: Actor) -> RunSeen:
    given = row.parameters
    return RunSeen(
        id=row.id,
        kind=row.kind,
        state=row.state,
        token=row.token,
        year=given["year"],
        before=date.fromisoformat(given["before"]) if "before" in given else None,
        reason=given.get("reason"),
        legal_ground=given.get("legal_ground"),
        scope=given.get("scope"),
        method=given.get("method"),
        scores=given.get("scores"),
        counts=row.counts,
        rules_version=row.rules_version,
        at=row.at,
        actor=row.actor,
        confirmed_at=row.confirmed_at,
        confirmed_by=row.confirmed_by,
        undo_until=row.undo_until,
        undone_at=row.undone_at,
        undone_by=row.undone_by,
        protected=given.get("protected") if actor.role is Role.LEAD else None,
    )
