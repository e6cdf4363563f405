"""Reports of a Swedish deployment."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.api.schemas.fields import Answer, Body, Day, Long, Short, Year
from app.api.schemas.sweden import Version, examples
from workflow.reports.states import CostKind, ReportKind, ReportState


class CostIn(Body):
    what: CostKind
    kronor: Annotated[
        int,
        Field(strict=True, ge=0, le=10**12, description="Whole kronor since the beginning."),
    ]


class ReportIn(Body):
    model_config = examples(
        kind="running",
        title="Läget i juni",
        year=2022,
        day="2022-06-01",
        recipients="Justitiedepartementet",
        costs=[{"what": "accommodation", "kronor": 1200000}],
    )

    kind: ReportKind
    title: Short
    year: Annotated[Year, Field(description="Of the targets it tells of.")]
    day: Annotated[Day, Field(description="The day it tells of.")]
    recipients: Short
    due_on: Day | None = None
    opening_id: Annotated[
        UUID | None, Field(description="A final report's frozen interim report.")
    ] = None
    costs: Annotated[list[CostIn], Field(max_length=10)] = []


class PartSignIn(Body):
    model_config = examples(sha256="0" * 64, text="Länsstyrelsen står bakom uppgifterna.")

    sha256: Annotated[
        str,
        Field(pattern=r"^[0-9a-f]{64}$", description="Of the part as it was read; else stale."),
    ]
    text: Annotated[Long, Field(description="What the board says of its county.")]


class CoordinateIn(Body):
    model_config = examples(version=1)

    version: Version


class FreezeIn(Body):
    model_config = examples(version=1)

    version: Version
    difference_reason: Annotated[
        Long | None, Field(description="Why opening and changes are not the closing figures.")
    ] = None


class HandOverIn(Body):
    model_config = examples(version=2, on="2022-06-01")

    version: Version
    on: Day


class ReportOut(Answer):
    id: UUID
    kind: ReportKind
    title: str
    year: int
    day: date
    due_on: date | None
    recipients: str
    opening_id: UUID | None
    state: ReportState
    sha256: Annotated[
        str, Field(description="Of the parts; when frozen of head, parts, words and signatures.")
    ]
    taken_at: datetime
    taken_by: str
    coordinated_at: datetime | None
    coordinated_by: str | None
    frozen_at: datetime | None
    frozen_by: str | None
    difference_reason: str | None
    handed_over_on: date | None
    handed_over_by: str | None
    days_late: Annotated[int, Field(description="After it was due, until handed over or today.")]
    version: int


class ReportPartOut(Answer):
    """A county's figures in full, or the country's (`00`)."""

    county: str
    figures: Annotated[dict[str, Any], Field(description="As they were taken.")]
    sha256: Annotated[str, Field(description="Of the figures as canonical JSON.")]
    text: str | None
    signed_at: datetime | None
    signed_by: str | None
