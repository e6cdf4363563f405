"""Who may open cases with a protected address, and who has opened a folder."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from workflow.cases.states import Purpose
from workflow.kernel.db import Base, EnumText, one_of


class ProtectedAccess(Base):
    """A person who may open a case with a protected address: by whom, why, and until when.

    Being named opens nothing that the person's role does not: a municipality's employee still sees
    only the municipality's own cases.
    """

    __tablename__ = "protected_access"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
        Index(
            "uq_protected_access_current",
            "case_id",
            "user_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(
            "ix_protected_access_user_id",
            "user_id",
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    #: A user of the application; never a token.
    user_id: Mapped[int]
    given_at: Mapped[datetime]
    given_by: Mapped[str]
    reason: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    end_reason: Mapped[str | None]


class FolderOpening(Base):
    """Somebody saw who the people of a case are: who, for what purpose, when; append-only.

    Once an hour for each reader, case and purpose.
    """

    __tablename__ = "folder_openings"
    __table_args__ = (
        one_of("purpose", Purpose),
        UniqueConstraint("case_id", "opener", "purpose", "hour"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    #: The one who read, unlike for every user and every token's name and office.
    opener: Mapped[str]
    actor: Mapped[str]
    actor_role: Mapped[str]
    user_id: Mapped[int | None]
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    reception_centre: Mapped[str | None]
    purpose: Mapped[Purpose] = mapped_column(EnumText(Purpose))
    #: Chosen by the reader; else it follows from the role and the case's state.
    stated: Mapped[bool]
    at: Mapped[datetime]
    #: The hour `at` lies in, in UTC.
    hour: Mapped[datetime]
