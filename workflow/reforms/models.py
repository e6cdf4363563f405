"""Recorded reforms and who took part; append-only."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workflow.kernel.db import Base, EnumText, one_of
from workflow.reforms.states import ReformKind, Side


class Reform(Base):
    """Municipalities that ended on a day, and those that came after them."""

    __tablename__ = "reforms"
    __table_args__ = (one_of("kind", ReformKind),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    kind: Mapped[ReformKind] = mapped_column(EnumText(ReformKind))
    #: First day of the successors.
    on_day: Mapped[date]
    at: Mapped[datetime]
    actor: Mapped[str]


class ReformParty(Base):
    """One municipality's part in a reform."""

    __tablename__ = "reform_parties"
    __table_args__ = (
        one_of("side", Side),
        Index("ix_reform_parties_municipality_id", "municipality_id"),
    )

    reform_id: Mapped[int] = mapped_column(ForeignKey("reforms.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"), primary_key=True)
    side: Mapped[Side] = mapped_column(EnumText(Side))
    #: The places of the years its successor takes over, as they stood until then: a list of year,
    #: pool, requests, decided and extra places, held and settled, in persons.
    places: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
