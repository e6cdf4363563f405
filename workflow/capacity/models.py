"""A municipality's year of places, its entries; its pauses, weeks, services, limits of kinds."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from workflow.capacity.states import EntryKind, HouseholdKind, Pool, Service
from workflow.kernel.db import Base, EnumText, one_of
from workflow.kernel.weeks import Week


class PlaceAccount(Base):
    """One municipality's places in one year and pool, counted in persons. Also the lock of them.

    `decided_places` None = not registered, 0 = said no. New holds are taken by a conditional update
    that never touches `overrun`; only facts that are recorded as they are may move it.
    """

    __tablename__ = "place_accounts"
    __table_args__ = (
        UniqueConstraint("municipality_id", "year", "pool"),
        one_of("pool", Pool),
        CheckConstraint("year BETWEEN 1990 AND 2100", name="year_plausible"),
        CheckConstraint(
            "original_request >= 0 AND adjusted_request >= 0"
            " AND decided_places >= 0 AND extra_places >= 0",
            name="never_negative",
        ),
        CheckConstraint(
            "held >= 0 AND settled >= 0 AND overrun >= 0", name="counts_never_negative"
        ),
        CheckConstraint(
            "held + settled <= coalesce(decided_places, 0) + extra_places + overrun",
            name="ceiling",
        ),
        Index("ix_place_accounts_year_pool", "year", "pool"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    year: Mapped[int]
    pool: Mapped[Pool] = mapped_column(EnumText(Pool), default=Pool.ORDINARY)
    #: The first letter's number; never overwritten by the adjusted one (R01).
    original_request: Mapped[int | None]
    original_request_on: Mapped[date | None]
    adjusted_request: Mapped[int | None]
    adjusted_request_on: Mapped[date | None]
    #: What the council said yes to.
    decided_places: Mapped[int | None]
    #: The municipality's own recorded yes to more.
    extra_places: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    settled: Mapped[int] = mapped_column(default=0)
    #: Persons beyond the ceiling by recorded facts: a lowered decision, an import, a birth.
    overrun: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)


class PlaceEntry(Base):
    """One line of the ledger; never changed nor removed (a trigger refuses it)."""

    __tablename__ = "place_entries"
    __table_args__ = (
        one_of("kind", EntryKind),
        Index("ix_place_entries_account_id_id", "account_id", "id"),
        Index("ix_place_entries_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("place_accounts.id"))
    at: Mapped[datetime]
    kind: Mapped[EntryKind] = mapped_column(EnumText(EntryKind))
    #: Change of the held and settled persons; the ceiling's change for `decided` and `extra`.
    held_change: Mapped[int] = mapped_column(default=0)
    settled_change: Mapped[int] = mapped_column(default=0)
    ceiling_change: Mapped[int] = mapped_column(default=0)
    #: max(0, ceiling − used) after this entry.
    free_after: Mapped[int]
    case_id: Mapped[UUID | None]
    run_id: Mapped[UUID | None]
    actor: Mapped[str]
    reason: Mapped[str | None]


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


class WeeklyCapacity(Base):
    """How many persons a municipality can settle in one week; a week without it has no bound."""

    __tablename__ = "weekly_capacities"
    __table_args__ = (CheckConstraint("persons BETWEEN 0 AND 10000", name="persons_plausible"),)

    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"), primary_key=True)
    week: Mapped[Week] = mapped_column(primary_key=True)
    persons: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]


class MunicipalityService(Base):
    """What a municipality can offer; needs of cases are held against it by the planner."""

    __tablename__ = "municipality_services"
    __table_args__ = (
        one_of("service", Service),
        CheckConstraint("(service = 'language') = (language <> '')", name="language_of_support"),
        CheckConstraint(
            "minutes IS NULL OR (service = 'specialist_health' AND minutes BETWEEN 0 AND 600)",
            name="minutes_plausible",
        ),
    )

    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"), primary_key=True)
    service: Mapped[Service] = mapped_column(EnumText(Service), primary_key=True)
    #: Of the service language: which, in lower case; otherwise empty.
    language: Mapped[str] = mapped_column(primary_key=True, default="")
    #: How far away it lies; None: in the municipality.
    minutes: Mapped[int | None]
    at: Mapped[datetime]
    actor: Mapped[str]


class KindLimit(Base):
    """How many households of a kind a municipality wishes to settle between two days; 0 = none.

    A wish until IMDi confirms it; what is confirmed binds the planner and nothing else.
    """

    __tablename__ = "kind_limits"
    __table_args__ = (
        one_of("kind", HouseholdKind),
        CheckConstraint("most BETWEEN 0 AND 1000", name="most_plausible"),
        CheckConstraint("until_on >= from_on", name="period"),
        CheckConstraint(
            "(confirmed IS NULL) = (answered_at IS NULL)"
            " AND (confirmed IS NULL) = (answered_by IS NULL)",
            name="answer_whole",
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="end_whole"),
        Index("ix_kind_limits_municipality_id", "municipality_id", "from_on"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    kind: Mapped[HouseholdKind] = mapped_column(EnumText(HouseholdKind))
    most: Mapped[int]
    from_on: Mapped[date]
    #: The last day it holds.
    until_on: Mapped[date]
    reason: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    #: IMDi's answer; None: it waits for one.
    confirmed: Mapped[bool | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    answer: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
