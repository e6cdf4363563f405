"""What is done with many cases at once: chosen in the list, shown, asked about again, done."""

from collections.abc import Collection
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Response

from app.audit.refused import attempts_among
from app.one_thread import InOneThread
from app.pages import preparations
from app.pages.selection import Selection, moved, of_form
from app.pages.visit import Reader, Visit
from app.wording import label
from workflow.cases import deciding, lists, machine, selecting
from workflow.cases.selecting import Moved
from workflow.cases.states import CaseState, Group, LegalGround
from workflow.kernel.actor import DIRECTORATE
from workflow.kernel.errors import DomainError
from workflow.planning.rule_sets import Method
from workflow.redistribution import scores, withdrawal_runs
from workflow.redistribution.asking import REDISTRIBUTE
from workflow.redistribution.rules import planning_in_force

router = APIRouter(route_class=InOneThread)

WITHDRAWABLE: Final = machine.sources("withdraw")
REDISTRIBUTABLE: Final = machine.sources(REDISTRIBUTE)


@router.post("/saker/utvalg")
def choose(reader: Reader) -> Response:
    """What was chosen, state by state, and what can be done with so many."""
    reader.only(*DIRECTORATE)
    chosen = of_form(reader)
    if chosen is None:
        return reader.page("cases/nothing_chosen.html", status_code=422, back=_back(reader))
    told = reader.form.number("shown_total")
    grown = chosen.all_that_match and told is not None and told != len(chosen.versions)
    return _page(reader, chosen, told=told if grown else None)


@router.post("/saker/utvalg/trekk")
def withdraw(reader: Reader) -> Response:
    """A withdrawal of those chosen, as a run: previewed, confirmed, undone like any other."""
    actor, form = reader.only(*DIRECTORATE), reader.form
    chosen = of_form(reader)
    reason = form.text("reason", required=True)
    ground = form.choice("legal_ground", LegalGround)
    if chosen is None or reason is None or form.errors:
        return _again(reader, chosen)
    try:
        with reader.change() as session:
            difference, now = moved(reader, session, chosen)
            if not difference:
                run = withdrawal_runs.preview(
                    session,
                    case_ids=list(chosen.versions),
                    reason=reason,
                    legal_ground=ground,
                    actor=actor,
                    at=reader.at,
                )
                return reader.go(f"/omgjoring/{run.id}")
    except DomainError as refusal:
        return _again(reader, chosen, refusal)
    return _page(reader, now, difference=difference, status_code=409)


@router.post("/saker/utvalg/fordel")
def redistribute(reader: Reader) -> Response:
    """A redistribution of those chosen, as a run."""
    actor = reader.only(*DIRECTORATE)
    chosen = of_form(reader)
    method = reader.form.choice("method", Method)
    if chosen is None or reader.form.errors:
        return _again(reader, chosen)
    try:
        with reader.change() as session:
            difference, now = moved(reader, session, chosen)
            if not difference:
                address = preparations.preview(
                    session,
                    case_ids=list(chosen.versions),
                    method=method,
                    actor=actor,
                    at=reader.at,
                )
                return reader.go(address)
    except DomainError as refusal:
        return _again(reader, chosen, refusal)
    return _page(reader, now, difference=difference, status_code=409)


@router.post("/saker/vedtak")
def decide_many(reader: Reader) -> Response:
    """Preview, then settlement decisions in the chosen cases; what is refused says why."""
    actor = reader.only(*DIRECTORATE)
    chosen = of_form(reader)
    if chosen is None:
        return reader.page("cases/decide_many.html", status_code=422, lines=[], refused=[])
    if not reader.form.ticked("confirmed"):
        return _preview(reader, chosen)
    results: list[Any] = []
    with reader.change() as session:
        difference, now = moved(reader, session, chosen)
        if not difference:
            results = deciding.decide_many(session, chosen.versions, actor=actor, at=reader.at)
            attempts_among(reader.request, session, "case_id", results, at=reader.at)
    if difference:
        return _page(reader, now, difference=difference, status_code=409)
    refused = {case_id: why for case_id, why in results if isinstance(why, DomainError)}
    decided = len(results) - len(refused)
    if not refused:
        return reader.done("/saker?state=placed", "decide_many", cases=decided)
    lines = {line.id: line for line in lists.lines(reader.session, refused, actor=actor)}
    return reader.page(
        "cases/decided_many.html",
        decided=decided,
        refused=[(lines.get(case_id), why) for case_id, why in refused.items()],
    )


def _preview(reader: Visit, chosen: Selection) -> Response:
    known = lists.lines(reader.session, chosen.versions, actor=reader.actor)
    decidable = [line for line in known if line.state is CaseState.ACCEPTED]
    versions = {line.id: chosen.versions[line.id] for line in decidable}
    return reader.page(
        "cases/decide_many.html",
        lines=decidable,
        refused=[line for line in known if line.state is not CaseState.ACCEPTED],
        selection=Selection(versions, all_that_match=False).written(),
    )


def _again(reader: Visit, chosen: Selection | None, refusal: DomainError | None = None) -> Response:
    status = reader.again(refusal)
    if chosen is None:
        return reader.page("cases/nothing_chosen.html", status_code=status, back=_back(reader))
    return _page(reader, chosen, status_code=status)


def _page(
    reader: Visit,
    chosen: Selection,
    *,
    difference: Moved | None = None,
    told: int | None = None,
    status_code: int = 200,
) -> Response:
    session, actor = reader.session, reader.actor
    by_state = selecting.by_state(session, chosen.versions, actor=actor)
    difference = difference or Moved()
    lines = lists.lines(
        session, difference.come | difference.gone | difference.changed, actor=actor
    )
    return reader.page(
        "cases/selection.html",
        status_code=status_code,
        selection=chosen.written(),
        all_that_match=chosen.all_that_match,
        cases=sum(number for number, _ in by_state.values()),
        persons=sum(persons for _, persons in by_state.values()),
        by_state=[(state, totals) for state in CaseState if any(totals := _of(by_state, {state}))],
        decidable=_of(by_state, {CaseState.ACCEPTED})[0],
        withdrawable=_of(by_state, WITHDRAWABLE, {Group.RESETTLEMENT})[0],
        redistributable=_of(by_state, REDISTRIBUTABLE)[0],
        grounds=[(ground, label(ground, "legal_ground")) for ground in LegalGround],
        methods=_methods(reader),
        published=planning_in_force(session, reader.today).method,
        told=told,
        moved=[(line, _what(difference, line.id)) for line in lines],
        lost=len(difference.gone) - sum(line.id in difference.gone for line in lines),
        query=_query(reader),
        back=_back(reader),
    )


def _of(
    by_state: dict[tuple[CaseState, Group], tuple[int, int]],
    states: Collection[CaseState],
    groups: Collection[Group] = frozenset(Group),
) -> tuple[int, int]:
    """Cases and persons in the states, of the groups."""
    found = [
        totals for (state, group), totals in by_state.items() if state in states and group in groups
    ]
    return sum(cases for cases, _ in found), sum(persons for _, persons in found)


def _methods(reader: Visit) -> list[tuple[Method, str]]:
    imported = scores.imports(reader.session, actor=reader.actor)
    return [
        (method, label(method, "planning_method"))
        for method in Method
        if method is not Method.SCORE or imported
    ]


def _what(difference: Moved, case_id: Any) -> str:
    """A key of `[moved]`."""
    if case_id in difference.come:
        return "come"
    return "gone" if case_id in difference.gone else "changed"


def _query(reader: Visit) -> str:
    """The list's filters, which stay in the address."""
    pairs = parse_qsl(reader.request.url.query, max_num_fields=100)
    return urlencode([pair for pair in pairs if pair[0] not in {"cursor", "velg"}])


def _back(reader: Visit) -> str:
    query = _query(reader)
    return f"/saker?{query}" if query else "/saker?visning=alle"
