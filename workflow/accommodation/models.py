"""Objects, offers, contracts, call-offs and what they come from.

`county` is a county's two digits. Rows of a municipality carry it, so that row security can tell a
county board its own without a question to another table. Money is in öre.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workflow.accommodation.states import (
    AccommodationKind,
    Meals,
    OfferState,
    OwnerKind,
    RowState,
    Standard,
    Term,
)
from workflow.kernel.db import Base, EnumText, one_of

_MUNICIPALITY, _OBJECT = "municipalities.id", "accommodation_objects.id"


class LocationWeights(Base):
    """What counts how much in the score of where an object lies; never changed, the last holds."""

    __tablename__ = "location_weights"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    valid_from: Mapped[date] = mapped_column(unique=True)
    reason: Mapped[str]
    #: By Nearby: weight (a decimal as text), near and far in metres and in minutes.
    features: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime]
    actor: Mapped[str]


class Inventory(Base):
    """A county board's inventory as it was taken in."""

    __tablename__ = "inventories"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    county: Mapped[str] = mapped_column(String(2))
    source: Mapped[str]
    day: Mapped[date]
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    actor: Mapped[str]


class InventoryRow(Base):
    """One line of it: waiting, used as an object, or rejected and why."""

    __tablename__ = "inventory_rows"
    __table_args__ = (
        one_of("state", RowState),
        UniqueConstraint("inventory_id", "line"),
        CheckConstraint("(state = 'used') = (object_id IS NOT NULL)", name="used_as_an_object"),
        CheckConstraint("(state = 'rejected') = (reason IS NOT NULL)", name="rejected_why"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    inventory_id: Mapped[int] = mapped_column(ForeignKey("inventories.id"))
    #: In the file, the header being 1.
    line: Mapped[int]
    county: Mapped[str] = mapped_column(String(2))
    #: None: the line names none.
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey(_MUNICIPALITY))
    #: As the file says it, by column.
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[RowState] = mapped_column(EnumText(RowState))
    reason: Mapped[str | None]
    object_id: Mapped[UUID | None] = mapped_column(ForeignKey(_OBJECT))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]


class AccommodationObject(Base):
    """A house, or what else is lived in: how many beds, and what is near."""

    __tablename__ = "accommodation_objects"
    __table_args__ = (
        one_of("owner", OwnerKind),
        one_of("standard", Standard),
        CheckConstraint("beds > 0", name="some_beds"),
        CheckConstraint("score_override BETWEEN 0 AND 100", name="score_of_a_hundred"),
        CheckConstraint(
            "(score_override IS NULL) = (score_note IS NULL)", name="overridden_with_a_note"
        ),
        Index("ix_accommodation_objects_municipality_id", "municipality_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY))
    county: Mapped[str] = mapped_column(String(2))
    name: Mapped[str]
    address: Mapped[str | None]
    owner: Mapped[OwnerKind] = mapped_column(EnumText(OwnerKind))
    standard: Mapped[Standard] = mapped_column(EnumText(Standard))
    #: All there are; no more of it is counted, however many contracts there are.
    beds: Mapped[int]
    #: To the nearest, in metres or in minutes by foot or public transport; None is not known.
    transit_metres: Mapped[int | None]
    transit_minutes: Mapped[int | None]
    health_centre_metres: Mapped[int | None]
    health_centre_minutes: Mapped[int | None]
    school_metres: Mapped[int | None]
    school_minutes: Mapped[int | None]
    service_metres: Mapped[int | None]
    service_minutes: Mapped[int | None]
    #: Instead of the score, 0 to 100, and why.
    score_override: Mapped[int | None]
    score_note: Mapped[str | None]
    scored_by: Mapped[str | None]
    #: Where it is known from, in words; the line of the inventory names it, too.
    provenance: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
    version: Mapped[int]


class BedChange(Base):
    """An object has more or fewer beds from a day on; append-only."""

    __tablename__ = "bed_changes"
    __table_args__ = (
        CheckConstraint("before > 0 AND after > 0 AND before <> after", name="changed"),
        Index("ix_bed_changes_object_id", "object_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    object_id: Mapped[UUID] = mapped_column(ForeignKey(_OBJECT))
    municipality_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY))
    county: Mapped[str] = mapped_column(String(2))
    on: Mapped[date]
    before: Mapped[int]
    after: Mapped[int]
    reason: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]


class AccommodationOffer(Base):
    """So many places of an object at a price, from a day."""

    __tablename__ = "accommodation_offers"
    __table_args__ = (
        one_of("kind", AccommodationKind),
        one_of("meals", Meals),
        one_of("term", Term),
        one_of("state", OfferState),
        CheckConstraint("beds > 0", name="some_beds"),
        CheckConstraint("price_ore >= 0", name="price_not_negative"),
        CheckConstraint("(meals = 'when_needed') = (meal_ore IS NOT NULL)", name="price_of_meals"),
        CheckConstraint("available_until >= available_from", name="until_after_from"),
        CheckConstraint("min_beds BETWEEN 1 AND beds", name="fewest_of_those_offered"),
        Index("ix_accommodation_offers_object_id", "object_id"),
        Index("ix_accommodation_offers_state", "state", "municipality_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    object_id: Mapped[UUID] = mapped_column(ForeignKey(_OBJECT))
    municipality_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY))
    county: Mapped[str] = mapped_column(String(2))
    kind: Mapped[AccommodationKind] = mapped_column(EnumText(AccommodationKind))
    supplier: Mapped[str]
    reference: Mapped[str | None]
    beds: Mapped[int]
    #: The fewest it may be accepted with; None: nothing is said of it.
    min_beds: Mapped[int | None]
    #: For one place and one night, what is included with it.
    price_ore: Mapped[int]
    meals: Mapped[Meals] = mapped_column(EnumText(Meals))
    #: For one person and one day, where meals are given when needed.
    meal_ore: Mapped[int | None]
    term: Mapped[Term] = mapped_column(EnumText(Term))
    #: A place costs only the nights somebody sleeps there.
    pay_when_used: Mapped[bool]
    available_from: Mapped[date]
    #: The last night; None: for as long as the term.
    available_until: Mapped[date | None]
    state: Mapped[OfferState] = mapped_column(EnumText(OfferState))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    end_reason: Mapped[str | None]
    at: Mapped[datetime]
    actor: Mapped[str]
    version: Mapped[int]


class AccommodationContract(Base):
    """What was signed. A framework holds places ready: only what is called off is counted."""

    __tablename__ = "accommodation_contracts"
    __table_args__ = (
        one_of("kind", AccommodationKind),
        one_of("meals", Meals),
        CheckConstraint("beds > 0", name="some_beds"),
        CheckConstraint("price_ore >= 0", name="price_not_negative"),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("framework OR municipality_id IS NOT NULL", name="where"),
        CheckConstraint("municipality_id IS NULL OR county IS NOT NULL", name="county_of_it"),
        CheckConstraint("(ended_on IS NULL) = (end_reason IS NULL)", name="ended_why"),
        CheckConstraint("ended_on BETWEEN starts_on - 1 AND ends_on", name="ended_in_its_time"),
        Index("ix_accommodation_contracts_county", "county", "municipality_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[AccommodationKind] = mapped_column(EnumText(AccommodationKind))
    framework: Mapped[bool]
    offer_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("accommodation_offers.id"), unique=True
    )
    #: None: a framework of a county, or of the country where that is None, too.
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey(_MUNICIPALITY))
    county: Mapped[str | None] = mapped_column(String(2))
    supplier: Mapped[str]
    reference: Mapped[str | None]
    #: Of a framework: the most that may be called off at a time.
    beds: Mapped[int]
    price_ore: Mapped[int]
    meals: Mapped[Meals] = mapped_column(EnumText(Meals))
    meal_ore: Mapped[int | None]
    pay_when_used: Mapped[bool]
    starts_on: Mapped[date]
    #: The last night.
    ends_on: Mapped[date]
    #: The last night, where it was ended before its time, and why.
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None]
    at: Mapped[datetime]
    actor: Mapped[str]
    version: Mapped[int]


class CallOff(Base):
    """Places that are there from a day to another: what the ledger counts.

    A contract that is no framework has one, made as it is signed.
    """

    __tablename__ = "call_offs"
    __table_args__ = (
        CheckConstraint("beds > 0", name="some_beds"),
        CheckConstraint("ends_on >= starts_on - 1", name="ends_after_start"),
        CheckConstraint("price_ore >= 0", name="price_not_negative"),
        CheckConstraint("under_id <> id", name="under_another"),
        Index("ix_call_offs_municipality_id", "municipality_id", "starts_on"),
        Index("ix_call_offs_contract_id", "contract_id"),
        Index("ix_call_offs_object_id", "object_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    contract_id: Mapped[UUID] = mapped_column(ForeignKey("accommodation_contracts.id"))
    #: None: an agreement about places wherever the municipality finds them.
    object_id: Mapped[UUID | None] = mapped_column(ForeignKey(_OBJECT))
    municipality_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY))
    county: Mapped[str] = mapped_column(String(2))
    #: The places it is among: while those count, these do not count again.
    under_id: Mapped[UUID | None] = mapped_column(ForeignKey("call_offs.id"))
    beds: Mapped[int]
    price_ore: Mapped[int]
    pay_when_used: Mapped[bool]
    starts_on: Mapped[date]
    #: The last night, as it stands: earlier where it was ended before its time, and the one before
    #: the first where it never came to anything.
    ends_on: Mapped[date]
    #: When the municipality was told of them.
    told_on: Mapped[date]
    #: Why they begin inside its notice period.
    notice_reason: Mapped[str | None]
    end_reason: Mapped[str | None]
    at: Mapped[datetime]
    actor: Mapped[str]
    version: Mapped[int]


class Occupancy(Base):
    """How many places of a call-off somebody slept in, in sum from a day to another."""

    __tablename__ = "occupancies"
    __table_args__ = (
        CheckConstraint("place_nights >= 0", name="not_negative"),
        CheckConstraint("meal_days BETWEEN 0 AND place_nights", name="meals_of_who_slept"),
        CheckConstraint("until >= since", name="until_after_since"),
        UniqueConstraint("call_off_id", "since"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    call_off_id: Mapped[UUID] = mapped_column(ForeignKey("call_offs.id"))
    municipality_id: Mapped[int] = mapped_column(ForeignKey(_MUNICIPALITY))
    county: Mapped[str] = mapped_column(String(2))
    #: First and last night.
    since: Mapped[date]
    until: Mapped[date]
    place_nights: Mapped[int] = mapped_column(BigInteger)
    #: On how many of them meals were given that are paid for themselves; None is not known.
    meal_days: Mapped[int | None] = mapped_column(BigInteger)
    source: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]
