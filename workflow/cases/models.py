"""Cases, their persons, the questions to municipalities, decisions and history."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Sequence,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from workflow.cases.indexes import INDEXES_OF_CASES
from workflow.cases.states import (
    CaseState,
    DecisionKind,
    DistributionNext,
    DistributionState,
    EntryStatus,
    Group,
    LegalGround,
    Need,
    Protection,
    Sex,
    TieKind,
    TieReach,
    Track,
)
from workflow.kernel.db import Base, EnumText, one_of
from workflow.kernel.weeks import Week

case_numbers = Sequence("case_number_seq", metadata=Base.metadata)

_NEEDS = ", ".join(f"'{need}'" for need in Need)
_HELD_SOMEWHERE = (
    "('distributed', 'redistributed', 'accepted', 'placed', 'travel_booked', 'arrived', 'settled')"
)


class Case(Base):
    """One household settled together. `state` moves only through workflow.cases.machine.

    What is kept of its persons (counts, least entry status, earliest permit expiry) follows them in
    the same transaction, so that lists and runs need not read the persons.
    """

    __tablename__ = "cases"
    __table_args__ = (
        one_of("state", CaseState),
        one_of("case_group", Group),
        one_of("entry_status", EntryStatus),
        one_of("track", Track),
        one_of("address_protection", Protection),
        CheckConstraint(
            "persons_count >= 0 AND settled_count BETWEEN 0 AND persons_count", name="counts_agree"
        ),
        CheckConstraint(f"needs <@ ARRAY[{_NEEDS}]::text[]", name="needs_known"),
        CheckConstraint(
            f"(state IN {_HELD_SOMEWHERE}) = (municipality_id IS NOT NULL)",
            name="municipality_while_it_is_there",
        ),
        CheckConstraint(
            f"(state IN {_HELD_SOMEWHERE}) = (account_id IS NOT NULL)", name="account_while_held"
        ),
        CheckConstraint(
            "(state IN ('accepted', 'placed', 'travel_booked', 'arrived'))"
            " <= (settlement_week IS NOT NULL)",
            name="week_once_accepted",
        ),
        CheckConstraint(
            "(state IN ('placed', 'travel_booked')) <= (placed_on IS NOT NULL)",
            name="placed_on_known",
        ),
        CheckConstraint(
            "(state = 'withdrawn') <= (former_municipality_id IS NOT NULL)",
            name="former_once_withdrawn",
        ),
        *INDEXES_OF_CASES,
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: Compared byte by byte, so that an index finds the numbers that begin so.
    case_number: Mapped[str] = mapped_column(String(12, collation="C"), unique=True)
    group: Mapped[Group] = mapped_column("case_group", EnumText(Group))
    state: Mapped[CaseState] = mapped_column(EnumText(CaseState), default=CaseState.REGISTERED)
    departure_country: Mapped[str | None]
    reception_centre: Mapped[str | None]
    needs: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    address_protection: Mapped[Protection] = mapped_column(
        EnumText(Protection), default=Protection.NONE
    )

    #: Persons now in the case, and how many of them have a settlement date.
    persons_count: Mapped[int]
    settled_count: Mapped[int] = mapped_column(default=0)
    #: The least of its persons' (R15).
    entry_status: Mapped[EntryStatus] = mapped_column(
        EnumText(EntryStatus), default=EntryStatus.UNKNOWN
    )
    #: The latest day any of its persons can first enter; None when one cannot, or no day is known.
    entry_from_on: Mapped[date | None]
    #: The earliest expiry of its persons' entry permits.
    permit_expires_on: Mapped[date | None]
    #: The same of the papers they travel with: 90 days from their issue.
    papers_expire_on: Mapped[date | None]

    #: The municipality that has been asked, has accepted or settles it.
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    #: The places account that holds its persons not yet settled.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("place_accounts.id"))
    #: The year of that account.
    places_year: Mapped[int | None]
    #: The home held for it.
    vacancy_id: Mapped[UUID | None] = mapped_column(ForeignKey("vacancies.id"))
    #: Day of the current question, and the last day to answer it.
    asked_on: Mapped[date | None]
    answer_due: Mapped[date | None]
    settlement_week: Mapped[Week | None]
    placed_on: Mapped[date | None]

    #: Set by the withdrawal: from where, and on which track.
    former_municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    track: Mapped[Track | None] = mapped_column(EnumText(Track))
    was_withdrawn: Mapped[bool] = mapped_column(default=False)

    created_at: Mapped[datetime]
    #: Its people are erased: what is left says how many, where and when, never who.
    erased_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Person(Base):
    """One person of a case, present until `left_on`."""

    __tablename__ = "persons"
    __table_args__ = (
        one_of("sex", Sex),
        one_of("entry_status", EntryStatus),
        CheckConstraint("birth_year BETWEEN 1900 AND 2100", name="birth_year_plausible"),
        CheckConstraint("duf_number ~ '^[0-9]{12}$'", name="duf_number_twelve_digits"),
        CheckConstraint(
            "(entry_status = 'possible_from') <= (entry_from_on IS NOT NULL)",
            name="from_has_a_date",
        ),
        Index("ix_persons_case_id", "case_id"),
        Index("ix_persons_duf_number", "duf_number"),
        Index(
            "ix_persons_settled_account_id",
            "settled_account_id",
            postgresql_where=text("settled_account_id IS NOT NULL"),
        ),
        Index(
            "ix_persons_name_trigrams",
            "name",
            postgresql_using="gin",
            postgresql_ops={"name": "gin_trgm_ops"},
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    position: Mapped[int]
    name: Mapped[str | None]
    duf_number: Mapped[str | None] = mapped_column(String(12))
    birth_year: Mapped[int]
    sex: Mapped[Sex] = mapped_column(EnumText(Sex))
    nationality: Mapped[str]
    relation: Mapped[str | None]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    occupation: Mapped[str | None]
    education: Mapped[str | None]

    entry_status: Mapped[EntryStatus] = mapped_column(
        EnumText(EntryStatus), default=EntryStatus.UNKNOWN
    )
    entry_from_on: Mapped[date | None]
    permit_expires_on: Mapped[date | None]

    joined_on: Mapped[date]
    joined_reason: Mapped[str | None]
    left_on: Mapped[date | None]
    left_reason: Mapped[str | None]
    #: Who the person was is erased before the rest of the case.
    erased_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    settled_on: Mapped[date | None]
    #: The account that counts the person as settled.
    settled_account_id: Mapped[int | None] = mapped_column(ForeignKey("place_accounts.id"))


class EntryRecord(Base):
    """What was known of a person's entry, from when, by whom (R04); append-only."""

    __tablename__ = "entry_records"
    __table_args__ = (
        one_of("status", EntryStatus),
        Index("ix_entry_records_person_id_id", "person_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("persons.id"))
    status: Mapped[EntryStatus] = mapped_column(EnumText(EntryStatus))
    from_on: Mapped[date | None]
    permit_expires_on: Mapped[date | None]
    source: Mapped[str]
    at: Mapped[datetime]
    actor: Mapped[str]


class CaseLink(Base):
    """Two cases that belong together (close family); stored once, the smaller id first."""

    __tablename__ = "case_links"
    __table_args__ = (
        CheckConstraint("case_id < related_case_id", name="smaller_first"),
        one_of("kind", TieKind),
        one_of("reach", TieReach),
        CheckConstraint("strength BETWEEN 1 AND 100", name="strength_plausible"),
        CheckConstraint("reach = 'near' OR strength = 100", name="together_is_whole"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    related_case_id: Mapped[UUID] = mapped_column(
        ForeignKey("cases.id"), primary_key=True, index=True
    )
    kind: Mapped[TieKind] = mapped_column(EnumText(TieKind), default=TieKind.BELONG_TOGETHER)
    reach: Mapped[TieReach] = mapped_column(EnumText(TieReach), default=TieReach.ONE)
    #: Per cent. 100: there or not at all; of those near, less is how far a plan goes for it.
    strength: Mapped[int] = mapped_column(default=100)


class Distribution(Base):
    """A case put to one municipality: what it was shown, what it answered, what became of it.

    The municipality's own row: it stays readable to it after a withdrawal, frozen (R14, R24).
    """

    __tablename__ = "distributions"
    __table_args__ = (
        one_of("state", DistributionState),
        one_of("next", DistributionNext),
        Index(
            "uq_distributions_current",
            "case_id",
            unique=True,
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index("ix_distributions_case_id", "case_id", "asked_at"),
        Index("ix_distributions_municipality_id", "municipality_id", "asked_at", "id"),
        Index("ix_distributions_asked_at", "asked_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    state: Mapped[DistributionState] = mapped_column(
        EnumText(DistributionState), default=DistributionState.OPEN
    )
    year: Mapped[int]
    #: It had been withdrawn before: a redistribution.
    again: Mapped[bool] = mapped_column(default=False)
    persons_count: Mapped[int]
    #: The anonymised household as the municipality was shown it.
    shown: Mapped[dict[str, Any]] = mapped_column(JSONB)
    asked_at: Mapped[datetime]
    asked_on: Mapped[date]
    answer_due: Mapped[date]
    vacancy_id: Mapped[UUID | None]
    #: Why another than the first proposed was chosen.
    override_reason: Mapped[str | None]
    #: The criteria that put this municipality here, and the rule set's version.
    reasons: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB)
    rules_version: Mapped[int | None]
    answered_at: Mapped[datetime | None]
    settlement_week: Mapped[Week | None]
    quarantine_confirmed: Mapped[bool | None]
    reason_code: Mapped[str | None]
    answer_text: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    #: Why it ended without settlement, in the words of the one who ended it.
    outcome: Mapped[str | None]
    next: Mapped[DistributionNext | None] = mapped_column(EnumText(DistributionNext))
    #: The municipality took back its no: the case may be put to it again.
    reopened_at: Mapped[datetime | None]


class Decision(Base):
    """A settlement decision or its reversal (R35)."""

    __tablename__ = "decisions"
    __table_args__ = (
        one_of("kind", DecisionKind),
        one_of("legal_ground", LegalGround),
        CheckConstraint(
            "(kind = 'reversal_decision') = (legal_ground IS NOT NULL)", name="reversal_has_ground"
        ),
        Index("ix_decisions_case_id", "case_id", "at"),
        Index("ix_decisions_run_id", "run_id", postgresql_where=text("run_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[DecisionKind] = mapped_column(EnumText(DecisionKind))
    municipality_id: Mapped[int] = mapped_column(ForeignKey("municipalities.id"))
    legal_ground: Mapped[LegalGround | None] = mapped_column(EnumText(LegalGround))
    reason: Mapped[str | None]
    at: Mapped[datetime]
    actor: Mapped[str]
    run_id: Mapped[UUID | None]
    #: Undone before its letters left.
    annulled_at: Mapped[datetime | None]


class CaseStep(Base):
    """One line of a case's history, written with the change it tells of; append-only."""

    __tablename__ = "case_steps"
    __table_args__ = (
        UniqueConstraint("case_id", "version"),
        Index("ix_case_steps_run_id", "run_id", postgresql_where=text("run_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    #: The case's version after this step: no step can be written twice.
    version: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str]
    actor_role: Mapped[str]
    trigger: Mapped[str]
    source: Mapped[str]
    dest: Mapped[str]
    reason: Mapped[str | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    run_id: Mapped[UUID | None]


class Measure(Base):
    """A government measure that pauses a group (R31)."""

    __tablename__ = "measures"
    __table_args__ = (
        one_of("case_group", Group),
        CheckConstraint("until_on >= from_on", name="period"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    group: Mapped[Group] = mapped_column("case_group", EnumText(Group))
    reason: Mapped[str]
    from_on: Mapped[date]
    #: Last day it holds.
    until_on: Mapped[date | None]
    at: Mapped[datetime]
    actor: Mapped[str]
    ended_at: Mapped[datetime | None]
