"""Webhooks, what is on its way to each, and every attempt."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.webhooks.states import DeliveryState, Fault, Off, Scope
from workflow.kernel.db import Base, EnumText, one_of

_IS_OPEN = text("state IN ('pending', 'failed')")


class Webhook(Base):
    """An address of another system that is told events, and the queue of what it is told."""

    __tablename__ = "webhooks"
    __table_args__ = (
        one_of("scope", Scope),
        one_of("off_why", Off),
        CheckConstraint(
            "(scope = 'municipality') = (municipality_id IS NOT NULL)",
            name="municipality_of_its_own",
        ),
        CheckConstraint(
            "(scope = 'reception_centre') = (reception_centre IS NOT NULL)",
            name="centre_of_its_own",
        ),
        CheckConstraint(
            "(scope = 'county') = (county IS NOT NULL)",
            name="county_of_its_own",
        ),
        CheckConstraint("(off_at IS NULL) = (off_why IS NULL)", name="off_for_a_reason"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
        CheckConstraint(
            "(secret_before IS NULL) = (secret_before_until IS NULL)", name="secret_before_ends"
        ),
        Index(
            "ix_webhooks_queue",
            "next_at",
            postgresql_where=text("off_at IS NULL AND ended_at IS NULL"),
        ),
        Index("ix_webhooks_municipality_id", "municipality_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    scope: Mapped[Scope] = mapped_column(EnumText(Scope))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    #: A centre's name, as its cases have it.
    reception_centre: Mapped[str | None]
    #: A board's, in two digits.
    county: Mapped[str | None] = mapped_column(String(2))
    url: Mapped[str]
    #: Types of events as the outbox names them; none: all.
    events: Mapped[list[str]] = mapped_column(ARRAY(String))
    #: Sealed with a key of the deployment's secret.
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    #: The one before, which signs as well until then.
    secret_before: Mapped[bytes | None] = mapped_column(LargeBinary)
    secret_before_until: Mapped[datetime | None]
    version: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]
    off_at: Mapped[datetime | None]
    off_why: Mapped[Off | None] = mapped_column(EnumText(Off))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]
    #: Attempts in a row that came to nothing.
    failures: Mapped[int]
    #: The queue is left alone until then: somebody has it, or the receiver rests.
    next_at: Mapped[datetime]


class WebhookDelivery(Base):
    """One event for one webhook; without an event, a test."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        one_of("state", DeliveryState),
        one_of("fault", Fault),
        # Told again is told once.
        UniqueConstraint("webhook_id", "outbox_id"),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        Index("ix_webhook_deliveries_open", "webhook_id", "id", postgresql_where=_IS_OPEN),
        # What of the same case goes before.
        Index(
            "ix_webhook_deliveries_case",
            "webhook_id",
            "case_id",
            "id",
            postgresql_where=_IS_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id"))
    outbox_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("outbox.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    type: Mapped[str]
    state: Mapped[DeliveryState] = mapped_column(EnumText(DeliveryState))
    attempts: Mapped[int]
    #: Since it was written or replayed; when these run out it is dead.
    tries: Mapped[int]
    next_try_at: Mapped[datetime]
    fault: Mapped[Fault | None] = mapped_column(EnumText(Fault))
    at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


class WebhookAttempt(Base):
    """One request, and what came of it; append-only."""

    __tablename__ = "webhook_attempts"
    __table_args__ = (one_of("fault", Fault),)

    delivery_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("webhook_deliveries.id"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    milliseconds: Mapped[int]
    #: The HTTP status; None where there was no answer.
    status: Mapped[int | None]
    fault: Mapped[Fault | None] = mapped_column(EnumText(Fault))
