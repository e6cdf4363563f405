"""The dialogue log of a Swedish deployment."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from workflow.dialogue.states import ContactChannel, Party
from workflow.kernel.db import Base, EnumText, one_of


class DialogueEntry(Base):
    """One contact: with whom, what was proposed, what was answered, what is to follow."""

    __tablename__ = "dialogue_entries"
    __table_args__ = (
        one_of("party", Party),
        one_of("channel", ContactChannel),
        CheckConstraint(
            "party <> 'municipality' OR municipality_id IS NOT NULL", name="which_municipality"
        ),
        CheckConstraint("party <> 'county_board' OR county IS NOT NULL", name="which_county"),
        CheckConstraint("municipality_id IS NULL OR county IS NOT NULL", name="county_of_it"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_with_a_word"),
        Index("ix_dialogue_entries_municipality_id", "municipality_id", "held_on"),
        Index("ix_dialogue_entries_county", "county", "held_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    held_on: Mapped[date]
    party: Mapped[Party] = mapped_column(EnumText(Party))
    channel: Mapped[ContactChannel] = mapped_column(EnumText(ContactChannel))
    #: Two digits.
    county: Mapped[str | None] = mapped_column(String(2))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    participants: Mapped[str]
    proposal: Mapped[str]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    follow_up_on: Mapped[date | None]
    followed_up_at: Mapped[datetime | None]
    followed_up_by: Mapped[str | None]
    at: Mapped[datetime]
    actor: Mapped[str]
    version: Mapped[int]
