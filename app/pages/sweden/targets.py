"""Fördelningstal: a year's versions; decided after a look at what would change."""

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.approvals import put_before_another
from app.pages.form import Form
from app.pages.sweden.asked import PARTIES, STATE, chosen, options, year_of
from app.pages.visit import Reader, Visit
from workflow.allocation import outlook, runs, targets, versions
from workflow.allocation.decisions import Decision
from workflow.allocation.states import VersionKind
from workflow.approvals.errors import SecondPersonNeeded
from workflow.kernel.actor import Role
from workflow.kernel.errors import DomainError
from workflow.municipalities.sweden import places

router = APIRouter(route_class=InOneThread)


@router.get("/fordelningstal")
def list_(reader: Reader) -> Response:
    reader.only(*STATE)
    return _list(reader)


@router.post("/fordelningstal")
def decide(reader: Reader) -> Response:
    """See what a decision would change; with `confirm`, decide it."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    year = year_of(reader, form.typed("year"))
    read = _decision(reader)
    if read is None or form.errors:
        return _list(reader, status_code=reader.again())
    decision, numbers = read
    if not form.ticked("confirm"):
        return _preview(reader, year, numbers, decision)
    try:
        with reader.change() as session:
            made = targets.decide(session, year, numbers, decision, actor=actor, at=reader.at)
    except SecondPersonNeeded as needed:
        return put_before_another(reader, needed)
    except DomainError as refusal:
        status = reader.again(
            refusal,
            targets__inside_notice="notice_reason",
            targets__raised="may_raise",
            targets__="kind",
        )
        return _preview(reader, year, numbers, decision, status_code=status)
    changed = versions.version(reader.session, made, actor=actor).changes
    return reader.done(f"/fordelningstal/{made}", "targets_decided", changes=changed)


@router.post("/fordelningstal/overfor")
def carry_over(reader: Reader) -> Response:
    """A correction for next year's first numbers."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    here = chosen(reader, form, "municipality")
    year = year_of(reader, form.typed("year"))
    fewer = form.typed("persons").strip().startswith(("-", "−"))
    persons = _signed(form)
    reason = form.text("carry_reason", required=True)
    if here is None or persons is None or form.errors:
        return _list(reader, status_code=reader.again())
    try:
        with reader.change() as session:
            targets.carry_over(
                session,
                year,
                here.id,
                -persons if fewer else persons,
                reason=reason,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        status = reader.again(refusal, targets__stand="year")
        return _list(reader, status_code=status)
    return reader.done(f"/fordelningstal?ar={year}", "carried_over")


def _signed(form: Form) -> int | None:
    text = form.typed("persons").strip().lstrip("-−+")
    if not (text.isascii() and text.isdigit() and len(text) < 7):
        form.fault("persons", "number" if text else "missing")
        return None
    return int(text)


@router.get("/fordelningstal/{target_version_id}")
def version(reader: Reader, target_version_id: int) -> Response:
    """What one version changed, for whom and why."""
    actor = reader.only(*PARTIES)
    return reader.page(
        "se/targets/version.html",
        version=versions.version(reader.session, target_version_id, actor=actor),
        changes=versions.changes(reader.session, target_version_id, actor=actor),
    )


def _decision(reader: Visit) -> tuple[Decision, dict[int, int]] | None:
    form = reader.form
    kind = form.choice("kind", VersionKind, required=True)
    told_on = form.day("told_on", required=True)
    effective_on = form.day("effective_on", required=True)
    run_id = form.id("run")
    if kind is VersionKind.SWAP:
        form.fault("kind", "choice")
    if kind is None or told_on is None or effective_on is None:
        return None
    numbers = (
        targets.of_run(reader.session, run_id, actor=reader.actor)
        if run_id is not None
        else _typed_numbers(reader)
    )
    decision = Decision(
        kind,
        told_on,
        effective_on,
        reason=form.text("reason"),
        may_raise=form.ticked("may_raise"),
        notice_reason=form.text("notice_reason"),
        run_id=run_id,
    )
    return decision, numbers


def _typed_numbers(reader: Visit) -> dict[int, int]:
    """A line for each municipality: its number, a blank, its target."""
    known = {one.number: one.id for one in places(reader.session)}
    numbers: dict[int, int] = {}
    for line in reader.form.typed("numbers").split("\n"):
        parts = line.replace(",", " ").replace(";", " ").split()
        if not parts:
            continue
        if len(parts) != 2 or parts[0] not in known or not parts[1].isdigit():
            reader.form.fault("numbers", "numbers")
            return {}
        numbers[known[parts[0]]] = int(parts[1])
    if not numbers:
        reader.form.fault("numbers", "missing")
    return numbers


def _preview(
    reader: Visit,
    year: int,
    numbers: dict[int, int],
    decision: Decision,
    *,
    status_code: int = 200,
) -> Response:
    """What would change, with what stands in its way, and the last question."""
    seen = outlook.outlook(reader.session, year, numbers, decision, actor=reader.actor)
    return reader.page(
        "se/targets/preview.html",
        status_code=status_code,
        year=year,
        decision=decision,
        seen=seen,
    )


def _list(reader: Visit, *, status_code: int = 200) -> Response:
    actor = reader.actor
    year = year_of(reader, reader.form.typed("year") or None)
    return reader.page(
        "se/targets/list.html",
        status_code=status_code,
        year=year,
        versions=versions.versions(reader.session, year, actor=actor),
        carries=versions.carries(reader.session, year, actor=actor),
        runs=runs.runs(reader.session, year=year, actor=actor),
        municipalities=options(reader),
        decides=actor.role is Role.MIGRATION_OFFICER,
        kinds=[one for one in VersionKind if one is not VersionKind.SWAP],
    )
