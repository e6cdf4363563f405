"""Reports: taken, signed, coordinated, frozen, handed over; as data, PDF and workbook."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from app.api import API
from app.api.refusals import changes, refusals
from app.api.schemas.fields import ListOf
from app.api.schemas.reports import (
    CoordinateIn,
    FreezeIn,
    HandOverIn,
    PartSignIn,
    ReportIn,
    ReportOut,
    ReportPartOut,
)
from app.clock import Now
from app.db import ReadSession, WriteSession
from app.idempotency import Once, OnceRoute
from app.reports import written
from app.signin import CurrentActor
from app.spreadsheets import XLSX
from workflow.kernel.calendar import local_day
from workflow.reports import reading, reports
from workflow.reports.figures import Cost
from workflow.reports.reading import ReportSeen
from workflow.reports.reports import NewReport

router = APIRouter(prefix="/reports", tags=["reports"], route_class=OnceRoute)
County = Annotated[str, Path(pattern=r"^[0-9]{2}$", description="A county's two digits.")]
_BYTES = {"schema": {"type": "string", "format": "binary"}}


@router.get("", operation_id="listReports", responses=refusals())
def list_reports(session: ReadSession, actor: CurrentActor, at: Now) -> ListOf[ReportOut]:
    """The latest day first, at most 200; a municipality has none."""
    found = reading.reports(session, actor=actor)
    return ListOf(items=[_told(one, at) for one in found])


@router.post(
    "",
    status_code=201,
    operation_id="beginReport",
    dependencies=[Once],
    responses=changes(codes="report.in_future report.nothing", malformed="report.opening"),
)
def begin(
    session: WriteSession, actor: CurrentActor, at: Now, response: Response, body: ReportIn
) -> ReportOut:
    """Take the figures of a day into a draft (Migrationsverket)."""
    new = NewReport(
        kind=body.kind,
        title=body.title,
        year=body.year,
        day=body.day,
        recipients=body.recipients,
        due_on=body.due_on,
        opening_id=body.opening_id,
        costs=[Cost(one.what, one.kronor) for one in body.costs],
    )
    made = reports.draft(session, new, actor=actor, at=at)
    response.headers["location"] = f"{API}/reports/{made}"
    return _told(reading.report(session, made, actor=actor), at)


@router.get("/{report_id}", operation_id="getReport", responses=refusals(404, 422))
def get_report(session: ReadSession, actor: CurrentActor, at: Now, report_id: UUID) -> ReportOut:
    """Its head, without figures."""
    return _told(reading.report(session, report_id, actor=actor), at)


@router.get("/{report_id}/parts", operation_id="listReportParts", responses=refusals(404, 422))
def list_parts(session: ReadSession, actor: CurrentActor, report_id: UUID) -> ListOf[ReportPartOut]:
    """The country's (`00`) and each county's; a board its own."""
    reading.report(session, report_id, actor=actor)
    found = reading.parts_of(session, report_id, actor=actor)
    return ListOf(items=[ReportPartOut.of(one) for one in found])


@router.post(
    "/{report_id}/parts/{county}/sign",
    operation_id="signReportPart",
    dependencies=[Once],
    responses=changes(404, 412, codes="report.frozen"),
)
def sign(
    session: WriteSession,
    actor: CurrentActor,
    at: Now,
    report_id: UUID,
    county: County,
    body: PartSignIn,
) -> ReportPartOut:
    """A county board signs off its part of the interim report."""
    reports.sign(session, report_id, county, body.text, sha256=body.sha256, actor=actor, at=at)
    return ReportPartOut.of(reading.part(session, report_id, county, actor=actor))


@router.post(
    "/{report_id}/coordinate",
    operation_id="coordinateReport",
    dependencies=[Once],
    responses=changes(404, 412, codes="report.frozen report.unsigned"),
)
def coordinate(
    session: WriteSession, actor: CurrentActor, at: Now, report_id: UUID, body: CoordinateIn
) -> ReportOut:
    """Stockholm's board: every part is there, and they go together."""
    reports.coordinate(session, report_id, version=body.version, actor=actor, at=at)
    return _told(reading.report(session, report_id, actor=actor), at)


@router.post(
    "/{report_id}/freeze",
    operation_id="freezeReport",
    dependencies=[Once],
    responses=changes(
        404,
        412,
        codes="report.frozen report.unsigned report.not_coordinated report.not_reconciled",
    ),
)
def freeze(
    session: WriteSession, actor: CurrentActor, at: Now, report_id: UUID, body: FreezeIn
) -> ReportOut:
    """From now on nothing in it changes."""
    reports.freeze(
        session,
        report_id,
        difference_reason=body.difference_reason,
        version=body.version,
        actor=actor,
        at=at,
    )
    return _told(reading.report(session, report_id, actor=actor), at)


@router.post(
    "/{report_id}/hand-over",
    operation_id="handOverReport",
    dependencies=[Once],
    responses=changes(404, 412, codes="report.not_frozen report.handed_over report.in_future"),
)
def hand_over(
    session: WriteSession, actor: CurrentActor, at: Now, report_id: UUID, body: HandOverIn
) -> ReportOut:
    """It was handed to its recipients that day."""
    reports.hand_over(session, report_id, body.on, version=body.version, actor=actor, at=at)
    return _told(reading.report(session, report_id, actor=actor), at)


@router.get(
    "/{report_id}/pdf",
    operation_id="getReportPdf",
    response_class=Response,
    responses={**refusals(403, 404, 422), 200: {"content": {"application/pdf": _BYTES}}},
)
def as_pdf(session: ReadSession, actor: CurrentActor, report_id: UUID) -> Response:
    """As PDF/A, in Swedish, with small numbers hidden; for who reads every county."""
    told = written.written(*reading.whole(session, report_id, actor=actor))
    return Response(written.pdf(told), media_type="application/pdf")


@router.get(
    "/{report_id}/xlsx",
    operation_id="getReportWorkbook",
    response_class=Response,
    responses={**refusals(403, 404, 422), 200: {"content": {XLSX: _BYTES}}},
)
def as_xlsx(session: ReadSession, actor: CurrentActor, report_id: UUID) -> Response:
    """The same as a workbook."""
    told = written.written(*reading.whole(session, report_id, actor=actor))
    return Response(written.workbook(told), media_type=XLSX)


def _told(seen: ReportSeen, at: datetime) -> ReportOut:
    return ReportOut.of(seen, days_late=seen.days_late(local_day(at)))
