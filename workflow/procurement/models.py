"""Plans that were kept."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workflow.kernel.db import Base, EnumText, one_of
from workflow.procurement.states import Method


class ProcurementPlan(Base):
    """What was to be bought, of what there was; never changed."""

    __tablename__ = "procurement_plans"
    __table_args__ = (
        one_of("method", Method),
        CheckConstraint("wanted > 0", name="of_some_places"),
        CheckConstraint("chosen >= 0 AND best >= 0", name="one_of_its_plans"),
        CheckConstraint("chosen = best OR reason IS NOT NULL", name="another_one_why"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    title: Mapped[str]
    #: Of the numbers, and the day places were counted.
    year: Mapped[int]
    day: Mapped[date]
    wanted: Mapped[int]
    #: Prices, offers and needs as they were, and the SHA-256 of their canonical JSON.
    prices: Mapped[dict[str, Any]] = mapped_column(JSONB)
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB)
    sha256: Mapped[str] = mapped_column(String(64))
    method: Mapped[Method] = mapped_column(EnumText(Method))
    #: Every efficient plan, the cheapest first; the one with the least stated price, and the one
    #: that was chosen.
    found: Mapped[list[Any]] = mapped_column(JSONB)
    best: Mapped[int]
    chosen: Mapped[int]
    #: Why another one than the best.
    reason: Mapped[str | None]
    at: Mapped[datetime]
    actor: Mapped[str]
