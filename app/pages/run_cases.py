"""One case of a redistribution run: why there, why not elsewhere, and another choice; replay."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.visit import Reader, Visit
from app.reasons import reason_text
from app.wording import explain
from workflow.kernel.actor import DIRECTORATE, READS_ALL_CASES
from workflow.kernel.errors import DomainError, NotFound
from workflow.municipalities import queries as register
from workflow.redistribution import kept, overriding, queries
from workflow.redistribution.states import RunKind, RunState

router = APIRouter(route_class=InOneThread)


@router.get("/fordeling/{run_id}/regn-paa-nytt")
def again(reader: Reader, run_id: UUID) -> Response:
    """Plan the run again from what was kept, and say whether it is the same."""
    actor = reader.only(*READS_ALL_CASES)
    run = queries.run(reader.session, run_id, kind=RunKind.REDISTRIBUTION, actor=actor)
    context: dict[str, Any] = {"run": run, "kept": None, "again": None, "refusal": None}
    try:
        context["kept"] = kept.kept_run(reader.session, run_id, actor=actor)
        context["again"] = kept.plan_again(reader.session, run_id, actor=actor)
    except NotFound:
        raise
    except DomainError as refusal:
        context["refusal"] = explain(refusal)
    return reader.page("runs/again.html", **context)


@router.get("/fordeling/{run_id}/saker/{case_id}")
def case_of_run(reader: Reader, run_id: UUID, case_id: UUID) -> Response:
    return _page(reader, run_id, case_id)


@router.post("/fordeling/{run_id}/saker/{case_id}")
def override(reader: Reader, run_id: UUID, case_id: UUID) -> Response:
    """Another municipality for the case, for a reason; the rest of the preview stays."""
    actor = reader.only(*DIRECTORATE)
    named = reader.form.text("municipality_number", required=True)
    reason = reader.form.text("override_reason", required=True)
    number = _number(reader, named) if named else None
    if named and number is None:
        reader.form.fault("municipality_number", "choice")
    if number is None or reason is None or reader.form.errors:
        return _page(reader, run_id, case_id, status_code=reader.again())
    try:
        with reader.change() as session:
            overriding.override(
                session,
                run_id,
                case_id,
                municipality_number=number,
                reason=reason,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        status = reader.again(refusal, override__="municipality_number")
        return _page(reader, run_id, case_id, status_code=status)
    return reader.done(f"/fordeling/{run_id}/saker/{case_id}", "run_overridden")


def _number(reader: Visit, named: str) -> str | None:
    """The number of a municipality somebody typed the name or the number of."""
    found = register.search(reader.session, named, on=reader.today, limit=1, actor=reader.actor)
    return found[0].number if found else None


def _page(reader: Visit, run_id: UUID, case_id: UUID, *, status_code: int = 200) -> Response:
    actor = reader.only(*READS_ALL_CASES)
    run = queries.run(reader.session, run_id, kind=RunKind.REDISTRIBUTION, actor=actor)
    item = queries.item(reader.session, run_id, case_id, kind=RunKind.REDISTRIBUTION, actor=actor)
    asked = reader.request.query_params.get("hvorfor", "").strip()
    number = _number(reader, asked) if asked else None
    found, refusal = None, None
    try:
        found = overriding.case_in_run(reader.session, run_id, case_id, instead=number, actor=actor)
    except NotFound:
        raise
    except DomainError as told:
        refusal = explain(told)
    names = {
        one.number: one.official_name
        for one in register.all_in_force(reader.session, on=reader.today, actor=actor)
    }
    return reader.page(
        "runs/case.html",
        status_code=status_code,
        run=run,
        item=item,
        found=found,
        refusal=refusal,
        asked=asked,
        number=number,
        names=names,
        reasons=[reason_text(one) for one in item.reasons[0]["reasons"]] if item.reasons else [],
        may=actor.role in DIRECTORATE and run.state is RunState.PREVIEW,
    )
