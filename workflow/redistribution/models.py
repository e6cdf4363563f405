"""Runs over many cases, their items, and the published rule sets."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workflow.kernel.db import Base, EnumText, one_of
from workflow.redistribution.states import ItemOutcome, RunKind, RunState


class RuleSetVersion(Base):
    """A rule set in force from a day on, published at /rules (forvaltningsloven 2025 § 13)."""

    __tablename__ = "rule_sets"
    __table_args__ = (
        CheckConstraint("vacancy_window BETWEEN 0 AND 1", name="vacancy_window_is_a_share"),
        CheckConstraint("next_shown BETWEEN 0 AND 50", name="next_shown_plausible"),
    )

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    valid_from: Mapped[date]
    #: Share of decided places; 0.1 = ten percentage points.
    vacancy_window: Mapped[Decimal] = mapped_column(Numeric(6, 5))
    next_shown: Mapped[int]
    note: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]


class Run(Base):
    """Preview → confirm → undo, over a frozen selection of cases."""

    __tablename__ = "runs"
    __table_args__ = (
        one_of("kind", RunKind),
        one_of("state", RunState),
        Index("ix_runs_kind_at", "kind", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[RunKind] = mapped_column(EnumText(RunKind))
    state: Mapped[RunState] = mapped_column(EnumText(RunState), default=RunState.PREVIEW)
    #: Says which selection was shown: a digest of cases and their versions.
    token: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: Free places right after the confirm, by municipality id: what R02's share is counted from.
    free_after: Mapped[dict[str, int] | None] = mapped_column(JSONB)
    rules_version: Mapped[int | None] = mapped_column(ForeignKey("rule_sets.version"))
    at: Mapped[datetime]
    actor: Mapped[str]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None]
    #: Letters and notices leave then; until then it can be undone.
    undo_until: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]


class RunItem(Base):
    """One case in a run."""

    __tablename__ = "run_items"
    __table_args__ = (
        one_of("outcome", ItemOutcome),
        Index("ix_run_items_run_id_position", "run_id", "position"),
        Index("ix_run_items_case_id", "case_id"),
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    position: Mapped[int]
    outcome: Mapped[ItemOutcome] = mapped_column(EnumText(ItemOutcome))
    code: Mapped[str | None]
    persons: Mapped[int]
    #: Where it stood (withdrawal) or is to be put (redistribution).
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    vacancy_id: Mapped[UUID | None]
    reversal: Mapped[bool] = mapped_column(default=False)
    reasons: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    #: Reported homes that fitted the case and are not used for it: id and the criterion.
    passed_over: Mapped[list[dict[str, str]] | None] = mapped_column(JSONB)
    #: The case's version in the preview, and after the confirm.
    case_version: Mapped[int]
    version_after: Mapped[int | None]
    #: What the undo puts back.
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
