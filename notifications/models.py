"""Notices: one message to one office, about one event."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from notifications.rules import Audience
from workflow.kernel.db import Base, EnumText, one_of


class Notification(Base):
    """What an office is told; identifiers and codes, never a name."""

    __tablename__ = "notifications"
    __table_args__ = (
        one_of("audience", Audience),
        # The outbox message and the office are the key: told again is told once.
        UniqueConstraint("outbox_id", "audience"),
        CheckConstraint(
            "(audience = 'municipality') = (municipality_id IS NOT NULL)",
            name="municipality_of_its_own",
        ),
        Index("ix_notifications_audience", "audience", "municipality_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    outbox_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("outbox.id"))
    audience: Mapped[Audience] = mapped_column(EnumText(Audience))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    message: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    read_by: Mapped[str | None]
