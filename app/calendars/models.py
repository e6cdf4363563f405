"""Addresses a calendar is read by."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from workflow.kernel.db import Base


class CalendarFeed(Base):
    """A secret address, stored hashed and shown once; whoever knows it reads the arrivals."""

    __tablename__ = "calendar_feeds"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    at: Mapped[datetime]
    actor: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
