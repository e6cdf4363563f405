"""Notices: one message to one office, or to one person, about one event."""

from datetime import datetime
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
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from notifications.rules import Audience
from notifications.states import (
    Channel,
    Condition,
    DispatchState,
    Language,
    Timing,
    Topic,
    Way,
)
from workflow.kernel.db import Base, EnumText, one_of


class Notification(Base):
    """What an office or a person is told; identifiers and codes, never a name."""

    __tablename__ = "notifications"
    __table_args__ = (
        one_of("audience", Audience),
        # The outbox message and the reader are the key: told again is told once.
        UniqueConstraint(
            *("outbox_id", "audience", "user_id", "county"), postgresql_nulls_not_distinct=True
        ),
        CheckConstraint(
            "(audience = 'municipality') = (municipality_id IS NOT NULL)",
            name="municipality_of_its_own",
        ),
        CheckConstraint("(audience = 'county') = (county IS NOT NULL)", name="county_of_its_own"),
        CheckConstraint("(audience = 'person') = (user_id IS NOT NULL)", name="person_of_its_own"),
        Index("ix_notifications_audience", "audience", "municipality_id", "id"),
        Index(
            "ix_notifications_user_id",
            "user_id",
            "id",
            postgresql_where=text("user_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    outbox_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("outbox.id"))
    audience: Mapped[Audience] = mapped_column(EnumText(Audience))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    #: Two digits, of a Swedish county board.
    county: Mapped[str | None] = mapped_column(String(2))
    message: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    read_by: Mapped[str | None]


class Recipient(Base):
    """An address that messages of one topic go to: a municipality's, or an officer's own choice.

    Without a topic it is the municipality's post office: what nobody is chosen for.
    """

    __tablename__ = "recipients"
    __table_args__ = (
        one_of("topic", Topic),
        one_of("channel", Channel),
        one_of("language", Language),
        one_of("timing", Timing),
        CheckConstraint(
            "(municipality_id IS NULL) <> (user_id IS NULL)", name="of_a_municipality_or_a_user"
        ),
        CheckConstraint(
            "topic IS NOT NULL OR (municipality_id IS NOT NULL AND channel = 'email')",
            name="post_office_of_a_municipality",
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
        Index(
            "uq_recipients_address",
            "municipality_id",
            "user_id",
            "topic",
            "channel",
            text("lower(address)"),
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "uq_recipients_post_office",
            "municipality_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND topic IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    topic: Mapped[Topic | None] = mapped_column(EnumText(Topic))
    channel: Mapped[Channel] = mapped_column(EnumText(Channel))
    address: Mapped[str]
    language: Mapped[Language] = mapped_column(EnumText(Language))
    #: None: as each topic usually goes.
    timing: Mapped[Timing | None] = mapped_column(EnumText(Timing))
    #: The last notice a digest to it has counted, or was there when it was chosen.
    gathered_until: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime]
    added_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class Dispatch(Base):
    """One message on its way to one address; its id makes the Message-ID, so again is the same."""

    __tablename__ = "dispatches"
    __table_args__ = (
        one_of("way", Way),
        one_of("language", Language),
        one_of("condition", Condition),
        one_of("state", DispatchState),
        CheckConstraint("(way = 'event') = (address IS NULL)", name="to_an_address"),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
        Index(
            "ix_dispatches_open",
            "way",
            "id",
            postgresql_where=text("state IN ('pending', 'sending', 'failed')"),
        ),
        # What goes before at the same address.
        Index(
            "ix_dispatches_address",
            "way",
            "address",
            "id",
            postgresql_where=text("state IN ('pending', 'sending', 'failed')"),
        ),
        Index("ix_dispatches_state", "state", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    #: What it comes of and to whom: the same is written once.
    source: Mapped[str] = mapped_column(unique=True)
    outbox_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("outbox.id"))
    way: Mapped[Way] = mapped_column(EnumText(Way))
    recipient_id: Mapped[int | None] = mapped_column(ForeignKey("recipients.id"))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    address: Mapped[str | None]
    language: Mapped[Language | None] = mapped_column(EnumText(Language))
    message: Mapped[str]
    #: A digest's: how many notices of each message, and between which notices.
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    condition: Mapped[Condition | None] = mapped_column(EnumText(Condition))
    state: Mapped[DispatchState] = mapped_column(EnumText(DispatchState))
    attempts: Mapped[int]
    #: Not before; while it is being sent, when its lease ends.
    next_try_at: Mapped[datetime]
    fault: Mapped[str | None]
    at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Alarm(Base):
    """What has been raised because of time, once for each subject."""

    __tablename__ = "alarms"

    event: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
