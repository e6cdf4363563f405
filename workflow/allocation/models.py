"""Keys, statistics, runs, targets, swaps and counts of a Swedish deployment.

`county` is a county's two digits. Rows of a municipality carry it, so that row security can tell a
county board its own without a question to another table.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Numeric,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workflow.allocation.states import SwapState, VersionKind
from workflow.kernel.db import Base, EnumText, one_of

_MUNICIPALITY = "municipalities.id"


class DistributionKey(Base):
    """One version of one key, as the file that says it; never changed."""

    __tablename__ = "distribution_keys"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    version: Mapped[int]
    title: Mapped[str]
    valid_from: Mapped[date]
    source: Mapped[str]
    #: TOML.
    parameters: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]


class StatisticsSet(Base):
    """Statistics as they were taken in: from where, of which day; never changed."""

    __tablename__ = "statistics_sets"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    title: Mapped[str]
    source: Mapped[str]
    #: The day the numbers are of.
    day: Mapped[date]
    #: Names of its columns; of the second, which count people, small numbers are hidden.
    columns: Mapped[list[str]] = mapped_column(JSONB)
    people_columns: Mapped[list[str]] = mapped_column(JSONB)
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    actor: Mapped[str]


class Statistic(Base):
    """One number of one municipality; None is not known, which is not 0."""

    __tablename__ = "statistics"

    set_id: Mapped[int] = mapped_column(ForeignKey("statistics_sets.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    county: Mapped[str] = mapped_column(String(2))
    value: Mapped[Decimal | None] = mapped_column(Numeric)
    #: What everybody may see; None is hidden or not known.
    published: Mapped[Decimal | None] = mapped_column(Numeric)


class KeyRun(Base):
    """A key computed on statistics: frozen, and the same for whoever computes it anew."""

    __tablename__ = "key_runs"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int]
    total: Mapped[int]
    key_id: Mapped[int] = mapped_column(ForeignKey("distribution_keys.id"))
    statistics_id: Mapped[int] = mapped_column(ForeignKey("statistics_sets.id"))
    #: Of the table `bosetting key compute` writes from the same parameters and statistics.
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    actor: Mapped[str]


class KeyRunLine(Base):
    """What a run gives one municipality, and what each criterion gives to its share."""

    __tablename__ = "key_run_lines"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("key_runs.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY), primary_key=True)
    county: Mapped[str] = mapped_column(String(2))
    share: Mapped[Decimal] = mapped_column(Numeric)
    credit: Mapped[Decimal] = mapped_column(Numeric)
    gross: Mapped[Decimal] = mapped_column(Numeric)
    net: Mapped[Decimal] = mapped_column(Numeric)
    target: Mapped[int]
    #: By the name of the criterion, each a decimal as text.
    contributions: Mapped[dict[str, Any]] = mapped_column(JSONB)
    #: No hidden number can be reckoned from it: more than the target may be published.
    open: Mapped[bool]


class TargetVersion(Base):
    """All targets of a year from a decision on; never changed."""

    __tablename__ = "target_versions"
    __table_args__ = (UniqueConstraint("year", "number"), one_of("kind", VersionKind))

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    year: Mapped[int]
    number: Mapped[int]
    kind: Mapped[VersionKind] = mapped_column(EnumText(VersionKind))
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("key_runs.id"))
    reason: Mapped[str | None]
    #: Why it holds inside somebody's notice period; None where it does not.
    notice_reason: Mapped[str | None]
    told_on: Mapped[date]
    effective_on: Mapped[date]
    at: Mapped[datetime]
    actor: Mapped[str]


class TargetChange(Base):
    """What a version changed for one municipality; None before is no number yet."""

    __tablename__ = "target_changes"
    __table_args__ = (
        CheckConstraint("after >= 0", name="after_not_negative"),
        CheckConstraint("before IS DISTINCT FROM after", name="changed"),
    )

    version_id: Mapped[int] = mapped_column(ForeignKey("target_versions.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY), primary_key=True)
    county: Mapped[str] = mapped_column(String(2))
    before: Mapped[int | None]
    after: Mapped[int]
    #: Of `after`: carried over from the year before.
    carried: Mapped[int]
    inside_notice: Mapped[bool]


class Target(Base):
    """How many a municipality has as its number for a year, as of the last version."""

    __tablename__ = "targets"
    __table_args__ = (CheckConstraint("persons >= 0", name="not_negative"),)

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    municipality_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY), primary_key=True)
    county: Mapped[str] = mapped_column(String(2))
    persons: Mapped[int]
    #: The version that set it.
    version_id: Mapped[int] = mapped_column(ForeignKey("target_versions.id"))


class TargetCarry(Base):
    """A correction that is not made this year but added to the next year's first number."""

    __tablename__ = "target_carries"
    __table_args__ = (CheckConstraint("persons <> 0", name="not_nothing"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    #: The year it is added to.
    year: Mapped[int]
    municipality_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY))
    county: Mapped[str] = mapped_column(String(2))
    persons: Mapped[int]
    reason: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    #: Where it was added; None while it waits.
    version_id: Mapped[int | None] = mapped_column(ForeignKey("target_versions.id"))


class TargetSwap(Base):
    """Persons of a year's numbers that one municipality gives another of its county."""

    __tablename__ = "target_swaps"
    __table_args__ = (
        one_of("state", SwapState),
        CheckConstraint("giver_id <> taker_id", name="between_two"),
        CheckConstraint("persons > 0", name="somebody"),
        Index("ix_target_swaps_county", "county", "year"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    year: Mapped[int]
    county: Mapped[str] = mapped_column(String(2))
    giver_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY))
    taker_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY))
    #: Who proposed it; the other one agrees.
    proposer_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY))
    persons: Mapped[int]
    state: Mapped[SwapState] = mapped_column(EnumText(SwapState))
    reason: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[str]
    agreed_at: Mapped[datetime | None]
    agreed_by: Mapped[str | None]
    #: Confirmed, declined or taken back.
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    answer: Mapped[str | None]
    version_id: Mapped[int | None] = mapped_column(ForeignKey("target_versions.id"))
    version: Mapped[int]


class TargetExcess(Base):
    """Why somebody went past a municipality's number: the key guides, it does not bind."""

    __tablename__ = "target_excesses"
    __table_args__ = (CheckConstraint("persons > 0", name="somebody"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    year: Mapped[int]
    municipality_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY))
    county: Mapped[str] = mapped_column(String(2))
    #: How many past the number.
    persons: Mapped[int]
    #: What went past it: `count`, or the sign of an agreement.
    what: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]


class NoticeTerm(Base):
    """How many days a municipality is told beforehand, where it is not the usual."""

    __tablename__ = "notice_terms"
    __table_args__ = (CheckConstraint("days >= 0", name="not_negative"),)

    municipality_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY), primary_key=True)
    days: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]


class PeopleCount(Base):
    """How many live where on a day, without anybody's name; the last of a day holds."""

    __tablename__ = "people_counts"
    __table_args__ = (Index("ix_people_counts_day", "day"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    day: Mapped[date]
    source: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    #: How even it was against the year's numbers, by several measures.
    evenness: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    #: By kind of count, then by county's digits and `country`, as published; null is hidden.
    sums: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    at: Mapped[datetime]
    actor: Mapped[str]


class PeopleCountLine(Base):
    """One municipality of a count, by how people stand to its number."""

    __tablename__ = "people_count_lines"

    count_id: Mapped[int] = mapped_column(ForeignKey("people_counts.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY), primary_key=True)
    county: Mapped[str] = mapped_column(String(2))
    in_the_number: Mapped[int]
    own_housing: Mapped[int]
    unaccompanied: Mapped[int]
    without_permit: Mapped[int]
    other_basis: Mapped[int]
    #: What everybody may see; None is hidden.
    published_in_the_number: Mapped[int | None]
    published_own_housing: Mapped[int | None]
