"""Actions that wait for a second person, and the rules that make them wait."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workflow.approvals.states import Action, ApprovalState
from workflow.kernel.db import Base, EnumText, one_of


class ApprovalRule(Base):
    """Whether an action needs a second person, and from how much on."""

    __tablename__ = "approval_rules"
    __table_args__ = (
        one_of("action", Action),
        CheckConstraint("threshold BETWEEN 1 AND 100000", name="threshold_plausible"),
    )

    action: Mapped[Action] = mapped_column(EnumText(Action), primary_key=True)
    needed: Mapped[bool]
    threshold: Mapped[int]
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[str | None]


class Approval(Base):
    """One action prepared by one person, for another to confirm."""

    __tablename__ = "approvals"
    __table_args__ = (
        one_of("action", Action),
        one_of("state", ApprovalState),
        CheckConstraint(
            "(state = 'waiting') = (settled_at IS NULL)"
            " AND (settled_at IS NULL) = (settled_by IS NULL)",
            name="settled_by_somebody",
        ),
        CheckConstraint("cardinality(prepared_persons) > 0", name="prepared_by_somebody"),
        CheckConstraint(
            "state <> 'approved' OR NOT settled_persons && prepared_persons", name="four_eyes"
        ),
        Index(
            "uq_approvals_waiting",
            "action",
            "subject",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_approvals_prepared_at", "prepared_at", "id"),
        Index("ix_approvals_case_id", "case_id", postgresql_where=text("case_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    action: Mapped[Action] = mapped_column(EnumText(Action))
    state: Mapped[ApprovalState] = mapped_column(EnumText(ApprovalState))
    subject: Mapped[str]
    count: Mapped[int]
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    stands_on: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: Whose second person it takes; None: IMDi's.
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    case_id: Mapped[UUID | None]
    prepared_at: Mapped[datetime]
    prepared_by: Mapped[str]
    prepared_role: Mapped[str]
    #: All who stand behind it, as `Actor.persons` has them.
    prepared_persons: Mapped[list[str]] = mapped_column(ARRAY(String))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    settled_persons: Mapped[list[str] | None] = mapped_column(ARRAY(String))
    #: Why it was rejected.
    reason: Mapped[str | None]
