"""A pause in settlement that a municipality has asked for."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from workflow.kernel.db import Base


class Pause(Base):
    """What a municipality has asked for; it stops nothing by itself, and counts in a claim."""

    __tablename__ = "pauses"
    __table_args__ = (
        CheckConstraint("until_on >= from_on", name="period"),
        Index("ix_pauses_municipality_id", "municipality_id", "from_on"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    from_on: Mapped[date]
    #: Last day it is asked for; None = until the municipality says otherwise.
    until_on: Mapped[date | None]
    reason: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
