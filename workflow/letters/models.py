"""Letters, their sealed documents, what happened to them, and the series of their numbers."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workflow.kernel.db import Base, EnumText, one_of
from workflow.letters.languages import Language
from workflow.letters.states import (
    Channel,
    Delivery,
    LetterKind,
    LetterState,
    Recipient,
    StopReason,
)


class Letter(Base):
    """One letter to one recipient. Once numbered, a trigger refuses to change what it is."""

    __tablename__ = "letters"
    __table_args__ = (
        one_of("kind", LetterKind),
        one_of("recipient", Recipient),
        one_of("language", Language),
        one_of("reading_language", Language),
        one_of("state", LetterState),
        one_of("channel", Channel),
        one_of("delivery", Delivery),
        UniqueConstraint("source", "recipient"),
        UniqueConstraint("year", "number"),
        CheckConstraint("(number IS NULL) = (year IS NULL)", name="number_of_a_year"),
        CheckConstraint(
            "(state IN ('waiting', 'recalled', 'stopped')) = (number IS NULL)",
            name="numbered_to_leave",
        ),
        CheckConstraint(
            "(state IN ('ready', 'sent', 'stuck')) = (sha256 IS NOT NULL)", name="sealed_to_send"
        ),
        CheckConstraint(
            "(recipient = 'municipality') = (holder_id IS NOT NULL)", name="held_by_who_got_it"
        ),
        CheckConstraint(
            "(delivery IN ('handed_over', 'posted')) = (handed_on IS NOT NULL)",
            name="handed_on_a_day",
        ),
        Index("ix_letters_case_id", "case_id"),
        Index("ix_letters_holder_id", "holder_id", "made_at", "id"),
        Index("ix_letters_made_at", "made_at", "id"),
        Index("ix_letters_waiting", "leaves_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_letters_numbered", "number", postgresql_where=text("state = 'numbered'")),
        Index(
            "ix_letters_by_hand",
            "year",
            "number",
            postgresql_where=text("delivery = 'by_hand'"),
        ),
        Index(
            "ix_letters_to_send",
            "next_try_at",
            postgresql_where=text("state IN ('ready', 'sent') AND next_try_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: What it tells of, once: `outbox:<id>`, `request:<account>:<day>`.
    source: Mapped[str]
    outbox_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("outbox.id"))
    kind: Mapped[LetterKind] = mapped_column(EnumText(LetterKind))
    recipient: Mapped[Recipient] = mapped_column(EnumText(Recipient))
    #: The municipality it is to, or that a refugee's letter is about.
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    #: Whose archive it lies in: that municipality, or its successor.
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    run_id: Mapped[UUID | None]
    #: Identifiers, numbers and codes of what it tells; never a name.
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    language: Mapped[Language] = mapped_column(EnumText(Language))
    #: What the reader reads besides, where a text exists.
    reading_language: Mapped[Language | None] = mapped_column(EnumText(Language))
    #: A protected address, or a refugee: no channel takes it, a person hands it over.
    by_hand: Mapped[bool]
    state: Mapped[LetterState] = mapped_column(EnumText(LetterState), default=LetterState.WAITING)
    made_at: Mapped[datetime]
    #: When the undo window closes.
    leaves_at: Mapped[datetime]
    year: Mapped[int | None]
    number: Mapped[int | None]
    #: Digest of the sealed document.
    sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    channel: Mapped[Channel | None] = mapped_column(EnumText(Channel))
    #: The channel's own name for it.
    external_id: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    #: When it is to be tried again, or the channel asked how it fares.
    next_try_at: Mapped[datetime | None]
    #: Code of what last went wrong.
    fault: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    delivery: Mapped[Delivery | None] = mapped_column(EnumText(Delivery))
    delivery_at: Mapped[datetime | None]
    #: The day a person handed it over or posted it.
    handed_on: Mapped[date | None]


class LetterDocument(Base):
    """The sealed PDF; never changed (a trigger refuses it), erased with the people it names."""

    __tablename__ = "letter_documents"

    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary)
    size: Mapped[int]
    sealed_at: Mapped[datetime]


class LetterStep(Base):
    """One thing that happened to a letter; append-only."""

    __tablename__ = "letter_steps"
    __table_args__ = (
        one_of("reason", StopReason),
        Index("ix_letter_steps_letter_id_id", "letter_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    letter_id: Mapped[UUID] = mapped_column(ForeignKey("letters.id"))
    at: Mapped[datetime]
    #: A state, a delivery, or the code of what went wrong.
    what: Mapped[str]
    #: Why a person stopped it.
    reason: Mapped[StopReason | None] = mapped_column(EnumText(StopReason))
    actor: Mapped[str]


class LetterSeries(Base):
    """The last number given in a year; its row is the lock of the series."""

    __tablename__ = "letter_series"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class LetterProgress(Base):
    """How far events have been read for letters; one row, and the lock of making them.

    Up to `done` every event has its letters. An id of the outbox may be committed after a larger
    one, so `seen` becomes `done` when every transaction that ran at `seen_at` has ended.
    """

    __tablename__ = "letter_progress"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    done: Mapped[int] = mapped_column(BigInteger)
    seen: Mapped[int] = mapped_column(BigInteger)
    #: The first transaction that had not begun when `seen` was the last.
    seen_before: Mapped[int] = mapped_column(BigInteger)
