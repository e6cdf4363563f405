"""What the application itself remembers: users, sign-ins, tokens, repeated requests, the clock."""

from datetime import date, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Interval,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.languages import Language
from app.scopes import TokenScope
from workflow.kernel.actor import Role
from workflow.kernel.country import Country
from workflow.kernel.db import Base, EnumText, one_of

#: A county goes with the roles of a county board, and with no other.
COUNTY_OF_A_BOARD = "(role IN ('county_board', 'county_coordinator')) = (county IS NOT NULL)"


class Deployment(Base):
    """What the database is for, said once: the one row is never changed."""

    __tablename__ = "deployment"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"), one_of("country", Country))

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    country: Mapped[Country] = mapped_column(EnumText(Country))
    at: Mapped[datetime]


class User(Base):
    """A person who may sign in, in one role."""

    __tablename__ = "users"
    __table_args__ = (
        one_of("role", Role),
        one_of("language", Language),
        CheckConstraint(COUNTY_OF_A_BOARD, name="county_of_a_board"),
        UniqueConstraint("provider", "subject"),
        CheckConstraint("(provider IS NULL) = (subject IS NULL)", name="provider_and_subject"),
        CheckConstraint("email = lower(email)", name="email_in_small_letters"),
        Index(
            "uq_users_email",
            "email",
            "municipality_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL AND email IS NOT NULL"),
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_users_municipality_id", "municipality_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    title: Mapped[str | None]
    role: Mapped[Role] = mapped_column(EnumText(Role))
    #: An administrator here has said which role; the provider then only lets the person in.
    role_set_here: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    #: Of work; by it one who was added here is known when the provider vouches for the address.
    email: Mapped[str | None]
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    reception_centre: Mapped[str | None]
    #: Two digits, of a county board.
    county: Mapped[str | None] = mapped_column(String(2))
    #: A ready-made user of the demo: may be chosen without a password, in the demo only.
    demo: Mapped[bool] = mapped_column(default=False)
    #: The identity provider that vouches for the person, by its name in the configuration.
    provider: Mapped[str | None]
    #: Whom it means there: a keyed hash, never a national identity number.
    subject: Mapped[str | None]
    #: Of the pages; None: what the browser asks for.
    language: Mapped[Language | None] = mapped_column(EnumText(Language))
    ended_at: Mapped[datetime | None]


class SignIn(Base):
    """A session in a browser; the cookie's secret is stored hashed."""

    __tablename__ = "sign_ins"
    __table_args__ = (
        Index(
            "ix_sign_ins_provider_session",
            "provider_session",
            postgresql_where=text("provider_session IS NOT NULL"),
        ),
    )

    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    #: What others may call it by, to end it.
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    csrf: Mapped[str]
    at: Mapped[datetime]
    #: When the person was last active, to the minute.
    seen_at: Mapped[datetime]
    #: When it ends however active the person is.
    expires_at: Mapped[datetime]
    provider: Mapped[str | None]
    #: The provider's own name of its session, by which it ends ours (`sid`).
    provider_session: Mapped[str | None]
    #: Browser and system, by their family only; None where they say nothing known.
    device: Mapped[str | None]
    #: The ID token for signing out there, locked with the cookie's secret.
    sealed_hint: Mapped[bytes | None] = mapped_column(LargeBinary)
    #: Under which the person acts for another in this session, while it holds.
    delegation_id: Mapped[int | None] = mapped_column(ForeignKey("delegations.id"))


class Delegation(Base):
    """One user's authority lent to another for some days, both included."""

    __tablename__ = "delegations"
    __table_args__ = (
        CheckConstraint("delegator_id <> delegate_id", name="between_two"),
        CheckConstraint("from_on <= until_on", name="has_days"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
        Index("ix_delegations_delegate_id", "delegate_id", "until_on"),
        Index("ix_delegations_delegator_id", "delegator_id", "until_on"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    delegator_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    delegate_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    from_on: Mapped[date]
    until_on: Mapped[date]
    reason: Mapped[str]
    given_at: Mapped[datetime]
    given_by: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None]


class SignInAttempt(Base):
    """A person who was sent to an identity provider and has not come back; each is used once."""

    __tablename__ = "sign_in_attempts"
    __table_args__ = (Index("ix_sign_in_attempts_expires_at", "expires_at"),)

    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    #: The browser it was begun in, by the hash of its cookie.
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary)
    provider: Mapped[str]
    nonce: Mapped[str]
    code_verifier: Mapped[str]
    onward: Mapped[str]
    expires_at: Mapped[datetime]


class AccessToken(Base):
    """A bearer token for a machine, stored hashed and shown once."""

    __tablename__ = "access_tokens"
    __table_args__ = (
        one_of("role", Role),
        one_of("scope", TokenScope),
        CheckConstraint(COUNTY_OF_A_BOARD, name="county_of_a_board"),
    )

    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    #: What others may call it by, to revoke it.
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(EnumText(Role))
    scope: Mapped[TokenScope] = mapped_column(EnumText(TokenScope))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    reception_centre: Mapped[str | None]
    county: Mapped[str | None] = mapped_column(String(2))
    #: Who answers for it; None where it was made on the command line.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
    #: To the minute.
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class RateBucket(Base):
    """How much one source may still try: a bucket that fills up by itself, emptied by tries."""

    __tablename__ = "rate_buckets"
    __table_args__ = (Index("ix_rate_buckets_at", "at"), {"prefixes": ["UNLOGGED"]})

    #: A keyed hash of what is limited and for whom: no address of anybody's is kept.
    source: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    #: Tries left as of `at`.
    remaining: Mapped[float]
    at: Mapped[datetime]


class IdempotencyKey(Base):
    """A command carried out: the same key and body get its answer; written in its transaction."""

    __tablename__ = "idempotency_keys"
    __table_args__ = (UniqueConstraint("holder", "key"), Index("ix_idempotency_keys_at", "at"))

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    #: Whose key: a token's or a user's own sign.
    holder: Mapped[str]
    key: Mapped[str]
    request_hash: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None]
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    headers: Mapped[str | None]
    at: Mapped[datetime]


class ClockShift(Base):
    """How far the demo's clock stands from the machine's; one row, in the demo only."""

    __tablename__ = "clock_shift"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    shift: Mapped[timedelta] = mapped_column(Interval)


class ScheduledWork(Base):
    """Work that comes round, and when it is next due; whoever does it has its row locked."""

    __tablename__ = "scheduled_work"

    name: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
