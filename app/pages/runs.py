"""Withdrawal and redistribution of many cases: preview, confirm, receipt, undo."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages import preparations
from app.pages.approvals import put_before_another
from app.pages.sorting import Columns, in_order, sort_of
from app.pages.visit import Reader, Visit
from app.reasons import reason_text
from app.wording import explain, label
from notifications.recipients import unreached
from notifications.states import Topic
from workflow.approvals.errors import SecondPersonNeeded
from workflow.approvals.states import Action
from workflow.cases.states import EntryStatus, LegalGround
from workflow.kernel import audit
from workflow.kernel.actor import DIRECTORATE, READS_ALL_CASES
from workflow.kernel.errors import DomainError
from workflow.kernel.paging import LARGEST_PAGE
from workflow.planning.rule_sets import Method
from workflow.redistribution import (
    awaiting,
    before_after,
    preparing,
    queries,
    redistribution_runs,
    scores,
    withdrawal_runs,
)
from workflow.redistribution.before_after import BeforeAfter
from workflow.redistribution.errors import RunStale
from workflow.redistribution.kept import outcome
from workflow.redistribution.models import Run
from workflow.redistribution.queries import RunItemSeen
from workflow.redistribution.rules import planning_in_force
from workflow.redistribution.states import ItemOutcome, RunKind, RunState

router = APIRouter(route_class=InOneThread)

#: Entry that is known at the withdrawal (R08).
_TRACK_A: Final = {EntryStatus.POSSIBLE, EntryStatus.POSSIBLE_FROM}
_OF_ITEMS: Final[Columns[RunItemSeen]] = {
    "case": lambda item: item.case_number,
    "municipality": lambda item: item.municipality_name,
    "persons": lambda item: item.persons,
    "entry": lambda item: label(item.entry_status, "entry_status"),
    "decision": lambda item: not item.reversal,
    "outcome": lambda item: label(item.outcome, "item_outcome"),
    "group": lambda item: label(item.group, "group"),
    "why": lambda item: explain(item.code).title if item.code else None,
}
_OF_PLACES: Final[Columns[BeforeAfter]] = {
    "name": lambda row: row.municipality_name,
    "cases": lambda row: row.cases,
    "persons": lambda row: row.persons,
    "decided": lambda row: row.decided_places,
    "before": lambda row: row.free_before,
    "after": lambda row: row.free_after,
}
#: The tables of a run's page by what its address calls their orders.
SORTS: Final[dict[str, Columns[Any]]] = {
    "places": _OF_PLACES,
    "items": _OF_ITEMS,
    "excluded": _OF_ITEMS,
}
_MEANT: Final = {ItemOutcome.WILL_WITHDRAW, ItemOutcome.WILL_PLACE}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of run and where its pages are."""

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


@router.get("/omgjoring/ny")
def new_withdrawal(reader: Reader) -> Response:
    """Which cases, why, and on what ground."""
    reader.only(*DIRECTORATE)
    return _withdrawal_form(reader)


@router.post("/omgjoring/ny")
def preview_withdrawal(reader: Reader) -> Response:
    """Freeze the selection and show what it would do."""
    actor = reader.only(*DIRECTORATE)
    form = reader.form
    before = form.day("before", required=True)
    reason = form.text("reason", required=True)
    ground = form.choice("legal_ground", LegalGround)
    if before is None or reason is None or form.errors:
        return _withdrawal_form(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            run = withdrawal_runs.preview(
                session,
                before=before,
                reason=reason,
                legal_ground=ground,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _withdrawal_form(reader, status_code=reader.again(refusal))
    return reader.go(f"{WITHDRAWAL.path}/{run.id}")


@router.get("/fordeling/ny")
def new_redistribution(reader: Reader) -> Response:
    """What a redistribution of everything that is ready would concern."""
    reader.only(*DIRECTORATE)
    return _redistribution_form(reader)


@router.post("/fordeling/ny")
def preview_redistribution(reader: Reader) -> Response:
    """Plan where the cases go, freeze it and show it; the ticked cases, or all that are ready."""
    actor = reader.only(*DIRECTORATE)
    chosen = reader.form.ids("case_ids") or None
    method = reader.form.choice("method", Method)
    if reader.form.errors:
        return _redistribution_form(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            address = preparations.preview(
                session, case_ids=chosen, method=method, actor=actor, at=reader.at
            )
    except DomainError as refusal:
        return _redistribution_form(reader, status_code=reader.again(refusal))
    return reader.go(address)


def _pages_of(kind: Kind) -> None:
    """What both kinds have: the list, one run, confirm and undo."""

    @router.get(kind.path)
    def runs(reader: Reader, cursor: str | None = None) -> Response:
        actor = reader.only(*READS_ALL_CASES)
        sort = sort_of(reader, queries.RUN_COLUMNS)
        page = queries.runs(reader.session, kind.kind, sort=sort, after=cursor, actor=actor)
        return reader.page(
            "runs/list.html",
            kind=kind,
            runs=page.items,
            next=page.next,
            sort=sort,
            under_way=preparing.under_way(reader.session, actor=actor)
            if kind is REDISTRIBUTION
            else [],
        )

    @router.get(f"{kind.path}/{{run_id}}")
    def run(reader: Reader, run_id: UUID) -> Response:
        return _run_page(reader, kind, run_id)

    @router.post(f"{kind.path}/{{run_id}}/bekreft")
    def confirm(reader: Reader, run_id: UUID) -> Response:
        actor = reader.only(*DIRECTORATE)
        minutes = reader.request.app.state.settings.undo_minutes
        try:
            with reader.change() as session:
                confirmed = kind.confirm(
                    session,
                    run_id,
                    reader.form.typed("token"),
                    actor=actor,
                    at=reader.at,
                    undo_window=timedelta(minutes=minutes),
                )
        except SecondPersonNeeded as needed:
            return put_before_another(reader, needed)
        except DomainError as refusal:
            return _run_page(
                reader, kind, run_id, status_code=reader.again(refusal), refusal=refusal
            )
        counts = confirmed.counts
        cases = counts["cases"] if kind is WITHDRAWAL else counts["placed"]
        return reader.done(f"{kind.path}/{run_id}", f"{kind.kind}_confirmed", cases=cases)

    @router.post(f"{kind.path}/{{run_id}}/angre")
    def undo(reader: Reader, run_id: UUID) -> Response:
        actor = reader.only(*DIRECTORATE)
        try:
            with reader.change() as session:
                kind.undo(session, run_id, actor=actor, at=reader.at)
        except DomainError as refusal:
            return _run_page(
                reader, kind, run_id, status_code=reader.again(refusal), refusal=refusal
            )
        return reader.done(f"{kind.path}/{run_id}", f"{kind.kind}_undone")


_pages_of(WITHDRAWAL)
_pages_of(REDISTRIBUTION)


def _run_page(
    reader: Visit,
    kind: Kind,
    run_id: UUID,
    *,
    status_code: int = 200,
    refusal: DomainError | None = None,
) -> Response:
    actor = reader.only(*READS_ALL_CASES)
    run = queries.run(reader.session, run_id, kind=kind.kind, actor=actor)
    items = _all_items(reader, kind, run_id)
    sorts = {name: sort_of(reader, columns, name=name) for name, columns in SORTS.items()}
    changed = refusal.facts["changed"] if isinstance(refusal, RunStale) else []
    topic = Topic.WITHDRAWALS if kind is WITHDRAWAL else Topic.REQUESTS
    numbers = {
        item.municipality_number
        for item in items
        if item.municipality_number and item.outcome is not ItemOutcome.EXCLUDED
    }
    return reader.page(
        "runs/withdrawal.html" if kind is WITHDRAWAL else "runs/redistribution.html",
        status_code=status_code,
        kind=kind,
        run=run,
        sorts=sorts,
        here=_here(kind, run_id, sorts),
        excluded=in_order(
            [item for item in items if item.outcome is ItemOutcome.EXCLUDED],
            SORTS["excluded"],
            sorts["excluded"],
        ),
        outcomes=Counter(item.outcome for item in items),
        groups={
            heading: in_order(lines, SORTS["items"], sorts["items"])
            for heading, lines in _groups(kind, items).items()
        },
        possible=sum(item.entry_status in _TRACK_A for item in items if item.outcome in _MEANT),
        undo_minutes=reader.request.app.state.settings.undo_minutes,
        why={item.case_id: _decided_by(item) for item in items},
        places=in_order(
            before_after.by_municipality(reader.session, run_id, kind=kind.kind, actor=actor),
            SORTS["places"],
            sorts["places"],
        ),
        unreached=unreached(reader.session, topic, numbers, actor=actor)
        if run.state is RunState.PREVIEW
        else {},
        may=actor.role in DIRECTORATE,
        can_be_undone=run.can_be_undone(reader.at),
        outcome=outcome(reader.session, run_id) if kind is REDISTRIBUTION else None,
        scored=scores.used_in(reader.session, run_id) if kind is REDISTRIBUTION else None,
        waits=awaiting.of_subject(
            reader.session, Action.RUN, audit.subject(audit.Kind.RUN, run_id), actor=actor
        ),
        changed=[change | {"case": _case_of(items, change["case_id"])} for change in changed],
    )


def _here(kind: Kind, run_id: UUID, sorts: dict[str, str]) -> str:
    """The run's page, also where a form has led to it, with the orders in force."""
    in_force = urlencode({name: sort for name, sort in sorts.items() if sort})
    return f"{kind.path}/{run_id}" + (f"?{in_force}" if in_force else "")


def _all_items(reader: Visit, kind: Kind, run_id: UUID) -> list[RunItemSeen]:
    """Every line of the run: it is one receipt, and is printed as one."""
    items: list[RunItemSeen] = []
    after: str | None = None
    while True:
        page = queries.items(
            reader.session,
            run_id,
            kind=kind.kind,
            limit=LARGEST_PAGE,
            after=after,
            actor=reader.actor,
        )
        items += page.items
        if page.next is None:
            return items
        after = page.next


def _groups(kind: Kind, items: list[RunItemSeen]) -> dict[str, list[RunItemSeen]]:
    """The lines under what put them where they go, those nobody could be found for first."""
    groups: dict[str, list[RunItemSeen]] = {}
    for item in sorted(items, key=lambda item: item.outcome not in _FIRST):
        if item.outcome is not ItemOutcome.EXCLUDED:
            groups.setdefault(_heading(kind, item), []).append(item)
    return groups


#: What a reader looks for before all that went as it was meant to.
_FIRST = {ItemOutcome.UNPLACED, ItemOutcome.NOT_UNDONE}


def _heading(kind: Kind, item: RunItemSeen) -> str:
    if item.outcome not in _FIRST:
        if kind is WITHDRAWAL:
            return f"{label('entry_status', 'field')}: {label(item.entry_status, 'entry_status')}"
        if item.override or item.reasons:
            criterion = "override" if item.override else _decisive(item)["criterion"]
            return f"{label('decisive', 'field')}: {label(criterion, 'criterion')}"
    return label(item.outcome, "item_outcome")


def _decided_by(item: RunItemSeen) -> str | None:
    """The sentence of the criterion that put the case where it goes."""
    return reason_text(_decisive(item)) if item.reasons else None


def _decisive(item: RunItemSeen) -> dict[str, Any]:
    chosen: list[dict[str, Any]] = (item.reasons or ())[0]["reasons"]
    return next((reason for reason in chosen if reason["decisive"]), chosen[0])


def _case_of(items: list[RunItemSeen], case_id: str) -> RunItemSeen | None:
    return next((item for item in items if str(item.case_id) == case_id), None)


def _withdrawal_form(reader: Visit, *, status_code: int = 200) -> Response:
    return reader.page(
        "runs/new_withdrawal.html",
        status_code=status_code,
        grounds=[(ground, label(ground, "legal_ground")) for ground in LegalGround],
    )


def _redistribution_form(reader: Visit, *, status_code: int = 200) -> Response:
    ready = redistribution_runs.ready(reader.session, actor=reader.actor)
    imported = scores.imports(reader.session, actor=reader.actor)
    return reader.page(
        "runs/new_redistribution.html",
        status_code=status_code,
        ready=ready,
        persons=sum(case.persons_count for case in ready),
        tracks=Counter(str(case.track) for case in ready),
        methods=[
            (method, label(method, "planning_method"))
            for method in Method
            if method is not Method.SCORE or imported
        ],
        published=planning_in_force(reader.session, reader.today).method,
    )
