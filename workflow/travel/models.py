"""Bookings, every version of them, how a municipality receives, and the days of quarantine."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workflow.kernel.db import Base, EnumText, one_of
from workflow.travel.checklist import Duty
from workflow.travel.states import BookingChange, BookingState, Means, WishState


class Booking(Base):
    """UDI's travel for a case; the columns are those of its last version."""

    __tablename__ = "bookings"
    __table_args__ = (
        one_of("state", BookingState),
        Index(
            "uq_bookings_active", "case_id", unique=True, postgresql_where=text("state = 'booked'")
        ),
        Index("ix_bookings_case_id", "case_id", "at"),
        Index("ix_bookings_arrives_at", "arrives_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    state: Mapped[BookingState] = mapped_column(EnumText(BookingState), default=BookingState.BOOKED)
    arrival_airport: Mapped[str] = mapped_column(String(3), ForeignKey("airports.iata"))
    #: Why not the airport nearest the municipality (R20).
    airport_reason: Mapped[str | None]
    arrives_at: Mapped[datetime]
    flight: Mapped[str | None]
    #: Why not within the window that was asked for.
    window_reason: Mapped[str | None]
    #: Its flights one after the other, see workflow.travel.routes; None: not known.
    route: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    #: When it was first booked; each version has its own moment.
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class BookingVersion(Base):
    """One version of a booking; append-only (R21)."""

    __tablename__ = "booking_versions"
    __table_args__ = (
        one_of("change", BookingChange),
        Index("ix_booking_versions_at", "at", "booking_id", "version"),
    )

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    change: Mapped[BookingChange] = mapped_column(EnumText(BookingChange))
    arrival_airport: Mapped[str] = mapped_column(String(3))
    airport_reason: Mapped[str | None]
    arrives_at: Mapped[datetime]
    flight: Mapped[str | None]
    window_reason: Mapped[str | None]
    route: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    reason: Mapped[str | None]
    at: Mapped[datetime]
    actor: Mapped[str]
    #: The run that cancelled it with the case, or whose undo brought it back.
    run_id: Mapped[UUID | None]


class TravelWish(Base):
    """What UDI asks the carrier for: a case's travel within a window (1.2, step 10)."""

    __tablename__ = "travel_wishes"
    __table_args__ = (
        one_of("state", WishState),
        CheckConstraint("window_to >= window_from", name="window_in_order"),
        CheckConstraint("told_revision BETWEEN 0 AND revision", name="told_what_is"),
        Index("ix_travel_wishes_case_id", "case_id", "at"),
        Index(
            "uq_travel_wishes_open", "case_id", unique=True, postgresql_where=text("state = 'open'")
        ),
        Index(
            "ix_travel_wishes_to_tell",
            "due_at",
            postgresql_where=text("told_revision < revision"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    window_from: Mapped[date]
    window_to: Mapped[date]
    #: None: the municipality has none near.
    arrival_airport: Mapped[str | None] = mapped_column(String(3), ForeignKey("airports.iata"))
    state: Mapped[WishState] = mapped_column(EnumText(WishState), default=WishState.OPEN)
    #: Counts what the carrier is to know: the wish, and that it is taken back.
    revision: Mapped[int] = mapped_column(default=1)
    #: The last confirmation taken in, by the carrier's own count; 0: none.
    confirmed_as: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]
    actor: Mapped[str]
    #: What the carrier has said it has, and when it did.
    told_revision: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    #: Not before then; who sends it has it until then.
    due_at: Mapped[datetime]
    #: Why the last try came to nothing, a code.
    fault: Mapped[str | None] = mapped_column(String(40))


class Meeting(Base):
    """Who meets a booking's household, as the municipality has said it of the travel's version."""

    __tablename__ = "meetings"

    booking_id: Mapped[UUID] = mapped_column(ForeignKey("bookings.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    booking_version: Mapped[int]
    #: A name and a number of the municipality's own people.
    who: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]
    actor: Mapped[str]


class Transport(Base):
    """How a household comes from its reception centre, planned by it and answered (R32)."""

    __tablename__ = "transports"
    __table_args__ = (
        one_of("means", Means),
        CheckConstraint("(agreed IS NULL) = (answered_at IS NULL)", name="answered_with_a_word"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    arrives_at: Mapped[datetime]
    means: Mapped[Means] = mapped_column(EnumText(Means))
    note: Mapped[str | None] = mapped_column(String(500))
    at: Mapped[datetime]
    actor: Mapped[str]
    #: What the municipality says of this version; None: nothing yet.
    agreed: Mapped[bool | None]
    answer: Mapped[str | None] = mapped_column(String(500))
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)


class DoneDuty(Base):
    """A line of the checklist that a municipality has done for a case (R23)."""

    __tablename__ = "done_duties"
    __table_args__ = (one_of("duty", Duty),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"), primary_key=True)
    duty: Mapped[Duty] = mapped_column(EnumText(Duty), primary_key=True)
    done_on: Mapped[date]
    at: Mapped[datetime]
    actor: Mapped[str]


class QuarantineRule(Base):
    """Days of entry quarantine from a date on (R22); 0 where none."""

    __tablename__ = "quarantine_rules"
    __table_args__ = (CheckConstraint("days BETWEEN 0 AND 60", name="days_plausible"),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    valid_from: Mapped[date] = mapped_column(unique=True)
    days: Mapped[int]
