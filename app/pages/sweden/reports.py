"""Redovisning: begun, signed county by county, coordinated, frozen, handed over, taken out."""

from uuid import UUID

from fastapi import APIRouter, Response

from app.one_thread import InOneThread
from app.pages.sweden.asked import year_of
from app.pages.visit import Reader, Visit
from app.reports import written
from app.spreadsheets import XLSX
from app.wording import label
from workflow.allocation.access import READS_ALL
from workflow.kernel.actor import COUNTY, Role
from workflow.kernel.errors import DomainError
from workflow.reports import reading, reports
from workflow.reports.figures import Cost
from workflow.reports.reports import NewReport
from workflow.reports.states import CostKind, ReportKind, ReportState

router = APIRouter(route_class=InOneThread)
READERS = (Role.MIGRATION_OFFICER, *COUNTY, Role.AUDITOR)


@router.get("/redovisning")
def list_(reader: Reader) -> Response:
    reader.only(*READERS)
    return _list(reader)


@router.post("/redovisning")
def begin(reader: Reader) -> Response:
    """The figures of a day into a draft."""
    actor, form = reader.only(Role.MIGRATION_OFFICER), reader.form
    kind = form.choice("report_kind", ReportKind, required=True)
    title, recipients = form.text("title", required=True), form.text("recipients", required=True)
    day, due_on = form.day("day", required=True), form.day("due_on")
    spent = {what: form.number(f"cost_{what}", longest=12) for what in CostKind}
    if kind is None or title is None or recipients is None or day is None or form.errors:
        return _list(reader, status_code=reader.again())
    opening = next(
        (
            one
            for one in _openings(reader)
            if kind is ReportKind.FINAL and str(one.id) == form.typed("opening")
        ),
        None,
    )
    new = NewReport(
        kind=kind,
        title=title,
        year=opening.year if opening else year_of(reader, form.typed("year")),
        day=day,
        recipients=recipients,
        due_on=due_on,
        opening_id=opening.id if opening else None,
        costs=[Cost(what, kronor) for what, kronor in spent.items() if kronor is not None],
    )
    try:
        with reader.change() as session:
            made = reports.draft(session, new, actor=actor, at=reader.at)
    except DomainError as refusal:
        status = reader.again(
            refusal, report__in_future="day", report__nothing="day", report__opening="opening"
        )
        return _list(reader, status_code=status)
    return reader.done(f"/redovisning/{made}", "report_begun")


@router.get("/redovisning/{report_id}")
def one(reader: Reader, report_id: UUID) -> Response:
    reader.only(*READERS)
    return _page(reader, report_id)


@router.post("/redovisning/{report_id}/underteckna")
def sign(reader: Reader, report_id: UUID) -> Response:
    """A board signs off its own part."""
    actor, form = reader.only(*COUNTY), reader.form
    text, sha256 = form.text("report_text", required=True), form.typed("sha256")
    if text is None or form.errors:
        return _page(reader, report_id, status_code=reader.again())
    try:
        with reader.change() as session:
            reports.sign(
                session,
                report_id,
                actor.county or "",
                text,
                sha256=sha256,
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        return _page(reader, report_id, status_code=reader.again(refusal))
    return reader.done(f"/redovisning/{report_id}", "report_signed")


@router.post("/redovisning/{report_id}/samordna")
def coordinate(reader: Reader, report_id: UUID) -> Response:
    """Stockholm's board has seen the parts together."""
    actor = reader.only(*COUNTY)
    try:
        with reader.change() as session:
            reports.coordinate(session, report_id, version=_read(reader), actor=actor, at=reader.at)
    except DomainError as refusal:
        return _page(reader, report_id, status_code=reader.again(refusal))
    return reader.done(f"/redovisning/{report_id}", "report_coordinated")


@router.post("/redovisning/{report_id}/faststall")
def freeze(reader: Reader, report_id: UUID) -> Response:
    """Nothing in it changes any more."""
    actor = reader.only(Role.MIGRATION_OFFICER)
    why = reader.form.text("difference_reason")
    try:
        with reader.change() as session:
            reports.freeze(
                session,
                report_id,
                difference_reason=why,
                version=_read(reader),
                actor=actor,
                at=reader.at,
            )
    except DomainError as refusal:
        status = reader.again(refusal, report__not_reconciled="difference_reason")
        return _page(reader, report_id, status_code=status)
    return reader.done(f"/redovisning/{report_id}", "report_frozen")


@router.post("/redovisning/{report_id}/overlamna")
def hand_over(reader: Reader, report_id: UUID) -> Response:
    """The day it was handed over."""
    actor = reader.only(Role.MIGRATION_OFFICER)
    on = reader.form.day("handed_over_on", required=True)
    if on is None or reader.form.errors:
        return _page(reader, report_id, status_code=reader.again())
    try:
        with reader.change() as session:
            reports.hand_over(
                session, report_id, on, version=_read(reader), actor=actor, at=reader.at
            )
    except DomainError as refusal:
        fields = dict.fromkeys(("report__handed_over", "report__in_future"), "handed_over_on")
        status = reader.again(refusal, **fields)
        return _page(reader, report_id, status_code=status)
    return reader.done(f"/redovisning/{report_id}", "report_handed_over")


@router.get("/redovisning/{report_id}/pdf")
def as_pdf(reader: Reader, report_id: UUID) -> Response:
    actor = reader.only(*READERS)
    told = written.written(*reading.whole(reader.session, report_id, actor=actor))
    return _file(written.pdf(told), "application/pdf", f"redovisning-{told.report.day}.pdf")


@router.get("/redovisning/{report_id}/xlsx")
def as_xlsx(reader: Reader, report_id: UUID) -> Response:
    actor = reader.only(*READERS)
    told = written.written(*reading.whole(reader.session, report_id, actor=actor))
    return _file(written.workbook(told), XLSX, f"redovisning-{told.report.day}.xlsx")


def _file(content: bytes, kind: str, name: str) -> Response:
    told = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=kind, headers=told)


def _read(reader: Visit) -> int:
    return next(iter(reader.form.versions()), 0)


def _openings(reader: Visit) -> list[reading.ReportSeen]:
    return [
        one
        for one in reading.reports(reader.session, actor=reader.actor)
        if one.kind is ReportKind.INTERIM and one.state is ReportState.FROZEN
    ]


def _list(reader: Visit, *, status_code: int = 200) -> Response:
    actor = reader.actor
    return reader.page(
        "se/reports/list.html",
        status_code=status_code,
        reports=reading.reports(reader.session, actor=actor),
        openings=[(str(one.id), f"{one.title} ({one.day})") for one in _openings(reader)],
        kinds=[(str(kind), label(kind, "report_kind")) for kind in ReportKind],
        costs=[str(what) for what in CostKind],
        may_begin=actor.role is Role.MIGRATION_OFFICER,
    )


def _page(reader: Visit, report_id: UUID, *, status_code: int = 200) -> Response:
    actor = reader.actor
    seen = reading.report(reader.session, report_id, actor=actor)
    parts = reading.parts_of(reader.session, report_id, actor=actor)
    own = next((one for one in parts if one.county == actor.county), None)
    is_draft = seen.state is ReportState.DRAFT
    joint = is_draft and seen.kind is ReportKind.INTERIM
    agency = actor.role is Role.MIGRATION_OFFICER
    return reader.page(
        "se/reports/one.html",
        status_code=status_code,
        report=seen,
        told=written.written(seen, parts) if actor.role in READS_ALL else None,
        own=own,
        own_contracts=_contracts(own),
        intact=reports.intact(seen, parts) if actor.role in READS_ALL else None,
        label=label,
        hidden=written.HIDDEN,
        may_sign=joint and own is not None,
        may_coordinate=joint and actor.role is Role.COUNTY_COORDINATOR,
        may_freeze=is_draft and agency,
        may_hand_over=agency and not is_draft and seen.handed_over_on is None,
    )


def _contracts(own: reading.PartSeen | None) -> list[written.Contracts]:
    """What the board's own county has under contract; none in older reports."""
    paid = own.figures.get("contracts") if own else None
    return [written.Contracts(own.county, own.name or "", paid)] if own and paid else []
