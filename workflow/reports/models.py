"""Reports and their parts; a trigger refuses to change what is frozen."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workflow.kernel.db import Base, EnumText, one_of
from workflow.reports.states import ReportKind, ReportState


class Report(Base):
    """One report: of which day, when it is due, and the digest of all its parts."""

    __tablename__ = "reports"
    __table_args__ = (
        one_of("kind", ReportKind),
        one_of("state", ReportState),
        CheckConstraint("(kind = 'final') = (opening_id IS NOT NULL)", name="final_has_opening"),
        CheckConstraint("(state = 'frozen') = (frozen_at IS NOT NULL)", name="frozen_when"),
        CheckConstraint("handed_over_on IS NULL OR state = 'frozen'", name="handed_over_frozen"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[ReportKind] = mapped_column(EnumText(ReportKind))
    title: Mapped[str]
    #: Of the targets it tells of.
    year: Mapped[int]
    #: The day it tells of.
    day: Mapped[date]
    due_on: Mapped[date | None]
    #: Whom it is handed to.
    recipients: Mapped[str]
    opening_id: Mapped[UUID | None] = mapped_column(ForeignKey("reports.id"))
    state: Mapped[ReportState] = mapped_column(EnumText(ReportState))
    #: Of the digests of its parts.
    sha256: Mapped[str] = mapped_column(String(64))
    taken_at: Mapped[datetime]
    taken_by: Mapped[str]
    coordinated_at: Mapped[datetime | None]
    coordinated_by: Mapped[str | None]
    frozen_at: Mapped[datetime | None]
    frozen_by: Mapped[str | None]
    #: Why opening and changes are not the closing figures.
    difference_reason: Mapped[str | None]
    handed_over_on: Mapped[date | None]
    handed_over_by: Mapped[str | None]
    version: Mapped[int]


class ReportPart(Base):
    """The figures of one county, or of the country (`00`), as they were when they were taken."""

    __tablename__ = "report_parts"

    report_id: Mapped[UUID] = mapped_column(ForeignKey("reports.id"), primary_key=True)
    county: Mapped[str] = mapped_column(String(2), primary_key=True)
    figures: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: Of the figures, as canonical JSON.
    sha256: Mapped[str] = mapped_column(String(64))
    #: What the board says of its county.
    text: Mapped[str | None]
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None]
