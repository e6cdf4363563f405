"""Runs over many cases, their items, and the published rule sets."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Numeric, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workflow.kernel.db import Base, EnumText, one_of
from workflow.redistribution.states import (
    DraftState,
    ItemOutcome,
    PreparationState,
    RunKind,
    RunState,
    ScoreUnit,
)


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
    #: The whole of it, as `planning.rule_sets` writes it down.
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str]
    actor: Mapped[str]
    at: Mapped[datetime]


class RuleDraft(Base):
    """A rule set that is written, tried on last month and proposed, before it is a version."""

    __tablename__ = "rule_drafts"
    __table_args__ = (one_of("state", DraftState), Index("ix_rule_drafts_at", "at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    state: Mapped[DraftState] = mapped_column(EnumText(DraftState), default=DraftState.DRAFT)
    valid_from: Mapped[date]
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB)
    note: Mapped[str]
    #: What it would have done to last month, beside the rule set in force then.
    simulation: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    simulated_at: Mapped[datetime | None]
    proposed_at: Mapped[datetime | None]
    proposed_by: Mapped[str | None]
    #: What it became.
    rules_version: Mapped[int | None] = mapped_column(ForeignKey("rule_sets.version"))
    at: Mapped[datetime]
    actor: Mapped[str]


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


class RunPreparation(Base):
    """A preview of a redistribution that is made beside the request, by whichever worker takes it.

    Working: until `leased_until` nobody else takes it; `attempt` says whose it is.
    """

    __tablename__ = "run_preparations"
    __table_args__ = (
        one_of("state", PreparationState),
        CheckConstraint("per_mille BETWEEN 0 AND 1000", name="per_mille_is_a_share"),
        CheckConstraint("(state = 'done') = (run_id IS NOT NULL)", name="done_with_a_run"),
        CheckConstraint("(state = 'failed') = (code IS NOT NULL)", name="failed_says_why"),
        CheckConstraint("(state = 'working') = (leased_until IS NOT NULL)", name="leased_at_work"),
        Index(
            "ix_run_preparations_open",
            "at",
            postgresql_where=text("state IN ('waiting', 'working')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    state: Mapped[PreparationState] = mapped_column(
        EnumText(PreparationState), default=PreparationState.WAITING
    )
    #: The cases where some were chosen, `year`, `method` and `band`.
    asked: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: Cases it is about, as many as there were when it was asked for.
    cases: Mapped[int]
    #: What is under way (planning.progress), and how much of that is done.
    part: Mapped[str | None]
    per_mille: Mapped[int] = mapped_column(default=0)
    attempt: Mapped[int] = mapped_column(default=0)
    #: By the machines' own time, not the demonstration's.
    leased_until: Mapped[datetime | None]
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("runs.id"))
    #: Why it failed: the refusal's code, and the sentence in English.
    code: Mapped[str | None]
    detail: Mapped[str | None]
    #: Who acts, whole: the preview is made in this name.
    asked_by: Mapped[dict[str, Any]] = mapped_column(JSONB)
    actor: Mapped[str]
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


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
    #: The case as the plan saw it; with the run's own plan it makes the line again.
    input: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    #: Another choice than the plan's: why, by whom, what it costs, and what the plan said.
    override: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class RunPlan(Base):
    """What a redistribution run was planned from, beside its cases: the same gives the same."""

    __tablename__ = "run_plans"

    run_id: Mapped[UUID] = mapped_column(
        ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True
    )
    planner_version: Mapped[int]
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: How the municipalities stood.
    standings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    planned_on: Mapped[date]
    #: The figures of the plan, and its steps with bound and what each gave up.
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    #: Of rules, standings and cases.
    inputs_sha256: Mapped[str]


class ScoreImport(Base):
    """Scores of cases in municipalities, brought in from outside; used only where it is asked."""

    __tablename__ = "score_imports"
    __table_args__ = (one_of("unit", ScoreUnit),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    unit: Mapped[ScoreUnit] = mapped_column(EnumText(ScoreUnit), default=ScoreUnit.HOUSEHOLD)
    source: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str]
    pairs: Mapped[int]
    actor: Mapped[str]
    at: Mapped[datetime]


class OutcomeScore(Base):
    """What one case scores, by municipality number; of persons a list, without who they are."""

    __tablename__ = "outcome_scores"
    __table_args__ = (Index("ix_outcome_scores_case_id", "case_id"),)

    import_id: Mapped[int] = mapped_column(ForeignKey("score_imports.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    scores: Mapped[dict[str, Any]] = mapped_column(JSONB)


class WhatIf(Base):
    """A named question of what would follow from other figures; it changes nothing."""

    __tablename__ = "what_ifs"
    __table_args__ = (Index("ix_what_ifs_at", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    year: Mapped[int]
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: What it came to when it was kept.
    outcome: Mapped[dict[str, Any]] = mapped_column(JSONB)
    actor: Mapped[str]
    at: Mapped[datetime]
