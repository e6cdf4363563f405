"""Notices: one message to one office, or to one person, about one event."""

from datetime import datetime
from typing import Any
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
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from notifications.rules import Audience
from workflow.kernel.db import Base, EnumText, one_of


class Notification(Base):
    """What an office or a person is told; identifiers and codes, never a name."""

    __tablename__ = "notifications"
    __table_args__ = (
        one_of("audience", Audience),
        # The outbox message and the reader are the key: told again is told once.
        UniqueConstraint("outbox_id", "audience", "user_id", postgresql_nulls_not_distinct=True),
        CheckConstraint(
            "(audience = 'municipality') = (municipality_id IS NOT NULL)",
            name="municipality_of_its_own",
        ),
        CheckConstraint("(audience = 'person') = (user_id IS NOT NULL)", name="person_of_its_own"),
        Index("ix_notifications_audience", "audience", "municipality_id", "id"),
        Index(
            "ix_notifications_user_id",
            "user_id",
            "id",
            postgresql_where=text("user_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    outbox_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("outbox.id"))
    audience: Mapped[Audience] = mapped_column(EnumText(Audience))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    message: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    read_by: Mapped[str | None]
