"""What has happened and is to be told: written with the change, taken by the worker afterwards.

A business record, not plumbing: who is told what, and when it may leave. A run's messages wait in
the undo window (`leaves_at`), and its undo calls back those that have not left.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Identity,
    Index,
    Insert,
    Integer,
    String,
    Uuid,
    bindparam,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, Session, mapped_column

from workflow.kernel.db import Base, rows_changed, rows_of, table_of
from workflow.kernel.events import Event


class OutboxMessage(Base):
    """One event on its way out."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_waiting",
            "leaves_at",
            "id",
            postgresql_where=text("taken_at IS NULL AND recalled_at IS NULL"),
        ),
        # What of the same case goes before.
        Index(
            "ix_outbox_waiting_of_case",
            "case_id",
            "id",
            postgresql_where=text("taken_at IS NULL AND recalled_at IS NULL"),
        ),
        Index(
            "ix_outbox_unplaced",
            "id",
            postgresql_where=text("position IS NULL AND recalled_at IS NULL"),
        ),
        Index(
            "uq_outbox_position",
            "position",
            unique=True,
            postgresql_where=text("position IS NOT NULL"),
        ),
        Index("ix_outbox_run_id", "run_id", postgresql_where=text("run_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    type: Mapped[str]
    case_id: Mapped[UUID | None]
    municipality_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime]
    #: Not before this moment: the undo window of a run, else `at`.
    leaves_at: Mapped[datetime]
    run_id: Mapped[UUID | None]
    #: Handed on by the worker.
    taken_at: Mapped[datetime | None]
    #: Called back by an undo before it left.
    recalled_at: Mapped[datetime | None]
    #: In the order other systems are told in; given by workflow.kernel.feed.
    position: Mapped[int | None] = mapped_column(BigInteger)


_OUTBOX = table_of(OutboxMessage)


def message_of(change: CTE, *, at: ColumnElement[Any], run_id: ColumnElement[Any]) -> Insert:
    """One event of a case, as part of the statement that changes the case: `change` has its id.

    Written if `change` has a row. The other values are those of `message`.
    """
    values: dict[str, Any] = {
        "case_id": change.c.id,
        "at": at,
        "leaves_at": at,
        "run_id": run_id,
    } | {
        name: bindparam(f"message_{name}", type_=_OUTBOX.c[name].type)
        for name in ("type", "municipality_id", "facts")
    }
    return insert(_OUTBOX).from_select([*values], select(*values.values()))


def message(event: Event) -> dict[str, Any]:
    """The values of an event for `message_of`."""
    return {
        "message_type": event.type,
        "message_municipality_id": event.municipality_id,
        "message_facts": event.facts,
    }


def publish(
    session: Session,
    *events: Event,
    at: datetime,
    leaves_at: datetime | None = None,
    run_id: UUID | None = None,
) -> None:
    """Write events beside the change they tell of; they leave only if the transaction commits."""
    publish_all(session, events, at=at, leaves_at=leaves_at, run_id=run_id)


def publish_all(
    session: Session,
    events: Iterable[Event],
    *,
    at: datetime,
    leaves_at: datetime | None = None,
    run_id: UUID | None = None,
) -> None:
    """The same for many events, in their order, in one statement."""
    written = list(events)
    if not written:
        return
    each = rows_of(
        "event",
        {
            "type": ([event.type for event in written], String()),
            "case_id": ([event.case_id for event in written], Uuid()),
            "municipality_id": ([event.municipality_id for event in written], Integer()),
            "facts": ([event.facts for event in written], JSONB()),
        },
    )
    same = {
        "at": literal(at, _OUTBOX.c.at.type),
        "leaves_at": literal(leaves_at or at, _OUTBOX.c.at.type),
        "run_id": literal(run_id, Uuid),
    }
    session.execute(
        insert(_OUTBOX).from_select([*each.c.keys(), *same], select(*each.c, *same.values()))
    )


def recall(session: Session, *, run_id: UUID, case_ids: Collection[UUID], at: datetime) -> int:
    """Call back what a run wrote of these cases and no worker has taken; returns how many."""
    return rows_changed(
        session,
        update(OutboxMessage)
        .where(
            OutboxMessage.run_id == run_id,
            OutboxMessage.case_id.in_(case_ids),
            OutboxMessage.taken_at.is_(None),
            OutboxMessage.recalled_at.is_(None),
            OutboxMessage.position.is_(None),
        )
        .values(recalled_at=at)
        .execution_options(synchronize_session=False),
    )


def claim(session: Session, *, at: datetime) -> OutboxMessage | None:
    """The oldest message that may leave, locked for this transaction; others' are passed over.

    Whoever handles it marks it taken in the same transaction: a crash means "again", never "lost".
    """
    message = session.scalar(
        select(OutboxMessage)
        .where(
            OutboxMessage.taken_at.is_(None),
            OutboxMessage.recalled_at.is_(None),
            OutboxMessage.leaves_at <= at,
        )
        .order_by(OutboxMessage.leaves_at, OutboxMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if message is not None:
        message.taken_at = at
    return message
