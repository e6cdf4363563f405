"""Proposals to erase a case's people, and what became of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from workflow.kernel.db import Base, EnumText, one_of
from workflow.privacy.states import ErasureState, RetentionRule


class Erasure(Base):
    """A case, or one person of it, proposed for erasure; approved or kept, erased by the worker."""

    __tablename__ = "erasures"
    __table_args__ = (
        one_of("rule", RetentionRule),
        one_of("state", ErasureState),
        CheckConstraint(
            "(state = 'proposed') = (settled_at IS NULL)", name="settled_once_answered"
        ),
        CheckConstraint("(settled_at IS NULL) = (settled_by IS NULL)", name="settled_by_somebody"),
        CheckConstraint("(state = 'erased') = (erased_at IS NOT NULL)", name="erased_at_a_moment"),
        Index(
            "uq_erasures_open",
            "case_id",
            "person_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("state IN ('proposed', 'approved')"),
        ),
        Index("ix_erasures_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    #: Only this person; None: everybody of the case.
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("persons.id"))
    rule: Mapped[RetentionRule] = mapped_column(EnumText(RetentionRule))
    state: Mapped[ErasureState] = mapped_column(
        EnumText(ErasureState), default=ErasureState.PROPOSED
    )
    #: The case's version then: one that has moved since is no longer to be erased.
    case_version: Mapped[int]
    proposed_at: Mapped[datetime]
    #: None: the daily job.
    proposed_by: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    #: Why it is kept.
    reason: Mapped[str | None]
    erased_at: Mapped[datetime | None]
