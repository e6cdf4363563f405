"""Reports and their parts as an actor sees them: a county board the heads and its own part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflow.allocation.access import READS_ALL
from workflow.kernel.actor import Actor
from workflow.kernel.errors import NotFound
from workflow.municipalities.sweden import COUNTIES
from workflow.reports.access import own_parts, visible
from workflow.reports.errors import NotTheirReport
from workflow.reports.models import Report, ReportPart
from workflow.reports.states import ReportKind, ReportState


@dataclass(frozen=True, slots=True)
class ReportSeen:
    id: UUID
    kind: ReportKind
    title: str
    year: int
    day: date
    due_on: date | None
    recipients: str
    opening_id: UUID | None
    state: ReportState
    sha256: str
    taken_at: datetime
    taken_by: str
    coordinated_at: datetime | None
    coordinated_by: str | None
    frozen_at: datetime | None
    frozen_by: str | None
    difference_reason: str | None
    handed_over_on: date | None
    handed_over_by: str | None
    version: int

    def days_late(self, on: date) -> int:
        """Days after it was due, by when it was handed over, else by now."""
        if self.due_on is None:
            return 0
        return max(0, ((self.handed_over_on or on) - self.due_on).days)


@dataclass(frozen=True, slots=True)
class PartSeen:
    county: str
    figures: dict[str, Any]
    sha256: str
    text: str | None
    signed_at: datetime | None
    signed_by: str | None

    @property
    def name(self) -> str | None:
        return COUNTIES.get(self.county)


def reports(session: Session, *, actor: Actor) -> list[ReportSeen]:
    """The latest day first."""
    rows = session.execute(
        _REPORT.where(visible(actor)).order_by(Report.day.desc(), Report.taken_at.desc()).limit(200)
    )
    return [ReportSeen(*row) for row in rows]


def report(session: Session, report_id: UUID, *, actor: Actor, lock: bool = False) -> ReportSeen:
    """Raises NotFound."""
    wanted = _REPORT.where(Report.id == report_id, visible(actor))
    row = session.execute(wanted.with_for_update() if lock else wanted).one_or_none()
    if row is None:
        raise NotFound("report")
    return ReportSeen(*row)


def parts_of(
    session: Session, report_id: UUID, *, actor: Actor, lock: bool = False
) -> Sequence[PartSeen]:
    """Those the actor reads, the country's first, then by county."""
    wanted = _PART.where(ReportPart.report_id == report_id, own_parts(ReportPart, actor)).order_by(
        ReportPart.county
    )
    rows = session.execute(wanted.with_for_update() if lock else wanted)
    return [PartSeen(*row) for row in rows]


def part(session: Session, report_id: UUID, county: str, *, actor: Actor) -> PartSeen:
    """Raises NotFound."""
    found = [one for one in parts_of(session, report_id, actor=actor) if one.county == county]
    if not found:
        raise NotFound("part")
    return found[0]


def whole(
    session: Session, report_id: UUID, *, actor: Actor
) -> tuple[ReportSeen, Sequence[PartSeen]]:
    """A report with every part of it, for who reads all.

    Raises:
        NotFound; NotTheirReport: a board reads its own part.
    """
    seen = report(session, report_id, actor=actor)
    if actor.role not in READS_ALL:
        raise NotTheirReport("a board reads its own part", role=actor.role)
    return seen, parts_of(session, report_id, actor=actor)


_REPORT: Any = select(*Report.__table__.columns)
_PART: Any = select(
    ReportPart.county,
    ReportPart.figures,
    ReportPart.sha256,
    ReportPart.text,
    ReportPart.signed_at,
    ReportPart.signed_by,
)
