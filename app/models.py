"""What the application itself remembers: users, sign-ins, tokens, repeated requests, the clock."""

from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Interval,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from workflow.kernel.actor import Role
from workflow.kernel.db import Base, EnumText, one_of


class User(Base):
    """A person who may sign in, in one role."""

    __tablename__ = "users"
    __table_args__ = (one_of("role", Role),)

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str]
    title: Mapped[str | None]
    role: Mapped[Role] = mapped_column(EnumText(Role))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    reception_centre: Mapped[str | None]
    #: A ready-made user of the demo: may be chosen without a password, in the demo only.
    demo: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None]


class SignIn(Base):
    """A session in a browser; the cookie's secret is stored hashed."""

    __tablename__ = "sign_ins"

    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    csrf: Mapped[str]
    at: Mapped[datetime]
    expires_at: Mapped[datetime]


class AccessToken(Base):
    """A bearer token for a machine, stored hashed and shown once."""

    __tablename__ = "access_tokens"
    __table_args__ = (one_of("role", Role),)

    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    name: Mapped[str]
    role: Mapped[Role] = mapped_column(EnumText(Role))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("municipalities.id"))
    reception_centre: Mapped[str | None]
    at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


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
