"""Runs over many cases: preview, confirm, receipt, undo.

`/omgjoring` withdraws, `/fordeling` redistributes.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Response

from app.pages.form import codes
from app.pages.visit import Reader, Visit
from app.pages.why import Why, why
from app.wording import Explanation, explain
from workflow.cases import lists
from workflow.cases.lists import CaseFilter, CaseListed
from workflow.cases.states import CAN_ENTER, CaseState, Group, LegalGround, Track
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError, NotFound
from workflow.municipalities import queries as register
from workflow.redistribution import queries, redistribution_runs, withdrawal_runs
from workflow.redistribution.before_after import by_municipality
from workflow.redistribution.errors import RunStale
from workflow.redistribution.models import Run
from workflow.redistribution.queries import RunItemSeen, RunSeen
from workflow.redistribution.states import ItemOutcome, RunKind

router = APIRouter()

READERS: Final = (Role.CASE_OFFICER, Role.LEAD, Role.AUDITOR)
IMDI: Final = (Role.CASE_OFFICER, Role.LEAD)
#: A run's lines are read whole to be counted; the scenario's largest has some hundreds.
ALL_LINES: Final = 10_000
SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of run: its address, and what it does."""

    kind: RunKind
    path: str
    confirm: Callable[..., Run]
    undo: Callable[..., Run]


WITHDRAWAL: Final = Kind(
    RunKind.WITHDRAWAL, "/omgjoring", withdrawal_runs.confirm, withdrawal_runs.undo
)
REDISTRIBUTION: Final = Kind(
    RunKind.REDISTRIBUTION, "/fordeling", redistribution_runs.confirm, redistribution_runs.undo
)


@dataclass(frozen=True, slots=True)
class Moved:
    """A case that changed since the preview."""

    case: CaseListed | None
    code: str
    explanation: Explanation


@router.get("/omgjoring/ny")
def new_withdrawal(reader: Reader) -> Response:
    reader.only(*IMDI)
    return _new_withdrawal(reader)


@router.post("/omgjoring/ny")
def preview_withdrawal(reader: Reader) -> Response:
    """Freeze the selection and show it; nothing is withdrawn yet."""
    actor = reader.only(*IMDI)
    form = reader.form
    before = form.day("before", required=True)
    reason = form.text("reason", required=True)
    ground = form.choice("legal_ground", LegalGround)
    if before is None or reason is None or form.errors:
        return _new_withdrawal(reader, status_code=422)
    try:
        with reader.change() as session:
            run_id = withdrawal_runs.preview(
                session,
                before=before,
                reason=reason,
                legal_ground=ground,
                actor=actor,
                at=reader.at,
            ).id
    except DomainError as refusal:
        return _new_withdrawal(reader, status_code=reader.again(refusal))
    return reader.go(f"/omgjoring/{run_id}")


def _new_withdrawal(reader: Visit, *, status_code: int = 200) -> Response:
    return reader.page(
        "runs/new_withdrawal.html", status_code=status_code, grounds=tuple(LegalGround)
    )


@router.get("/fordeling/ny")
def new_redistribution(reader: Reader) -> Response:
    reader.only(*IMDI)
    return _new_redistribution(reader)


@router.post("/fordeling/ny")
def preview_redistribution(reader: Reader) -> Response:
    """Plan where the cases would go, and freeze it; nobody is asked yet."""
    actor = reader.only(*IMDI)
    chosen = None if reader.form.ticked("all") else reader.form.ids("case_ids")
    if chosen == []:
        reader.form.fault("case_ids", "nothing_chosen")
        return _new_redistribution(reader, status_code=422)
    try:
        with reader.change() as session:
            run_id = redistribution_runs.preview(
                session, case_ids=chosen, actor=actor, at=reader.at
            ).id
    except DomainError as refusal:
        return _new_redistribution(reader, status_code=reader.again(refusal))
    return reader.go(f"/fordeling/{run_id}")


#: What a redistribution can take: withdrawn, or declined after it, and able to travel.
_READY: Final = CaseFilter(
    states=frozenset({CaseState.WITHDRAWN, CaseState.DECLINED}),
    groups=frozenset({Group.RESETTLEMENT}),
    entry=CAN_ENTER,
)
_WAITING: Final = CaseFilter(
    states=frozenset({CaseState.WITHDRAWN}),
    groups=frozenset({Group.RESETTLEMENT}),
)


def _new_redistribution(reader: Visit, *, status_code: int = 200) -> Response:
    ready = [
        line
        for line in lists.cases(
            reader.session, _READY, today=reader.today, limit=ALL_LINES, actor=reader.actor
        ).items
        if line.track is not None
    ]
    withdrawn = lists.counted(reader.session, _WAITING, today=reader.today, actor=reader.actor)
    able = sum(line.state is CaseState.WITHDRAWN for line in ready)
    return reader.page(
        "runs/new_redistribution.html",
        status_code=status_code,
        ready=ready,
        by_track=Counter(line.track for line in ready),
        waits=withdrawn - able,
    )


def _add(kind: Kind) -> None:
    """What both kinds of run share, under the address of each."""

    @router.get(kind.path, name=f"{kind.kind} runs")
    def runs(reader: Reader) -> Response:
        actor = reader.only(*READERS)
        cursor = reader.request.query_params.get("cursor")
        found = queries.runs(reader.session, kind.kind, after=cursor, limit=SHOWN, actor=actor)
        return reader.page(
            "runs/list.html",
            kind=kind,
            runs=found.items,
            next=found.next,
            may_start=actor.is_directorate,
            now=reader.at,
        )

    @router.get(f"{kind.path}/{{run_id}}", name=f"{kind.kind} run")
    def run(reader: Reader, run_id: UUID) -> Response:
        return _run_page(reader, kind, run_id)

    @router.post(f"{kind.path}/{{run_id}}/bekreft", name=f"confirm {kind.kind}")
    def confirm(reader: Reader, run_id: UUID) -> Response:
        """Do what the preview showed, all or nothing; what moved since is shown instead."""
        actor = reader.only(*IMDI)
        window = timedelta(minutes=reader.request.app.state.settings.undo_minutes)
        try:
            with reader.change() as session:
                done = kind.confirm(
                    session,
                    run_id,
                    reader.form.typed("token"),
                    actor=actor,
                    at=reader.at,
                    undo_window=window,
                )
                counts = done.counts
        except RunStale as stale:
            moved = [_moved(reader, one) for one in stale.facts["changed"]]
            return _run_page(reader, kind, run_id, status_code=409, moved=moved)
        except DomainError as refusal:
            return _run_page(reader, kind, run_id, status_code=reader.again(refusal))
        return reader.done(
            f"{kind.path}/{run_id}",
            f"{kind.kind}_confirmed",
            cases=counts["cases"] if kind is WITHDRAWAL else counts["placed"],
        )

    @router.post(f"{kind.path}/{{run_id}}/angre", name=f"undo {kind.kind}")
    def undo(reader: Reader, run_id: UUID) -> Response:
        """Put back what can be put back; each line says what came of it."""
        actor = reader.only(*IMDI)
        try:
            with reader.change() as session:
                kind.undo(session, run_id, actor=actor, at=reader.at)
        except DomainError as refusal:
            return _run_page(reader, kind, run_id, status_code=reader.again(refusal))
        return reader.done(f"{kind.path}/{run_id}", f"{kind.kind}_undone")


_add(WITHDRAWAL)
_add(REDISTRIBUTION)


def _run_page(
    reader: Visit,
    kind: Kind,
    run_id: UUID,
    *,
    status_code: int = 200,
    moved: list[Moved] | None = None,
) -> Response:
    actor, session = reader.only(*READERS), reader.session
    seen = queries.run(session, run_id, kind=kind.kind, actor=actor)
    every = queries.items(session, run_id, kind=kind.kind, limit=ALL_LINES, actor=actor).items
    parameters = reader.request.query_params
    outcomes = codes(parameters, "utfall", ItemOutcome)
    page = queries.items(
        session,
        run_id,
        kind=kind.kind,
        outcomes=outcomes,
        limit=SHOWN,
        after=parameters.get("cursor"),
        actor=actor,
    )
    return reader.page(
        f"runs/{kind.kind}.html",
        status_code=status_code,
        kind=kind,
        run=seen,
        moved=moved,
        by_outcome=Counter(item.outcome for item in every),
        reasons_outside=Counter(
            item.code for item in every if item.outcome is ItemOutcome.EXCLUDED and item.code
        ),
        tracks=_tracks(every),
        before_after=by_municipality(session, run_id, kind=kind.kind, actor=actor),
        items=[(item, _why(reader, seen, item)) for item in page.items],
        next=page.next,
        outcomes=outcomes,
        can_undo=actor.is_directorate and seen.can_be_undone(reader.at),
        may_confirm=actor.is_directorate,
        undo_minutes=reader.request.app.state.settings.undo_minutes,
    )


def _tracks(items: tuple[RunItemSeen, ...]) -> Mapping[Track, tuple[int, int]]:
    """Cases and persons that go on track A and B, as their entry is known now."""
    leaving = {ItemOutcome.WILL_WITHDRAW, ItemOutcome.WITHDRAWN}
    found: dict[Track, tuple[int, int]] = {}
    for track in Track:
        own = [
            item
            for item in items
            if item.outcome in leaving and (item.entry_status in CAN_ENTER) == (track is Track.A)
        ]
        found[track] = (len(own), sum(item.persons for item in own))
    return found


def _why(reader: Visit, run: RunSeen, item: RunItemSeen) -> Why | None:
    if not item.reasons or item.municipality_number is None:
        return None
    return why(item.reasons, item.municipality_number, _names(reader))


def _names(reader: Visit) -> Mapping[str, str]:
    """The municipalities of today by number; read once a request."""
    state = reader.request.state
    if not hasattr(state, "municipality_names"):
        every = register.all_in_force(reader.session, on=reader.today, actor=reader.actor)
        state.municipality_names = {one.number: one.official_name for one in every}
    names: Mapping[str, str] = state.municipality_names
    return names


def _moved(reader: Visit, changed: Mapping[str, Any]) -> Moved:
    try:
        line = lists.line(reader.session, UUID(changed["case_id"]), actor=reader.actor)
    except (NotFound, KeyError):
        line = None
    return Moved(line, changed["code"], explain(changed["code"]))
