"""Municipalities, the periods of their names and numbers, and airports."""

from datetime import date
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    String,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflow.kernel.db import Base, EnumText, one_of
from workflow.municipalities.states import LetterLanguage


class Airport(Base):
    """An airport people can be flown to."""

    __tablename__ = "airports"
    __table_args__ = (CheckConstraint("iata ~ '^[A-Z]{3}$'", name="iata_three_letters"),)

    iata: Mapped[str] = mapped_column(String(3), primary_key=True)
    icao: Mapped[str]
    name: Mapped[str]
    latitude: Mapped[Decimal] = mapped_column(Numeric(8, 5))
    longitude: Mapped[Decimal] = mapped_column(Numeric(8, 5))
    #: Scheduled traffic; a strip without it is never proposed.
    scheduled: Mapped[bool]


class Municipality(Base):
    """One municipality through all its names. The named columns are those of its last period."""

    __tablename__ = "municipalities"
    __table_args__ = (
        one_of("letter_language", LetterLanguage),
        CheckConstraint("number ~ '^[0-9]{4}$'", name="number_four_digits"),
        CheckConstraint("valid_to > valid_from", name="valid_period"),
        CheckConstraint(
            "(successor_id IS NULL) OR (valid_to IS NOT NULL)", name="successor_after_end"
        ),
        # Two living municipalities never share a number; a dead one keeps its own.
        Index(
            "uq_municipalities_number",
            "number",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    number: Mapped[str] = mapped_column(String(4))
    official_name: Mapped[str]
    norwegian_name: Mapped[str]
    sami_name: Mapped[str | None]
    county: Mapped[str]
    #: Sorts as people expect in plain byte order (æ ø å, aa, Sami letters).
    sort_key: Mapped[str] = mapped_column(String(collation="C"), index=True)
    organisation_number: Mapped[str | None] = mapped_column(String(9))
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(8, 5))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(8, 5))
    sami_area: Mapped[bool] = mapped_column(default=False)
    letter_language: Mapped[LetterLanguage] = mapped_column(
        EnumText(LetterLanguage), default=LetterLanguage.NEUTRAL
    )
    #: Computed in a straight line, so only a proposal: a fjord makes it wrong at times (R20).
    nearest_airport: Mapped[str | None] = mapped_column(ForeignKey("airports.iata"))
    nearest_airport_km: Mapped[int | None]
    second_airport: Mapped[str | None] = mapped_column(ForeignKey("airports.iata"))
    second_airport_km: Mapped[int | None]
    #: Set by people who know the roads; stands before the nearest.
    preferred_airport: Mapped[str | None] = mapped_column(ForeignKey("airports.iata"))
    valid_from: Mapped[date]
    #: First day it no longer exists.
    valid_to: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))

    @property
    def arrival_airport(self) -> str | None:
        return self.preferred_airport or self.nearest_airport


class MunicipalityName(Base):
    """What a municipality was called and numbered in a period, half-open."""

    __tablename__ = "municipality_names"
    __table_args__ = (
        CheckConstraint("number ~ '^[0-9]{4}$'", name="number_four_digits"),
        CheckConstraint("valid_to > valid_from", name="valid_period"),
        ExcludeConstraint(
            (Column("number"), "="),
            (func.daterange(Column("valid_from"), Column("valid_to")), "&&"),
            name="ex_municipality_names_number_period",
            using="gist",
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"), index=True)
    number: Mapped[str] = mapped_column(String(4))
    official_name: Mapped[str]
    norwegian_name: Mapped[str]
    sami_name: Mapped[str | None]
    county: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class MunicipalityBoundary(Base):
    """Where a municipality lies, as a map of the whole country draws it."""

    __tablename__ = "municipality_boundaries"
    __table_args__ = (
        # It goes into pages as it is.
        CheckConstraint(
            "path ~ '^(M-?[0-9]+ -?[0-9]+(l-?[0-9]+ -?[0-9]+)*z)+$'", name="path_of_lines"
        ),
    )

    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"), primary_key=True)
    #: An SVG path of straight lines on the country's grid, whole numbers.
    path: Mapped[str] = mapped_column(Text)
