"""The audit: who did what to which subject, when and why, each entry bound to the one before it.

A chain for each subject, a case or whatever else is changed. `audit_append` in the database links
it: the application's login may neither change an entry nor choose where it stands. An entry is
written in the transaction of its change, once the subject's row is locked, so that no two writers
meet at a chain and none waits for another in a circle.

Erasure: `before` and `after` hold identifiers, codes and numbers, never a name, a DUF number or a
free text. A reason is a text, so the chain holds a salted digest of it, and the text stands beside.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    Sequence,
    String,
    UniqueConstraint,
    bindparam,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, array
from sqlalchemy.orm import Mapped, Session, mapped_column

from workflow.kernel.actor import Actor, Role
from workflow.kernel.db import Base
from workflow.kernel.weeks import Week

Values = Mapping[str, Any]

#: Texts that sort byte by byte, in every database alike.
_BYTEWISE = String(collation="C")
_TEXTS, _OBJECTS = ARRAY(String()), ARRAY(JSONB(none_as_null=True))
_AT = TIMESTAMP(timezone=True)
_REQUEST = "request_id"

positions = Sequence("audit_position_seq", metadata=Base.metadata)


class Kind(StrEnum):
    """What has a chain; a subject is `<kind>:<its id>`."""

    CASE = "case"
    MUNICIPALITY = "municipality"
    MUNICIPALITY_YEAR = "municipality_year"
    LETTER = "letter"
    VACANCY = "vacancy"
    BOOKING = "booking"
    RUN = "run"
    RUN_PREPARATION = "run_preparation"
    MEASURE = "measure"
    REFORM = "reform"
    SETTING = "setting"
    WEBHOOK = "webhook"
    #: Sweden's: a key, statistics or a count; targets; a swap; a line of the log; a report.
    DISTRIBUTION_KEY = "distribution_key"
    STATISTICS = "statistics"
    KEY_RUN = "key_run"
    TARGETS = "targets"
    TARGET_SWAP = "target_swap"
    PEOPLE_COUNT = "people_count"
    DIALOGUE = "dialogue"
    REPORT = "report"
    ACCOMMODATION = "accommodation"
    ACCOMMODATION_OFFER = "accommodation_offer"
    ACCOMMODATION_CONTRACT = "accommodation_contract"
    INVENTORY = "inventory"
    PROCUREMENT_PLAN = "procurement_plan"
    #: One who acts: a user, a token, the system.
    ACTOR = "actor"


class AuditEntry(Base):
    """One link of a chain."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        UniqueConstraint("subject", "seq"),
        Index("ix_audit_entries_actor", "actor", "position"),
    )

    #: Among all entries; given out in turn, so that one still uncommitted may come in before.
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    subject: Mapped[str] = mapped_column(_BYTEWISE)
    #: Within the chain, from 1, without a gap.
    seq: Mapped[int] = mapped_column(BigInteger)
    #: By the clock of the application's world, and by the database's own.
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor: Mapped[str]
    role: Mapped[str]
    acting_for: Mapped[str | None]
    action: Mapped[str]
    #: The code of what stopped it; None where it was done.
    refusal: Mapped[str | None]
    request_id: Mapped[str | None]
    reason_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditHead(Base):
    """Where a chain ends; locked while the next entry is linked to it."""

    __tablename__ = "audit_heads"

    subject: Mapped[str] = mapped_column(_BYTEWISE, primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditReason(Base):
    """The text of an entry's reason; erased, the chain holds without it."""

    __tablename__ = "audit_reasons"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    reason: Mapped[str]


class AuditLeaf(Base):
    """A head as it stood when an anchor was made: one leaf of the anchors' tree."""

    __tablename__ = "audit_leaves"
    __table_args__ = (UniqueConstraint("subject", "seq"),)

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    anchor: Mapped[int]
    subject: Mapped[str] = mapped_column(_BYTEWISE)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditAnchor(Base):
    """A signed root over all leaves up to a number of them."""

    __tablename__ = "audit_anchors"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    leaves: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    #: Roots of the whole subtrees the leaves make, largest first: what the next anchor begins with.
    frontier: Mapped[bytes] = mapped_column(LargeBinary)
    #: Digest of the anchor before it.
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    signature: Mapped[bytes] = mapped_column(LargeBinary)


@dataclass(frozen=True, slots=True)
class Change:
    """What one subject was and is now; only what has changed."""

    subject: str
    before: Values | None = None
    after: Values | None = None


def subject(kind: Kind, *ids: object) -> str:
    """The name of a chain: `case:<uuid>`, `municipality_year:17/2020`."""
    return f"{kind}:{'/'.join(str(part) for part in ids)}"


def sign_of(actor: Actor) -> str:
    """Who acts: a user by number, since a name may have to be erased; a token by its own name."""
    if actor.role is Role.SYSTEM:
        return str(Role.SYSTEM)
    return f"token:{actor.name}" if actor.user_id is None else f"user:{actor.user_id}"


def acting_for(actor: Actor) -> str | None:
    """Whose authority is used, and which organisation's; None for the state's own offices."""
    whose = []
    if actor.acting_for is not None:
        whose.append(f"user:{actor.acting_for.user_id}")
    if actor.municipality_id is not None:
        whose.append(subject(Kind.MUNICIPALITY, actor.municipality_id))
    if actor.reception_centre is not None:
        whose.append(f"reception_centre:{actor.reception_centre}")
    if actor.county is not None:
        whose.append(f"county:{actor.county}")
    return ", ".join(whose) or None


def comes_from(session: Session, request_id: str | None) -> None:
    """Whatever this session writes from now on belongs to the request."""
    session.info[_REQUEST] = request_id


def record(
    session: Session,
    changed: Change,
    action: str,
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
    refusal: str | None = None,
) -> None:
    """Write one entry."""
    record_all(session, [changed], action, actor=actor, at=at, reason=reason, refusal=refusal)


def record_all(
    session: Session,
    changes: Iterable[Change],
    action: str,
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
    refusal: str | None = None,
) -> None:
    """Write an entry for each subject, every one another, in one statement."""
    written = list(changes)
    if not written:
        return
    values = given(session, action, actor=actor, at=at, reason=reason, refusal=refusal) | {
        "audit_subjects": [one.subject for one in written],
        "audit_befores": [plain(one.before) for one in written],
        "audit_afters": [plain(one.after) for one in written],
    }
    session.execute(_RECORD, values)


def given(
    session: Session,
    action: str,
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
    refusal: str | None = None,
) -> dict[str, Any]:
    """What all entries of one call share, as the values that `appended` asks for."""
    return {
        "audit_at": at,
        "audit_actor": sign_of(actor),
        "audit_role": str(actor.role),
        "audit_acting_for": acting_for(actor),
        "audit_action": action,
        "audit_refusal": refusal,
        "audit_reason": reason,
        "audit_request_id": session.info.get(_REQUEST),
    }


def given_one(changed: Change) -> dict[str, Any]:
    """The values of one subject for `appended_one`."""
    return {
        "audit_subject": changed.subject,
        "audit_before": plain(changed.before),
        "audit_after": plain(changed.after),
    }


def appended(
    subjects: ColumnElement[Any], befores: ColumnElement[Any], afters: ColumnElement[Any]
) -> ColumnElement[int]:
    """The entries as a column of the statement that makes the change: `given` has its values."""
    texts = ("actor", "role", "acting_for", "action", "refusal", "reason", "request_id")
    return func.audit_append(
        subjects,
        befores,
        afters,
        bindparam("audit_at", type_=_AT),
        *(bindparam(f"audit_{name}", type_=String()) for name in texts),
        type_=Integer(),
    )


def appended_one() -> ColumnElement[int]:
    """One entry as a column: `given` and `given_one` have its values."""
    objects = JSONB(none_as_null=True)
    return appended(
        array([bindparam("audit_subject", type_=String())]),
        array([bindparam("audit_before", type_=objects)]),
        array([bindparam("audit_after", type_=objects)]),
    )


def plain(values: Values | None) -> dict[str, Any] | None:
    """Values as JSON has them, the same as the database's own `to_jsonb`."""
    return None if values is None else {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Week | StrEnum):
        return str(value)
    if isinstance(value, Mapping):
        return plain(value)
    return value


def erase_reasons(
    session: Session, subjects: Collection[str], *, actor: Actor, at: datetime
) -> int:
    """Erase the texts of the subjects' reasons, and say in each chain that it was done.

    Returns:
        How many texts there were.
    """
    erased = session.scalar(
        select(func.audit_erase_reasons(literal(list(subjects), _TEXTS), type_=Integer()))
    )
    record_all(session, [Change(one) for one in subjects], ERASED, actor=actor, at=at)
    return erased or 0


#: The action that accounts for reasons that are gone.
ERASED = "erase_reasons"
_RECORD = select(
    appended(
        bindparam("audit_subjects", type_=_TEXTS),
        bindparam("audit_befores", type_=_OBJECTS),
        bindparam("audit_afters", type_=_OBJECTS),
    )
)
